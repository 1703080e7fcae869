"""Putting a customer on a level, and saying so.

The *own* rank is what the customer has reached; an override by hand may show another.
"""

from typing import Final

from engine.conditions import missing
from engine.events import Actor
from engine.grants import values_on
from engine.history import Change, Term
from engine.state import Standing
from engine.tier_effects import NextTier, Reading, TierChanged
from engine.tier_plan import SetPlan
from engine.tier_timers import arm_set, began_ms, ends_ms, own_rank
from engine.turn import Turn
from engine.validity import first_end

HISTORY: Final = 24
AFRESH: Final = -1


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


def term_of(standing: Standing) -> Term:
    """How long the level lasts, made if need be."""
    if standing.term is None:
        standing.term = Term()
    return standing.term


def is_shown(one: SetPlan, standing: Standing) -> bool:
    """Whether the customer's own rank is the one shown."""
    return standing.rank == own_rank(one, standing)


def move(
    turn: Turn,
    one: SetPlan,
    standing: Standing,
    rank: int,
    reason: str,
    explain: tuple[Reading, ...],
    *,
    enrols: bool = False,
    end_ms: int = AFRESH,
    qualified_ms: int = AFRESH,
) -> None:
    """The customer's own rank from now on, with a validity of its own; said unless an override hides it."""
    if one.lasting or standing.term is not None:
        term = term_of(standing)
        term.end_ms = fresh_end(turn, one, rank) if end_ms == AFRESH else end_ms
        term.grace_ms = term.near = 0
        if rank >= term.pending:
            wait_no_more(term)
        term.began_ms = 0 if term.override is None else turn.now_ms
        if term.override is not None:
            term.override.own = rank
    show(turn, one, standing, rank, reason, explain, enrols=enrols, qualified_ms=qualified_ms)
    arm_set(turn, one, standing)


def wait_no_more(term: Term) -> None:
    """No rise waits for the next period."""
    term.pending = term.pending_ms = 0
    term.reached = []


def fresh_end(turn: Turn, one: SetPlan, rank: int) -> int:
    """When a level that begins now ends; the lowest never does."""
    validity = one.set.validity
    if validity is None or rank == 0:
        return 0
    return first_end(turn.plan.days, validity, turn.now_ms, turn.customer.enrolled_ms)


def show(
    turn: Turn,
    one: SetPlan,
    standing: Standing,
    own: int,
    reason: str,
    explain: tuple[Reading, ...],
    *,
    enrols: bool = False,
    qualified_ms: int = AFRESH,
    by: Actor | None = None,
) -> None:
    """Brings the rank that others see in line with the customer's own one and the override, if any."""
    rank, before = _shown(one, standing, own), standing.rank
    if rank == before and not enrols:
        return
    standing.rank = rank
    standing.since_ms = turn.now_ms
    standing.history.append(Change(turn.now_ms, rank))
    del standing.history[:-HISTORY]
    reached_ms = turn.occurred_ms if qualified_ms == AFRESH else qualified_ms
    _announce(turn, one, standing, None if enrols else before, reason, explain, reached_ms, by)


def _shown(one: SetPlan, standing: Standing, own: int) -> int:
    override = standing.term.override if standing.term is not None else None
    if override is None:
        return own
    by_hand = next((tier.rank for tier in one.set.tiers if tier.code == override.tier), own)
    return by_hand if override.mode == "pin" else max(by_hand, own)


def _announce(
    turn: Turn,
    one: SetPlan,
    standing: Standing,
    before: int | None,
    reason: str,
    explain: tuple[Reading, ...],
    qualified_ms: int,
    by: Actor | None,
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
            from_tier="" if before is None else tiers[min(before, len(tiers) - 1)].code,
            to_tier=tiers[standing.rank].code,
            reason=reason,
            effective_ms=turn.now_ms,
            qualified_ms=qualified_ms,
            explain=explain,
            rev=turn.customer.rev,
            skipped=tuple(tier.code for tier in tiers[first + 1 : standing.rank]),
            next_tier=next_tier(turn, one, standing, standing.rank + 1),
            valid_until_ms=ends_ms(turn, one, standing) if is_shown(one, standing) else 0,
            by=by,
            backfill=turn.backfill,
        ),
    )


def next_tier(turn: Turn, one: SetPlan, standing: Standing, rank: int) -> NextTier | None:
    """The level of a rank and what is missing for it today; None when there is no such level."""
    tiers = one.set.tiers
    if rank >= len(tiers):
        return None
    entry = tiers[rank].entry
    values = values_on(turn, entry, turn.today, began_ms(standing))
    return NextTier(tiers[rank].code, missing(entry.shape, entry.leaves, values))
