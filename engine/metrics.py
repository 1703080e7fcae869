"""Reading a customer's numbers over a window of local days."""

from itertools import takewhile

from engine.calendar import window_days
from engine.state import Customer, Day
from engine.turn import Turn
from rules.facts import Metric, WindowKind


def read(turn: Turn, metric: Metric, kind: WindowKind, length: int) -> int:
    """The metric as of `turn.today`: minor units, points, orders or days."""
    if metric is Metric.TENURE_DAYS:
        return turn.today - turn.plan.days.of(turn.customer.enrolled_ms)
    if kind is WindowKind.LIFETIME:
        return _lifetime(turn.customer, metric)
    first, end = window_days(kind, length, turn.today)
    return sum_days(
        [d for d in takewhile(lambda d: d.day >= first, reversed(turn.customer.days)) if d.day < end], metric
    )


def sum_days(days: list[Day], metric: Metric) -> int:
    """The metric summed over some days' records."""
    if metric is Metric.SPEND_NET:
        return sum([d.spend_minor for d in days])
    if metric is Metric.QUALIFYING_POINTS:
        return sum([d.qualifying for d in days])
    if metric is Metric.ORDERS:
        return sum([d.orders for d in days])
    if metric is Metric.PURCHASE_DAYS:
        return sum([d.orders > 0 for d in days])
    return sum([d.engagement_points for d in days])


def _lifetime(customer: Customer, metric: Metric) -> int:
    totals = customer.totals
    if metric is Metric.SPEND_NET:
        return totals.spend_minor
    if metric is Metric.QUALIFYING_POINTS:
        return totals.qualifying
    if metric is Metric.ORDERS:
        return totals.orders
    if metric is Metric.PURCHASE_DAYS:
        return totals.purchase_days
    return totals.engagement_points
