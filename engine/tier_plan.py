"""What follows from a set of levels once, so that no event has to work it out."""

from dataclasses import dataclass
from typing import Final

from engine.conditions import LEAF, NOT, steps_of
from rules.compiled_tiers import Condition, Leaf, Tier, TierSet
from rules.facts import Metric, WindowKind

Gates = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class SetPlan:
    """`reads` are the distinct (metric, window, days) of all entries; `entries[rank]` are
    (position in reads, threshold) pairs, combined as `shapes[rank]` says. `tenures` are the distinct tenure
    thresholds in days, rising. `gates[rank]` are (field of `Totals`, threshold) pairs: unless one of the
    customer's lifetime totals reaches its threshold, no tier above the rank can hold. `main` says whether its
    multipliers count; `timer` is the kind of its timer. `lasting` says whether levels do more
    than be reached, `by_balance` whether one asks for points that can be spent.
    """

    set: TierSet
    id: str
    main: bool
    timer: str
    reads: tuple[tuple[Metric, WindowKind, int], ...]
    entries: tuple[tuple[tuple[int, int], ...], ...]
    shapes: tuple[str, ...]
    tenures: tuple[int, ...]
    gates: tuple[Gates, ...]
    lasting: bool
    by_balance: bool


TOTALS: Final = {
    Metric.SPEND_NET: "spend_minor",
    Metric.ORDERS: "orders",
    Metric.PURCHASE_DAYS: "purchase_days",
    Metric.QUALIFYING_POINTS: "qualifying",
    Metric.ENGAGEMENT_POINTS: "engagement_points",
    Metric.REFERRALS: "referrals",
}
"""Where `Totals` keeps a metric over the whole life."""


def set_plan(one: TierSet, main: bool) -> SetPlan:
    """The plan of one set of levels."""
    leaves = [leaf for tier in one.tiers for leaf in tier.entry.leaves]
    reads = tuple(dict.fromkeys(_read(leaf) for leaf in leaves))
    return SetPlan(
        set=one,
        id=one.id,
        main=main,
        timer=f"tier:{one.id}",
        reads=reads,
        entries=tuple(
            tuple((reads.index(_read(leaf)), leaf.at_least) for leaf in tier.entry.leaves)
            for tier in one.tiers
        ),
        shapes=tuple(tier.entry.shape for tier in one.tiers),
        tenures=tuple(sorted({leaf.at_least for leaf in leaves if leaf.metric is Metric.TENURE_DAYS})),
        gates=tuple(_gates(one.tiers[rank + 1 :]) for rank in range(len(one.tiers))),
        lasting=bool(one.upgrades_with or one.validity or one.real_time or one.progress),
        by_balance=any(leaf.metric is Metric.ACTIVE_POINTS for leaf in leaves),
    )


def _gates(tiers: tuple[Tier, ...]) -> Gates:
    """Numbers over the whole life of which one must be reached: a window never holds more than that."""
    lowest: dict[str, int] = {}
    for tier in tiers:
        asked = _asked(tier.entry)
        for name, least in [("orders", 0)] if asked is None else asked.items():  # Always worth a look.
            lowest[name] = min(least, lowest.get(name, least))
    return tuple(lowest.items())


def _asked(condition: Condition) -> dict[str, int] | None:
    """Thresholds of which one is reached whenever the condition holds; None when there are none such."""
    stack: list[dict[str, int] | None] = []
    found = iter(condition.leaves)
    steps = steps_of(
        condition.shape or f"{'. ' * len(condition.leaves)}{len(condition.leaves)}/{len(condition.leaves)}"
    )
    for step in steps:
        if step == LEAF:
            leaf = next(found)
            stack.append({TOTALS[leaf.metric]: leaf.at_least} if leaf.metric in TOTALS else None)
        elif step == NOT:
            stack[-1] = None
        else:
            needed, count = step
            below = stack[-count:]
            del stack[-count:]
            stack.append(_all(below) if needed == count else _some(below))
    return stack[-1]


def _all(parts: list[dict[str, int] | None]) -> dict[str, int] | None:
    """Of parts that all hold, one is enough to look at: the first that can be."""
    return next((part for part in parts if part is not None), None)


def _some(parts: list[dict[str, int] | None]) -> dict[str, int] | None:
    """Of parts of which some hold, all must be looked at."""
    lowest: dict[str, int] = {}
    for part in parts:
        if part is None:
            return None
        for name, least in part.items():
            lowest[name] = min(least, lowest.get(name, least))
    return lowest


def _read(leaf: Leaf) -> tuple[Metric, WindowKind, int]:
    return leaf.metric, leaf.window, leaf.days
