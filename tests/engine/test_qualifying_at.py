"""Qualifying points count at the purchase, or, as the programme says, when the points become active."""

import pytest

from engine.events import Cancel, Delivered
from tests.engine.programmes import asks, level, programme
from tests.engine.shop import Shop, line, only, types

LEVELS = (level("member"), level("silver", asks("qualifying_points", 100, "rolling 30 days")))
YEARS = (level("member"), level("silver", asks("qualifying_points", 100, "calendar year")))
CHECKIN = [{"kind": "checkin", "points": 100, "qualifying": True}]
WAITING = {"pending": {"days": 14}, "qualifying_at": "activation"}
DELIVERY = {"pending": {"on": "delivered"}, "qualifying_at": "activation"}


def shop(points=WAITING, *, levels=LEVELS, start="2026-01-10 10:00", **other):
    return Shop(programme(*levels, points=points, **other), start, forgetful=True)


def qualifying(of):
    """All that counted, by the sum and by the days."""
    days = sum(day.qualifying for day in of.customer.days)
    assert days == of.customer.totals.qualifying
    return days


def test_they_count_on_the_day_on_which_the_points_become_active_and_lift_the_customer_then():
    of = shop()
    pending = only(of.buy(120_00, order="o"), "points.pending").data
    assert (pending.qualifying, pending.qualifying_waits) == (0, 120)
    assert (of.tier, qualifying(of)) == ("member", 0)
    of.tick("2026-01-23 23:59")
    assert of.tier == "member"
    done = of.tick("2026-01-24 00:00")
    assert types(done) == ["points.activated", "tier.upgraded"]
    assert (done[0].data.qty, done[0].data.qualifying) == (120, 120)
    assert done[1].data.qualified_ms == of.at("2026-01-24 00:00")
    assert (of.tier, qualifying(of)) == ("silver", 120)
    assert [day.qualifying for day in of.customer.days] == [0, 120]


def test_by_default_they_count_at_the_purchase_though_the_points_wait():
    of = shop({"pending": {"days": 14}})
    pending = only(of.buy(120_00), "points.pending").data
    assert (pending.qualifying, pending.qualifying_waits, of.tier) == (120, 0, "silver")


def test_a_refund_while_they_wait_takes_none_and_fewer_count_afterwards():
    of = shop()
    of.buy(120_00, order="o")
    back = only(of.refund("o", 30_00), "points.clawed_back").data
    assert (back.qty, back.from_pending, back.qualifying) == (30, 30, 0)
    of.tick("2026-01-24 00:00")
    assert (of.tier, qualifying(of)) == ("member", 90)


def test_of_an_order_that_is_cancelled_while_they_wait_nothing_ever_counts():
    of = shop()
    of.buy(120_00, order="o")
    of.send(Cancel("o"))
    assert of.tick("2026-02-24 00:00") == []
    assert qualifying(of) == 0


def test_a_refund_afterwards_takes_them_from_the_day_on_which_they_counted_and_the_level_with_them():
    of = shop()
    of.buy(120_00, order="o")
    of.tick("2026-01-24 00:00")
    assert of.tier == "silver"
    back = of.refund("o", 30_00, at="2026-01-25 10:00")
    assert types(back) == ["points.clawed_back", "tier.downgraded"]
    assert only(back, "points.clawed_back").data.qualifying == 30
    assert [day.qualifying for day in of.customer.days] == [0, 90]


def test_a_level_given_before_they_counted_is_not_lost_by_their_refund():
    """Both lie in the calendar year of the level's evidence, but only the second had counted then."""
    of = shop(levels=YEARS, start="2026-12-01 10:00", engagement=CHECKIN)
    of.buy(50_00, order="waits", at="2026-12-10 10:00")
    of.buy(100_00, order="counts", at="2026-11-20 10:00")
    assert of.tier == "silver"
    of.tick("2027-01-05 00:00")
    assert qualifying(of) == 150
    of.refund("waits", 50_00)
    assert (of.tier, qualifying(of)) == ("silver", 100)


@pytest.mark.parametrize("at", ["2026-01-10 18:00", "2026-03-10 18:00"])
def test_with_the_delivery_they_count_on_its_day(at):
    of = shop(DELIVERY)
    of.buy(120_00, order="o")
    assert of.tier == "member"
    done = of.send(Delivered("o"), at)
    assert types(done) == ["points.activated", "tier.upgraded"]
    assert only(done, "points.activated").data.qualifying == 120
    assert of.customer.days[-1].qualifying == 120
    assert types(of.send(Delivered("o"))) == []
    assert only(of.refund("o", 120_00), "points.clawed_back").data.qualifying == 120
    assert (of.tier, qualifying(of)) == ("member", 0)


def test_an_order_without_points_of_its_own_still_counts_when_they_would_be_active():
    rules = [{"id": "base", "points": 1, "per": 1, "cap": {"points": 10, "per": "lifetime"}}]
    of = shop(rules=rules)
    of.buy(10_00)
    capped = only(of.buy(120_00), "points.pending").data
    assert (capped.qty, capped.qualifying_waits) == (0, 120)
    of.tick("2026-01-24 00:00")
    assert (of.tier, qualifying(of)) == ("silver", 130)


def test_a_newer_version_changes_what_waits_and_afterwards_what_counts():
    of = shop()
    of.buy(60_00, order="o")
    of.buy(80_00, order="o", order_version=2)
    of.buy(70_00, order="o", order_version=3)
    of.tick("2026-01-24 00:00")
    assert qualifying(of) == 70
    more = only(of.buy(100_00, order="o", order_version=4), "points.pending").data
    assert (more.qualifying, more.qualifying_waits, qualifying(of)) == (30, 0, 100)
    assert [day.qualifying for day in of.customer.days] == [0, 100]


def test_a_late_order_whose_time_has_come_counts_at_once_on_the_day_it_would_have():
    of = shop(start="2026-02-10 10:00")
    of.buy(120_00, at="2026-01-10 10:00", recorded="2026-02-10 10:00")
    assert (of.tier, qualifying(of)) == ("silver", 120)
    assert of.customer.days[-1].day - of.customer.days[0].day == 14


def test_engagements_that_qualify_count_with_their_points():
    of = shop(engagement=CHECKIN)
    of.engage("checkin")
    assert (of.tier, of.customer.totals.engagement_points) == ("member", 100)
    of.tick("2026-01-24 00:00")
    assert (of.tier, qualifying(of)) == ("silver", 100)


def test_in_whatever_order_purchases_arrive_the_same_days_count():
    found = []
    for days in ((3, 1, 2), (1, 2, 3)):
        of = shop(start="2026-01-05 10:00")
        for day in days:
            of.buy(
                [line("a", day * 10_00)],
                order=f"o{day}",
                at=f"2026-01-0{day} 10:00",
                recorded="2026-01-05 10:00",
            )
        of.tick("2026-03-01 00:00")
        found.append([(day.day, day.qualifying) for day in of.customer.days if day.qualifying])
    assert found[0] == found[1]
    assert [counted for _, counted in found[0]] == [10, 20, 30]
