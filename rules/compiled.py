"""A rulebook after checking: plain values and functions, ready for `engine.step`.

Built by `rules.load`; never edited. All rates are exact: integers over a common denominator that is
chosen once, when the rulebook is compiled, so that no event ever meets a fraction.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal
from zoneinfo import ZoneInfo

from rules.compiled_churn import Churn
from rules.compiled_engagement import Cap, EngagementRule
from rules.compiled_facts import NO_ACTIVITY, Activity, Stage, TagRule
from rules.compiled_members import Care, ReferralRule
from rules.compiled_tiers import TierSet
from rules.facts import MAIN, LineFacts, OrderFacts
from rules.notices import Notifications
from rules.strategies import Strategy
from rules.values import Cycle
from rules.wallets import WalletRule

LineFilter = Callable[[OrderFacts, LineFacts], bool]


@dataclass(frozen=True, slots=True)
class EarnRule:
    """So many points per minor unit of eligible money, on the lines that `applies` accepts (None: all).

    `rate` is the points per minor unit times `Earning.rate_scale`, an integer. `text` is the rate as
    written, for explanations: "1 per 1.00 CNY". `only` puts `applies` into words ("" for all lines).
    Of the rules of one `group` the best of a line counts, equal ones by `priority`, then id; one that applies
    and says `stop` keeps those of its group with lower priority out. `wallet` gets the points.
    """

    id: str
    rate: int
    text: str
    applies: LineFilter | None
    group: str
    only: str = ""
    priority: int = 0
    stop: bool = False
    caps: tuple[Cap, ...] = ()
    wallet: str = MAIN


@dataclass(frozen=True, slots=True)
class Multiplier:
    """Times so many on the lines that `applies` accepts. Within `group` the best wins; groups add up.

    `extra` is (times - 1) times `Earning.times_scale`, an integer, never negative.
    `text` is the number as written ("1.15"). `only` puts `applies` into words ("" for all lines).
    `qualifying`: what it adds counts as qualifying points too. It multiplies what rules give to its wallet.
    The rest is as in `EarnRule`.
    """

    id: str
    group: str
    extra: int
    text: str
    applies: LineFilter | None
    only: str = ""
    priority: int = 0
    stop: bool = False
    qualifying: bool = False
    caps: tuple[Cap, ...] = ()
    wallet: str = MAIN


@dataclass(frozen=True, slots=True)
class Bonus:
    """So many points once per order, when the money on the lines that `applies` accepts is `min_minor`.

    `text` is how it is explained: "50 from 200.00 CNY". The rest is as in `Multiplier`.
    """

    id: str
    group: str
    points: int
    min_minor: int
    text: str
    applies: LineFilter | None
    only: str = ""
    priority: int = 0
    stop: bool = False
    qualifying: bool = False
    caps: tuple[Cap, ...] = ()
    wallet: str = MAIN


@dataclass(frozen=True, slots=True)
class Earning:
    """How an order earns. Points of a line, before the one rounding, are
    eligible_minor * sum(rate) * (times_scale + sum over groups of the best extra) * tier.times
    over rate_scale * times_scale * tier_scale. Bonuses come on top, caps cut what each rule gives.

    `groups` are the bounds on what the rules of a group give together. `proportional`: a refund takes its
    share of the points, else the rest is earned again. `tier_after`: an order that lifts the customer earns
    at the new level.
    """

    rules: tuple[EarnRule, ...]
    multipliers: tuple[Multiplier, ...]
    rate_scale: int
    times_scale: int
    tier_scale: int
    rounding: Literal["floor", "half_up", "half_even", "ceil"]
    bonuses: tuple[Bonus, ...] = ()
    groups: Mapping[str, tuple[Cap, ...]] = field(default_factory=dict)
    proportional: bool = False
    tier_after: bool = False


@dataclass(frozen=True, slots=True)
class RfmRule:
    """Scores 1 to 5 of recency, frequency and money over so many days.

    `frequency` are the purchase days from which on it is 2, 3, 4, 5. A score changes only when its cut-off is
    passed by `hysteresis` percent. Each customer is scored anew after `rescore_days` at the latest.
    """

    window_days: int
    frequency: tuple[int, int, int, int]
    hysteresis: int
    rescore_days: int


@dataclass(frozen=True, slots=True)
class Rulebook:
    """One programme, checked and compiled.

    `text` is the file's, with its model in it; `digest` is the SHA-256 of that in hex; `ruleversion`
    ("cdnow@1") goes into every effect.
    `tier_set` is the one whose multipliers count, one of `tier_sets`.
    `caps` bound all points of a customer, from orders and from engagement together.
    `points` rules the wallet that is called so, `wallets` the others by id. `profiles`: the view of each
    customer is published.
    `cycle` is None where no level goes by one, `strategy` where nothing is suggested, `notifications` where
    nobody is told anything, `care` and `referral` where there is none. `consents` are the scopes that
    customers agree to who said nothing; None where the programme has no word on consents.
    `foresight`: a section looks ahead (`engine.foresight`);
    `stages`, `segments` and `tags` are empty without theirs, `reads` are the facts they ask for.
    `rfm` is None where nobody is scored.
    """

    programme: str
    version: int
    ruleversion: str
    digest: str
    text: str
    timezone: str
    zone: ZoneInfo
    currency: str
    minor_digits: int
    enrolment: Literal["first_event", "signup"]
    earning: Earning
    engagements: Mapping[str, EngagementRule]
    tier_set: TierSet
    tier_sets: tuple[TierSet, ...]
    churn: Churn | None
    points: WalletRule
    wallets: Mapping[str, WalletRule]
    caps: tuple[Cap, ...] = ()
    cycle: Cycle | None = None
    strategy: Strategy | None = None
    notifications: Notifications | None = None
    foresight: bool = False
    profiles: bool = False
    consents: frozenset[str] | None = None
    care: Care | None = None
    referral: ReferralRule | None = None
    activity: Activity = NO_ACTIVITY
    stages: tuple[Stage, ...] = ()
    segments: tuple[Stage, ...] = ()
    tags: tuple[TagRule, ...] = ()
    reads: frozenset[str] = frozenset()
    rfm: RfmRule | None = None
