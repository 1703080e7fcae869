"""Points wait, become active, are reminded of and lapse by time alone."""

from datetime import date

import pytest

from engine.calendar import LocalDays, day_of
from engine.expiry import lapses_ms
from rules.load import load_rulebook
from tests.engine.holding import MONTHLY, YEARLY, given, shop, wallet
from tests.engine.programmes import programme
from tests.engine.shop import Shop, instant, only, types


def test_points_wait_so_many_days_and_are_active_from_local_midnight():
    of = shop({"pending": {"days": 14}, **MONTHLY})
    pending = only(of.buy(100_00), "points.pending").data
    assert wallet(of) == (0, 100, 0)
    assert pending.activates_ms == of.at("2026-01-24 00:00")
    assert pending.expires_ms == of.at("2026-02-25 00:00")  # A month of being active.
    assert of.tick(of.at("2026-01-24 00:00") - 1) == []
    (active,) = of.tick("2026-01-24 00:00")
    assert (active.type, active.data.qty, active.data.balance.active) == ("points.activated", 100, 100)
    assert only(of.tick("2026-02-25 00:00"), "points.expired").data.qty == 100


def test_a_late_order_whose_points_lapsed_before_is_earned_and_lapses_in_one_step():
    of = shop(MONTHLY, start="2026-06-01 10:00")
    told = of.buy(100_00, "2026-04-15 10:00", recorded="2026-06-01 10:00")
    assert [kind for kind in types(told) if kind.startswith("points")] == ["points.earned", "points.expired"]
    assert only(told, "points.expired").data.why == "late"
    assert wallet(of) == (0, 0, 0)


def test_points_lapse_before_anything_is_spent_at_the_same_instant():
    of = shop(MONTHLY)
    of.buy(100_00)
    refused = only(of.redeem(1, at="2026-02-11 00:00"), "points.redeem_rejected")
    assert refused.data.balance.active == 0
    of = shop(MONTHLY)
    of.buy(100_00)
    assert types(of.redeem(1, at=of.at("2026-02-11 00:00") - 1)) == ["points.redeemed"]


def test_a_reminder_names_all_that_lapses_that_day_in_one_message_and_none_when_it_is_spent():
    of = shop(YEARLY)
    of.buy(100_00)
    of.buy(50_00, "2026-06-01 10:00")
    assert of.tick("2027-12-01 00:00") == []
    (told,) = of.tick("2027-12-02 00:00")
    assert (told.type, told.data.qty) == ("points.expiring", 150)
    of.redeem(150, at="2027-12-20 10:00")
    assert of.tick("2028-01-05 00:00") == []


def test_a_reminder_is_dropped_when_an_activity_lets_the_points_live_on():
    of = shop({"expiry": {"inactivity": "6 months"}, "reminders": [7]})
    of.buy(100_00)
    of.buy(10_00, "2026-07-01 10:00")
    assert [effect.type for effect in of.tick("2026-07-30 00:00")] == []
    assert only(of.tick("2026-12-30 00:00"), "points.expiring").data.qty == 110
    assert only(of.tick("2027-01-02 00:00"), "points.expired").data.qty == 110


def test_a_late_purchase_does_not_bring_back_what_lapsed_for_inactivity():
    of = shop({"expiry": {"inactivity": "1 month"}})
    of.buy(100_00)
    of.tick("2026-02-11 00:00")
    told = of.buy(10_00, "2026-02-05 10:00", recorded="2026-02-12 10:00")
    assert "points.expired" not in types(told)
    assert wallet(of) == (10, 0, 0)


def test_only_the_activities_named_keep_points_alive():
    rules = [{"kind": "checkin", "points": 1}, {"kind": "share", "points": 1}]
    by = {"expiry": {"inactivity": "1 month", "by": ["engagement.checkin"]}}
    of = shop(by, engagement=rules)
    of.engage("checkin")
    of.engage("share", "2026-01-20 10:00")
    of.buy(10_00, "2026-01-25 10:00")
    told = of.tick("2026-02-11 00:00")
    assert [effect.data.qty for effect in told] == [1]


@pytest.mark.parametrize(
    ("zone", "earned", "expiry", "lapses"),
    [
        ("Asia/Shanghai", "2026-01-31 10:00", {"after": "1 month"}, "2026-03-01"),
        ("Asia/Shanghai", "2028-01-31 10:00", {"after": "1 month"}, "2028-03-01"),
        ("Asia/Shanghai", "2024-02-29 10:00", {"after": "1 year"}, "2025-03-01"),
        ("Asia/Shanghai", "2026-03-15 10:00", {"after": "12 months", "round": "month"}, "2027-04-01"),
        ("Asia/Shanghai", "2026-03-15 10:00", {"after": "12 months", "round": "quarter"}, "2027-04-01"),
        ("Asia/Shanghai", "2026-03-15 10:00", {"after": "12 months", "round": "year"}, "2028-01-01"),
        ("Asia/Shanghai", "2026-01-01 00:00", {"after": "12 months", "round": "year"}, "2028-01-01"),
        ("Asia/Shanghai", "2026-12-31 23:59", {"after": "12 months", "round": "year"}, "2028-01-01"),
        ("Europe/Berlin", "2026-03-28 10:00", {"after": "1 day"}, "2026-03-30"),
        ("Europe/Berlin", "2026-10-24 10:00", {"after": "1 day"}, "2026-10-26"),
        ("Asia/Shanghai", "2026-02-27 10:00", {"yearly": "02-28", "min_age": "12 months"}, "2027-03-01"),
        ("Asia/Shanghai", "2026-03-01 10:00", {"yearly": "02-28", "min_age": "12 months"}, "2028-02-29"),
        ("Asia/Shanghai", "2026-03-01 10:00", {"yearly": "02-29"}, "2027-03-01"),
        ("Asia/Shanghai", "2026-08-31 10:00", {"inactivity": "6 months"}, "2027-03-01"),
    ],
)
def test_points_live_to_the_end_of_their_last_local_day(zone, earned, expiry, lapses):
    of = Shop(programme(points={"expiry": expiry}, timezone=zone), earned)
    told = only(of.buy(10_00), "points.earned").data
    assert told.expires_ms == instant(f"{lapses} 00:00", zone)
    assert of.tick(told.expires_ms - 1) == []
    assert only(of.tick(told.expires_ms), "points.expired").time_ms == told.expires_ms


def test_the_last_millisecond_of_the_local_year_still_earns_in_it():
    of = shop(YEARLY, start="2026-12-31 10:00")
    last = only(of.buy(1_00, of.at("2027-01-01 00:00") - 1), "points.earned").data
    first = only(of.buy(1_00, "2027-01-01 00:00"), "points.earned").data
    assert last.expires_ms == of.at("2028-01-01 00:00")
    assert first.expires_ms == of.at("2029-01-01 00:00")


def test_another_time_zone_of_the_programme_moves_no_instant_that_was_given():
    of = shop(MONTHLY)
    told = only(of.buy(10_00), "points.earned").data
    of.book = programme(points=MONTHLY, timezone="America/New_York")
    assert only(of.tick("2026-03-01 00:00"), "points.expired").time_ms == told.expires_ms


def test_two_overdue_instants_are_applied_in_order_as_of_their_own_time():
    of = shop({"pending": {"days": 7}, **MONTHLY})
    of.buy(100_00)
    told = of.tick("2026-12-01 00:00")
    assert [(effect.type, effect.time_ms) for effect in told] == [
        ("points.activated", of.at("2026-01-17 00:00")),
        ("points.expired", of.at("2026-02-18 00:00")),
    ]


@pytest.mark.parametrize("forgetful", [False, True])
def test_an_activity_that_gave_no_points_is_remembered_for_those_that_come_later(forgetful):
    of = Shop(programme(points={"expiry": {"inactivity": "1 month"}}), forgetful=forgetful)
    of.buy(0, "2026-01-10 10:00")
    told = of.buy(10_00, "2025-12-20 10:00", recorded="2026-01-11 10:00")
    assert only(told, "points.earned").data.expires_ms == of.at("2026-02-11 00:00")


def test_an_activity_moves_points_that_came_with_an_earlier_expiry_of_their_own():
    of = shop({"expiry": {"inactivity": "1 month"}})
    of.buy(10_00, "2026-01-10 10:00")
    given(of, 57, "2026-01-15", "2026-01-10 11:00")
    of.buy(10_00, "2026-01-10 12:00")
    assert of.tick(of.at("2026-02-11 00:00") - 1) == []
    assert only(of.tick("2026-02-11 00:00"), "points.expired").data.qty == 77


def test_points_of_the_default_programme_last_to_the_end_of_the_next_calendar_year_whatever_the_day():
    book = load_rulebook("rules/programs/default.yaml")
    days, expiry = LocalDays(book.zone), book.points.expiry
    assert expiry is not None
    for year in range(2026, 2034):  # Two leap years among them.
        end_ms = instant(f"{year + 2}-01-01 00:00", book.timezone)
        for day in range(day_of(date(year, 1, 1)), day_of(date(year + 1, 1, 1))):
            assert lapses_ms(days, expiry, day) == end_ms
