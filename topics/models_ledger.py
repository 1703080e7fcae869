"""The published contract of the entries of the points ledger, as in `engine.ledger_effects`."""

from typing import Annotated

from pydantic import Field

from topics.fields_out import Actor, Backfill, Outbound, Rev

Wallet = Annotated[str, Field(description="Wallet of the entry.")]
Qty = Annotated[int, Field(ge=1, description="Points.")]


class Balance(Outbound):
    """The wallet after the entry."""

    active: int = Field(description="Points that can be spent.")
    pending: int = Field(0, description="Points that are not active yet.")
    debt: int = Field(0, description="Points that the next active ones repay first.")


class Batch(Outbound):
    """Points that lie together."""

    qty: int = Field(description="Points.")
    expires_ms: int = Field(0, description="When they lapse, UTC milliseconds since 1970; 0: never.")
    first: int = Field(0, description="Number of the first, as points.earned gave it; 0: they have none.")


Batches = Annotated[list[Batch], Field(description="Which points, in the order they were taken.")]


class Entry(Outbound):
    """What every entry says."""

    wallet: Wallet
    qty: Qty
    balance: Balance


class PointsActivated(Entry):
    """A ledger entry: pending points can be spent from now on."""

    qty: int = Field(ge=0, description="Points.")
    batches: Batches
    rev: Rev
    order_id: str = Field("", description="The order whose delivery they waited for.")
    qualifying: int = Field(0, description="Qualifying points that count from now on.")
    backfill: Backfill = False


class PointsRedeemed(Entry):
    """A ledger entry: all of the points asked for were spent."""

    redemption_id: str = Field(description="The redemption; a reversal names it.")
    batches: Batches
    by: Actor
    rev: Rev
    reward: str = Field("", description="What they were spent on.")


class RedeemRejected(Entry):
    """Points asked for were not spent, none of them."""

    redemption_id: str = Field(description="The redemption asked for.")
    why: str = Field(description="insufficient, redemption_known or unknown_wallet.")
    message: str = Field(description="Why not, in one sentence.")
    by: Actor
    rev: Rev


class RedeemReversed(Entry):
    """A ledger entry: points of a redemption came back, to when they would have lapsed."""

    qty: int = Field(ge=0, description="Points.")
    redemption_id: str = Field(description="The redemption.")
    left: int = Field(description="Points of it that may still come back.")
    batches: Batches
    rev: Rev
    by: Actor | None = Field(None, description="Who took it back; without it a refund did.")
    order_id: str = Field("", description="The order that was paid with them and came back.")
    refund_id: str = Field("", description="Its refund.")
    due: int = Field(
        0, description="Points that paid for what came back of the order and were still to come back."
    )
    why: str = Field(
        "",
        description="Why fewer than due came: no_redemption, unknown_redemption, other_wallet, "
        "came_back_before.",
    )
    backfill: Backfill = False


class PointsExpiring(Entry):
    """Points lapse soon unless they are spent: all that is to be spoken of today."""

    batches: Batches
    rev: Rev


class PointsExpired(Entry):
    """A ledger entry: points lapsed unspent."""

    batches: Batches
    rev: Rev
    why: str = Field("", description="late: they were booked after their time; reset: a review let all go.")
    backfill: Backfill = False


class DebtRepaid(Entry):
    """A ledger entry: points that became active went to what was owed."""

    rev: Rev
    backfill: Backfill = False


class WrittenOff(Entry):
    """A ledger entry: points spent before a refund asked for them back, let go."""

    order_id: str = Field(description="The order that came back.")
    rev: Rev
    backfill: Backfill = False


class PointsAdjusted(Outbound):
    """A ledger entry: points given or taken by hand."""

    wallet: Wallet
    qty: int = Field(description="Points; above 0 given, below 0 taken.")
    balance: Balance
    reason_code: str = Field(description="Why, as a code.")
    batches: Batches
    by: Actor
    rev: Rev
    second_actor: str = Field("", description="Who agreed.")
    qualifying: int = Field(0, description="Qualifying points given (above 0) or taken with them.")


class TransferredOut(Entry):
    """A ledger entry: points left for another customer."""

    transfer_id: str = Field(description="The transfer; both sides carry it.")
    to: str = Field(description="The customer who gets them.")
    batches: Batches
    by: Actor
    rev: Rev


class TransferredIn(Entry):
    """A ledger entry: points came from another customer, or came back from one."""

    transfer_id: str = Field(description="The transfer; both sides carry it.")
    sender: str = Field(description="The customer they came from.")
    batches: Batches
    by: Actor
    rev: Rev
    returned: str = Field("", description="Why they came back, in a word; empty when they came.")


LEDGER: dict[str, type[Outbound]] = {
    "points.activated": PointsActivated,
    "points.redeemed": PointsRedeemed,
    "points.redeem_rejected": RedeemRejected,
    "points.redeem_reversed": RedeemReversed,
    "points.expiring": PointsExpiring,
    "points.expired": PointsExpired,
    "points.debt_repaid": DebtRepaid,
    "points.written_off": WrittenOff,
    "points.adjusted": PointsAdjusted,
    "points.transferred_out": TransferredOut,
    "points.transferred_in": TransferredIn,
}
