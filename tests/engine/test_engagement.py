"""Points for engagements and their caps."""

from typing import Any

import pytest

from rules.facts import ENGAGEMENT_KINDS
from tests.engine.programmes import MEMBER, asks, level, programme
from tests.engine.shop import Shop, only, reason, types


def shop_with(**rule: Any) -> Shop:
    """A customer of a programme with one rule for check-ins of 5 points."""
    return Shop(programme(engagement=[{"kind": "checkin", "points": 5} | rule]))


@pytest.mark.parametrize(
    ("per", "times", "granted"),
    [
        ("day", ["01-10 00:00", "01-10 23:59:59.999", "01-11 00:00"], [5, 0, 5]),
        ("week", ["01-11 23:59:59", "01-12 00:00", "01-18 23:59:59", "01-19 00:00"], [5, 5, 0, 5]),
        ("month", ["01-31 23:59", "02-01 00:00", "02-28 23:59"], [5, 5, 0]),
        ("year", ["01-01 00:00", "12-31 23:59"], [5, 0]),
        ("lifetime", ["01-10 00:00", "12-31 23:59"], [5, 0]),
    ],
)
def test_a_count_cap_starts_again_with_the_local_period(
    per: str, times: list[str], granted: list[int]
) -> None:
    shop = shop_with(cap={"count": 1, "per": per})
    got = [only(shop.engage("checkin", f"2026-{at}"), "points.earned").data.qty for at in times]
    assert got == granted


@pytest.mark.parametrize("kind", ENGAGEMENT_KINDS)
def test_every_kind_of_engagement_may_earn_within_a_cap_and_for_days_in_a_row(kind: str) -> None:
    rule = {"kind": kind, "points": 7, "cap": {"count": 1, "per": "day"}, "streak": {"days": 2, "points": 3}}
    shop = Shop(programme(engagement=[rule]))
    days = ["2026-01-10 09:00", "2026-01-10 10:00", "2026-01-11 09:00"]
    assert [only(shop.engage(kind, day), "points.earned").data.qty for day in days] == [7, 0, 10]
    assert shop.customer.totals.engagement_points == shop.points == 17


def test_weeks_start_on_monday_across_the_turn_of_the_year() -> None:
    shop = shop_with(cap={"count": 1, "per": "week"})
    days = ["2026-12-28", "2027-01-03", "2027-01-04"]
    assert [only(shop.engage("checkin", f"{day} 12:00"), "points.earned").data.qty for day in days] == [
        5,
        0,
        5,
    ]


def test_a_points_cap_awards_the_remainder_and_says_from_how_much() -> None:
    shop = shop_with(cap={"points": 12, "per": "day"})
    got = [only(shop.engage("checkin"), "points.earned").data for _ in range(4)]
    assert [(entry.qty, entry.capped_from, entry.why) for entry in got] == [
        (5, None, ""),
        (5, None, ""),
        (2, 5, "capped"),
        (0, 5, "capped"),
    ]
    assert shop.points == shop.customer.totals.engagement_points == 12


def test_of_two_caps_the_tighter_one_decides_and_a_refused_event_uses_up_neither() -> None:
    shop = shop_with(cap=[{"count": 2, "per": "day"}, {"points": 18, "per": "week"}])
    times = ["01-12 09:00"] * 3 + ["01-13 09:00"] * 3 + ["01-19 09:00"]
    got = [only(shop.engage("checkin", f"2026-{at}"), "points.earned").data.qty for at in times]
    assert got == [5, 5, 0, 5, 3, 0, 5]


def test_of_two_points_caps_each_counts_what_was_awarded() -> None:
    shop = shop_with(cap=[{"points": 12, "per": "day"}, {"points": 25, "per": "week"}])
    times = ["01-12 09:00"] * 3 + ["01-13 09:00"] * 3 + ["01-14 09:00"] * 2
    got = [only(shop.engage("checkin", f"2026-{at}"), "points.earned").data.qty for at in times]
    assert got == [5, 5, 2, 5, 5, 2, 1, 0]


def test_one_cap_may_bound_both_times_and_points() -> None:
    shop = shop_with(cap={"count": 3, "points": 12, "per": "day"})
    assert [only(shop.engage("checkin"), "points.earned").data.qty for _ in range(4)] == [5, 5, 2, 0]


def test_a_duplicate_uses_up_no_cap() -> None:
    shop = shop_with(cap={"count": 2, "per": "day"})
    shop.engage("checkin", event="same")
    assert reason(shop.engage("checkin", event="same")) == "event"
    assert only(shop.engage("checkin"), "points.earned").data.qty == 5


def test_a_late_engagement_counts_in_its_own_period() -> None:
    shop = shop_with(cap={"count": 1, "per": "day"})
    times = ["01-10 12:00", "01-12 12:00", "01-11 12:00", "01-10 13:00"]
    got = [
        only(shop.engage("checkin", f"2026-{at}", recorded="2026-01-12 13:00"), "points.earned").data.qty
        for at in times
    ]
    assert got == [5, 5, 5, 0]


def test_a_day_capped_90_days_ago_is_still_capped() -> None:
    shop = shop_with(cap={"count": 1, "per": "day"})
    start = shop.at("2026-01-10 12:00")
    for day in range(91):
        shop.engage("checkin", start + day * 86_400_000)
    assert only(shop.engage("checkin", start + 1), "points.earned").data.qty == 0
    assert shop.points == 91 * 5


@pytest.mark.parametrize(("text_len", "qty", "why"), [(9, 0, "text too short"), (10, 20, "")])
def test_a_review_needs_its_text(text_len: int, qty: int, why: str) -> None:
    rule = {"kind": "review", "points": 20, "min_text_len": 10, "cap": {"count": 1, "per": "day"}}
    shop = Shop(programme(engagement=[rule]))
    entry = only(shop.engage("review", text_len=text_len, ref_id="o1"), "points.earned").data
    assert (entry.qty, entry.why, entry.ref.ref_id) == (qty, why, "o1")
    assert only(shop.engage("review", text_len=10), "points.earned").data.qty == 20 - qty


def test_an_engagement_that_no_rule_speaks_of_enrols_and_grants_nothing() -> None:
    shop = shop_with()
    assert types(shop.engage("login")) == ["tier.enrolled"]
    assert (types(shop.engage("login")), shop.customer.rev) == ([], 2)


@pytest.mark.parametrize(("qualifying", "tier"), [(True, "silver"), (False, "member")])
def test_engagement_points_qualify_when_the_rule_says_so(qualifying: bool, tier: str) -> None:
    rule = {"kind": "share", "points": 5, "qualifying": qualifying}
    shop = Shop(programme(MEMBER, level("silver", asks("qualifying_points", 5)), engagement=[rule]))
    shop.engage("share")
    assert shop.tier == tier


SIGNUP = programme(
    MEMBER,
    level("silver", asks("spend_net", 100)),
    enrolment="signup",
    engagement=[
        {"kind": "signup", "points": 100, "cap": {"count": 1, "per": "lifetime"}},
        {"kind": "share", "points": 5},
    ],
)


def test_before_the_signup_nothing_earns_and_the_signup_enrols_in_what_was_spent() -> None:
    shop = Shop(SIGNUP)
    early = [*shop.buy(10000), *shop.engage("share")]
    assert [(effect.data.qty, effect.data.why) for effect in early] == [(0, "not enrolled")] * 2
    joined = shop.engage("signup", "2026-01-11 10:00")
    assert only(joined, "points.earned").data.qty == 100
    assert only(joined, "tier.enrolled").data.to_tier == "silver"
    assert shop.customer.enrolled_ms == shop.at("2026-01-11 10:00")
    assert only(shop.buy(10000), "points.earned").data.qty == 100
    assert only(shop.engage("signup"), "points.earned").data.qty == 0


def test_what_happened_before_the_signup_earns_nothing_even_when_it_comes_later() -> None:
    shop = Shop(SIGNUP)
    shop.engage("signup", "2026-01-11 10:00")
    early = [
        *shop.buy(10000, "2026-01-11 09:59", recorded="2026-01-11 10:01", order="o"),
        *shop.engage("share", "2026-01-11 09:59"),
    ]
    assert [effect.data.why for effect in early if effect.type == "points.earned"] == ["not enrolled"] * 2
    shop.refund("o", 10000)
    assert (shop.points, shop.customer.totals.spend_minor) == (100, 0)
