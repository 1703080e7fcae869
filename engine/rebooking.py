"""What an order counts for, booked anew on the day of the purchase: after a refund, after an update."""

from engine.days import find
from engine.grants import NOTHING_LOST, Lost
from engine.order import Order
from engine.paid_points import points_due
from engine.qualifying import count
from engine.turn import Turn
from rules.facts import Metric


def all_returned(order: Order) -> bool:
    """Whether all that was bought came back, so that the order counts as one no longer."""
    if not order.refunds or any(line.returned != line.paid for line in order.lines):
        return False
    # Where points paid for everything, no money tells what came back.
    return order.spent is None or points_due(order, order.spent) == order.spent.points


def rebook(turn: Turn, order: Order, spend_minor: int, qualifying: int, active: int) -> dict[Metric, Lost]:
    """Lowers totals and the purchase day by so much (negative: raises); what each metric lost.

    `active` of the points taken back had not been waiting. The order ceases to count as one when all of it
    came back, and counts again when an update adds to it.
    """
    totals, day = turn.customer.totals, find(turn.account, order.day)
    before, order.returned = order.returned, all_returned(order)
    orders = order.returned - before
    totals.spend_minor -= spend_minor
    if order.counts:
        count(turn, -qualifying, order.counts)
    else:
        totals.qualifying -= qualifying
    totals.orders -= orders
    days, day_rev = 0, 0
    if day is not None:
        was_bought = day.orders > 0
        day.spend_minor -= spend_minor
        if not order.counts:
            day.qualifying -= qualifying
        day.orders -= orders
        days, day_rev = was_bought - (day.orders > 0), day.since_rev
        totals.purchase_days -= days
        if days < 0:
            day.since_rev = turn.customer.rev
    return {
        Metric.SPEND_NET: (spend_minor, order.rev, order.day),
        Metric.QUALIFYING_POINTS: _qualifying_lost(turn, order, qualifying),
        Metric.ORDERS: (orders, order.rev, order.day),
        Metric.PURCHASE_DAYS: (days, day_rev, order.day),
        Metric.ACTIVE_POINTS: (active, order.rev, order.day),
    }


def _qualifying_lost(turn: Turn, order: Order, qualifying: int) -> Lost:
    if not order.counts:
        return qualifying, order.rev, order.day
    at_ms, since_rev = order.counts
    return (qualifying, since_rev, turn.plan.days.of(at_ms)) if at_ms <= turn.now_ms else NOTHING_LOST
