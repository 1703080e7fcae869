"""The customers of a partition as a whole: exact counts, and cut-offs from the counts of all partitions.

Money is counted in buckets that grow by a hundredth, as DDSketch has them, with whole numbers as boundaries:
bucket 0 holds 0 alone, and the first value of any other is within 1 % of all its values. Counts are exact, so
that a change of a customer is one less in the old bucket and one more in the new, and partitions add up.
"""

from bisect import bisect_right
from typing import Final

from engine.calendar import LocalDays
from engine.counted import Part
from engine.cutoffs import Counted, Cutoffs, Four, Pairs

ACCURACY: Final = 100  # One part in so many is the greatest relative error.
MONEY_TOP: Final = 10**18  # Minor units; more is counted as if it were this.
FREQUENCY_TOP: Final = 32  # Purchase days; more are counted as so many.


def _buckets() -> list[int]:
    """The first value of each bucket: no other value of it is more than the accuracy above."""
    first, low = [0], 1
    while low <= MONEY_TOP:
        first.append(low)
        low = low * ACCURACY // (ACCURACY - 1) + 1
    return first


FIRST: Final = _buckets()


def bucket_of(money: int) -> int:
    """The number of the bucket of an amount in minor units."""
    return bisect_right(FIRST, money) - 1


class Counts:
    """How many customers there are by last purchase day, by bucket of money, and by purchase days.

    As a change of counts the numbers may be negative. What is 0 is not named.
    """

    __slots__ = ("frequency", "money", "recency")

    def __init__(self) -> None:
        self.recency: dict[int, int] = {}
        self.money: dict[int, int] = {}
        self.frequency: dict[int, int] = {}

    def add(self, part: Part | None, number: int) -> None:
        """So many more customers who count for this."""
        if part is not None:
            _add(self.recency, part[0], number)
            _add(self.money, part[1], number)
            _add(self.frequency, part[2], number)

    def merge(self, other: "Counts") -> None:
        """Adds other counts."""
        for mine, more in (
            (self.recency, other.recency),
            (self.money, other.money),
            (self.frequency, other.frequency),
        ):
            for key, number in more.items():
                _add(mine, key, number)

    def customers(self) -> int:
        """How many are counted."""
        return sum(self.frequency.values())

    def copy(self) -> "Counts":
        twin = Counts()
        twin.recency, twin.money = dict(self.recency), dict(self.money)
        twin.frequency = dict(self.frequency)
        return twin

    def pairs(self) -> tuple[Pairs, Pairs, Pairs]:
        """Recency, money and frequency as `counts_from` reads them."""
        return _pairs(self.recency), _pairs(self.money), _pairs(self.frequency)


def counts_from(recency: Pairs, money: Pairs, frequency: Pairs) -> Counts:
    """The counts written as pairs."""
    counts = Counts()
    counts.merge(_as_written(recency, money, frequency))
    return counts


def _as_written(recency: Pairs, money: Pairs, frequency: Pairs) -> Counts:
    written = Counts()
    written.recency, written.money, written.frequency = dict(recency), dict(money), dict(frequency)
    return written


def _pairs(counts: dict[int, int]) -> Pairs:
    return tuple(sorted(counts.items()))


def _add(counts: dict[int, int], key: int, number: int) -> None:
    total = counts.get(key, 0) + number
    if total:
        counts[key] = total
    else:
        counts.pop(key, None)


class Population:
    """The counts of one partition as of the local midnight that opens `day`, the next one to be told.

    `later` are changes that belong to later midnights, by their day. `day` is 0 before anything happened.
    """

    __slots__ = ("counts", "day", "later")

    def __init__(self, day: int = 0) -> None:
        self.day = day
        self.counts = Counts()
        self.later: dict[int, Counts] = {}

    def copy(self) -> "Population":
        twin = Population(self.day)
        twin.counts = self.counts.copy()
        twin.later = {day: counts.copy() for day, counts in self.later.items()}
        return twin

    def move(self, day: int, before: Part | None, after: Part | None) -> None:
        """A customer counts for something else; `day` is that of the first midnight that it counts for."""
        counts = self.counts
        if day > self.day:
            counts = self.later.setdefault(day, Counts())
        counts.add(before, -1)
        counts.add(after, 1)

    def close(self, partition: int) -> Counted:
        """The counts as of the midnight that is due; goes on to the next one."""
        told = Counted(partition, self.day, *self.counts.pairs())
        self.day += 1
        following = self.later.pop(self.day, None)
        if following is not None:
            self.counts.merge(following)
        return told


def midnight_day(days: LocalDays, instant_ms: int) -> int:
    """The day that the first local midnight opens which is not before the instant."""
    return days.of(instant_ms - 1) + 1


def cutoffs_of(counts: Counts, version: int, day: int, window_days: int, partitions: int) -> Cutoffs | None:
    """The cut-offs of all customers; None when nobody bought.

    Recency is exact. Money is of those who spent anything, at most by the accuracy below the exact amount, so
    that who spent that reaches it.
    """
    since: list[tuple[int, int]] = [
        (max(day - last, 0), number) for last, number in sorted(counts.recency.items(), reverse=True)
    ]
    spent = [(bucket, number) for bucket, number in sorted(counts.money.items()) if bucket > 0]
    if not since or not spent:
        return None
    recency = _at(since, _ranks(sum([number for _, number in since]), -1))
    money = _at(spent, _ranks(sum([number for _, number in spent]), 0))
    spends = FIRST[money[0]], FIRST[money[1]], FIRST[money[2]], FIRST[money[3]]
    return Cutoffs(version, day, window_days, recency, spends, counts.customers(), partitions)


def _ranks(number: int, shift: int) -> list[int]:
    """The places (from 0) of the last of each fifth (shift -1), or of the first of the next one (0)."""
    return [
        max(-(-number * fifth // 5) + shift, 0) if shift else number * fifth // 5 for fifth in range(1, 5)
    ]


def _at(rising: list[tuple[int, int]], places: list[int]) -> Four:
    """What stands at these places, of values with how often they occur."""
    found: list[int] = []
    passed = 0
    for value, number in rising:
        passed += number
        while len(found) < 4 and places[len(found)] < passed:
            found.append(value)
    return found[0], found[1], found[2], found[3]
