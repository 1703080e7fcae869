"""What the workers of a seed left behind, against a straight run over the inputs in the journal's order."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from agents.accounts import due_key
from agents.journal import Commit, commit_of
from agents.memory import MemoryStore
from agents.restore import _REBUILDING_KEY
from agents.run import Partition
from agents.store import POSITION_KEY
from tests.agents.support_events import recount
from tests.agents.support_proof import booked, message_of
from tests.simulation.cluster import Entry
from tests.simulation.shop import BOOKS
from tests.simulation.world import Broken, World
from topics.catalogue import INPUTS, Role
from topics.framing import Output, body_of
from topics.partitioner import home

OUTPUTS = (Role.POINTS, Role.TIERS, Role.LIFECYCLE, Role.ALERTS, Role.DEAD_LETTERS)
BY_DIGEST = {book.digest: book for book in BOOKS}
LOCAL = (b"d", POSITION_KEY, _REBUILDING_KEY)  # Rows of a store that no changelog holds.

Rows = dict[bytes, bytes]


def judge(world: World) -> None:
    """Raises Broken for the first thing that is not as it has to be."""
    sent: list[Output] = []
    for number in range(world.partitions):
        outputs, store = _straight(world, number)
        sent += outputs
        _same_outputs(world, number, outputs)
        _same_rows(world, number, store)
    _same_everywhere(world, sent)
    _recounted(world)


def _straight(world: World, number: int) -> tuple[list[Output], MemoryStore]:
    """What one uninterrupted process sends and keeps, given what the journal says was given."""
    store = MemoryStore()
    fold = Partition(number, store, world.catalogue, BOOKS[0], world.catalogue.clock)
    waiting = {topic: iter(_input(world, topic, number)) for topic in world.catalogue.inputs}
    outputs: list[Output] = []
    for seq, entry in enumerate(world.log(Role.JOURNAL, number).committed(), 1):
        commit = commit_of(entry.value or b"")
        _check(commit.seq == seq, f"partition {number}: the journal has {commit.seq} in place of {seq}")
        fold.rulebook = BY_DIGEST[commit.digest]
        given = [next(waiting[commit.topics[at]], None) for at, count in commit.order for _ in range(count)]
        records = [record for record in given if record is not None]
        _check(len(records) == len(given), f"partition {number}, commit {seq}: records applied twice")
        ends = dict(zip(commit.topics, commit.end, strict=True))
        work = fold.apply(records, {topic: ends[topic] for topic in waiting}, commit.now_ms)
        _check(work is not None, f"partition {number}, commit {seq}: nothing to commit")
        _same(f"partition {number}, commit {seq}", [commit_of(work.journal)], [commit])
        store.write(work.changelog + work.index)
        fold.settle(work)
        outputs += work.outputs
        _within(number, commit, records)
    left = [record for records in waiting.values() for record in records]
    _check(not left, f"partition {number}: {len(left)} records were never applied")
    return outputs, store


def _input(world: World, topic: str, number: int) -> list[Entry]:
    role = next(role for role in INPUTS if world.catalogue.name(role) == topic)
    return world.log(role, number).committed()


def _within(number: int, commit: Commit, records: Iterable[Entry]) -> None:
    """Each record lies in the range of offsets that the commit names."""
    places = {topic: at for at, topic in enumerate(commit.topics)}
    for record in records:
        at = places[record.topic]
        inside = commit.start[at] <= record.offset < commit.end[at]
        _check(inside, f"partition {number}, commit {commit.seq}: offset {record.offset} is out of its range")


def _same_outputs(world: World, number: int, outputs: list[Output]) -> None:
    """Every output stands where and in the order in which a straight run sends them, to the byte."""
    wanted = defaultdict(list)
    for topic, partition, body, at_ms in outputs:
        wanted[topic, partition].append((body, at_ms))
    for role in OUTPUTS:
        found = [
            (body_of(each.key, each.value, each.headers), each.timestamp)
            for each in world.log(role, number).committed()
        ]
        _same(f"{role} {number}", found, wanted[world.catalogue.name(role), number])


def _same_rows(world: World, number: int, store: MemoryStore) -> None:
    """Changelog, straight run and all stores have the same rows and index, each store as of its position."""
    log = world.log(Role.CHANGELOG, number)
    changes = [(each.offset, each.key or b"", each.value or b"") for each in log.committed()]
    _same_mapping(f"changelog {number}", {key: value for _, key, value in changes}, store.rows)
    level = max((offset + 1 for offset, _, _ in changes), default=0)
    index = {due_key(due_ms, name): b"" for due_ms, name in store.indexed}
    reached = [0]
    for path, disk in world.disks.items():
        if path.name != f"partition-{number}" or disk.damaged:
            continue
        rows = disk.rows()
        position = int.from_bytes(rows.get(POSITION_KEY, b"")[:8], "big")
        reached.append(position)
        if position >= level or not log.compacted:
            table = {key: rows[key] for key in rows if not key.startswith(LOCAL)}
            wanted = {key: value for offset, key, value in changes if offset < position}
            _same_mapping(f"rows of {path} at {position}", table, wanted)
        if position >= level and _REBUILDING_KEY not in rows:
            found = {key: rows[key] for key in rows if key[:1] == b"d"}
            _same_mapping(f"index of {path} at {position}", found, index)
    _check(max(reached) >= level, f"partition {number}: no store is level with the changelog")


def _same_everywhere(world: World, outputs: list[Output]) -> None:
    """What several partitions write to: rulebooks, and inputs, which hold what was sent and forwarded."""
    books = world.catalogue.name(Role.RULEBOOKS)
    _same_counts(
        "rulebooks", _messages(world.log(Role.RULEBOOKS, 0).committed()), _outputs(outputs, (books,))
    )
    sent = Counter(
        (world.catalogue.name(each.role), number, each.key, each.value, ()) for number, each in world.sent
    )
    entries = [
        entry
        for topic in world.catalogue.inputs
        for number in range(world.partitions)
        for entry in _input(world, topic, number)
    ]
    _same_counts("inputs", _messages(entries), sent + _outputs(outputs, world.catalogue.inputs))


def _recounted(world: World) -> None:
    """The points of each event are booked once, as the records alone call for; poison is put aside once.

    What was misplaced may come home too late to count: days pass in seconds here.
    """
    letters = [e for n in range(world.partitions) for e in world.log(Role.DEAD_LETTERS, n).committed()]
    found = Counter((each.key, each.value) for each in letters)
    misplaced = [each for number, each in world.sent if number != home(each.key or b"", world.partitions)]
    late = [each for each in misplaced if each.event and (each.key, each.value) in found]
    poison = Counter((each.key, each.value) for _, each in world.sent if each.event is None)
    _same_counts("dead letters", found, poison + Counter((each.key, each.value) for each in late))
    entries = [e for number in range(world.partitions) for e in world.log(Role.POINTS, number).committed()]
    points, twice = booked(_messages(entries), world.catalogue.name(Role.POINTS))
    _check(not twice, f"{twice} events booked points more than once")
    counted = [each for _, each in world.sent if each not in late]
    _same_mapping("points by event", points, recount(counted))


def _messages(entries: Iterable[Entry]) -> Counter:
    return Counter((each.topic, each.partition, each.key, each.value, each.headers) for each in entries)


def _outputs(outputs: Iterable[Output], topics: Iterable[str]) -> Counter:
    names = set(topics)
    return Counter(message_of(each) for each in outputs if each[0] in names)


def _same(what: str, found: list, wanted: list) -> None:
    for at, (one, other) in enumerate(zip(found, wanted, strict=False)):
        _check(one == other, f"{what}, at {at}: {one} in place of {other}")
    _check(len(found) == len(wanted), f"{what}: {len(found)} in place of {len(wanted)}")


def _same_mapping(what: str, found: dict, wanted: dict) -> None:
    for key in sorted(found.keys() | wanted.keys(), key=str):
        one, other = found.get(key), wanted.get(key)
        _check(one == other, f"{what}: {key!r} is {one!r} in place of {other!r}")


def _same_counts(what: str, found: Counter, wanted: Counter) -> None:
    extra, missing = found - wanted, wanted - found
    _check(not extra and not missing, f"{what}: too many {list(extra)[:3]}, missing {list(missing)[:3]}")


def _check(good: bool, otherwise: str) -> None:
    if not good:
        raise Broken(otherwise[:2_000])
