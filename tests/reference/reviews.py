"""What becomes of a level in time: reviews, grace, falls, corrections, warnings, rises that waited."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tests.reference.clock import DAY_MS
from tests.reference.conditions import holds, leaves
from tests.reference.evidence import carries, grant
from tests.reference.lasting import after, before, renewed_end
from tests.reference.standing import Fallen

if TYPE_CHECKING:
    from tests.reference.levels import Levels

HYSTERESIS = 95  # Percent of the entry below which a level ends in real time.


def keep_of(levels: "Levels", code: str) -> tuple[Any, int]:
    """What a review asks of a level: a condition, and so many percent of its numbers."""
    keys = levels.level(code)
    keep = keys.get("keep", keys["entry"])
    return (keys["entry"], int(keep.split()[0])) if isinstance(keep, str) else (keep, 100)


def last_day(levels: "Levels", end_ms: int) -> date:
    """The local day of the last instant before another."""
    return levels.member.clock.day(end_ms - 1)


def reads(levels: "Levels") -> list[date]:
    """The days as of which a review reads: the end of the validity, and of its extension."""
    return [last_day(levels, end_ms) for end_ms in (levels.end_ms, levels.until_ms) if end_ms is not None]


def kept(levels: "Levels", code: str, days: list[date], began_ms: int | None = None) -> date | None:
    """The first of some days as of which a level's keep holds; today where the lifetime floor holds it."""
    condition, percent = keep_of(levels, code)
    held = [day for day in days if levels.met(condition, day, percent, began_ms)]
    return held[0] if held else levels.member.today() if floor(levels) >= levels.rank(code) else None


# Reviews


def review(levels: "Levels") -> None:
    """The validity ends: the level is renewed, or grace begins, or it falls."""
    member, days = levels.member, reads(levels)
    day = kept(levels, levels.code, days)
    if day is not None:
        renew(levels, "review", day)
        return
    until_ms = levels.until_ms or 0
    grace_ms = after(member.clock, until_ms, levels.keys.get("grace", "0 days"))
    if "min_hold" in levels.keys:
        grace_ms = max(grace_ms, after(member.clock, levels.began_ms, levels.keys["min_hold"]))
    if grace_ms <= until_ms:
        fall(levels)
        return
    levels.grace_ms = grace_ms
    if levels.shown == levels.code:
        condition, percent = keep_of(levels, levels.code)
        levels.say(
            "tier.grace_started",
            tier=levels.code,
            valid_until_ms=until_ms,
            grace_until_ms=grace_ms,
            missing=levels.missing(condition, days[-1], percent),
        )


def renew(levels: "Levels", reason: str, day: date) -> None:
    """The level goes on from its old end; what kept it is its evidence."""
    assert levels.end_ms is not None
    before_ms = levels.until_ms
    condition, percent = keep_of(levels, levels.code)
    grant(levels, levels.code, condition, percent, day)
    levels.lasts(renewed_end(levels.keys, levels.member.clock, levels.end_ms, levels.joined()))
    if levels.shown == levels.code:
        levels.say(
            "tier.renewed",
            tier=levels.code,
            reason=reason,
            previous_until_ms=before_ms,
            valid_until_ms=levels.until_ms,
        )


def in_grace(levels: "Levels") -> None:
    """An event in grace: the level is renewed as soon as its keep holds."""
    if levels.grace_ms is not None:
        day = kept(levels, levels.code, [*reads(levels), levels.member.today()])
        if day is not None:
            renew(levels, "event", day)


def fall(levels: "Levels") -> None:
    """The level ends: down to what the rulebook says, at most so far, not below the lifetime floor."""
    assert levels.end_ms is not None
    as_of_ms, how = levels.member.as_of_ms, levels.keys.get("downgrade", {})
    day = kept(levels, levels.code, [*reads(levels), last_day(levels, as_of_ms)])
    if day is not None:
        renew(levels, "review", day)
        return
    rank = levels.rank(levels.code)
    days = [last_day(levels, levels.end_ms), last_day(levels, as_of_ms)]
    to = {"qualified": 0, "one_down": rank - 1, "base": 0}[how.get("to", "qualified")]
    read = {code: day for day in days for code in levels.codes[1:rank] if levels.entered(code, day)}
    if how.get("to", "qualified") == "qualified":
        to = max((levels.rank(code) for code in read), default=0)
    to = max(to, rank - how.get("soft_landing", rank), floor(levels))
    levels.fallen = Fallen(levels.code, levels.end_ms, as_of_ms, levels.began_ms)
    for code in levels.codes[to + 1 : rank + 1]:
        if code not in levels.rises:
            levels.grants.pop(code, None)
    code = levels.codes[to]
    if code in read:
        grant(levels, code, day=read[code])
    levels.move(code, "review", as_of_ms)


def floor(levels: "Levels") -> int:
    """The rank that lifetime numbers alone give, 0 where the rulebook has no such floor."""
    if not levels.keys.get("lifetime_floor"):
        return 0
    today = levels.member.today()

    def reached(leaf: Any) -> bool:
        return leaf["window"] == "lifetime" and levels.met(leaf, today)

    return max(
        (levels.rank(one["code"]) for one in levels.keys["levels"][1:] if holds(one["entry"], reached)),
        default=0,
    )


def correct(levels: "Levels", at_ms: int) -> None:
    """A late event from before the last fall: the level comes back if its keep would have held."""
    fallen, member = levels.fallen, levels.member
    if fallen is None:
        return
    if levels.rank(fallen.code) <= levels.rank(levels.code) or member.now_ms > fallen.at_ms + 90 * DAY_MS:
        levels.fallen = None
        return
    until_ms = after(member.clock, fallen.end_ms, levels.keys.get("extended_by", "0 days"))
    days = [last_day(levels, end_ms) for end_ms in (fallen.end_ms, until_ms, fallen.at_ms)]
    condition, percent = keep_of(levels, fallen.code)
    held = [day for day in days if levels.met(condition, day, percent, fallen.began_ms)]
    if at_ms >= fallen.at_ms or not held:
        return
    grant(levels, fallen.code, condition, percent, held[0], fallen.began_ms)
    shown, levels.code, levels.fallen, levels.near = levels.shown, fallen.code, None, ""
    levels.began_ms = levels.member.as_of_ms
    levels.lasts(renewed_end(levels.keys, levels.member.clock, fallen.end_ms, levels.joined()))
    levels.tell(shown, "correction", at_ms)


# In real time


def in_real_time(levels: "Levels", qualified_ms: int) -> None:
    """A level of which less than 95 % holds ends, unless it must be held longer."""
    if levels.entered(levels.code, percent=HYSTERESIS) or _held_ms(levels) > levels.member.as_of_ms:
        return
    lower = levels.codes[: levels.rank(levels.code)]
    to = max((code for code in lower if levels.entered(code, percent=HYSTERESIS)), key=levels.rank)
    for code in levels.codes[levels.rank(to) + 1 :]:
        if code not in levels.rises:
            levels.grants.pop(code, None)
    levels.move(to, "real_time", qualified_ms)


def _held_ms(levels: "Levels") -> int:
    if "min_hold" not in levels.keys:
        return levels.began_ms
    return after(levels.member.clock, levels.began_ms, levels.keys["min_hold"])


def _midnights(levels: "Levels") -> list[int]:
    """Local midnights ahead at which a window may drop a day or begin anew."""
    member, clock = levels.member, levels.member.clock
    today = clock.day(levels.judged_ms)
    days = {order.day(clock) for order in member.orders.values()} | {row[0] for row in member.engaged}
    days |= set(member.referrals)
    found = {_held_ms(levels)} if "min_hold" in levels.keys else set()
    for leaf in leaves(levels.level(levels.code).get("entry", [])):
        words = leaf["window"].split()
        if words[0] == "rolling":
            found |= {clock.midnight(day + timedelta(days=int(words[1]))) for day in days}
        elif words[0] not in ("lifetime", "since_tier_start"):
            first = levels.span(leaf, today)[0]
            ahead = (today + timedelta(days=step) for step in range(1, 400))
            found.add(clock.midnight(next(day for day in ahead if levels.span(leaf, day)[0] > first)))
        elif words[0] == "since_tier_start":
            found |= {clock.midnight(day + timedelta(days=400)) for day in days}
    return [at_ms for at_ms in found if at_ms > levels.judged_ms]


# Time


def warnings(levels: "Levels") -> list[tuple[int, int]]:
    """The instants of warnings ahead, with the days that are left then."""
    if levels.until_ms is None or levels.grace_ms is not None:
        return []
    clock, until_ms = levels.member.clock, levels.until_ms
    found = [(before(clock, until_ms, days), days) for days in levels.keys.get("warnings", [])]
    return [row for row in found if row[0] > levels.warned_ms]


def _warn(levels: "Levels", days_left: int) -> None:
    days = reads(levels)
    if kept(levels, levels.code, days) is not None or levels.shown != levels.code:
        return
    condition, percent = keep_of(levels, levels.code)
    levels.say(
        "tier.downgrade_warning",
        tier=levels.code,
        days_left=days_left,
        valid_until_ms=levels.until_ms,
        missing=levels.missing(condition, days[-1], percent),
    )


def due(levels: "Levels") -> list[int]:
    """Every instant at which time alone may change a level or is spoken of."""
    found = [row[0] for row in warnings(levels)]
    if levels.grace_ms is not None:
        found.append(levels.grace_ms)
    elif levels.until_ms is not None:
        found.append(levels.until_ms)
    if levels.rises:
        found.append(levels.rises_ms)
    if levels.override and levels.override.until_ms:
        found.append(levels.override.until_ms)
    if levels.keys.get("real_time_downgrade") and levels.code != levels.codes[0]:
        found += _midnights(levels)
    return found


def fire(levels: "Levels") -> None:
    """Does what is due at this instant."""
    at_ms = levels.member.as_of_ms
    by_tenure = at_ms in levels.tenure()
    if levels.override and levels.override.until_ms and levels.override.until_ms <= at_ms:
        end_override(levels, "until")
    if levels.rises and levels.rises_ms <= at_ms:
        begin(levels)
    if by_tenure:
        levels.judge("tenure", at_ms)
    if levels.grace_ms is not None:
        if levels.grace_ms <= at_ms:
            fall(levels)
    elif levels.until_ms is not None and levels.until_ms <= at_ms:
        review(levels)
    if levels.keys.get("real_time_downgrade"):
        in_real_time(levels, at_ms)
        levels.judged_ms = at_ms
    for due_ms, days in warnings(levels):
        if due_ms == at_ms:
            _warn(levels, days)
            levels.warned_ms = at_ms


def begin(levels: "Levels") -> None:
    """Levels that were reached begin, as far as what they were reached for still stands."""
    rises, levels.rises = levels.rises, {}
    standing = [
        code for code in rises if carries(levels, code) and levels.rank(code) > levels.rank(levels.code)
    ]
    for code in rises:
        if code not in standing:
            levels.grants.pop(code, None)
    if standing:
        best = max(standing, key=levels.rank)
        levels.move(best, "event", rises[best])


def end_override(levels: "Levels", why: str) -> None:
    """What the customer has reached shows again."""
    assert levels.override is not None
    shown, gone, levels.override = levels.shown, levels.override, None
    levels.say("tier.override_released", tier=gone.code, mode=gone.mode, why=why)
    at_ms = levels.member.event_ms or levels.member.as_of_ms
    levels.tell(shown, "override", at_ms)
    levels.judge("override", at_ms)
