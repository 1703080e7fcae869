"""Counts of all partitions come together in one of them, and cut-offs come of them.

A day is done when every partition has told its counts, or when its time is up: what is missing then is
missing at random, for customers are spread by a hash.
"""

from typing import Final

from engine.cutoffs import Counted, Cutoffs
from engine.population import Counts, counts_from, cutoffs_of

PATIENCE_MS: Final = 6 * 3_600_000  # After the midnight, by the time of the partition that gathers.


class Day:
    """The counts of one day so far, and which partitions told theirs."""

    __slots__ = ("counts", "told")

    def __init__(self, told: list[int], counts: Counts) -> None:
        self.told = told
        self.counts = counts


class Gathering:
    """Days that are not done yet; `done` is the last one that is, `last` the newest cut-offs there are."""

    __slots__ = ("days", "done", "last")

    def __init__(self, done: int = 0, last: Cutoffs | None = None) -> None:
        self.done = done
        self.last = last
        self.days: dict[int, Day] = {}

    def copy(self) -> "Gathering":
        """One that changes by itself; its days are shared, for they are replaced and never edited."""
        twin = Gathering(self.done, self.last)
        twin.days = dict(self.days)
        return twin

    def take(self, told: Counted) -> bool:
        """Takes the counts of a partition in; False when they came before, or too late."""
        day = self.days.get(told.day)
        if told.day <= self.done or (day is not None and told.partition in day.told):
            return False
        sums = Counts() if day is None else day.counts.copy()
        sums.merge(counts_from(told.recency, told.money, told.frequency))
        self.days[told.day] = Day(sorted([*([] if day is None else day.told), told.partition]), sums)
        return True

    def complete(self, partitions: int) -> int:
        """The first day that all partitions have told, 0 for none."""
        return min([day for day, each in self.days.items() if len(each.told) == partitions], default=0)

    def finish(self, day: int, window_days: int) -> Cutoffs | None:
        """The cut-offs of a day that is done, None when they are what they were; earlier days go too."""
        done = self.days[day]
        for each in [each for each in self.days if each <= day]:
            del self.days[each]
        self.done = day
        last = self.last
        version = 1 if last is None else last.version + 1
        found = cutoffs_of(done.counts, version, day, window_days, len(done.told))
        if found is None:
            return None
        if last is not None and (found.window_days, found.recency, found.money) == (
            last.window_days,
            last.recency,
            last.money,
        ):
            return None
        self.last = found
        return found
