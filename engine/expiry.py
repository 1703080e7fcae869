"""When points lapse: always at a local midnight, so that the day named is the last whole day."""

from datetime import date
from functools import lru_cache

from engine.calendar import LocalDays, date_of, day_of
from rules.values import Duration
from rules.wallets import Expiry

LAST_OF_MONTH = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def later(day: int, length: Duration) -> int:
    """The local day so long after another; a day that its month does not have is the month's last."""
    if not length.months:
        return day + length.days
    when = date_of(day)
    year, month = divmod(when.year * 12 + when.month - 1 + length.months, 12)
    return day_of(date(year, month + 1, min(when.day, _days_in(year, month + 1)))) + length.days


@lru_cache(maxsize=8192)
def lapses_ms(days: LocalDays, rule: Expiry, anchor_day: int) -> int:
    """The instant at which points of this anchor day lapse: the local midnight that ends their last day."""
    last = later(anchor_day, rule.length)
    if rule.kind == "yearly":
        last = _next_yearly(last, *rule.yearly)
    elif rule.round != "day":
        last = _end_of(rule.round, last)
    return days.start_ms(last + 1)


@lru_cache(maxsize=8192)
def before_ms(days: LocalDays, expires_ms: int, days_before: int) -> int:
    """The local midnight so many days before the day on which points lapse."""
    return days.start_ms(days.of(expires_ms) - days_before)


def _end_of(period: str, day: int) -> int:
    """The last day of the month, quarter or year that holds the day."""
    when = date_of(day)
    months = {"month": 1, "quarter": 3, "year": 12}[period]
    year, month = divmod(when.year * 12 + (when.month - 1) // months * months + months, 12)
    return day_of(date(year, month + 1, 1)) - 1


def _next_yearly(day: int, month: int, day_of_month: int) -> int:
    """The first such day of a year on or after another; 29 February is the 28th where there is none."""
    year = date_of(day).year
    found = day_of(date(year, month, min(day_of_month, _days_in(year, month))))
    if found >= day:
        return found
    return day_of(date(year + 1, month, min(day_of_month, _days_in(year + 1, month))))


def _days_in(year: int, month: int) -> int:
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return LAST_OF_MONTH[month - 1] + leap
