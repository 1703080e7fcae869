"""Reading a customer's numbers over a window of local days."""

from typing import Final

from engine.calendar import FOREVER, window_days, year_of_membership
from engine.cycles import around
from engine.days import within
from engine.referrals import referred
from engine.state import Day, Totals
from engine.turn import Turn
from rules.facts import Metric, WindowKind

TENURE, LIFETIME = Metric.TENURE_DAYS, WindowKind.LIFETIME  # An enum's member is slow to look up.
SPEND, QUALIFYING, ORDERS = Metric.SPEND_NET, Metric.QUALIFYING_POINTS, Metric.ORDERS
PURCHASE_DAYS, REFERRALS = Metric.PURCHASE_DAYS, Metric.REFERRALS
ANNIVERSARY, SINCE_TIER_START = WindowKind.ANNIVERSARY, WindowKind.SINCE_TIER_START
CYCLE, NOW = WindowKind.CYCLE, WindowKind.NOW
WINDOW_MAX: Final = 400  # Days; a window since the level began reaches back no further.


def read(turn: Turn, metric: Metric, kind: WindowKind, length: int, today: int, since_ms: int) -> int:
    """The metric as of the local day `today`: minor units, points, orders or days.

    `since_ms` is when the customer's level began.
    """
    if metric is TENURE:
        return today - turn.plan.days.of(turn.customer.enrolled_ms)
    if kind is LIFETIME:
        return of_totals(turn.customer.totals, metric)
    if kind is NOW:
        return turn.customer.wallet.active
    first, end = span(turn, kind, length, today, since_ms)
    if metric is REFERRALS:
        return referred(turn.customer, first, end)
    days, blocks = within(turn.account, first, end)
    return sum_days(days, metric) + sum([of_totals(sums, metric) for sums in blocks])


def span(turn: Turn, kind: WindowKind, length: int, today: int, since_ms: int) -> tuple[int, int]:
    """The local days [from, to) that a window reads on `today`."""
    if kind is SINCE_TIER_START:
        return max(turn.plan.days.of(since_ms), today - WINDOW_MAX + 1), today + 1
    if kind is ANNIVERSARY:
        return year_of_membership(turn.plan.days.of(turn.customer.enrolled_ms), today)
    if kind is CYCLE:
        return around(turn.plan.days, today)
    if kind is NOW:
        return FOREVER  # Points of any day.
    return window_days(kind, length, today)


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


def of_day(day: Day, metric: Metric) -> int:
    """The metric of one day's record."""
    if metric is SPEND:
        return day.spend_minor
    if metric is QUALIFYING:
        return day.qualifying
    if metric is ORDERS:
        return day.orders
    if metric is PURCHASE_DAYS:
        return int(day.orders > 0)
    return day.engagement_points


def of_totals(totals: Totals, metric: Metric) -> int:
    """The metric of a sum over days or over the whole life."""
    if metric is SPEND:
        return totals.spend_minor
    if metric is QUALIFYING:
        return totals.qualifying
    if metric is ORDERS:
        return totals.orders
    if metric is PURCHASE_DAYS:
        return totals.purchase_days
    if metric is REFERRALS:
        return totals.referrals
    return totals.engagement_points
