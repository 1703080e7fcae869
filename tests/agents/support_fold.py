"""The fold of one partition in memory, and records for it."""

from collections import Counter
from collections.abc import Sequence
from random import Random

from agents.journal import APPLIED_KEY
from agents.lines import LineRecord
from agents.memory import MemoryStore
from agents.run import Partition
from agents.work import Work
from rules.compiled import Rulebook
from rules.load import parse_rulebook
from tests.agents.support_events import DAY_MS, RULEBOOK, SPAN_DAYS, Sent, Shop
from tests.agents.worker_kit import purchases
from topics.catalogue import Catalogue, Role
from topics.encode import line_of
from topics.framing import opened

CATALOGUE = Catalogue(partitions=1)
BOOK = parse_rulebook(RULEBOOK, "the test's rulebook")
END_MS = 1_790_000_000_000
TOPIC = CATALOGUE.name(Role.PURCHASES)


class Fold:
    """A partition, its store, and what its commits held."""

    def __init__(self, catalogue: Catalogue = CATALOGUE, number: int = 0, book: Rulebook = BOOK) -> None:
        self.store = MemoryStore()
        self.works: list[Work] = []
        self.catalogue = catalogue
        self.number = number
        self.book = book
        self.reopen()

    def reopen(self) -> None:
        """The partition anew from what is stored."""
        self.partition = Partition(self.number, self.store, self.catalogue, self.book)

    def take(self, records: Sequence[LineRecord], tick_ms: int | None = None) -> Work | None:
        """One commit, adopted as a worker does."""
        work = self.partition.apply(records, {each.topic: each.offset + 1 for each in records}, tick_ms)
        if work is not None:
            self.store.write(work.changelog + work.index)
            self.partition.settle(work)
            self.works.append(work)
        return work

    def rest(self) -> None:
        """The commits of the timers that are left."""
        while self.partition.timers_left:
            self.take([])

    @property
    def lines(self) -> list[dict]:
        """All outputs but the rulebook and what partitions tell each other, in send order."""
        sent = [each for work in self.works for each in work.outputs]
        books, commands = self.catalogue.name(Role.RULEBOOKS), self.catalogue.name(Role.COMMANDS)
        return [
            line_of(body)
            for topic, _, body, _ in sent
            if topic != books and (topic != commands or opened(body)[0] is not None)
        ]

    @property
    def outcome(self) -> tuple[dict[bytes, bytes], set[tuple[int, bytes]], Counter[str]]:
        """Rows, due index, and the multiset of outputs: all that must not depend on the runs."""
        rows = {key: value for key, value in self.store.rows.items() if key != APPLIED_KEY}
        return rows, self.store.indexed, Counter(map(repr, self.lines))

    def outcome_of_all(self) -> tuple[dict[bytes, bytes], set[tuple[int, bytes]], Counter[str]]:
        """The same with what partitions tell each other among the outputs."""
        rows, index, _ = self.outcome
        sent = [each for work in self.works for each in work.outputs]
        return rows, index, Counter(repr(each[:3]) for each in sent)


def records_of(sent: Sequence[Sent]) -> list[LineRecord]:
    """The records as one partition has them, recorded some days after the events' own times."""
    offsets: Counter[Role] = Counter()
    found = []
    for number, each in enumerate(sent):
        at_ms = END_MS + 5 * DAY_MS - (len(sent) - number) * SPAN_DAYS * DAY_MS // len(sent)
        name = CATALOGUE.name(each.role)
        found.append(LineRecord(name, 0, offsets[each.role], at_ms, each.key, each.value))
        offsets[each.role] += 1
    return found


def story(seed: int, count: int = 300) -> list[LineRecord]:
    """A shop's records with repeats and poison."""
    return records_of(Shop(Random(seed), count, END_MS, 1).records())


def bought(
    customers: Sequence[str], label: str, at_ms: int, offset: int = 0, amount: int = 1_000
) -> list[LineRecord]:
    """One purchase per customer, happened and recorded at the instant."""
    rows = purchases(customers, label, amount, at_ms)
    return [LineRecord(TOPIC, 0, offset + n, at_ms, key, value) for n, (key, value) in enumerate(rows)]


def whole(records: Sequence[LineRecord]) -> Fold:
    """Everything applied in one run."""
    fold = Fold()
    fold.take(records)
    fold.rest()
    return fold
