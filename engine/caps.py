"""What caps have let through, in the customer's row: per cap the periods, or the things, that used it."""

from hashlib import sha1
from typing import Final

from engine.calendar import period_start
from engine.history import Used
from engine.state import Customer
from engine.worth import UNBOUND
from rules.compiled import Cap
from rules.facts import Period

KEPT: Final = 100  # Entries per cap; more only while a late event may still ask for them.
LATE_DAYS: Final = 92
CLOSED: Final = -2
PER_REF: Final = (Period.REF, Period.ORDER, Period.ORDER_LINE, Period.SURVEY)


def room(
    customer: Customer,
    key: str,
    caps: tuple[Cap, ...],
    day: int,
    ref: str = "",
    own: tuple[int, int] = (0, 0),
) -> int:
    """Points that the caps still let through on a local day: UNBOUND for any number, CLOSED when a count
    is used up.

    `key` names what is capped; `own` is the (count, points) that the asker has used itself.
    """
    least = UNBOUND
    for cap in caps:
        count, points = _used(customer.caps.get(f"{key}|{cap.text}", ()), cap, day, ref)
        if cap.count is not None and count - own[0] >= cap.count:
            return CLOSED
        if cap.points is not None:
            free = max(cap.points - points + own[1], 0)
            least = free if least == UNBOUND else min(least, free)
    return least


def use(
    customer: Customer, key: str, caps: tuple[Cap, ...], day: int, count: int, points: int, ref: str = ""
) -> None:
    """Counts what a key was given on a local day, or takes it off again."""
    if count == 0 and points == 0:
        return
    for cap in caps:
        number = _number(cap, day, ref)
        entries = customer.caps.setdefault(f"{key}|{cap.text}", [])
        entry = next((each for each in reversed(entries) if each.period == number), None)
        if entry is None:
            entry = Used(number, 0, 0)
            entries.append(entry)
            _forget(entries, cap)
        entry.count += count
        entry.points += points


def _used(entries: list[Used] | tuple[()], cap: Cap, day: int, ref: str) -> tuple[int, int]:
    """(count, points) used of a cap as of a local day."""
    if cap.per is Period.ROLLING:
        inside = [each for each in entries if day - cap.days < each.period <= day]
        return sum([each.count for each in inside]), sum([each.points for each in inside])
    number = _number(cap, day, ref)
    for each in reversed(entries):
        if each.period == number:
            return each.count, each.points
    return 0, 0


def _number(cap: Cap, day: int, ref: str) -> int:
    """Which entry of a cap counts: the first day of the period, or 5 bytes of hash of the thing."""
    if cap.per in PER_REF:
        name = ref.rpartition("/")[0] or ref if cap.per is Period.ORDER else ref
        return int.from_bytes(sha1(name.encode(), usedforsecurity=False).digest()[:5], "big")
    return day if cap.per is Period.ROLLING else period_start(cap.per, day)


def _forget(entries: list[Used], cap: Cap) -> None:
    """Drops the oldest entries beyond those kept."""
    if cap.per in PER_REF:
        del entries[:-KEPT]
        return
    entries.sort(key=lambda each: each.period)
    while len(entries) > KEPT and entries[0].period <= entries[-1].period - cap.days - LATE_DAYS:
        entries.pop(0)
