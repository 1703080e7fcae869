"""Levels by hand: at least a level (floor), or exactly it (pin), until an instant or until released.

What the customer has reached is judged on all the while; an override only decides what is shown.
"""

from engine import tiers
from engine.events import Actor, TierOverride, TierRelease
from engine.history import Override
from engine.placing import show, term_of
from engine.state import Standing
from engine.tier_effects import TierOverridden, TierReleased
from engine.tier_plan import SetPlan
from engine.tier_timers import arm_set, began_ms, own_rank
from engine.turn import Turn

Refused = tuple[str, str]  # Why in a word, and in a sentence.


def override(turn: Turn, data: TierOverride) -> Refused | None:
    """Sets a level by hand, in place of an earlier override; why not, if so."""
    found = _standing(turn, data.tier_set)
    if not isinstance(found[0], SetPlan):
        return found
    one, standing = found
    codes = [tier.code for tier in one.set.tiers]
    if data.tier not in codes:
        return "unknown_tier", f"{data.tier!r} is no level of {one.id!r}; there are {', '.join(codes)}"
    if 0 < data.until_ms <= turn.now_ms:
        return "until_passed", "the override would end before it begins; give a later `until`, or none"
    own, by = own_rank(one, standing), data.by
    term_of(standing).began_ms = began_ms(standing)
    term_of(standing).override = Override(
        data.tier, data.mode, data.until_ms, own, by.actor, by.role, by.reason
    )
    turn.emit(
        TierOverridden.TYPE,
        TierOverridden(one.id, data.tier, data.mode, by, turn.customer.rev, data.until_ms),
    )
    show(turn, one, standing, own, "override", (), by=by)
    arm_set(turn, one, standing)
    return None


def release(turn: Turn, data: TierRelease) -> Refused | None:
    """Ends an override; why not, if so."""
    found = _standing(turn, data.tier_set)
    if not isinstance(found[0], SetPlan):
        return found
    one, standing = found
    if term_of(standing).override is None:
        return "no_override", f"no level of {one.id!r} was set by hand, or it has ended"
    _end(turn, one, standing, "released", data.by)
    return None


def expire(turn: Turn, one: SetPlan, standing: Standing) -> None:
    """Ends an override in time; it is said with the name of who set it."""
    ended = term_of(standing).override
    assert ended is not None, "there is a timer for it"
    _end(turn, one, standing, "until", Actor(ended.actor, ended.role, ended.reason))


def _end(turn: Turn, one: SetPlan, standing: Standing, why: str, by: Actor) -> None:
    term, own = term_of(standing), own_rank(one, standing)
    ended = term.override
    assert ended is not None, "checked before"
    term.override = None
    turn.emit(TierReleased.TYPE, TierReleased(one.id, ended.tier, ended.mode, why, by, turn.customer.rev))
    show(turn, one, standing, own, "override", (), by=by)
    tiers.follow(turn, one, standing, "override")
    arm_set(turn, one, standing)


def _standing(turn: Turn, name: str) -> tuple[SetPlan, Standing] | Refused:
    """The set of that name with the customer's place in it, or why there is none."""
    one = next((each for each in turn.plan.sets if each.id == name), None)
    if one is None:
        names = ", ".join(each.id for each in turn.plan.sets)
        return "unknown_tier_set", f"there is no set of levels {name!r}; there are {names}"
    standing = turn.customer.standings.get(name)
    if standing is None:
        return "not_enrolled", "the customer has not joined the programme"
    return one, standing
