"""Inbound JSON as typed structs: what `topics.decode` reads in one pass.

The published contract is `topics.models`; a differential test proves that both accept the same events.
Integers are JSON integers only: 1.0, "1" and true are refused.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from topics import limits
from topics.wire_base import CommandIn, Envelope, Id, Text, Time, Word
from topics.wire_population import PopulationCounted, PopulationCutoffs
from topics.wire_tags import TagAdded, TagReleased, TagRemoved

OptionalId = Annotated[str, Meta(max_length=limits.ID_MAX)]
Words = Annotated[tuple[Word, ...], Meta(max_length=limits.WORDS_MAX)]
Money = Annotated[int, Meta(ge=0, le=limits.MONEY_MAX)]
Qty = Annotated[int, Meta(ge=1, le=limits.QTY_MAX)]
Count = Annotated[int, Meta(ge=0, le=limits.COUNT_MAX)]
Version = Annotated[int, Meta(ge=1, le=limits.COUNT_MAX)]
Signed = Annotated[int, Meta(ge=-limits.MONEY_MAX, le=limits.MONEY_MAX)]
Points = Annotated[int, Meta(ge=1, le=limits.MONEY_MAX)]
Attribute = Annotated[str, Meta(max_length=limits.ATTRIBUTE_MAX)] | Signed | None
Attributes = Annotated[dict[str, Attribute], Meta(max_length=limits.ATTRIBUTES_MAX)]
Hashes = Annotated[tuple[str, ...], Meta(max_length=limits.HASHES_MAX)]


class LineIn(Struct, gc=False, frozen=True):
    line_id: Id
    unit_price: Money
    qty: Qty = 1
    discount: Money = 0
    tax: Money = 0
    sku: Word = ""
    category: Word | Words = ()
    brand: Word = ""
    tags: Words = ()
    eligible: bool = True


class PaidWithPoints(Struct, gc=False, frozen=True):
    wallet: Id
    points: Money
    value: Money
    redemption_id: OptionalId = ""


class PurchaseIn(Struct, gc=False, frozen=True):
    order_id: Id
    currency: str
    amount: Money | None = None
    lines: Annotated[tuple[LineIn, ...], Meta(min_length=1, max_length=limits.LINES_MAX)] | None = None
    order_version: Version = 1
    order_discount: Money = 0
    paid_with_points: PaidWithPoints | None = None
    paid_with_giftcard: Money = 0
    channel: Word = ""
    store_id: Word = ""
    fx_rate: Word = ""
    payment_status: Word = ""
    shipping: Money = 0
    campaign: Words = ()


class RefundLineIn(Struct, gc=False, frozen=True):
    line_id: Id
    qty: Qty | None = None
    amount: Money | None = None


class RefundIn(Struct, gc=False, frozen=True):
    refund_id: Id
    order_id: Id
    lines: Annotated[tuple[RefundLineIn, ...], Meta(min_length=1, max_length=limits.LINES_MAX)] | None = None
    amount: Money | None = None
    shipping_refunded: Money = 0
    reason: Text = ""


class OrderIn(Struct, gc=False, frozen=True):
    order_id: Id


class EngagementIn(Struct, gc=False, frozen=True):
    ref_id: OptionalId = ""
    value: Signed = 0
    text_len: Count = 0
    score: Signed = 0
    severity: Count = 0
    referee_id: OptionalId = ""


class ProfileIn(Struct, gc=False, frozen=True):
    """Null removes a field; one that is not there stays as it was."""

    zone: str | UnsetType | None = UNSET
    language: str | UnsetType | None = UNSET
    birthday: str | UnsetType | None = UNSET
    joined_on: str | UnsetType | None = UNSET
    attributes: Attributes | UnsetType | None = UNSET
    phone_hashes: Hashes | UnsetType | None = UNSET
    device_hashes: Hashes | UnsetType | None = UNSET
    card_hashes: Hashes | UnsetType | None = UNSET


class Completed(Envelope, frozen=True, tag_field="type", tag="purchase.completed"):
    data: PurchaseIn


class Refunded(Envelope, frozen=True, tag_field="type", tag="purchase.refunded"):
    data: RefundIn


class Cancelled(Envelope, frozen=True, tag_field="type", tag="purchase.cancelled"):
    data: OrderIn


class Delivery(Envelope, frozen=True, tag_field="type", tag="purchase.delivered"):
    data: OrderIn


class Engaged(Envelope, frozen=True, kw_only=True):
    type: str
    data: EngagementIn = EngagementIn()


class ProfileUpdated(Envelope, frozen=True, tag_field="type", tag=limits.PROFILE_TYPE):
    data: ProfileIn


class RedeemIn(CommandIn, gc=False, frozen=True, kw_only=True):
    redemption_id: Id
    qty: Points
    wallet: Id = "points"
    reward: Word = ""


class RedeemReverseIn(CommandIn, gc=False, frozen=True, kw_only=True):
    redemption_id: Id
    qty: Points | None = None


class AdjustIn(CommandIn, gc=False, frozen=True, kw_only=True):
    qty: Signed
    reason_code: Id
    wallet: Id = "points"
    expires: Time | None = None
    second_actor: OptionalId = ""
    qualifying: bool | None = None


class TransferOutIn(CommandIn, gc=False, frozen=True, kw_only=True):
    transfer_id: Id
    to: Id
    qty: Points
    wallet: Id = "points"


class OverrideIn(CommandIn, gc=False, frozen=True, kw_only=True):
    tier_set: Id
    tier: Id
    mode: Literal["floor", "pin"]
    until: Time | None = None


class ReleaseIn(CommandIn, gc=False, frozen=True, kw_only=True):
    tier_set: Id


class ConsentIn(CommandIn, gc=False, frozen=True, kw_only=True):
    scope: str
    granted: bool


class LotIn(Struct, gc=False, frozen=True):
    qty: Points
    expires_ms: Annotated[int, Meta(ge=0, le=limits.MS_MAX)] = 0


Lots = Annotated[tuple[LotIn, ...], Meta(min_length=1)]


class ReceivedIn(Struct, gc=False, frozen=True):
    by: CommandIn
    transfer_id: Id
    sender: Id
    wallet: Id
    lots: Lots


class ReturnedIn(Struct, gc=False, frozen=True):
    by: CommandIn
    transfer_id: Id
    receiver: Id
    wallet: Id
    lots: Lots
    why: Word


class OpenedIn(Struct, gc=False, frozen=True):
    referrer: Id
    line: Annotated[tuple[str, ...], Meta(max_length=limits.LINE_MAX)]
    hashes: Annotated[tuple[str, ...], Meta(max_length=3 * limits.HASHES_MAX)]


class ClosedIn(Struct, gc=False, frozen=True):
    referee: Id
    why: Word
    hashes: Annotated[tuple[str, ...], Meta(max_length=3 * limits.HASHES_MAX)]


class Redeemed(Envelope, frozen=True, tag_field="type", tag="command.points.redeem"):
    data: RedeemIn


class Reversed(Envelope, frozen=True, tag_field="type", tag="command.points.redeem_reverse"):
    data: RedeemReverseIn


class Adjusted(Envelope, frozen=True, tag_field="type", tag="command.points.adjust"):
    data: AdjustIn


class Transferred(Envelope, frozen=True, tag_field="type", tag="command.points.transfer"):
    data: TransferOutIn


class Overridden(Envelope, frozen=True, tag_field="type", tag="command.tier.override"):
    data: OverrideIn


class Released(Envelope, frozen=True, tag_field="type", tag="command.tier.release"):
    data: ReleaseIn


class Consented(Envelope, frozen=True, tag_field="type", tag="command.consent.set"):
    data: ConsentIn


class Received(Envelope, frozen=True, tag_field="type", tag="transfer.received"):
    data: ReceivedIn


class Returned(Envelope, frozen=True, tag_field="type", tag="transfer.returned"):
    data: ReturnedIn


class Opened(Envelope, frozen=True, tag_field="type", tag="referral.opened"):
    data: OpenedIn


class Closed(Envelope, frozen=True, tag_field="type", tag="referral.closed"):
    data: ClosedIn


class Ticked(Struct, gc=False, frozen=True, tag_field="type", tag="time.reached"):
    """One of the types that belong to a partition and not to a customer."""

    time: Time
    specversion: Literal["1.0"] = "1.0"


PurchaseEvent = Completed | Refunded | Cancelled | Delivery
CommandEvent = (
    Redeemed
    | Reversed
    | Adjusted
    | Transferred
    | Overridden
    | Released
    | Consented
    | TagAdded
    | TagRemoved
    | TagReleased
    | Received
    | Returned
    | Opened
    | Closed
    | PopulationCounted
    | PopulationCutoffs
    | Ticked
)
