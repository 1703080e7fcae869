"""What a set of levels waited for, done as of the instant it was due."""

from engine import overrides, reviews, tiers
from engine.state import Standing
from engine.tier_plan import SetPlan
from engine.tier_timers import arm_set, ends_ms, tenure_begins
from engine.turn import Turn


def wake(turn: Turn, kind: str) -> None:
    """Does what is due for the set of levels whose timer this is; nothing when the rulebook has none such."""
    for one in turn.plan.sets:
        standing = turn.customer.standings.get(one.id)
        if one.timer == kind and standing is not None:
            _wake(turn, one, standing)
            arm_set(turn, one, standing)


def _wake(turn: Turn, one: SetPlan, standing: Standing) -> None:
    """In this order when several fall on one instant: an override's end, rises, then review or grace.

    Time alone lifts by tenure only. Who falls at a review is judged for a rise again with the next event.
    """
    term, now_ms = standing.term, turn.now_ms
    if term is not None and term.override is not None and 0 < term.override.until_ms <= now_ms:
        overrides.expire(turn, one, standing)
    if term is not None and 0 < term.pending_ms <= now_ms:
        tiers.promote(turn, one, standing)
    if tenure_begins(turn, one):
        tiers.follow(turn, one, standing, "tenure")
    elif one.set.real_time:
        tiers.fall_at_once(turn, one, standing)
    if term is not None and 0 < term.grace_ms <= now_ms:
        reviews.end_of_grace(turn, one, standing)
    elif 0 < ends_ms(turn, one, standing) <= now_ms and term is not None and not term.grace_ms:
        reviews.review(turn, one, standing)
    reviews.warn(turn, one, standing)
