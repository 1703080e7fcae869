"""What `step` derives once from a rulebook, so that no event has to."""

from dataclasses import dataclass

from engine.calendar import LocalDays
from engine.effects import RuleShare
from rules.compiled import Leaf, Rulebook
from rules.facts import Metric, WindowKind


@dataclass(frozen=True, slots=True)
class Plan:
    """`reads` are the distinct (metric, window, days) of all entries; `entries[rank]` are
    (position in reads, threshold) pairs; `tenures` the distinct tenure thresholds in days, rising.
    `flat_rate` is the rate of every line when there are no conditions and no multipliers, else None;
    `flat_shares` are then the rules of every order, else none. `scale` is the denominator of all points.
    """

    days: LocalDays
    reads: tuple[tuple[Metric, WindowKind, int], ...]
    entries: tuple[tuple[tuple[int, int], ...], ...]
    tenures: tuple[int, ...]
    flat_rate: int | None
    flat_shares: tuple[RuleShare, ...]
    scale: int


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
    return Plan(
        days=LocalDays(rulebook.zone),
        reads=reads,
        entries=tuple(
            tuple((reads.index(_read(leaf)), leaf.at_least) for leaf in tier.entry)
            for tier in rulebook.tier_set.tiers
        ),
        tenures=tuple(sorted({leaf.at_least for leaf in leaves if leaf.metric is Metric.TENURE_DAYS})),
        flat_rate=sum(rule.rate for rule in earning.rules) if plain else None,
        flat_shares=tuple(RuleShare(rule.id, rule.text) for rule in earning.rules) if plain else (),
        scale=earning.rate_scale * earning.times_scale * earning.tier_scale,
    )


def _read(leaf: Leaf) -> tuple[Metric, WindowKind, int]:
    return leaf.metric, leaf.window, leaf.days
