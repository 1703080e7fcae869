"""What the workers left in Kafka and on disk, against a replay of what the journal says they were given."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from agents.accounts import KINDS
from agents.dump import EVENTS, RULEBOOKS, dump
from agents.journal import Commit, commit_of
from agents.lines import read_lines
from agents.replay import Replay
from agents.settings import WorkerSettings
from agents.sources import Cluster
from agents.store import Store
from rules.load import load_rulebook
from tests.agents.cluster_kit import read_committed
from tests.agents.support_events import Sent, recount
from tests.agents.worker_kit import until
from topics.catalogue import INPUTS, Role
from topics.framing import Output, opened
from topics.partitioner import home

OUTPUTS = (Role.POINTS, Role.TIERS, Role.LIFECYCLE, Role.ALERTS, Role.DEAD_LETTERS, Role.RULEBOOKS)
SHOWN = 5

Message = tuple[Any, ...]  # Topic, partition, key, value, headers.
Rows = dict[tuple[int, bytes], bytes]  # By partition and key; bookkeeping left out.


@dataclass
class Verdict:
    """Differences by kind; `shown` holds the first of each comparison."""

    dup: int = 0
    missing: int = 0
    wrong: int = 0
    shown: list[str] = field(default_factory=list)

    def messages(self, what: str, found: Counter[Message], wanted: Counter[Message]) -> None:
        """Counts what came twice, not at all, or should not have come."""
        extra, missing = found - wanted, wanted - found
        self.dup += sum(count for message, count in extra.items() if message in wanted)
        self.wrong += sum(count for message, count in extra.items() if message not in wanted)
        self.missing += missing.total()
        self._show(what, [("too many", each) for each in extra] + [("missing", each) for each in missing])

    def values(self, what: str, found: Mapping[Any, Any], wanted: Mapping[Any, Any]) -> None:
        """Counts the keys that do not have the value they should."""
        keys = [key for key in found.keys() | wanted.keys() if found.get(key) != wanted.get(key)]
        self.wrong += len(keys)
        self._show(what, [(key, found.get(key), wanted.get(key)) for key in keys])

    def _show(self, what: str, differences: list[Any]) -> None:
        self.shown += [f"{what}: {str(each)[:600]}" for each in differences[:SHOWN]]


def message_of(output: Output) -> Message:
    """An output without its timestamp, which depends on where a run ended."""
    topic, partition, body, _ = output
    key, value, headers = opened(body)
    return topic, partition, key, value, tuple(headers)


async def written(settings: WorkerSettings, roles: Iterable[Role]) -> Counter[Message]:
    """How often each message stands in the topics, as a read_committed consumer sees it."""
    found: Counter[Message] = Counter()
    for name in map(settings.catalogue.name, roles):
        for record in await read_committed(settings.kafka, name):
            found[name, record.partition, record.key, record.value, tuple(record.headers)] += 1
    return found


async def commits(settings: WorkerSettings) -> list[list[Commit]]:
    """The journal of each partition."""
    records = await read_committed(settings.kafka, settings.catalogue.name(Role.JOURNAL))
    return [
        [commit_of(record.value) for record in records if record.partition == number]
        for number in range(settings.partitions)
    ]


async def all_applied(settings: WorkerSettings, records: Iterable[Sent]) -> None:
    """Returns when all of these are applied, strays twice: where they came in, and at home."""
    strayed = (each.partition is not None and each.key for each in records)
    wanted = sum(1 + bool(each) for each in strayed)

    async def ask() -> int:
        return counts_applied(await commits(settings)).total()

    await until(ask, lambda count: count >= wanted)


async def replay_of(settings: WorkerSettings, folder: Path) -> tuple[Replay, list[Output]]:
    """A replay of the dumped inputs, which are left in the folder, and what it sent."""
    await dump(Cluster(settings.connection, settings.catalogue), folder)
    books = {path.stem: load_rulebook(path) for path in (folder / RULEBOOKS).glob("*.yaml")}
    replay = Replay(load_rulebook(settings.rules), settings.catalogue, books)
    with (folder / EVENTS).open("rb") as lines:
        return replay, list(replay.outputs(read_lines(lines, settings.catalogue)))


def replayed_rows(replay: Replay) -> Rows:
    """The table as the replay has it."""
    return {
        (number, key): value
        for number, store in enumerate(replay.stores)
        for key, value in store.rows.items()
        if not key.startswith(b"\0")
    }


async def changelog_rows(settings: WorkerSettings) -> Rows:
    """The table as the changelog has it when read to its end."""
    records = await read_committed(settings.kafka, settings.catalogue.name(Role.CHANGELOG))
    newest = {(record.partition, record.key): record.value for record in records}
    return {place: value for place, value in newest.items() if value is not None and place[1][:1] != b"\0"}


def stored_rows(settings: WorkerSettings, folders: Iterable[Path]) -> tuple[Rows, Rows]:
    """(the table, the due index) of stopped workers: of each partition's copies the one that is furthest."""
    table: Rows = {}
    index: Rows = {}
    for number in range(settings.partitions):
        paths = [folder / settings.app_id / f"partition-{number}" for folder in folders]
        stores = [Store(path) for path in paths if path.exists()]
        newest = max(stores, key=lambda store: store.position)
        table |= {(number, key): value for part in KINDS for key, value in newest.scan(part)}
        index |= {(number, key): value for key, value in newest.scan(b"d")}
        for store in stores:
            store.close()
    return table, index


def index_of(table: Rows) -> Rows:
    """The due index that these rows call for."""
    return {
        (number, b"d" + value[:8] + key[1:]): b""
        for (number, key), value in table.items()
        if key.startswith(b"s") and any(value[:8])
    }


def booked(messages: Counter[Message], points_topic: str) -> tuple[dict[str, int], int]:
    """(points by cause, causes that booked more than once) as the ledger has them."""
    points: dict[str, int] = {}
    twice = 0
    for topic, _, _, value, headers in messages.elements():
        if topic == points_topic:
            named = dict(headers)
            name = named["ce_causationid"].decode()
            twice += name in points
            back = named["ce_type"] == b"points.clawed_back"
            points[name] = msgspec.json.decode(value)["qty"] * (-1 if back else 1)
    return points, twice


def sent_messages(settings: WorkerSettings, records: Iterable[Sent]) -> Counter[Message]:
    """The records as they stand in the inputs when nothing is forwarded yet."""
    names = {role: settings.catalogue.name(role) for role in INPUTS}
    return Counter(
        (
            names[each.role],
            home(each.key, settings.partitions) if each.partition is None else each.partition,
            each.key, each.value, (),
        )
        for each in records
    )  # fmt: skip


async def judge(
    settings: WorkerSettings, records: list[Sent], folder: Path, state_dirs: Iterable[Path]
) -> Verdict:
    """Everything compared: messages, inputs with what was forwarded, tables, the recount, the journal."""
    verdict = Verdict()
    replay, outputs = await replay_of(settings, folder)
    given = settings.catalogue.inputs
    forwarded = Counter(message_of(each) for each in outputs if each[0] in given)
    wanted = Counter(message_of(each) for each in outputs) - forwarded
    found = await written(settings, OUTPUTS)
    verdict.messages("outputs", found, wanted)
    inputs = await written(settings, INPUTS)
    verdict.messages("inputs", inputs, sent_messages(settings, records) + forwarded)
    table, stored = replayed_rows(replay), stored_rows(settings, state_dirs)
    verdict.values("changelog", await changelog_rows(settings), table)
    verdict.values("RocksDB", stored[0], table)
    verdict.values("due index", stored[1], index_of(table))
    points, twice = booked(found, settings.catalogue.name(Role.POINTS))
    verdict.dup += twice
    verdict.values("recount", points, recount(records))
    journal = await commits(settings)
    verdict.values("applied", counts_applied(journal), counts_of(inputs))
    judge_order(verdict, journal)
    return verdict


def counts_applied(journal: list[list[Commit]]) -> Counter[tuple[str, int]]:
    """How many records of each input partition were applied, as the journal says."""
    counts: Counter[tuple[str, int]] = Counter()
    for number, of_one in enumerate(journal):
        for commit in of_one:
            for at, count in commit.order:
                counts[commit.topics[at], number] += count
    return counts


def counts_of(messages: Counter[Message]) -> Counter[tuple[str, int]]:
    """How many messages stand in each partition."""
    counts: Counter[tuple[str, int]] = Counter()
    for (topic, partition, *_), count in messages.items():
        counts[topic, partition] += count
    return counts


def judge_order(verdict: Verdict, journal: list[list[Commit]]) -> None:
    """Every commit follows the one before, in number and in each input's position."""
    for number, of_one in enumerate(journal):
        wanted = dict(enumerate(range(1, len(of_one) + 1)))
        verdict.values(f"journal {number}", {at: each.seq for at, each in enumerate(of_one)}, wanted)
        ends = {at: dict(zip(each.topics, each.end, strict=True)) for at, each in enumerate(of_one[:-1], 1)}
        starts = {at: dict(zip(each.topics, each.start, strict=True)) for at, each in enumerate(of_one) if at}
        verdict.values(f"positions {number}", starts, ends)
