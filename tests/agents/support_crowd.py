"""Several partitions in memory that send each other what they tell of their customers, and a shop's years."""

from collections.abc import Sequence
from random import Random

from agents.accounts import account_of
from agents.lines import LineRecord
from agents.tallies import POPULATION_KEY, population_in
from engine.population import Counts
from engine.rfm import part_of
from engine.state import Customer
from rules.compiled import Rulebook
from rules.load import parse_rulebook
from tests.agents.support_events import DAY_MS, RULEBOOK
from tests.agents.support_fold import Fold, bought
from topics.catalogue import Catalogue, Role
from topics.framing import opened
from topics.partitioner import home

RFM_BOOK = parse_rulebook(RULEBOOK.replace("UTC", "Asia/Shanghai") + "rfm: {}\n", "the test's rulebook")
START_MS = 1_700_000_000_000


class Town:
    """Partitions, each a fold; `logs` are the records that each has applied, in order."""

    def __init__(self, partitions: int, book: Rulebook = RFM_BOOK) -> None:
        self.catalogue = Catalogue(partitions=partitions)
        self.commands = self.catalogue.name(Role.COMMANDS)
        self.folds = [Fold(self.catalogue, number, book) for number in range(partitions)]
        self.logs: list[list[LineRecord]] = [[] for _ in range(partitions)]
        self.sent = [0] * partitions
        self.heard = [0] * partitions  # Commits.

    def take(self, records: Sequence[LineRecord], at_once: int = 1) -> None:
        """Applies records where they belong, so many at once; what partitions tell comes right after."""
        for start in range(0, len(records), at_once):
            waiting: dict[int, list[LineRecord]] = {}
            for each in records[start : start + at_once]:
                waiting.setdefault(home(each.key or b"", len(self.folds)), []).append(each)
            for number, some in waiting.items():
                self._apply(number, some)
            self.deliver()

    def pass_time(self, at_ms: int) -> None:
        """Every partition's time reaches the instant, with no record."""
        for fold in self.folds:
            fold.take([], at_ms)
            fold.rest()
        self.deliver()

    def deliver(self) -> None:
        """What was told arrives, and what is told then."""
        while told := [each for fold in self.folds for each in self.told(fold)]:
            for topic, where, body, at_ms in told:
                self.sent[where] += 1
                self._apply(where, [LineRecord(topic, where, self.sent[where], at_ms, *opened(body))])

    def told(self, fold: Fold) -> list[tuple[str, int, bytes, int]]:
        """What a partition has told others since it was asked before."""
        new = fold.works[self.heard[fold.number] :]
        self.heard[fold.number] = len(fold.works)
        return [each for work in new for each in work.outputs if each[0] == self.commands]

    def _apply(self, number: int, records: list[LineRecord]) -> None:
        self.logs[number] += records
        self.folds[number].take(records)
        self.folds[number].rest()


def customers(fold: Fold) -> list[Customer]:
    """All customers of a partition as stored."""
    rows = sorted(fold.store.rows.items())
    return [account_of(key[1:].decode(), row).customer for key, row in rows if key.startswith(b"s")]


def recounted(fold: Fold) -> Counts:
    """The population counted anew from all rows."""
    counts = Counts()
    for customer in customers(fold):
        if customer.rfm is not None:
            counts.add(part_of(customer.rfm), 1)
    return counts


def kept(fold: Fold) -> Counts:
    """The population as it is stored, with what belongs to later midnights."""
    population = population_in(fold.store.rows.get(POPULATION_KEY))
    for change in population.later.values():
        population.counts.merge(change)
    return population.counts


def years(seed: int, count: int, days: int, names: int) -> list[LineRecord]:
    """Purchases of a shop over so many days: some customers buy often, most seldom; amounts of all sizes."""
    chance = Random(seed)
    weights = [chance.paretovariate(1) for _ in range(names)]
    at = sorted(START_MS + chance.randrange(days * DAY_MS) for _ in range(count))
    records = []
    for number, at_ms in enumerate(at):
        (name,) = chance.choices(range(names), weights)
        amount = int(chance.lognormvariate(8, 2)) + 1
        records += bought([f"c{name}"], f"y{number}", at_ms, number, amount)
    return records
