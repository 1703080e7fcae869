"""The entries of the points ledger beside what orders earn and refunds take back.

`balance` is the wallet after the entry. `batches` say which points moved, in the order they were taken:
`first` is the number of the first of them, as `points.earned` gave it; points that never expire have none.
"""

from typing import ClassVar

from msgspec import Struct

from engine.events import Actor


class Balance(Struct, frozen=True, gc=False, omit_defaults=True):
    """The wallet after the entry: what can be spent, what waits, and what later points repay first."""

    active: int
    pending: int = 0
    debt: int = 0


class Batch(Struct, frozen=True, gc=False, omit_defaults=True):
    """Points that lie together: so many, when they expire (0: never), the number of the first (0: none)."""

    qty: int
    expires_ms: int = 0
    first: int = 0


Batches = tuple[Batch, ...]


class PointsActivated(Struct, frozen=True, gc=False, omit_defaults=True):
    """`points.activated`: pending points can be spent from now on; `qualifying` points count from now on."""

    TYPE: ClassVar[str] = "points.activated"
    wallet: str
    qty: int
    balance: Balance
    batches: Batches
    rev: int
    order_id: str = ""
    qualifying: int = 0
    backfill: bool = False


class PointsRedeemed(Struct, frozen=True, gc=False, omit_defaults=True):
    """`points.redeemed`: all of the points asked for were spent."""

    TYPE: ClassVar[str] = "points.redeemed"
    wallet: str
    qty: int
    balance: Balance
    redemption_id: str
    batches: Batches
    by: Actor
    rev: int
    reward: str = ""


class RedeemRejected(Struct, frozen=True, gc=False, omit_defaults=True):
    """`points.redeem_rejected`: nothing was spent. `why` is a word, `message` a sentence."""

    TYPE: ClassVar[str] = "points.redeem_rejected"
    wallet: str
    qty: int
    balance: Balance
    redemption_id: str
    why: str
    message: str
    by: Actor
    rev: int


class RedeemReversed(Struct, frozen=True, gc=False, omit_defaults=True):
    """`points.redeem_reversed`: points of a redemption came back, `left` of it may still.

    When an order comes back that points paid for, `due` of them fall on what came back; where fewer than that
    are given, `why` is a word.
    """

    TYPE: ClassVar[str] = "points.redeem_reversed"
    wallet: str
    qty: int
    balance: Balance
    redemption_id: str
    left: int
    batches: Batches
    rev: int
    by: Actor | None = None
    order_id: str = ""  # The order paid with them, when its refund gives them back.
    refund_id: str = ""
    due: int = 0
    why: str = ""
    backfill: bool = False


class PointsExpiring(Struct, frozen=True, gc=False, omit_defaults=True):
    """`points.expiring`: what will lapse unless it is spent, all that is due for a reminder today."""

    TYPE: ClassVar[str] = "points.expiring"
    wallet: str
    qty: int
    balance: Balance
    batches: Batches
    rev: int


class PointsExpired(Struct, frozen=True, gc=False, omit_defaults=True):
    """`points.expired`: points lapsed unspent.

    `why` is "late" when they were booked after their time, "reset" when a review of levels let them go.
    """

    TYPE: ClassVar[str] = "points.expired"
    wallet: str
    qty: int
    balance: Balance
    batches: Batches
    rev: int
    why: str = ""
    backfill: bool = False


class DebtRepaid(Struct, frozen=True, gc=False, omit_defaults=True):
    """`points.debt_repaid`: points that became active went to what was owed."""

    TYPE: ClassVar[str] = "points.debt_repaid"
    wallet: str
    qty: int
    balance: Balance
    rev: int
    backfill: bool = False


class WrittenOff(Struct, frozen=True, gc=False, omit_defaults=True):
    """`points.written_off`: a refund asked back points already spent, and the rulebook lets them go."""

    TYPE: ClassVar[str] = "points.written_off"
    wallet: str
    qty: int
    balance: Balance
    order_id: str
    rev: int
    backfill: bool = False


class PointsAdjusted(Struct, frozen=True, gc=False, omit_defaults=True):
    """`points.adjusted`: points given (above 0) or taken (below 0) by hand, some `qualifying`."""

    TYPE: ClassVar[str] = "points.adjusted"
    wallet: str
    qty: int
    balance: Balance
    reason_code: str
    batches: Batches
    by: Actor
    rev: int
    second_actor: str = ""
    qualifying: int = 0


class TransferredOut(Struct, frozen=True, gc=False, omit_defaults=True):
    """`points.transferred_out`: points left for the customer `to`."""

    TYPE: ClassVar[str] = "points.transferred_out"
    wallet: str
    qty: int
    balance: Balance
    transfer_id: str
    to: str
    batches: Batches
    by: Actor
    rev: int


class TransferredIn(Struct, frozen=True, gc=False, omit_defaults=True):
    """`points.transferred_in`: points came from `sender`; or came back, `returned` says why in a word."""

    TYPE: ClassVar[str] = "points.transferred_in"
    wallet: str
    qty: int
    balance: Balance
    transfer_id: str
    sender: str
    batches: Batches
    by: Actor
    rev: int
    returned: str = ""


LedgerData = (
    PointsActivated
    | PointsRedeemed
    | RedeemRejected
    | RedeemReversed
    | PointsExpiring
    | PointsExpired
    | DebtRepaid
    | WrittenOff
    | PointsAdjusted
    | TransferredOut
    | TransferredIn
)

PENDING = "points.pending"  # With the data of `points.earned`: given, but not yet to be spent.

LEDGER_CODES = {
    PENDING: 0x03,
    PointsActivated.TYPE: 0x04,
    PointsRedeemed.TYPE: 0x05,
    RedeemRejected.TYPE: 0x06,
    RedeemReversed.TYPE: 0x07,
    PointsExpiring.TYPE: 0x08,
    PointsExpired.TYPE: 0x09,
    DebtRepaid.TYPE: 0x0A,
    PointsAdjusted.TYPE: 0x0B,
    TransferredOut.TYPE: 0x0C,
    TransferredIn.TYPE: 0x0D,
    WrittenOff.TYPE: 0x0E,
}
