"""What `step` derives once from a rulebook, so that no event has to."""

from dataclasses import dataclass
from typing import Final

from engine.calendar import LocalDays
from engine.effects import RuleShare
from rules.compiled import Leaf, Rulebook, Tier
from rules.facts import Metric, WindowKind


@dataclass(frozen=True, slots=True)
class Plan:
    """`reads` are the distinct (metric, window, days) of all entries; `entries[rank]` are
    (position in reads, threshold) pairs; `tenures` the distinct tenure thresholds in days, rising.
    `flat_rates` are the (rate, rate times multipliers) of every line when there are no conditions and no
    multipliers, else None; `flat_shares` are then the rules of every order, else none. `scale` is the
    denominator of all points. `gates[rank]` are (field of `Totals`, threshold) pairs: unless one of the
    customer's lifetime totals reaches its threshold, no tier above the rank can hold.
    """

    days: LocalDays
    reads: tuple[tuple[Metric, WindowKind, int], ...]
    entries: tuple[tuple[tuple[int, int], ...], ...]
    tenures: tuple[int, ...]
    flat_rates: tuple[int, int] | None
    flat_shares: tuple[RuleShare, ...]
    scale: int
    tier_set_id: str
    gates: tuple[tuple[tuple[str, int], ...], ...]


TOTALS: Final = {
    Metric.SPEND_NET: "spend_minor",
    Metric.ORDERS: "orders",
    Metric.PURCHASE_DAYS: "purchase_days",
    Metric.QUALIFYING_POINTS: "qualifying",
    Metric.ENGAGEMENT_POINTS: "engagement_points",
}
"""Where `Totals` keeps a metric over the whole life."""

PLANS: dict[str, Plan] = {}  # By digest: a memo of a pure function.


def plan_of(rulebook: Rulebook) -> Plan:
    """The plan of a rulebook."""
    plan = PLANS.get(rulebook.digest)
    if plan is None:
        plan = PLANS[rulebook.digest] = _make(rulebook)
    return plan


def _make(rulebook: Rulebook) -> Plan:
    leaves = [leaf for tier in rulebook.tier_set.tiers for leaf in tier.entry]
    reads = tuple(dict.fromkeys(_read(leaf) for leaf in leaves))
    earning = rulebook.earning
    plain = not earning.multipliers and all(rule.applies is None for rule in earning.rules)
    rate = sum(rule.rate for rule in earning.rules)
    return Plan(
        days=LocalDays(rulebook.zone),
        reads=reads,
        entries=tuple(
            tuple((reads.index(_read(leaf)), leaf.at_least) for leaf in tier.entry)
            for tier in rulebook.tier_set.tiers
        ),
        tenures=tuple(sorted({leaf.at_least for leaf in leaves if leaf.metric is Metric.TENURE_DAYS})),
        flat_rates=(rate, rate * earning.times_scale) if plain else None,
        flat_shares=tuple(RuleShare(rule.id, rule.text) for rule in earning.rules) if plain else (),
        scale=earning.rate_scale * earning.times_scale * earning.tier_scale,
        tier_set_id=rulebook.tier_set.id,
        gates=tuple(
            _gates(rulebook.tier_set.tiers[rank + 1 :]) for rank in range(len(rulebook.tier_set.tiers))
        ),
    )


def _gates(tiers: tuple[Tier, ...]) -> tuple[tuple[str, int], ...]:
    """One condition of each tier, over the whole life: a window never holds more than that."""
    lowest: dict[str, int] = {}
    for tier in tiers:
        name, least = next(
            ((TOTALS[leaf.metric], leaf.at_least) for leaf in tier.entry if leaf.metric in TOTALS),
            ("orders", 0),  # Tenure alone: always worth a look.
        )
        lowest[name] = min(least, lowest.get(name, least))
    return tuple(lowest.items())


def _read(leaf: Leaf) -> tuple[Metric, WindowKind, int]:
    return leaf.metric, leaf.window, leaf.days
