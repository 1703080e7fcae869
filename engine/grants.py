"""What a level was given for: its evidence, which refunds lower.

A grant is left for each rank a customer rose through with that rank's own entry holding.
"""

from typing import Final

from engine.conditions import holds
from engine.history import Evidence, Grant
from engine.metrics import read, span
from engine.state import Standing
from engine.tier_effects import Reading
from engine.tier_timers import began_ms
from engine.turn import Turn
from rules.compiled_tiers import Condition, Leaf
from rules.facts import Metric

# How much of a metric, since which `rev` of the customer it had counted, and on which local day.
Lost = tuple[int, int, int]
NOTHING_LOST: Final[Lost] = (0, 0, 0)


def values_on(turn: Turn, condition: Condition, today: int, since_ms: int) -> list[int]:
    """The numbers of a condition as of a local day."""
    return [read(turn, leaf.metric, leaf.window, leaf.days, today, since_ms) for leaf in condition.leaves]


def met(condition: Condition, values: list[int]) -> bool:
    """Whether a condition holds by these numbers."""
    reached = [value >= leaf.at_least for leaf, value in zip(condition.leaves, values, strict=True)]
    return holds(condition.shape, reached)


def store_grant(
    turn: Turn,
    standing: Standing,
    rank: int,
    condition: Condition,
    values: list[int],
    today: int,
    since_ms: int = 0,
) -> None:
    """Keeps what a rank is held for, in place of what was kept before.

    `since_ms` is when its level began, 0: the customer's present one.
    """
    evidence = [
        Evidence(
            leaf.metric.value,
            window_text(leaf),
            *_seen(turn, leaf, today, since_ms or began_ms(standing)),
            value,
            leaf.at_least,
        )
        for leaf, value in zip(condition.leaves, values, strict=True)
    ]
    others = [grant for grant in standing.grants if grant.rank != rank]
    made = Grant(rank, turn.customer.rev, evidence, condition.shape)
    standing.grants = sorted([*others, made], key=lambda grant: grant.rank)


def _seen(turn: Turn, leaf: Leaf, today: int, since_ms: int) -> tuple[int, int]:
    """The local days that a number was read over; what counts on a later day of its window is not in it."""
    first, end = span(turn, leaf.window, leaf.days, today, since_ms)
    if turn.plan.qualifies_later and leaf.metric is Metric.QUALIFYING_POINTS:
        return first, min(end, today + 1)
    return first, end


def grant_of(standing: Standing, rank: int) -> Grant | None:
    """What the rank is held for, if that is known."""
    return next((grant for grant in standing.grants if grant.rank == rank), None)


def drop_grants(standing: Standing, above: int) -> None:
    """Forgets what the ranks above one were held for, but for those that wait for the next period."""
    waiting = standing.term.reached[::2] if standing.term is not None else []
    standing.grants = [grant for grant in standing.grants if grant.rank <= above or grant.rank in waiting]


def carries(grant: Grant) -> bool:
    """Whether the evidence still reaches the thresholds."""
    return holds(grant.shape, [item.value >= item.threshold for item in grant.evidence])


def lower(standing: Standing, lost: dict[Metric, Lost]) -> None:
    """Takes a refund out of the grants that counted its order."""
    for grant in standing.grants:
        for item in grant.evidence:
            amount, since_rev, day = lost.get(Metric(item.metric), NOTHING_LOST)
            if since_rev <= grant.rev and item.from_day <= day < item.to_day:
                item.value -= amount


def readings(condition: Condition, values: list[int]) -> tuple[Reading, ...]:
    """A condition as it was read, number by number."""
    return tuple(
        Reading(leaf.metric.value, window_text(leaf), value, leaf.at_least, value >= leaf.at_least)
        for leaf, value in zip(condition.leaves, values, strict=True)
    )


def evidence_readings(grant: Grant) -> tuple[Reading, ...]:
    """What is left of a grant's evidence."""
    return tuple(
        Reading(item.metric, item.window, item.value, item.threshold, item.value >= item.threshold)
        for item in grant.evidence
    )


def window_text(leaf: Leaf) -> str:
    """The window of a number in a word or two."""
    return f"{leaf.window.value} {leaf.days} days" if leaf.days else leaf.window.value
