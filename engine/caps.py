"""What caps have let through, in the customer's row: per cap the periods, or the things, that used it.

Three numbers each, the newest first: which it is, how often, how many points. A period is told by its first
day, and by the steps back from there for those before: small numbers, for most rows hold some.
"""

from hashlib import sha1
from typing import Final

from engine.calendar import period_start
from engine.state import Customer
from engine.worth import UNBOUND
from rules.compiled_engagement import Cap
from rules.facts import Period

EACH: Final = 3
NOTHING: Final[list[int]] = []
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
        count, points = _used(customer.caps.get(f"{key}|{cap.text}", NOTHING), cap, day, ref)
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
        number, things = _number(cap, day, ref), cap.per in PER_REF
        used = customer.caps.setdefault(f"{key}|{cap.text}", [])
        at = _find(used, number, things)
        known = at >= 0
        if not known:
            at = _insert(used, number, things)
        used[at + 1] += count
        used[at + 2] += points
        if not known:
            _forget(used, cap, things)


def _used(used: list[int], cap: Cap, day: int, ref: str) -> tuple[int, int]:
    """(count, points) used of a cap as of a local day."""
    if cap.per is Period.ROLLING:
        count = points = number = 0
        for at in range(0, len(used), EACH):
            number = number - used[at] if at else used[0]
            if number <= day - cap.days:
                break
            if number <= day:
                count += used[at + 1]
                points += used[at + 2]
        return count, points
    at = _find(used, _number(cap, day, ref), cap.per in PER_REF)
    return (0, 0) if at < 0 else (used[at + 1], used[at + 2])


def _number(cap: Cap, day: int, ref: str) -> int:
    """Which entry of a cap counts: the first day of the period, or 4 bytes of hash of the thing."""
    if cap.per in PER_REF:
        name = ref.rpartition("/")[0] or ref if cap.per is Period.ORDER else ref
        return int.from_bytes(sha1(name.encode(), usedforsecurity=False).digest()[:4], "big")
    return day if cap.per is Period.ROLLING else period_start(cap.per, day)


def _find(used: list[int], number: int, things: bool) -> int:
    """Where the entry of a thing or period begins; -1 when there is none."""
    here = 0
    for at in range(0, len(used), EACH):
        here = here - used[at] if at and not things else used[at]
        if here == number:
            return at
        if here < number and not things:
            break
    return -1


def _insert(used: list[int], number: int, things: bool) -> int:
    """Makes an entry: things the newest first, periods in falling order; where it begins."""
    at = here = 0
    while at < len(used) and not things:
        following = here - used[at] if at else used[0]
        if following < number:
            used[at] = number - following
            break
        here = following
        at += EACH
    used[at:at] = [here - number if at else number, 0, 0]
    return at


def _forget(used: list[int], cap: Cap, things: bool) -> None:
    """Drops the oldest entries beyond those kept."""
    most = KEPT * EACH
    if things:
        del used[most:]
    while len(used) > most and sum(used[EACH::EACH]) >= cap.days + LATE_DAYS:
        del used[-EACH:]
