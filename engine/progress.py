"""A word to customers who are close to the next level: once per approach, and not too often."""

from engine.conditions import missing, nearly
from engine.grants import met, readings, values_on
from engine.placing import is_shown, term_of
from engine.state import Standing
from engine.tier_effects import NextTier, TierProgress
from engine.tier_plan import SetPlan
from engine.tier_timers import began_ms, own_rank
from engine.turn import Turn
from engine.validity import later


def look(turn: Turn, one: SetPlan, standing: Standing) -> None:
    """Notes whether the customer is close to the next level, and says so on coming close."""
    term, rank = term_of(standing), max(own_rank(one, standing), term_of(standing).pending) + 1
    if rank >= len(one.set.tiers):
        term.near = 0
        return
    entry = one.set.tiers[rank].entry
    values = values_on(turn, entry, turn.today, began_ms(standing))
    close = nearly(entry.shape, entry.leaves, values, one.set.progress) and not met(entry, values)
    if not close:
        term.near = 0
        return
    came = term.near != rank
    term.near = rank
    cool = term.near_ms == 0 or turn.now_ms >= later(turn.plan.days, term.near_ms, one.set.cool_down)
    if not (came and cool and is_shown(one, standing)):
        return
    term.near_ms = turn.now_ms
    percent = one.set.progress
    while percent < 100 and nearly(entry.shape, entry.leaves, values, percent + 1):
        percent += 1
    turn.emit(
        TierProgress.TYPE,
        TierProgress(
            tier_set=one.id,
            tier=one.set.tiers[standing.rank].code,
            percent=percent,
            next_tier=NextTier(one.set.tiers[rank].code, missing(entry.shape, entry.leaves, values)),
            explain=readings(entry, values),
            rev=turn.customer.rev,
            backfill=turn.backfill,
        ),
    )
