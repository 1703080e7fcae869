"""Refunds and cancellations: the order's remainder is earned again, the rest is clawed back.

Money refunded is booked back to the day of the purchase, and the tier is judged by the refund evidence
rule (`docs/semantics.md`). A refund of more than is left is clipped and flagged.
"""

from hashlib import sha1

from engine.effects import Ref
from engine.events import Cancel, Refund, RefundLine
from engine.money import shares
from engine.order import Order, OrderLine
from engine.outcome import Duplicate, Rejected
from engine.paid_points import give_back_paid, lapse_paid
from engine.points import take_from
from engine.portions import take_portions
from engine.rebooking import rebook
from engine.tiers import lower_evidence
from engine.turn import Turn
from engine.worth import remainder


def refund_key(refund: Refund | Cancel) -> bytes:
    """The 8 bytes by which an order remembers a refund; a cancellation is one refund of its own."""
    name = b"cancel" if isinstance(refund, Cancel) else b"refund:" + refund.refund_id.encode()
    return sha1(name, usedforsecurity=False).digest()[:8]


def refusal(order: Order, refund: Refund | Cancel) -> Rejected | Duplicate | None:
    """Why a refund cannot be counted, if so."""
    if refund_key(refund) in order.refunds:
        return Duplicate("refund")
    if isinstance(refund, Refund):
        known = {line.line_id for line in order.lines}
        for part in refund.lines:
            if part.line_id not in known:
                return Rejected("unknown_order", f"order {refund.order_id!r} has no line {part.line_id!r}")
    return None


def take_back(turn: Turn, order: Order, refund: Refund | Cancel) -> None:
    """Books a refund: claws points back, lowers the day's numbers, and judges the tier."""
    money, over = _withdraw(order, refund)
    order.refunds.append(refund_key(refund))
    turn.account.touched.append(refund.order_id)
    refund_id = refund.refund_id if isinstance(refund, Refund) else ""
    if order.spent is not None:  # First: what comes back can be taken, and is not owed.
        give_back_paid(turn, order, refund.order_id, refund_id)
    kept, kept_qualifying = remainder(order)
    # A bonus that gave way to another of its group may come back; a refund never adds points for all that.
    claw = max(order.granted - order.clawed - kept, 0)
    claw_qualifying = max(order.qualifying - order.qualifying_clawed - kept_qualifying, 0)
    order.clawed += claw
    order.qualifying_clawed += claw_qualifying
    ref = Ref(order_id=refund.order_id, refund_id=refund_id)
    active = take_from(turn, order, ref, claw, kept, money, qualifying_qty=claw_qualifying, over_refund=over)
    if order.others:
        take_portions(turn, order, ref, money, over)
    lapse_paid(turn, order)
    lower_evidence(turn, rebook(turn, order, money, claw_qualifying, active))


def _withdraw(order: Order, refund: Refund | Cancel) -> tuple[int, bool]:
    """Takes the refunded money off the order's lines: (programme minor units taken, asked for too much)."""
    before, over = order.left_minor(), False
    if isinstance(refund, Cancel):
        for line in order.lines:
            line.returned, line.returned_qty = line.paid, line.qty
    elif refund.amount is not None:
        over = _by_amount(order, refund.amount)
    else:
        lines = {line.line_id: line for line in order.lines}
        for part in refund.lines:
            over |= _by_line(lines[part.line_id], part)
    return before - order.left_minor(), over


def _by_amount(order: Order, amount: int) -> bool:
    """Takes an amount off all lines in proportion; whether it is more than was left."""
    left = [line.paid - line.returned for line in order.lines]
    taken = shares(min(amount, sum(left)), left, [line.line_id for line in order.lines])
    for line, part in zip(order.lines, taken, strict=True):
        line.returned += part
    return amount > sum(left)


def _by_line(line: OrderLine, part: RefundLine) -> bool:
    """Takes money or units off a line; whether it is more than was left."""
    left = line.paid - line.returned
    if part.amount is not None:
        line.returned += min(part.amount, left)
        return part.amount > left
    if part.qty is None:
        line.returned, line.returned_qty = line.paid, line.qty
        return False
    before, units = line.returned_qty, line.returned_qty + part.qty
    line.returned_qty = min(units, line.qty)
    wanted = line.paid * line.returned_qty // line.qty - line.paid * before // line.qty
    line.returned += min(wanted, left)
    return units > line.qty or wanted > left
