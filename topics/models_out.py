"""The published contract of every outbound type: headers, and data as in `engine.effects`.

Fields that have their default are left out of the JSON. A test proves that these models and the engine's
effects have the same fields.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from topics.complaints import REASONS
from topics.fields_out import Actor, Backfill, Fifths, Fraction, Minor, Outbound, Rev
from topics.models_churn import ChurnAlert
from topics.models_ledger import LEDGER, Balance
from topics.models_life import LIFE
from topics.models_notices import NOTICES
from topics.models_tiers import (
    TierChanged,
    TierGraceStarted,
    TierOverridden,
    TierProgress,
    TierReleased,
    TierRenewed,
    TierWarning,
)


class Ref(Outbound):
    """What the entry belongs to: an order, its refund or its newer version, or an engagement."""

    order_id: str = Field("", description="The order.")
    refund_id: str = Field("", description="The refund of it.")
    engagement: str = Field("", description="Kind of engagement.")
    ref_id: str = Field("", description="What the engagement was about.")
    order_version: int = Field(0, description="The version of the order, when a newer one made the entry.")


class RuleShare(Outbound):
    """A rule that took part."""

    rule: str = Field(description="Id in the rulebook.")
    says: str = Field(description="Its rate or times as written there.")
    qty: int | None = Field(None, description="Its points of the entry; left out when they are all.")


class LineShare(Outbound):
    """The part of the entry that a line of the order carries."""

    line_id: str = Field(description="The line.")
    qty: int = Field(description="Points.")


class PointsEarned(Outbound):
    """A ledger entry: points given for an order or an engagement."""

    wallet: str = Field(description="Wallet of the entry.")
    qty: int = Field(ge=0, description="Points, after rules, caps and the one rounding.")
    qualifying: int = Field(ge=0, description="Points that count toward a tier.")
    balance: Balance
    ref: Ref
    rules: list[RuleShare] = Field(description="Rules and multipliers that took part.")
    rev: Rev
    eligible_minor: Minor = 0
    tier: str = Field("", description="Tier whose multiplier was used.")
    tier_times: str = Field("", description="That multiplier as written.")
    exact: Fraction = Field([0, 1], description="Points before rounding, [numerator, denominator].")
    lines: list[LineShare] = Field([], description="How the points fall on the order's lines.")
    capped_from: int | None = Field(None, description="Points it would have been without the cap.")
    order_points: int | None = Field(None, description="Points a changed order earns in all.")
    why: str = Field("", description="Why fewer points came out than the rule gives, in a word or two.")
    expires_ms: int = Field(0, description="When they lapse, UTC milliseconds since 1970; 0: never.")
    activates_ms: int = Field(0, description="points.pending: from when they can be spent; 0: not known.")
    awaits: str = Field("", description="points.pending: what has to come first: delivered.")
    first: int = Field(0, description="Number of the first point; later entries tell points by it; 0: none.")
    qualifying_waits: int = Field(0, description="Qualifying points that count with points.activated.")
    backfill: Backfill = False


class PointsClawedBack(Outbound):
    """A ledger entry: points taken back after a refund or cancellation."""

    wallet: str = Field(description="Wallet of the entry.")
    qty: int = Field(ge=0, description="Points taken back.")
    qualifying: int = Field(ge=0, description="Qualifying points taken back.")
    balance: Balance
    ref: Ref
    granted: int = Field(description="Points the order gave, newer versions included.")
    kept: int = Field(description="Points that what is left of the order earns.")
    remaining_minor: Minor
    refunded_minor: Minor
    rev: Rev
    from_pending: int = Field(0, description="Of qty: had not been active yet.")
    from_expired: int = Field(0, description="Of qty: had lapsed before; it changes no balance.")
    to_debt: int = Field(0, description="Of qty: had been spent, and is owed.")
    over_refund: bool = Field(False, description="True: more was refunded than was left; it was clipped.")
    backfill: Backfill = False


class ChurnRecovered(Outbound):
    """A customer with a raised level bought again."""

    previous: str = Field(description="The level that was raised.")
    gap_days: int = Field(description="Whole days they had been away.")
    tier: str = Field(description="The customer's tier.")
    ref: Ref
    rev: Rev


class ConsentRecorded(Outbound):
    """What a customer agrees to, for the record: on whose word, and what they had said before."""

    scope: str = Field(description="Scope of use.")
    granted: bool = Field(description="Whether the customer agrees.")
    by: Actor
    rev: Rev
    previous: str = Field("", description='What they had said: granted or withdrawn; "": nothing.')
    backfill: Backfill = False


class CareDue(Outbound):
    """It is a customer's birthday, or the anniversary of joining, where they are."""

    kind: str = Field(description="birthday or anniversary.")
    day: str = Field(description="The local day, YYYY-MM-DD.")
    tier: str = Field(description="The customer's tier.")
    rev: Rev
    years: int = Field(0, description="Years since joining; left out for a birthday.")
    points: int = Field(
        0, description="Points that the rule gives; an entry of the ledger says how many came."
    )


class ReferralRefused(Outbound):
    """A referral by this customer gives nothing, and why."""

    referee: str = Field(description="The customer who was referred.")
    why: str = Field(description="Why not, in a word.")
    message: str = Field(description="Why not, in one sentence.")
    rev: Rev


class CommandRejected(Outbound):
    """A command that may not be done, and why; nothing of it was done."""

    command: str = Field(description="Its type.")
    why: str = Field(description="Why not, in a word.")
    message: str = Field(description="Why not, in one sentence.")
    by: Actor
    rev: Rev


class RfmCutoffs(Outbound):
    """Where each fifth of the customers begins; its key and subject are "rfm.cutoffs", the newest stays."""

    version: int = Field(ge=1, description="Grows by 1.")
    day: int = Field(description="The local day whose opening midnight they are of, in days since 1970.")
    window_days: int = Field(description="How many days purchases count for.")
    recency: Fifths = Field(description="Days since the last purchase: up to which the score is 5, 4, 3, 2.")
    money: Fifths = Field(description="Minor units: from which on the score is 2, 3, 4, 5.")
    customers: int = Field(description="How many customers they are of.")
    partitions: int = Field(description="How many partitions told their counts in time.")


class EffectHeaders(Outbound):
    """Kafka headers of an outbound event: CloudEvents in binary mode. All values are UTF-8 text."""

    specversion: Literal["1.0"] = Field(alias="ce_specversion")
    id: str = Field(alias="ce_id", description="UUID that follows from the cause: a repeat has the same.")
    source: Literal["/tierline"] = Field(alias="ce_source")
    type: str = Field(alias="ce_type")
    subject: str = Field(alias="ce_subject", description="Customer id, as the key.")
    time: str = Field(
        alias="ce_time", description="RFC 3339, UTC, milliseconds: of the event, or the due time."
    )
    causationid: str = Field(alias="ce_causationid", description="The event or timer that caused it.")
    ruleversion: str = Field(alias="ce_ruleversion", description="Rulebook and version that decided.")
    content_type: Literal["application/json"] = Field(alias="content-type")


class DeadLetterHeaders(BaseModel):
    """Headers added to those of the original record. All values are UTF-8 text."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True, populate_by_name=True)

    topic: str = Field(alias="__connect.errors.topic", description="Where the record stood.")
    partition: str = Field(alias="__connect.errors.partition")
    offset: str = Field(alias="__connect.errors.offset")
    timestamp: str = Field(alias="__connect.errors.timestamp", description="Its timestamp, UTC milliseconds.")
    stage: Literal["VALUE_CONVERTER", "TRANSFORMATION"] = Field(
        alias="__connect.errors.stage", description="Whether it could not be read, or not be applied."
    )
    class_name: str = Field(alias="__connect.errors.class.name", description="The part that gave up.")
    exception: str = Field(alias="__connect.errors.exception.class.name")
    message: str = Field(alias="__connect.errors.exception.message", description="What was wrong, and where.")
    reason: str = Field(
        alias="tierline.reason", description=f"A code: {', '.join(REASONS)}, or one of the engine's."
    )


OUTBOUND: dict[str, type[Outbound]] = {
    "points.earned": PointsEarned,
    "points.clawed_back": PointsClawedBack,
    "points.pending": PointsEarned,
    **LEDGER,
    "tier.enrolled": TierChanged,
    "tier.upgraded": TierChanged,
    "tier.downgraded": TierChanged,
    "tier.renewed": TierRenewed,
    "tier.grace_started": TierGraceStarted,
    "tier.downgrade_warning": TierWarning,
    "tier.progress": TierProgress,
    "tier.override_set": TierOverridden,
    "tier.override_released": TierReleased,
    "churn.alert": ChurnAlert,
    "churn.recovered": ChurnRecovered,
    **NOTICES,
    "consent.recorded": ConsentRecorded,
    "care.due": CareDue,
    "referral.refused": ReferralRefused,
    **LIFE,
    "command.rejected": CommandRejected,
    "rfm.cutoffs": RfmCutoffs,
}
