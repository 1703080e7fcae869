"""What `step` derives once from a rulebook, so that no event has to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from engine.calendar import LocalDays
from engine.effects import RuleShare
from engine.risk import Fitted
from engine.tier_plan import SetPlan, set_plan
from rules.compiled import Bonus, EarnRule, LineFilter, Multiplier, RfmRule, Rulebook
from rules.compiled_engagement import Cap
from rules.facts import MAIN

Ranked = TypeVar("Ranked", EarnRule, Multiplier, Bonus)


@dataclass(frozen=True, slots=True)
class Share:
    """A rule, a multiplier or a bonus, as `engine.terms` reads it: `value` is its rate, extra or points."""

    id: str
    group: str
    value: int
    stop: bool
    qualifying: bool
    applies: LineFilter | None
    floor_minor: int = 0
    wallet: str = ""  # As a part of an order has it: "" for the points.


@dataclass(frozen=True, slots=True)
class Plan:
    """`sets` are the plans of the sets of levels, `main_set` names the one whose multipliers count.
    `flat_rates` are the (rate, rate times multipliers) of every line when there is one rule for all and
    nothing else, else None; `flat_shares` is then that rule, else none. `scale` is the denominator of all
    points. `rules`, `multipliers` and `bonuses` are by priority, then id; `places` is their order in the
    rulebook, `texts` what they say there. `caps` are by what they bound: a rule's id, `+` and a group's name,
    or "" for the programme. `keeps_terms`: an order must keep its parts, for rates per line do not say all.
    `plain_points`: points are active at once and for ever; `stirred` are the wallets that an activity keeps
    alive. `qualifies_later`: qualifying points count when the points become active.
    `foresight`: a section looks ahead, see `engine.foresight`. `rfm` is None where nobody is scored.
    `others` are the wallets beside the points that orders fill. `by_balance`: a level asks for points that
    can be spent, so whatever gives some may lift. `latest`: the newest orders are kept for profiles.
    """

    days: LocalDays
    sets: tuple[SetPlan, ...]
    main_set: str
    flat_rates: tuple[int, int] | None
    flat_shares: tuple[RuleShare, ...]
    scale: int
    times_scale: int
    rules: tuple[Share, ...]
    multipliers: tuple[Share, ...]
    bonuses: tuple[Share, ...]
    places: dict[str, int]
    texts: dict[str, str]
    caps: dict[str, tuple[Cap, ...]]
    keeps_terms: bool
    plain_points: bool
    stirred: dict[str, tuple[str, ...]]
    qualifies_later: bool
    others: tuple[str, ...]
    by_balance: bool
    foresight: bool
    latest: bool
    fitted: Fitted | None
    by_model: bool
    rfm: RfmRule | None


PLANS: dict[str, Plan] = {}  # By digest: a memo of a pure function.


def plan_of(rulebook: Rulebook) -> Plan:
    """The plan of a rulebook."""
    plan = PLANS.get(rulebook.digest)
    if plan is None:
        plan = PLANS[rulebook.digest] = _make(rulebook)
    return plan


def _make(rulebook: Rulebook) -> Plan:
    earning = rulebook.earning
    written: list[EarnRule | Multiplier | Bonus] = [*earning.rules, *earning.multipliers, *earning.bonuses]
    caps, churn = _caps(rulebook), rulebook.churn
    model = churn.model if churn else None
    keeps = bool(caps) or bool(earning.bonuses) or any(m.qualifying for m in earning.multipliers)
    others = tuple(dict.fromkeys(rule.wallet for rule in written if rule.wallet != MAIN))
    keeps = keeps or earning.proportional or bool(others)
    plain = len(written) == 1 and written[0].applies is None and not keeps and not earning.tier_after
    rate = earning.rules[0].rate
    sets = tuple(set_plan(one, one is rulebook.tier_set) for one in rulebook.tier_sets)
    return Plan(
        days=LocalDays(rulebook.zone, rulebook.cycle),
        sets=sets,
        main_set=rulebook.tier_set.id,
        flat_rates=(rate, rate * earning.times_scale) if plain else None,
        flat_shares=(RuleShare(written[0].id, written[0].text),) if plain else (),
        scale=earning.rate_scale * earning.times_scale * earning.tier_scale,
        times_scale=earning.times_scale,
        rules=tuple(
            Share(r.id, r.group, r.rate, r.stop, r.wallet == MAIN, r.applies, 0, _of(r.wallet))
            for r in by_priority(earning.rules)
        ),
        multipliers=tuple(
            Share(m.id, m.group, m.extra, m.stop, m.qualifying, m.applies, 0, _of(m.wallet))
            for m in by_priority(earning.multipliers)
        ),
        bonuses=tuple(
            Share(b.id, b.group, b.points, b.stop, b.qualifying, b.applies, b.min_minor, _of(b.wallet))
            for b in by_priority(earning.bonuses)
        ),
        places={rule.id: at for at, rule in enumerate(written)},
        texts={rule.id: rule.text for rule in written},
        caps=caps,
        keeps_terms=keeps,
        plain_points=rulebook.points.plain,
        stirred=_stirred(rulebook),
        qualifies_later=rulebook.points.qualifies_later,
        others=others,
        foresight=rulebook.foresight,
        rfm=rulebook.rfm,
        by_balance=any(one.by_balance for one in sets),
        latest=rulebook.profiles,
        fitted=Fitted(model) if model else None,
        by_model=churn is not None and any(x.risk_ppm or x.p_alive_ppm for x in churn.levels),
    )


def _caps(rulebook: Rulebook) -> dict[str, tuple[Cap, ...]]:
    """The bounds on what orders earn, by what they bound."""
    earning = rulebook.earning
    written: list[EarnRule | Multiplier | Bonus] = [*earning.rules, *earning.multipliers, *earning.bonuses]
    bound = {rule.id: rule.caps for rule in written}
    bound |= {f"+{name}": caps for name, caps in earning.groups.items()}
    return {key: caps for key, caps in (bound | {"": rulebook.caps}).items() if caps}


def _of(wallet: str) -> str:
    return "" if wallet == MAIN else wallet


def by_priority(rules: Sequence[Ranked]) -> list[Ranked]:
    """The rules as they are tried: the highest priority first, equal ones by id."""
    return sorted(rules, key=lambda rule: (-rule.priority, rule.id))


def _stirred(rulebook: Rulebook) -> dict[str, tuple[str, ...]]:
    """The ids of the wallets whose points live on with each kind of activity."""
    rules = [
        (rule.id, rule.expiry.by)
        for rule in (rulebook.points, *rulebook.wallets.values())
        if rule.expiry is not None
    ]
    kinds = sorted({kind for _, by in rules for kind in by})
    return {kind: tuple(name for name, by in rules if kind in by) for kind in kinds}
