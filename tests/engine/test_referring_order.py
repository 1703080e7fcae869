"""Referrals by their own times: what comes late, in another order, or is loaded decides as if in time."""

from itertools import permutations

import pytest

from engine.events import Cancel
from tests.engine.test_referring import BOOK, BOUGHT, PAID, invited, order, refusals, rewards, town
from tests.engine.town import Town


def test_the_post_may_come_later_than_the_purchase_and_changes_nothing() -> None:
    """The referrer's partition was behind: by their own times the referral came first."""
    for late in ("2026-01-12 12:00", "2026-01-20 12:00", "2026-02-20 12:00"):
        here = Town(BOOK)
        here["anna"].send(invited("ben"), "2026-01-11 10:00")
        here["ben"].send(order("o-1"), BOUGHT)
        here["ben"].send(order("o-2"), "2026-01-12 11:00")
        here.deliver(late)
        here.tick("2026-03-01 00:00")
        assert rewards(here["ben"]) == [("anna", 200, "", here["ben"].at(PAID))], late
        assert rewards(here["anna"]) == [("ben", 200, "", here["ben"].at(PAID))], late


@pytest.mark.parametrize("turns", list(permutations([1, 2, 3])))
def test_the_earliest_purchase_is_the_first_in_whatever_order_they_come(turns: tuple[int, ...]) -> None:
    """Three orders of 12, 13 and 14 January, told on the 14th: the first decides, and it came back."""
    here = town()
    for day in turns:
        here.send("ben", order(f"o-{day}"), f"2026-01-{11 + day} 10:00", recorded="2026-01-14 12:00")
    here.send("ben", Cancel("o-1"), "2026-01-15 10:00")
    here.tick("2026-02-28 00:00")
    assert refusals(here["anna"]) == [("ben", "returned")]


def test_a_purchase_before_the_referral_that_is_told_late_makes_it_none() -> None:
    here = town()
    here.send("ben", order("o-2"), BOUGHT)
    here.send("ben", order("o-1"), "2026-01-10 10:00", recorded="2026-01-13 10:00")
    here.tick("2026-02-28 00:00")
    assert refusals(here["anna"]) == [("ben", "already_customer")]
    assert rewards(here["anna"]) == rewards(here["ben"]) == []


def test_history_that_is_loaded_has_its_return_window_from_the_loading_on() -> None:
    """A return of 2025 that is loaded after its purchase still counts."""
    here = Town(BOOK)
    at = "2026-01-11 10:00"
    here.send("anna", invited("ben"), "2025-03-01 10:00", recorded=at, backfill=True)
    here.send("ben", order("o-1"), "2025-03-02 10:00", recorded=at, backfill=True)
    here.send("ben", Cancel("o-1"), "2025-03-05 10:00", recorded=at, backfill=True)
    here.tick("2026-02-28 00:00")
    assert refusals(here["anna"]) == [("ben", "returned")]
