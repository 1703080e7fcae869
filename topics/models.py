"""The published contract of every inbound type: CloudEvents attributes and data, with units.

`topics.decode` reads the same events faster; a differential test proves that both accept the same ones.
Unknown extra fields are ignored. Integers are JSON integers: 1.0, "1" and true are refused.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from rules.facts import ENGAGEMENT_KINDS
from topics import limits
from topics.catalogue import Role
from topics.fields import (
    Count,
    Currency,
    Envelope,
    Id,
    Inbound,
    Money,
    OptionalId,
    Qty,
    Rate,
    Signed,
    Text,
    Time,
    Version,
    Word,
    Words,
)
from topics.models_commands import COMMANDS
from topics.models_member import ProfileUpdated
from topics.models_population import POPULATION


class OrderLine(Inbound):
    """One line of an order."""

    line_id: Id = Field(description="Unique within the order; refunds name it.")
    unit_price: Money = Field(description="Price of one unit, minor units, before `discount`.")
    qty: Qty = Field(1, description="Units.")
    discount: Money = Field(0, description="Off the whole line, minor units; at most unit_price times qty.")
    tax: Money = Field(0, description="Tax within the price, minor units for the whole line; earns nothing.")
    sku: Word = Field("", description="Article code.")
    category: Word | Words = Field([], description="Category codes; one may be sent as plain text.")
    brand: Word = Field("", description="Brand code.")
    tags: Words = Field([], description="Any further codes a rule may ask for.")
    eligible: bool = Field(True, description="False: the line earns nothing, such as a gift card.")

    @model_validator(mode="after")
    def _discount_within_price(self) -> Self:
        if self.discount > self.unit_price * self.qty:
            raise ValueError("discount is more than unit_price times qty")
        return self


class PaidWithPoints(Inbound):
    """The part of the payment made with points; it earns nothing."""

    wallet: Id = Field(description="Wallet the points came from.")
    points: Money = Field(description="Points spent.")
    value: Money = Field(description="What they paid, minor units.")
    redemption_id: OptionalId = Field(
        "", description="The redemption they came from; a refund gives them back to it, without it nothing."
    )


class PurchaseData(Inbound):
    """An order, as `lines` or as one `amount`: exactly one of the two."""

    order_id: Id = Field(description="Unique per customer; an order earns once.")
    currency: Currency = Field(description="ISO 4217 code.")
    amount: Money | None = Field(None, description='The whole order as one line "1", minor units.')
    lines: Annotated[list[OrderLine], Field(min_length=1, max_length=limits.LINES_MAX)] | None = Field(
        None, description=f"The order's lines; unit_price times qty sums to at most {limits.ORDER_MAX}."
    )
    order_version: Version = Field(1, description="Grows with each change of the order.")
    order_discount: Money = Field(0, description="Off the whole order, minor units, spread over the lines.")
    paid_with_points: PaidWithPoints | None = Field(None, description="Payment with points.")
    paid_with_giftcard: Money = Field(0, description="Paid with a gift card, minor units; earns normally.")
    channel: Word = Field("", description="Where it was bought, such as web or store.")
    store_id: Word = Field("", description="Code of the store.")
    fx_rate: Rate = Field("", description="Programme units for one unit of `currency`, a decimal in quotes.")
    payment_status: Word = Field("", description="As the shop calls it; not read.")
    shipping: Money = Field(0, description="Delivery charge, minor units; earns nothing.")
    campaign: Words = Field([], description="Campaign codes of the order; not read.")

    @model_validator(mode="after")
    def _one_form_and_a_sane_total(self) -> Self:
        if (self.amount is None) == (self.lines is None):
            raise ValueError("exactly one of amount and lines is expected")
        lines = self.lines or []
        if sum(line.unit_price * line.qty for line in lines) > limits.ORDER_MAX:
            raise ValueError("the lines sum to too much")
        if len({line.line_id for line in lines}) < len(lines):
            raise ValueError("a line_id occurs twice")
        return self


class RefundLine(Inbound):
    """What comes back of one line: `qty` units, or `amount` money, or with neither all that is left."""

    line_id: Id = Field(description="A line of the order.")
    qty: Qty | None = Field(None, description="Units that come back.")
    amount: Money | None = Field(None, description="Money that goes back, minor units.")

    @model_validator(mode="after")
    def _not_both(self) -> Self:
        if self.qty is not None and self.amount is not None:
            raise ValueError("qty and amount exclude each other")
        return self


class RefundData(Inbound):
    """A refund by `lines`, or of an `amount` over the whole order: exactly one of the two."""

    refund_id: Id = Field(description="Unique per order; a refund counts once.")
    order_id: Id = Field(description="The order it belongs to.")
    lines: Annotated[list[RefundLine], Field(min_length=1, max_length=limits.LINES_MAX)] | None = Field(
        None, description="Lines that come back."
    )
    amount: Money | None = Field(None, description="Money that goes back, minor units, over all lines.")
    shipping_refunded: Money = Field(0, description="Delivery charge given back, minor units; not read.")
    reason: Text = Field("", description="Why, in words.")

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        if (self.amount is None) == (self.lines is None):
            raise ValueError("exactly one of lines and amount is expected")
        return self


class OrderData(Inbound):
    """An order, by its id."""

    order_id: Id = Field(description="The order meant.")


class EngagementData(Inbound):
    """What belongs to an engagement; which fields matter depends on the kind."""

    ref_id: OptionalId = Field("", description="What it is about: an order line, a survey, a ticket.")
    value: Signed = Field(0, description="A number that belongs to the kind.")
    text_len: Count = Field(0, description="Characters of the text, such as of a review.")
    score: Signed = Field(0, description="Rating or score as given.")
    severity: Count = Field(0, description="Severity of a complaint or ticket.")
    referee_id: OptionalId = Field("", description="The customer who was referred.")


class PurchaseCompleted(Envelope):
    """An order was placed and paid."""

    type: Literal["purchase.completed"]
    data: PurchaseData


class PurchaseRefunded(Envelope):
    """Part of an order, or all of it, came back."""

    type: Literal["purchase.refunded"]
    data: RefundData


class PurchaseCancelled(Envelope):
    """What is left of an order was cancelled."""

    type: Literal["purchase.cancelled"]
    data: OrderData


class PurchaseDelivered(Envelope):
    """The goods arrived."""

    type: Literal["purchase.delivered"]
    data: OrderData


class Engaged(Envelope):
    """The customer did something other than buying."""

    type: Literal[tuple(f"engagement.{kind}" for kind in ENGAGEMENT_KINDS)]  # type: ignore[valid-type]
    data: EngagementData = Field(default_factory=lambda: EngagementData.model_validate({}))


class TimeReached(Inbound):
    """The clock of the partition this record is in has come at least this far; needs no key."""

    specversion: Literal["1.0"] = Field("1.0", description="Version of CloudEvents.")
    type: Literal["time.reached"]
    time: Time = Field(description="RFC 3339 with zone.")


INBOUND: dict[Role, tuple[type[Inbound], ...]] = {
    Role.PURCHASES: (PurchaseCompleted, PurchaseRefunded, PurchaseCancelled, PurchaseDelivered),
    Role.ENGAGEMENTS: (Engaged, ProfileUpdated),
    Role.COMMANDS: (*COMMANDS, *POPULATION, TimeReached),
}
