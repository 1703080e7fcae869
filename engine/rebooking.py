"""What an order counts for, booked anew on the day of the purchase: after a refund, after an update."""

from engine.days import find
from engine.grants import Lost
from engine.order import Order
from engine.paid_points import points_due
from engine.turn import Turn
from rules.facts import Metric


def all_returned(order: Order) -> bool:
    """Whether all that was bought came back, so that the order counts as one no longer."""
    if not order.refunds or any(line.returned != line.paid for line in order.lines):
        return False
    # Where points paid for everything, no money tells what came back.
    return order.spent is None or points_due(order, order.spent) == order.spent.points


def rebook(turn: Turn, order: Order, spend_minor: int, qualifying: int) -> dict[Metric, Lost]:
    """Lowers totals and the purchase day by so much (negative: raises); what each metric lost.

    The order ceases to count as one when all of it came back, and counts again when an update adds to it.
    """
    totals, day = turn.customer.totals, find(turn.account, order.day)
    before, order.returned = order.returned, all_returned(order)
    orders = order.returned - before
    totals.spend_minor -= spend_minor
    totals.qualifying -= qualifying
    totals.orders -= orders
    days, day_rev = 0, 0
    if day is not None:
        was_bought = day.orders > 0
        day.spend_minor -= spend_minor
        day.qualifying -= qualifying
        day.orders -= orders
        days, day_rev = was_bought - (day.orders > 0), day.since_rev
        totals.purchase_days -= days
        if days < 0:
            day.since_rev = turn.customer.rev
    return {
        Metric.SPEND_NET: (spend_minor, order.rev),
        Metric.QUALIFYING_POINTS: (qualifying, order.rev),
        Metric.ORDERS: (orders, order.rev),
        Metric.PURCHASE_DAYS: (days, day_rev),
    }
