"""Caps on what orders earn: on a rule, on a group, on the programme, alone and together."""

from fractions import Fraction
from typing import Any

import pytest

from engine.effects import RuleShare
from engine.events import Cancel
from engine.outcome import Duplicate
from tests.engine.programmes import BASE, programme
from tests.engine.shop import Shop, line, only, reason

MONTH_100 = {"points": 100, "per": "month"}


def earned(shop: Shop, price: Any, at: str = "", **other: Any) -> Any:
    """What an order earned."""
    return only(shop.buy(price, at, **other), "points.earned").data


def test_a_points_cap_hit_in_mid_order_awards_the_remainder_and_says_from_how_much() -> None:
    shop = Shop(programme(rules=[BASE | {"cap": MONTH_100}]))
    first, second, third = (earned(shop, price) for price in (6050, 7070, 1000))
    assert [(each.qty, each.capped_from, each.why) for each in (first, second, third)] == [
        (60, None, ""),
        (40, 70, "capped"),
        (0, 10, "capped"),
    ]
    assert Fraction(*second.exact) == 40
    assert shop.points == 100


@pytest.mark.parametrize(
    ("per", "times", "granted"),
    [
        ("day", ["01-10 00:00", "01-10 23:59:59.999", "01-11 00:00"], [60, 40, 60]),
        ("week", ["01-11 23:59:59", "01-12 00:00", "01-18 23:59:59", "01-19 00:00"], [60, 60, 40, 60]),
        ("month", ["01-31 23:59", "02-01 00:00", "02-28 23:59"], [60, 60, 40]),
        ("year", ["01-01 00:00", "12-31 23:59"], [60, 40]),
        ("lifetime", ["01-10 00:00", "12-31 23:59"], [60, 40]),
        ("rolling 3 days", ["01-10 00:00", "01-12 23:59", "01-13 00:00", "01-15 00:00"], [60, 40, 60, 40]),
    ],
)
def test_a_cap_on_orders_starts_again_with_the_local_period(
    per: str, times: list[str], granted: list[int]
) -> None:
    shop = Shop(programme(cap={"points": 100, "per": per}))
    assert [earned(shop, 6000, f"2026-{at}").qty for at in times] == granted


def test_a_rolling_cap_counts_the_last_days_up_to_the_order_s_own() -> None:
    shop = Shop(programme(rules=[BASE | {"cap": {"count": 2, "per": "rolling 30 days"}}]))
    times = ["01-10", "01-20", "02-08", "02-09", "02-10", "02-19"]
    assert [earned(shop, 1000, f"2026-{at} 12:00").qty for at in times] == [10, 10, 0, 10, 0, 10]


def test_of_two_caps_the_tighter_one_decides() -> None:
    rules = [BASE | {"cap": [{"count": 2, "per": "day"}, {"points": 150, "per": "week"}]}]
    shop = Shop(programme(rules=rules))
    times = ["01-12 09:00"] * 3 + ["01-13 09:00"] * 2 + ["01-19 09:00"]
    assert [earned(shop, 6000, f"2026-{at}").qty for at in times] == [60, 60, 0, 30, 0, 60]


def test_a_cap_on_a_rule_one_on_its_group_and_one_on_the_programme_hold_at_once() -> None:
    book = programme(
        rules=[BASE],
        multipliers=[
            {"id": "double", "group": "campaign", "times": 2, "cap": {"points": 80, "per": "month"}}
        ],
        bonuses=[{"id": "gift", "group": "campaign", "points": 50}],
        groups=[{"id": "campaign", "cap": MONTH_100}],
        cap={"points": 250, "per": "month"},
    )
    shop = Shop(book)
    first = earned(shop, 10000)
    assert first.rules == (
        RuleShare("base", "1 per 1.00 CNY", 100),
        RuleShare("double", "2", 80),
        RuleShare("gift", "50", 20),
    )
    assert (first.qty, first.capped_from) == (200, 250)
    second = earned(shop, 10000)
    assert [share.qty for share in second.rules] == [50, 0, 0]
    assert (second.qty, second.capped_from, shop.points) == (50, 250, 250)


def test_the_programme_s_cap_bounds_orders_and_engagement_together() -> None:
    engagement = [{"kind": "share", "points": 30, "streak": {"days": 2, "points": 50}}]
    shop = Shop(programme(cap={"points": 100, "per": "week"}, engagement=engagement), "2026-01-12 10:00")
    assert only(shop.engage("share"), "points.earned").data.qty == 30
    assert earned(shop, 3000).qty == 30
    second = only(shop.engage("share", "2026-01-13 10:00"), "points.earned").data
    assert [(share.rule, share.qty) for share in second.rules] == [("share", 30), ("share:streak", 10)]
    assert (second.qty, second.capped_from, second.why) == (40, 80, "capped")
    assert earned(shop, 3000).qty == 0


@pytest.mark.parametrize("rounding", ["floor", "ceil", "half_up", "half_even"])
def test_whatever_the_rounding_a_cap_is_never_passed(rounding: str) -> None:
    rules = [BASE | {"cap": {"points": 7, "per": "day"}}, {"id": "more", "points": 1, "per": 3}]
    shop = Shop(programme(rules=rules, rounding=rounding, cap={"points": 11, "per": "day"}))
    given: dict[str, int] = {}
    for price in (170, 250, 133, 199, 301, 777):
        entry = earned(shop, price)
        assert entry.qty == sum(share.qty for share in entry.rules)
        for share in entry.rules:
            given[share.rule] = given.get(share.rule, 0) + share.qty
    assert given["base"] == 7
    assert shop.points == 11


def test_a_repeat_uses_up_no_cap() -> None:
    shop = Shop(programme(rules=[BASE | {"cap": {"count": 2, "per": "day"}}]))
    shop.buy(1000, event="e", order="o")
    assert reason(shop.buy(1000, event="e", order="o")) == "event"
    assert shop.buy(1000, order="o") == Duplicate("order")
    assert [earned(shop, 1000).qty for _ in range(2)] == [10, 0]


def test_a_refund_gives_no_used_cap_back_and_takes_only_what_was_granted() -> None:
    shop = Shop(programme(rules=[BASE | {"cap": {"points": 100, "count": 2, "per": "day"}}]))
    shop.buy(15000, order="o")
    assert only(shop.refund("o", 4000), "points.clawed_back").data.qty == 0
    assert only(shop.refund("o", 2000), "points.clawed_back").data.qty == 10
    shop.send(Cancel("o"))
    assert (shop.points, earned(shop, 5000).qty) == (0, 0)


def test_buying_and_returning_again_and_again_yields_nothing() -> None:
    bonuses = [{"id": "gift", "points": 30, "min_spend": 50, "cap": {"points": 70, "per": "day"}}]
    shop = Shop(programme(bonuses=bonuses, cap={"points": 200, "per": "week"}))
    for number in range(8):
        shop.buy(9950, order=f"o{number}")
        shop.refund(f"o{number}", 3333)
        shop.send(Cancel(f"o{number}"))
        assert (shop.points, shop.customer.totals.qualifying) == (0, 0)


def test_an_order_under_a_used_up_count_qualifies_nothing_and_one_under_used_up_points_does() -> None:
    for cap, qualifying in (({"count": 1, "per": "day"}, 100), ({"points": 100, "per": "day"}, 200)):
        shop = Shop(programme(rules=[BASE | {"cap": cap}]))
        for _ in range(2):
            shop.buy(10000)
        assert (shop.points, shop.customer.totals.qualifying) == (100, qualifying)


def test_caps_follow_an_update_up_to_what_is_free_and_down() -> None:
    shop = Shop(programme(rules=[BASE | {"cap": {"points": 100, "per": "day"}}]))
    shop.buy(6000, order="a")
    shop.buy(3000, order="b")
    up = only(shop.buy(9000, order="a", order_version=2), "points.earned").data
    assert (up.qty, up.order_points, up.capped_from) == (10, 70, 90)
    shop.buy(1000, order="a", order_version=3)
    assert (shop.points, earned(shop, 20000).qty) == (40, 60)


def test_an_update_of_an_order_that_a_count_let_through_is_let_through_still() -> None:
    shop = Shop(programme(rules=[BASE | {"cap": {"count": 1, "per": "day"}}]))
    shop.buy(6000, order="a")
    shop.buy(3000, order="b")
    shop.buy(8000, order="a", order_version=2)
    shop.buy(9900, order="b", order_version=2)
    assert shop.points == 80


def test_a_capped_order_s_points_fall_on_its_lines_in_proportion_and_add_up() -> None:
    rules = [BASE, {"id": "jazz", "points": 1, "per": 1, "when": {"category": ["jazz"]}, "cap": MONTH_100}]
    shop = Shop(programme(rules=rules))
    entry = earned(shop, [line("a", 20000, category=("jazz",)), line("b", 10000)])
    assert [(share.line_id, share.qty) for share in entry.lines] == [("a", 300), ("b", 100)]


def test_a_late_order_counts_in_the_cap_of_its_own_day() -> None:
    shop = Shop(programme(cap={"points": 100, "per": "day"}))
    rows = [
        ("2026-01-12 12:00", 60),
        ("2026-01-11 12:00", 60),
        ("2026-01-12 13:00", 40),
        ("2026-01-11 13:00", 40),
    ]
    for at, qty in rows:
        assert earned(shop, 6000, at, recorded="2026-01-12 14:00").qty == qty


def test_what_caps_remember_of_a_customer_is_bounded() -> None:
    shop = Shop(programme(cap=[{"points": 9, "per": "day"}, {"count": 50, "per": "rolling 40 days"}]))
    start = shop.now_ms
    for day in range(700):
        shop.buy(500, start + day * 86_400_000)
    assert all(len(used) <= 140 * 3 for used in shop.customer.caps.values())
    assert shop.points == 700 * 5


def test_a_group_bounded_by_a_count_alone_gives_all_its_points_until_the_count_is_used_up() -> None:
    groups = [{"id": "g", "cap": {"count": 2, "per": "month"}}]
    shop = Shop(programme(rules=[BASE | {"group": "g"}], groups=groups))
    found = [earned(shop, 1000) for _ in range(3)]
    assert [(each.qty, each.capped_from) for each in found] == [(10, None), (10, None), (0, 10)]


def test_no_point_that_the_rounding_adds_takes_a_group_above_its_cap() -> None:
    half = {"group": "g", "points": 1, "per": 2}
    rules = [
        half | {"id": "a", "when": {"sku": ["x"]}},
        half | {"id": "b", "when": {"sku": ["y"]}},
        {"id": "c", "points": 3, "per": 28},
    ]
    groups = [{"id": "g", "cap": {"points": 7, "per": "day"}}]
    shop = Shop(programme(rules=rules, groups=groups, rounding="half_up"))
    found = earned(shop, [line("1", 700, sku="x"), line("2", 700, sku="y")])  # 3.5, 3.5 and 1.5.
    assert (found.qty, [share.qty for share in found.rules]) == (9, [4, 3, 2])


def test_a_cap_that_takes_no_whole_point_is_not_spoken_of() -> None:
    rules = [BASE | {"cap": {"points": 10, "per": "day"}}]
    shop = Shop(programme(rules=rules))
    found = earned(shop, 1030)
    assert (found.qty, found.capped_from, found.why) == (10, None, "")
