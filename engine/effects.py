"""What `step` gives out: messages for others, each with the rule and the numbers it came from.

`Effect.data` is one of the structs below, and its class decides the CloudEvents type and the topic.
Optional fields are left out when they have their default. Points are integers, money is minor units,
times inside data are UTC milliseconds in fields that end in `_ms`.
"""

from typing import ClassVar

from msgspec import Struct

from engine.churn_effects import ChurnAlert
from engine.cutoffs import Cutoffs
from engine.events import Actor, Internal
from engine.ledger_effects import LEDGER_CODES, Balance, LedgerData
from engine.life_effects import LIFE_CODES, LifeData
from engine.notice_effects import NOTICE_CODES, NoticeData
from engine.tier_effects import (
    TierChanged,
    TierGraceStarted,
    TierOverridden,
    TierProgress,
    TierReleased,
    TierRenewed,
    TierWarning,
)


class Ref(Struct, frozen=True, gc=False, omit_defaults=True):
    """What the entry belongs to: an order, its refund or its newer version, or an engagement."""

    order_id: str = ""
    refund_id: str = ""
    engagement: str = ""
    ref_id: str = ""
    order_version: int = 0


class RuleShare(Struct, frozen=True, gc=False, omit_defaults=True):
    """A rule that took part; `says` is its rate or times as written in the rulebook.

    `qty` is its part of the entry, left out when it is the only rule and gave the whole.
    """

    rule: str
    says: str
    qty: int | None = None


class LineShare(Struct, frozen=True, gc=False):
    """The part of the entry that a line of the order carries."""

    line_id: str
    qty: int


class PointsEarned(Struct, frozen=True, gc=False, omit_defaults=True):
    """`points.earned`. `exact` is the amount before the one rounding, as [numerator, denominator].

    `why` is a plain word when less than the rule's points came out: "capped", "not enrolled",
    "no rule", "text too short"; `capped_from` is what it would have been without the cap. For a newer
    version of an order, `order_points`, `exact`, `capped_from` and the rules' `qty` are of the whole order.
    With `points.pending` they are not active yet, but from `activates_ms` on, or when what it `awaits` has
    come. `expires_ms` is when they lapse, `first` the number of the first of them; 0 for points that stay.
    """

    TYPE: ClassVar[str] = "points.earned"
    wallet: str
    qty: int
    qualifying: int
    balance: Balance
    ref: Ref
    rules: tuple[RuleShare, ...]
    rev: int
    eligible_minor: int = 0
    tier: str = ""
    tier_times: str = ""
    exact: tuple[int, int] = (0, 1)
    lines: tuple[LineShare, ...] = ()
    capped_from: int | None = None
    order_points: int | None = None
    why: str = ""
    expires_ms: int = 0
    activates_ms: int = 0
    awaits: str = ""
    first: int = 0
    qualifying_waits: int = 0  # That count when the points become active, as `points.activated` will say.
    backfill: bool = False


class PointsClawedBack(Struct, frozen=True, gc=False, omit_defaults=True):
    """`points.clawed_back`: what the order had granted beyond what its remainder earns.

    Of `qty`, `from_pending` had not been active yet, `from_expired` had lapsed before and changes no balance,
    `to_debt` had been spent. The rest was active.
    """

    TYPE: ClassVar[str] = "points.clawed_back"
    wallet: str
    qty: int
    qualifying: int
    balance: Balance
    ref: Ref
    granted: int  # By the order, newer versions included.
    kept: int  # What the remaining order earns with the stored rates.
    remaining_minor: int
    refunded_minor: int
    rev: int
    over_refund: bool = False
    from_pending: int = 0
    from_expired: int = 0
    to_debt: int = 0
    backfill: bool = False


class ChurnRecovered(Struct, frozen=True, omit_defaults=True):
    """`churn.recovered`: a purchase came while a level was raised."""

    TYPE: ClassVar[str] = "churn.recovered"
    previous: str
    gap_days: int
    tier: str
    ref: Ref
    rev: int


class ConsentRecorded(Struct, frozen=True, gc=False, omit_defaults=True):
    """`consent.recorded`: what a customer agrees to, and on whose word; `previous` is what they had said.

    `previous` is "granted", "withdrawn", or "" where nothing was known.
    """

    TYPE: ClassVar[str] = "consent.recorded"
    scope: str
    granted: bool
    by: Actor
    rev: int
    previous: str = ""
    backfill: bool = False


class CareDue(Struct, frozen=True, gc=False, omit_defaults=True):
    """`care.due`: it is the customer's birthday or the anniversary of joining, `day` where they are.

    `years` are those since joining, 0 for a birthday; `points` is what the rule gives.
    """

    TYPE: ClassVar[str] = "care.due"
    kind: str  # birthday | anniversary
    day: str  # YYYY-MM-DD
    tier: str
    rev: int
    years: int = 0
    points: int = 0


class ReferralRefused(Struct, frozen=True, gc=False):
    """`referral.refused`: why a referral by this customer gives nothing, in a word and in a sentence."""

    TYPE: ClassVar[str] = "referral.refused"
    referee: str
    why: str
    message: str
    rev: int


class CommandRejected(Struct, frozen=True, gc=False, omit_defaults=True):
    """`command.rejected`: a command that may not be done. `why` is a word, `message` a sentence."""

    TYPE: ClassVar[str] = "command.rejected"
    command: str  # Its type.
    why: str
    message: str
    by: Actor
    rev: int


class Parked(Struct, frozen=True, gc=False):
    """`dead_letter`: a record that was kept and cannot be applied; `record` is as it was kept."""

    TYPE: ClassVar[str] = "dead_letter"
    record: bytes
    reason: str
    message: str


EffectData = (
    PointsEarned
    | PointsClawedBack
    | TierChanged
    | TierRenewed
    | TierGraceStarted
    | TierWarning
    | TierProgress
    | TierOverridden
    | TierReleased
    | ChurnAlert
    | ChurnRecovered
    | ConsentRecorded
    | CareDue
    | ReferralRefused
    | CommandRejected
    | LedgerData
    | NoticeData
    | LifeData
    | Internal  # These are for another customer, as an input.
    | Cutoffs  # `rfm.cutoffs`: of no customer.
    | Parked
)


class Effect(Struct, frozen=True, gc=False):
    """One message: CloudEvents attributes and data. `time_ms` is the event's or the timer's due instant."""

    id: str
    type: str
    customer: str
    time_ms: int
    causationid: str
    ruleversion: str
    data: EffectData


# What an id says of its effect's type. Codes are for ever: never change or reuse one.
EFFECT_CODES = {
    "points.earned": 0x01,
    "points.clawed_back": 0x02,
    **LEDGER_CODES,
    "tier.enrolled": 0x10,
    "tier.upgraded": 0x11,
    "tier.downgraded": 0x12,
    "tier.renewed": 0x13,
    "tier.grace_started": 0x14,
    "tier.downgrade_warning": 0x15,
    "tier.progress": 0x16,
    "tier.override_set": 0x17,
    "tier.override_released": 0x18,
    "churn.alert": 0x20,
    "churn.recovered": 0x21,
    **LIFE_CODES,
    "command.rejected": 0x30,
    "transfer.received": 0x31,
    "transfer.returned": 0x32,
    "dead_letter": 0x33,
    **NOTICE_CODES,
    "consent.recorded": 0x50,
    "care.due": 0x51,
    "referral.refused": 0x52,
    "referral.opened": 0x53,
    "referral.closed": 0x54,
    "rfm.cutoffs": 0x48,
    "population.counted": 0x49,
    "population.cutoffs": 0x4A,
}
