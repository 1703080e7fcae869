"""Points by hand do or do not count for levels, as the rulebook or the command says."""

import pytest

from tests.engine.programmes import asks, level, programme
from tests.engine.shop import Shop, only, types

LEVELS = (level("member"), level("silver", asks("qualifying_points", 100, "rolling 30 days")))


def shop(**points):
    of = Shop(programme(*LEVELS, points=points, wallets=[{"id": "stars"}]), forgetful=True)
    of.engage("login")
    return of


@pytest.mark.parametrize(
    ("rulebook", "command", "tier"),
    [
        ({}, None, "member"),
        ({}, False, "member"),
        ({}, True, "silver"),
        ({"adjustments_qualify": True}, None, "silver"),
        ({"adjustments_qualify": True}, False, "member"),
    ],
)
def test_the_command_decides_and_without_a_word_of_it_the_rulebook(rulebook, command, tier):
    of = shop(**rulebook)
    done = of.adjust(120, qualifying=command)
    counted = 120 if tier == "silver" else 0
    assert only(done, "points.adjusted").data.qualifying == counted
    assert (of.tier, of.points, of.customer.totals.qualifying) == (tier, 120, counted)
    assert ("tier.upgraded" in types(done)) == (tier == "silver")


def test_what_is_taken_by_hand_counts_no_more_than_ever_counted_and_takes_no_level_between_reviews():
    of = shop()
    of.adjust(120, qualifying=True)
    of.adjust(80)
    taken = of.adjust(-150, qualifying=True, at="2026-01-12 10:00")
    assert types(taken) == ["points.adjusted"]
    assert only(taken, "points.adjusted").data.qualifying == -120
    assert (of.tier, of.points, of.customer.totals.qualifying) == ("silver", 50, 0)
    assert sum(day.qualifying for day in of.customer.days) == 0


def test_they_count_on_the_day_they_are_given_and_leave_the_window_with_it():
    of = shop()
    of.adjust(60, qualifying=True)
    of.adjust(60, qualifying=True, at="2026-02-20 10:00")
    assert of.tier == "member"
    of.adjust(40, qualifying=True, at="2026-02-21 10:00")
    assert of.tier == "silver"


def test_only_the_wallet_that_orders_fill_counts():
    of = shop(adjustments_qualify=True)
    assert (
        only(of.adjust(120, wallet="stars", qualifying=True), "command.rejected").data.why == "not_qualifying"
    )
    assert only(of.adjust(120, wallet="stars"), "points.adjusted").data.qualifying == 0
    assert (of.tier, of.customer.totals.qualifying) == ("member", 0)
