"""One entry of the points ledger of every type, as the documents show them."""

from engine.events import Actor
from engine.ledger_effects import (
    Balance,
    Batch,
    DebtRepaid,
    LedgerData,
    PointsActivated,
    PointsAdjusted,
    PointsExpired,
    PointsExpiring,
    PointsRedeemed,
    RedeemRejected,
    RedeemReversed,
    TransferredIn,
    TransferredOut,
    WrittenOff,
)

_END = 1830297600000  # 1 January 2028.
_BY = Actor("till-3", "cashier")
_ALL = (Batch(312, _END, 1),)
_SPENT = (Batch(150, _END, 1),)

LEDGER_EXAMPLES: dict[str, LedgerData] = {
    "points.activated": PointsActivated("points", 312, Balance(312), _ALL, 4, "o-1"),
    "points.redeemed": PointsRedeemed("points", 150, Balance(162), "rd-1", _SPENT, _BY, 5, "mug"),
    "points.redeem_rejected": RedeemRejected(
        "points",
        500,
        Balance(162),
        "rd-2",
        "insufficient",
        "500 points were asked for, 162 can be spent",
        _BY,
        6,
    ),
    "points.redeem_reversed": RedeemReversed(
        "points",
        150,
        Balance(312),
        "rd-1",
        0,
        _SPENT,
        7,
        order_id="o-1",
        refund_id="r-1",
        due=334,
        why="came_back_before",
    ),
    "points.expiring": PointsExpiring("points", 312, Balance(312), _ALL, 7),
    "points.expired": PointsExpired("points", 312, Balance(0), _ALL, 7),
    "points.debt_repaid": DebtRepaid("points", 100, Balance(50), 9),
    "points.written_off": WrittenOff("points", 20, Balance(0, debt=80), "o-2", 8),
    "points.adjusted": PointsAdjusted(
        "points", 40, Balance(90), "goodwill", (Batch(40, _END, 463),), Actor("anna", "service"), 10
    ),
    "points.transferred_out": TransferredOut(
        "points", 30, Balance(60), "tr-1", "c77", (Batch(30, _END, 433),), _BY, 11
    ),
    "points.transferred_in": TransferredIn(
        "points", 30, Balance(30), "tr-1", "c42", (Batch(30, _END, 1),), _BY, 2
    ),
}
