"""How long a level lasts: ends of periods, lengths rounded up, anniversaries; instants are UTC ms."""

from datetime import date, datetime, timedelta
from typing import Any

from tests.reference.clock import Clock, period, year_of
from tests.reference.ledger import later

Keys = dict[str, Any]


def after(clock: Clock, at_ms: int, words: str) -> int:
    """So much later on the local calendar, at the same time of day."""
    wall = clock.wall(at_ms)
    return clock.instant(datetime.combine(later(wall.date(), words), wall.time()))


def before(clock: Clock, at_ms: int, days: int) -> int:
    """So many local days earlier, at the same time of day."""
    wall = clock.wall(at_ms)
    return clock.instant(datetime.combine(wall.date() - timedelta(days=days), wall.time()))


def rounded_up(clock: Clock, at_ms: int, word: str) -> int:
    """The local midnight that ends the day, month, quarter or year; an instant on one stays."""
    if word == "none":
        return at_ms
    first, end = period(clock.day(at_ms), word)
    return at_ms if clock.midnight(first) == at_ms else clock.midnight(end)


def first_end(keys: Keys, clock: Clock, began_ms: int, joined: date) -> int | None:
    """When a level that began then is reviewed, before any extension; None: never."""
    validity = keys.get("validity", "forever")
    if validity == "forever":
        return None
    if validity == "anniversary":
        return clock.midnight(year_of(joined, clock.day(began_ms))[1])
    if isinstance(validity, dict):
        end_ms = after(clock, began_ms, validity["for"])
        return rounded_up(clock, end_ms, validity.get("round", "none"))
    _, end = period(clock.day(began_ms), keys["period"])
    if validity == "end_of_next_period":
        _, end = period(end, keys["period"])
    return clock.midnight(end)


def renewed_end(keys: Keys, clock: Clock, end_ms: int, joined: date) -> int:
    """The end of a renewal: one length, period or year after the old end."""
    validity = keys["validity"]
    if validity == "anniversary":
        return clock.midnight(year_of(joined, clock.day(end_ms))[1])
    if isinstance(validity, dict):
        later_ms = after(clock, end_ms, validity["for"])
        return rounded_up(clock, later_ms, validity.get("round", "none"))
    return clock.midnight(period(clock.day(end_ms), keys["period"])[1])
