"""Purchases that customers made whom this one had referred: how many, on which local days.

Few customers refer anybody, so these days stand apart from the days of purchases.
"""

from engine.days import KEEP_DAYS
from engine.state import Customer


def refer(customer: Customer, day: int) -> None:
    """Counts one more on a local day, and lets go of days that no window reaches any more."""
    customer.totals.referrals += 1
    counts = dict(zip(customer.referred[::2], customer.referred[1::2], strict=True))
    counts[day] = counts.get(day, 0) + 1
    oldest = max(counts) - KEEP_DAYS
    customer.referred = [value for at in sorted(counts) if at >= oldest for value in (at, counts[at])]


def referred(customer: Customer, first: int, end: int) -> int:
    """How many on the local days [first, end)."""
    days, counts = customer.referred[::2], customer.referred[1::2]
    return sum([count for day, count in zip(days, counts, strict=True) if first <= day < end])
