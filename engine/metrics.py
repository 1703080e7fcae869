"""Reading a customer's numbers over a window of local days."""

from typing import Final

from engine.calendar import window_days
from engine.days import within
from engine.state import Day, Totals
from engine.turn import Turn
from rules.facts import Metric, WindowKind

TENURE, LIFETIME = Metric.TENURE_DAYS, WindowKind.LIFETIME  # An enum's member is slow to look up.
SPEND, QUALIFYING, ORDERS = Metric.SPEND_NET, Metric.QUALIFYING_POINTS, Metric.ORDERS
PURCHASE_DAYS: Final = Metric.PURCHASE_DAYS


def read_all(turn: Turn) -> list[int]:
    """Every number that the tiers' entries ask for, in the order of `plan.reads`."""
    return [read(turn, metric, kind, length) for metric, kind, length in turn.plan.reads]


def read(turn: Turn, metric: Metric, kind: WindowKind, length: int) -> int:
    """The metric as of `turn.today`: minor units, points, orders or days."""
    if metric is TENURE:
        return turn.today - turn.plan.days.of(turn.customer.enrolled_ms)
    if kind is LIFETIME:
        return _of(turn.customer.totals, metric)
    first, end = window_days(kind, length, turn.today)
    days, blocks = within(turn.account, first, end)
    return sum_days(days, metric) + sum([_of(sums, metric) for sums in blocks])


def sum_days(days: list[Day], metric: Metric) -> int:
    """The metric summed over some days' records."""
    if metric is SPEND:
        return sum([d.spend_minor for d in days])
    if metric is QUALIFYING:
        return sum([d.qualifying for d in days])
    if metric is ORDERS:
        return sum([d.orders for d in days])
    if metric is PURCHASE_DAYS:
        return sum([d.orders > 0 for d in days])
    return sum([d.engagement_points for d in days])


def _of(totals: Totals, metric: Metric) -> int:
    if metric is SPEND:
        return totals.spend_minor
    if metric is QUALIFYING:
        return totals.qualifying
    if metric is ORDERS:
        return totals.orders
    if metric is PURCHASE_DAYS:
        return totals.purchase_days
    return totals.engagement_points
