"""Birthdays and anniversaries: once a local year, where the customer is, at the exact instant."""

from typing import Any

import pytest

from engine.effects import CareDue
from engine.events import Profile
from tests.engine.programmes import CHURN, MEMBER, asks, level, programme
from tests.engine.shop import Shop, only, types

BIRTHDAY = {"at": "09:00", "birthday": {"points": 100}}
YEARS = {"at": "09:00", "anniversary": {"points": 50, "years": [{"years": 2, "points": 500}]}}


def member(care: dict[str, Any], at: str = "2026-01-10 10:00", **more: Any) -> Shop:
    """A member since that instant, of a programme in Shanghai."""
    shop = Shop(programme(care=care, **more), at, forgetful=True)
    shop.engage("login", at)
    return shop


def told(shop: Shop, at: str = "", **fields: Any) -> None:
    shop.send(Profile(tuple(fields.items())), at)


def kept(shop: Shop) -> list[tuple[str, str, int, int]]:
    """The days kept so far: kind, local day, years, points that came."""
    came = {
        (effect.time_ms, effect.data.ref.engagement): effect.data.qty
        for effect in shop.said("points.earned")
        if effect.data.ref.engagement in ("birthday", "anniversary")
    }
    return [
        (e.data.kind, e.data.day, e.data.years, came.get((e.time_ms, e.data.kind), 0))
        for e in shop.said("care.due")
    ]


@pytest.mark.parametrize(
    ("zone", "utc_ms"),
    [
        (None, "2026-03-08 09:00 Asia/Shanghai"),
        ("America/New_York", "2026-03-08 09:00 America/New_York"),  # The day the clocks go forward.
        ("Pacific/Kiritimati", "2026-03-08 09:00 Pacific/Kiritimati"),
    ],
)
def test_a_birthday_is_kept_at_the_time_of_day_where_the_customer_is(zone: str | None, utc_ms: str) -> None:
    from tests.engine.shop import instant

    shop = member(BIRTHDAY)
    told(shop, birthday="03-08", zone=zone)
    day, time, where = utc_ms.split(" ")
    due_ms = instant(f"{day} {time}", where)
    assert shop.tick(due_ms - 1) == []
    effects = shop.tick(due_ms)
    assert types(effects) == ["care.due", "points.earned"]
    assert {effect.time_ms for effect in effects} == {due_ms}
    assert effects[0].data == CareDue("birthday", "2026-03-08", "member", 2, points=100)
    assert shop.points == 100


def test_a_birthday_comes_every_year_and_on_29_february_in_common_years_on_the_28th() -> None:
    shop = member(BIRTHDAY)
    told(shop, birthday="02-29")
    shop.tick("2029-12-31 00:00")
    assert [day for _, day, *_ in kept(shop)] == ["2026-02-28", "2027-02-28", "2028-02-29", "2029-02-28"]
    assert shop.points == 400


def test_changing_the_birthday_earns_no_second_time_in_a_year() -> None:
    shop = member(BIRTHDAY)
    told(shop, birthday="02-01")
    shop.tick("2026-02-01 09:00")
    for month in range(3, 13):
        told(shop, f"2026-{month - 1:02}-15 12:00", birthday=f"{month:02}-01")
        shop.tick(f"2026-{month:02}-01 23:00")
    assert kept(shop) == [("birthday", "2026-02-01", 0, 100)]
    shop.tick("2027-12-31 00:00")
    assert kept(shop)[1:] == [("birthday", "2027-12-01", 0, 100)]


def test_moving_across_the_date_line_keeps_no_day_twice() -> None:
    """09:00 comes to Kiritimati 25 hours before it comes to Pago Pago."""
    shop = member(BIRTHDAY | YEARS, "2026-05-05 12:00")
    told(shop, birthday="05-06", zone="Pacific/Kiritimati")
    shop.tick("2026-05-06 04:00")
    told(shop, zone="Pacific/Pago_Pago")
    shop.tick("2027-01-01 00:00")
    assert [day for _, day, *_ in kept(shop)] == ["2026-05-06"]
    told(shop, zone="Pacific/Kiritimati")
    shop.tick("2027-05-05 03:30")
    told(shop, zone="Pacific/Pago_Pago")
    shop.tick("2027-05-08 00:00")
    assert kept(shop)[1:] == [("anniversary", "2027-05-05", 1, 50), ("birthday", "2027-05-06", 0, 100)]


def test_a_birthday_whose_time_of_day_has_passed_is_kept_next_year() -> None:
    shop = member(BIRTHDAY)
    told(shop, "2026-03-08 09:00", birthday="03-08")
    shop.tick("2026-12-31 00:00")
    assert kept(shop) == []
    shop.tick("2027-03-08 09:00")
    assert kept(shop) == [("birthday", "2027-03-08", 0, 100)]


def test_a_birthday_that_is_removed_or_told_of_a_stranger_is_not_kept() -> None:
    shop = member(BIRTHDAY)
    told(shop, birthday="03-08")
    told(shop, birthday=None)
    shop.tick("2027-12-31 00:00")
    stranger = Shop(programme(care=BIRTHDAY, enrolment="signup"))
    stranger.engage("login")
    told(stranger, birthday="03-08")
    stranger.tick("2026-04-01 00:00")
    assert kept(shop) == kept(stranger) == []
    stranger.engage("signup")
    stranger.tick("2027-04-01 00:00")
    assert kept(stranger) == [("birthday", "2027-03-08", 0, 100)]


def test_anniversaries_count_the_years_and_some_give_other_points() -> None:
    shop = member(YEARS, "2024-02-29 10:00")
    shop.tick("2028-12-31 00:00")
    assert kept(shop) == [
        ("anniversary", "2025-02-28", 1, 50),
        ("anniversary", "2026-02-28", 2, 500),
        ("anniversary", "2027-02-28", 3, 50),
        ("anniversary", "2028-02-29", 4, 50),
    ]
    assert shop.points == 650


def test_the_day_of_joining_itself_is_no_anniversary() -> None:
    shop = member(YEARS, "2026-01-10 08:00")
    told(shop, joined_on="2027-03-01")
    shop.tick("2027-12-31 00:00")
    assert kept(shop) == []
    told(shop, joined_on=None)
    shop.tick("2028-01-10 09:00")
    assert kept(shop) == [("anniversary", "2028-01-10", 2, 500)]
    plain = member(YEARS, "2026-01-10 08:00")
    plain.tick("2026-12-31 00:00")
    assert kept(plain) == []


def test_who_joined_before_the_first_event_has_the_anniversary_of_that_day() -> None:
    shop = member(YEARS)
    told(shop, joined_on="2019-05-01")
    shop.tick("2026-05-01 09:00")
    assert kept(shop) == [("anniversary", "2026-05-01", 7, 50)]
    told(shop, joined_on=None)
    shop.tick("2027-04-30 09:00")
    assert kept(shop)[1:] == [("anniversary", "2027-01-10", 1, 50)]


def test_a_late_event_that_joins_earlier_moves_the_anniversary() -> None:
    shop = member(YEARS, "2026-01-10 10:00")
    shop.buy(100, "2026-01-05 10:00")
    shop.tick("2027-01-05 09:00")
    assert kept(shop) == [("anniversary", "2027-01-05", 1, 50)]
    shop.tick("2027-12-31 00:00")
    assert len(kept(shop)) == 1


def test_after_an_outage_each_day_is_kept_as_of_its_own_instant_in_order() -> None:
    """Nothing runs for three years; points lapse a year after their own day, not after the outage."""
    expiry = {"expiry": {"after": "12 months"}}
    shop = member({"at": "09:00", "birthday": {"points": 100}, "anniversary": {"points": 50}}, points=expiry)
    told(shop, birthday="12-24")
    effects = shop.tick("2028-12-31 00:00")
    days = [(e.data.kind, e.data.day) for e in effects if e.type == "care.due"]
    assert days == [
        ("birthday", "2026-12-24"),
        ("anniversary", "2027-01-10"),
        ("birthday", "2027-12-24"),
        ("anniversary", "2028-01-10"),
        ("birthday", "2028-12-24"),
    ]
    assert [e.time_ms for e in effects] == sorted(e.time_ms for e in effects)
    assert (shop.points, len(shop.said("points.expired"))) == (150, 3)


def test_loading_history_keeps_no_day_of_the_past() -> None:
    shop = Shop(programme(care=BIRTHDAY | YEARS), "2026-01-10 10:00")
    shop.buy(100, "2023-06-01 10:00", recorded="2026-01-10 10:00", backfill=True)
    told(shop, birthday="01-09")
    assert shop.tick("2026-01-10 12:00") == []
    shop.tick("2026-12-31 00:00")
    assert kept(shop) == [("anniversary", "2026-06-01", 3, 50)]


def test_a_new_time_of_day_holds_from_the_next_day_of_care_on() -> None:
    shop = member(BIRTHDAY)
    told(shop, birthday="03-08")
    shop.book = programme(care=BIRTHDAY | {"at": "18:30"})
    effects = shop.tick("2027-12-31 00:00")
    assert [(e.type, e.time_ms) for e in effects if e.type == "care.due"] == [
        ("care.due", shop.at("2026-03-08 18:30")),
        ("care.due", shop.at("2027-03-08 18:30")),
    ]
    earlier = member(BIRTHDAY)
    told(earlier, birthday="03-08")
    earlier.book = programme(care=BIRTHDAY | {"at": "08:00"})
    earlier.tick("2026-12-31 00:00")
    assert kept(earlier) == [("birthday", "2026-03-08", 0, 100)]


def test_a_programme_that_gives_care_up_says_no_more_of_it() -> None:
    shop = member(BIRTHDAY)
    told(shop, birthday="03-08")
    shop.book = programme()
    shop.tick("2027-12-31 00:00")
    assert kept(shop) == []


def test_a_programme_that_takes_care_up_reaches_who_is_there_with_their_next_event_or_timer() -> None:
    before, after = programme(churn=CHURN), programme(churn=CHURN, care=BIRTHDAY)
    by_event, by_timer, silent = (Shop(each, "2026-01-10 10:00", forgetful=True) for each in (before,) * 3)
    for shop in (by_event, by_timer, silent):
        told(shop, birthday="03-08")
    by_event.engage("login")
    by_timer.buy(1000)
    silent.engage("login")
    for shop in (by_event, by_timer, silent):
        shop.book = after
    by_event.engage("login", "2026-02-01 10:00")
    for shop in (by_event, by_timer, silent):
        shop.tick("2026-12-31 00:00")
    assert len(by_timer.said("churn.alert")) == 4, "the first of them was before the birthday"
    assert kept(by_event) == kept(by_timer) == [("birthday", "2026-03-08", 0, 100)]
    assert kept(silent) == []


def test_a_programme_that_keeps_a_further_day_looks_for_the_next_again() -> None:
    shop = member(BIRTHDAY)
    told(shop, birthday="12-24", joined_on="2020-06-01")
    shop.book = programme(care=BIRTHDAY | YEARS)
    shop.engage("login", "2026-02-01 10:00")
    shop.tick("2026-12-31 00:00")
    assert kept(shop) == [("anniversary", "2026-06-01", 6, 50), ("birthday", "2026-12-24", 0, 100)]


def test_points_of_care_lift_where_they_qualify_and_are_bounded_by_the_programme() -> None:
    care = {"at": "00:00", "birthday": {"points": 100, "qualifying": True}}
    silver = level("silver", asks("qualifying_points", 60))
    shop = Shop(programme(MEMBER, silver, care=care, cap={"points": 60, "per": "month"}), forgetful=True)
    shop.engage("login")
    told(shop, birthday="03-08")
    effects = shop.tick("2026-03-08 00:00")
    assert types(effects) == ["care.due", "points.earned", "tier.upgraded"]
    assert (effects[1].data.qty, effects[1].data.why) == (60, "capped")
    assert shop.tier == "silver"


def test_care_without_points_is_a_word_alone_and_a_wallet_of_its_own_gets_what_it_should() -> None:
    silent = member({"at": "09:00", "birthday": {}})
    told(silent, birthday="03-08")
    assert types(silent.tick("2026-03-08 09:00")) == ["care.due"]
    stars = member({"at": "09:00", "birthday": {"points": 7, "wallet": "stars"}}, wallets=[{"id": "stars"}])
    told(stars, birthday="03-08")
    entry = only(stars.tick("2026-03-08 09:00"), "points.earned").data
    assert (entry.wallet, entry.qty, entry.ref.engagement, entry.ref.ref_id) == (
        "stars",
        7,
        "birthday",
        "2026",
    )
    assert stars.points == 0
