"""Shops whose points lapse, and their wallet, for the tests of the ledger."""

from tests.engine.programmes import programme
from tests.engine.shop import Shop

YEARLY = {"expiry": {"after": "12 months", "round": "year"}, "reminders": [30, 7, 1]}
MONTHLY = {"expiry": {"after": "1 month"}}


def shop(points=None, start="2026-01-10 10:00", **other):
    """A shop whose programme has these keys under `points`."""
    return Shop(programme(points=points, **other), start)


def wallet(of):
    """(active, pending, owed) of the shop's customer."""
    found = of.customer.wallet
    return found.active, found.pending, found.debt


def given(of, qty, expires="", at=""):
    """Points by hand that lapse at a local midnight, or as the programme says."""
    return of.adjust(qty, at, expires_ms=of.at(f"{expires} 00:00") if expires else 0)
