"""The programme's own cycle: local days from one of its beginnings to the next."""

from functools import lru_cache

from engine.calendar import LocalDays, date_of
from engine.expiry import later
from rules.values import Cycle, Duration


def around(days: LocalDays, day: int) -> tuple[int, int]:
    """The local days [from, to) of the cycle that holds a day."""
    assert days.cycle is not None, "rules.cycle_keys has made sure of it"
    return cycle_days(days.cycle, day)


@lru_cache(maxsize=4096)
def cycle_days(cycle: Cycle, day: int) -> tuple[int, int]:
    """The local days [from, to) of the cycle that holds a day.

    Cycles of months begin on the same day of the month, or on its last where it has no such day.
    """
    first, length = cycle
    if not length.months:
        start = day - (day - first) % length.days
        return start, start + length.days
    when, begun = date_of(day), date_of(first)
    number = (when.year * 12 + when.month - begun.year * 12 - begun.month) // length.months
    if _begins(cycle, number) > day:  # Later in that month.
        number -= 1
    return _begins(cycle, number), _begins(cycle, number + 1)


def _begins(cycle: Cycle, number: int) -> int:
    """The first day of a cycle; the one that the rulebook names has number 0."""
    return later(cycle.first, Duration(cycle.length.months * number)) if number else cycle.first
