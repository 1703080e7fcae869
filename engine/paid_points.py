"""Points that paid for an order: what comes back goes back to where it was taken from, and once.

How many are due follows from the state of the order alone, summed over all its refunds, so that parts that
sum to the order sum to its points. What cannot be told apart from points never spent is not given.
"""

from math import lcm

from engine.events import Purchase
from engine.ledger import balance, lapse
from engine.ledger_effects import RedeemReversed
from engine.money import rounded, shares
from engine.order import Order, Spent
from engine.redeeming import give_back, redemption_of
from engine.turn import Turn
from engine.wallet import Wallet
from rules.facts import MAIN


def discounted(purchase: Purchase) -> list[int]:
    """Each line's price after every discount, before the points that paid: minor units as sent."""
    prices = [line.unit_price * line.qty - line.discount for line in purchase.lines]
    if purchase.order_discount:
        names = [line.line_id for line in purchase.lines]
        parts = shares(purchase.order_discount, prices, names)
        prices = [price - part for price, part in zip(prices, parts, strict=True)]
    return prices


def spent_on(purchase: Purchase, before: Spent | None = None) -> Spent | None:
    """What is kept of the points that paid for an order; `before` is what its older version kept."""
    paid = purchase.paid_with
    if paid is None and (before is None or not before.back):
        return None
    back = 0 if before is None else before.back
    if paid is None:
        return Spent("", 0, "", [0] * len(purchase.lines), back)
    return Spent(paid.wallet, paid.points, paid.redemption_id, discounted(purchase), back)


def give_back_paid(turn: Turn, order: Order, order_id: str, refund_id: str = "") -> None:
    """Gives back the points that fall on what has come back of the order and were not given back yet.

    Emits `points.redeem_reversed`; its `why` says what kept points that are due from coming back. Whoever
    calls takes the order's own points back next, and only then has the wallet `lapse_paid`.
    """
    spent = order.spent
    assert spent is not None, "who asks has seen that points paid"
    due = points_due(order, spent) - spent.back
    if due <= 0:
        return
    spent.back += due
    redemption = redemption_of(turn.account, spent.redemption_id) if spent.redemption_id else None
    if redemption is None or redemption.wallet != spent.wallet:
        why = (
            "other_wallet" if redemption else "unknown_redemption" if spent.redemption_id else "no_redemption"
        )
        _keep(turn, spent, due, why, order_id, refund_id)
        return
    qty = min(due, redemption.left)
    if qty:
        give_back(turn, spent.redemption_id, redemption, qty, None, order_id, refund_id, due)
    else:
        _keep(turn, spent, due, "came_back_before", order_id, refund_id)


def lapse_paid(turn: Turn, order: Order) -> None:
    """Lets go what came back of the points that paid, if its time had come meanwhile."""
    wallet = None if order.spent is None else _held(turn, order.spent.wallet)
    if order.spent is not None and wallet is not None:
        lapse(turn, order.spent.wallet, wallet)


def _held(turn: Turn, wallet_id: str) -> Wallet | None:
    """The customer's wallet, None when there is none yet."""
    return turn.customer.wallet if wallet_id == MAIN else turn.customer.wallets.get(wallet_id)


def _keep(turn: Turn, spent: Spent, due: int, why: str, order_id: str, refund_id: str) -> None:
    """Says that nothing comes back, and why."""
    entry = RedeemReversed(
        wallet=spent.wallet,
        qty=0,
        balance=balance(_held(turn, spent.wallet) or Wallet()),
        redemption_id=spent.redemption_id,
        left=0,
        batches=(),
        rev=turn.customer.rev,
        order_id=order_id,
        refund_id=refund_id,
        due=due,
        why=why,
        backfill=turn.backfill,
    )
    turn.emit(RedeemReversed.TYPE, entry)


def points_due(order: Order, spent: Spent) -> int:
    """How many of the points that paid fall on what has come back so far: rounded once, half up."""
    lines = order.lines
    if all(line.returned == line.paid for line in lines) and any(line.paid for line in lines):
        return spent.points
    prices = spent.prices if any(spent.prices) else [1] * len(lines)
    parts = [(line.returned, line.paid) if line.paid else (line.returned_qty, line.qty) for line in lines]
    common = lcm(*[whole for part, whole in parts if 0 < part < whole])
    back = sum([price * part * common // whole for price, (part, whole) in zip(prices, parts, strict=True)])
    return rounded(spent.points * back, sum(prices) * common, "half_up")
