"""How long a level lasts: instants on the local calendar.

A level's end is kept before any extension, so that extensions do not add up over renewals.
"""

from datetime import datetime, timedelta
from typing import Final

from engine.calendar import EPOCH, LocalDays, anniversary, date_of, window_days
from engine.cycles import around
from engine.expiry import later as day_later
from rules.compiled_tiers import Validity
from rules.facts import Boundary, WindowKind
from rules.values import Duration

MS: Final = timedelta(milliseconds=1)


def later(days: LocalDays, instant_ms: int, length: Duration) -> int:
    """The instant so much later on the local calendar, at the same time of day."""
    if not length.months and not length.days:
        return instant_ms
    return _on(days, instant_ms, day_later(days.of(instant_ms), length))


def days_before(days: LocalDays, instant_ms: int, number: int) -> int:
    """The instant so many local days earlier, at the same time of day."""
    return _on(days, instant_ms, days.of(instant_ms) - number)


def _on(days: LocalDays, instant_ms: int, day: int) -> int:
    """The same time of day on another local day."""
    at = (EPOCH + instant_ms * MS).astimezone(days.zone).time()
    return (datetime.combine(date_of(day), at, days.zone) - EPOCH) // MS


def rounded_up(days: LocalDays, instant_ms: int, boundary: Boundary) -> int:
    """The next local boundary; an instant on one stays."""
    first, end = _around(days, boundary, days.of(instant_ms))
    start_ms = days.start_ms(first)
    return instant_ms if instant_ms == start_ms else days.start_ms(end)


def next_start(days: LocalDays, instant_ms: int, boundary: Boundary) -> int:
    """The next local boundary after the instant."""
    return days.start_ms(_around(days, boundary, days.of(instant_ms))[1])


def _around(days: LocalDays, boundary: Boundary, day: int) -> tuple[int, int]:
    """The local days [from, to) between the boundaries around a day."""
    if boundary is Boundary.CYCLE:
        return around(days, day)
    return (day, day + 1) if boundary is Boundary.DAY else window_days(WindowKind(boundary.value), 0, day)


def first_end(days: LocalDays, validity: Validity, from_ms: int, joined_ms: int) -> int:
    """When a level that begins at the instant ends, before any extension."""
    end_ms = _one_end(days, validity, from_ms, joined_ms)
    return next_start(days, end_ms, validity.boundary) if validity.ahead and validity.boundary else end_ms


def renewed_end(days: LocalDays, validity: Validity, end_ms: int, joined_ms: int) -> int:
    """When a level ends that is renewed at its end: one length, period or year later."""
    return _one_end(days, validity, end_ms, joined_ms)


def _one_end(days: LocalDays, validity: Validity, from_ms: int, joined_ms: int) -> int:
    if validity.span is not None:
        end_ms = later(days, from_ms, validity.span)
        return rounded_up(days, end_ms, validity.boundary) if validity.boundary else end_ms
    if validity.boundary is not None:
        return next_start(days, from_ms, validity.boundary)
    joined, today = days.of(joined_ms), days.of(from_ms)
    year = date_of(today).year
    if anniversary(joined, year) <= today:
        year += 1
    return days.start_ms(anniversary(joined, year))
