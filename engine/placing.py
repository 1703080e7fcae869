"""Putting a customer on a level, and saying so."""

from typing import Final

from engine.conditions import missing
from engine.effects import NextTier, Reading, TierChanged
from engine.grants import values_on
from engine.history import Change
from engine.state import Standing
from engine.tier_plan import SetPlan
from engine.turn import Turn

HISTORY: Final = 24


def rank_at(standing: Standing | None, instant_ms: int) -> int:
    """The rank in force at an instant; 0 before enrolment; the oldest known when history was cut short."""
    if standing is None:
        return 0
    if standing.since_ms <= instant_ms:
        return standing.rank
    for change in reversed(standing.history):
        if change.at_ms <= instant_ms:
            return change.rank
    return standing.history[0].rank if len(standing.history) == HISTORY else 0


def place(turn: Turn, standing: Standing, rank: int) -> None:
    """The customer has the rank from now on."""
    standing.rank = rank
    standing.since_ms = turn.now_ms
    standing.history.append(Change(turn.now_ms, rank))
    del standing.history[:-HISTORY]


def announce(
    turn: Turn,
    one: SetPlan,
    standing: Standing,
    before: int | None,
    reason: str,
    explain: tuple[Reading, ...],
) -> None:
    """Says that the customer was enrolled (`before` is None), rose or fell."""
    tiers, first = one.set.tiers, 0 if before is None else before
    kind = "tier.enrolled" if before is None else "tier.upgraded"
    if standing.rank < first:
        kind = "tier.downgraded"
    turn.emit(
        kind,
        TierChanged(
            tier_set=one.id,
            from_tier="" if before is None else tiers[before].code,
            to_tier=tiers[standing.rank].code,
            reason=reason,
            effective_ms=turn.now_ms,
            qualified_ms=turn.occurred_ms,
            explain=explain,
            rev=turn.customer.rev,
            skipped=tuple(tier.code for tier in tiers[first + 1 : standing.rank]),
            next_tier=_next(turn, one, standing),
            backfill=turn.backfill,
        ),
    )


def _next(turn: Turn, one: SetPlan, standing: Standing) -> NextTier | None:
    tiers = one.set.tiers
    if standing.rank + 1 >= len(tiers):
        return None
    above = tiers[standing.rank + 1]
    values = values_on(turn, above.entry, turn.today, standing.since_ms)
    return NextTier(above.code, missing(above.entry.shape, above.entry.leaves, values))
