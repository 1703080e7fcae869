"""What `step` derives once from a rulebook, so that no event has to."""

from dataclasses import dataclass

from engine.calendar import LocalDays
from engine.effects import RuleShare
from engine.tier_plan import SetPlan, set_plan
from rules.compiled import Rulebook


@dataclass(frozen=True, slots=True)
class Plan:
    """`sets` are the plans of the sets of levels, `main_set` names the one whose multipliers count.
    `flat_rates` are the (rate, rate times multipliers) of every line when there are no conditions and no
    multipliers, else None; `flat_shares` are then the rules of every order, else none. `scale` is the
    denominator of all points.
    """

    days: LocalDays
    sets: tuple[SetPlan, ...]
    main_set: str
    flat_rates: tuple[int, int] | None
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
    earning = rulebook.earning
    plain = not earning.multipliers and all(rule.applies is None for rule in earning.rules)
    rate = sum(rule.rate for rule in earning.rules)
    return Plan(
        days=LocalDays(rulebook.zone),
        sets=tuple(set_plan(one, one is rulebook.tier_set) for one in rulebook.tier_sets),
        main_set=rulebook.tier_set.id,
        flat_rates=(rate, rate * earning.times_scale) if plain else None,
        flat_shares=tuple(RuleShare(rule.id, rule.text) for rule in earning.rules) if plain else (),
        scale=earning.rate_scale * earning.times_scale * earning.tier_scale,
    )
