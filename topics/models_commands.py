"""The published contract of commands, and of the records the engine sends itself."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from rules.facts import SCOPE, SCOPES_WANTED
from topics import limits
from topics.fields import Envelope, GivenBy, Id, Inbound, OptionalId, Points, Signed, Time, Word
from topics.models_referrals import ReferralClosed, ReferralOpened
from topics.models_tag_commands import TAG_COMMANDS

Wallet = Annotated[Id, Field(description="Wallet of the points.")]
TierSet = Annotated[Id, Field(description="Id of the tier set.")]


class RedeemData(GivenBy):
    """Points to spend, all or nothing."""

    redemption_id: Id = Field(description="Unique per customer; a reversal names it.")
    qty: Points = Field(description="Points.")
    wallet: Wallet = "points"
    reward: Word = Field("", description="What they are spent on, for the ledger.")


class RedeemReverseData(GivenBy):
    """A redemption to take back."""

    redemption_id: Id = Field(description="The redemption meant.")
    qty: Points | None = Field(None, description="So many of its points; without it all that is left.")


class AdjustData(GivenBy):
    """Points given or taken by hand."""

    qty: Signed = Field(description="Points: above 0 are given, below 0 are taken; not 0.")
    reason_code: Id = Field(description="Why, as a code.")
    wallet: Wallet = "points"
    expires: Time | None = Field(
        None, description="When points given expire; without it as the wallet's rule says."
    )
    second_actor: OptionalId = Field("", description="Who agreed, where the rulebook wants a second one.")
    qualifying: bool | None = Field(
        None, description="Whether they count for levels too; without it as the rulebook says."
    )

    @model_validator(mode="after")
    def _not_nothing(self) -> Self:
        if self.qty == 0:
            raise ValueError("0 adjusts nothing")
        return self


class TransferData(GivenBy):
    """Points to hand to another customer."""

    transfer_id: Id = Field(description="Unique per customer; both sides carry it.")
    to: Id = Field(description="The customer who gets them.")
    qty: Points = Field(description="Points.")
    wallet: Wallet = "points"


class TierOverrideData(GivenBy):
    """A tier set by hand."""

    tier_set: TierSet
    tier: Id = Field(description="Code of the tier.")
    mode: Literal["floor", "pin"] = Field(description="At least this tier (floor), or exactly it (pin).")
    until: Time | None = Field(None, description="When it ends; without it at the release.")


class TierReleaseData(GivenBy):
    """An override to end."""

    tier_set: TierSet


class ConsentData(GivenBy):
    """What a customer agrees to, or no longer does."""

    scope: Annotated[str, Field(pattern=SCOPE)] = Field(description=f"One of {SCOPES_WANTED}.")
    granted: bool = Field(description="True: the customer agrees; false: no longer.")


class Lot(Inbound):
    """Points that travel together."""

    qty: Points = Field(description="Points.")
    expires_ms: Annotated[int, Field(ge=0, le=limits.MS_MAX)] = Field(
        0, description="When they expire, UTC milliseconds since 1970; 0: never."
    )


Lots = Annotated[list[Lot], Field(min_length=1, description="The points, by when they expire.")]


class TransferReceivedData(Inbound):
    """Points that left another customer's wallet for this one's."""

    by: GivenBy
    transfer_id: Id = Field(description="The transfer.")
    sender: Id = Field(description="The customer who gave them.")
    wallet: Wallet
    lots: Lots


class TransferReturnedData(Inbound):
    """Points that come back because the other customer could not take them in."""

    by: GivenBy
    transfer_id: Id = Field(description="The transfer.")
    receiver: Id = Field(description="The customer who should have got them.")
    wallet: Wallet
    lots: Lots
    why: Word = Field(description="Why not, in a word.")


class PointsRedeem(Envelope):
    """Spend points of a customer; answered by points.redeemed or points.redeem_rejected."""

    type: Literal["command.points.redeem"]
    data: RedeemData


class PointsRedeemReverse(Envelope):
    """Take a redemption back, or part of it."""

    type: Literal["command.points.redeem_reverse"]
    data: RedeemReverseData


class PointsAdjust(Envelope):
    """Give or take points by hand."""

    type: Literal["command.points.adjust"]
    data: AdjustData


class PointsTransfer(Envelope):
    """Hand points of this customer to another."""

    type: Literal["command.points.transfer"]
    data: TransferData

    @model_validator(mode="after")
    def _to_another(self) -> Self:
        if self.data.to == self.subject:
            raise ValueError("a customer cannot hand points to themselves")
        return self


class TierOverride(Envelope):
    """Set a customer's tier by hand."""

    type: Literal["command.tier.override"]
    data: TierOverrideData


class TierRelease(Envelope):
    """End an override."""

    type: Literal["command.tier.release"]
    data: TierReleaseData


class ConsentSet(Envelope):
    """Note what a customer agrees to; answered by consent.recorded."""

    type: Literal["command.consent.set"]
    data: ConsentData


class TransferReceived(Envelope):
    """Sent by the engine alone: the second half of a transfer."""

    type: Literal["transfer.received"]
    source: Literal["/tierline"]
    data: TransferReceivedData


class TransferReturned(Envelope):
    """Sent by the engine alone: a transfer that the other customer could not take in."""

    type: Literal["transfer.returned"]
    source: Literal["/tierline"]
    data: TransferReturnedData


COMMANDS: tuple[type[Envelope], ...] = (
    PointsRedeem,
    PointsRedeemReverse,
    PointsAdjust,
    PointsTransfer,
    TierOverride,
    TierRelease,
    ConsentSet,
    *TAG_COMMANDS,
    TransferReceived,
    TransferReturned,
    ReferralOpened,
    ReferralClosed,
)
