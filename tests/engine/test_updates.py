"""Newer versions of orders: the difference is granted or clawed back, and everything follows it."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.events import Cancel, RefundLine
from engine.outcome import Duplicate
from tests.engine.programmes import CHURN, GOLD, MEMBER, SILVER, asks, level, programme
from tests.engine.shop import DAY_MS, Shop, line, only, reason, types

LADDER = programme(MEMBER, SILVER, GOLD, churn=CHURN)
FINE = programme(rules=[{"id": "base", "points": 7, "per": 3}], multipliers=[{"id": "x", "times": 1.37}])


def test_an_update_that_raises_the_order_grants_the_difference_and_one_that_lowers_it_takes_it_back() -> None:
    shop = Shop(programme())
    shop.buy(10000, order="o")
    raised = only(shop.buy(25050, order="o", order_version=2), "points.earned").data
    assert (raised.qty, raised.qualifying, raised.order_points, raised.eligible_minor) == (
        150,
        150,
        250,
        25050,
    )
    assert (raised.ref.order_version, raised.balance.active) == (2, 250)
    assert Fraction(*raised.exact) == Fraction("250.5")
    lowered = only(shop.buy(4000, order="o", order_version=3), "points.clawed_back").data
    assert (lowered.qty, lowered.qualifying, lowered.granted, lowered.kept) == (210, 210, 250, 40)
    assert (lowered.refunded_minor, lowered.ref.order_version) == (21050, 3)
    totals = shop.customer.totals
    assert (shop.points, totals.spend_minor, totals.qualifying, totals.orders) == (40, 4000, 40, 1)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_lower_or_equal_version_is_a_repeat_of_the_order(version: int) -> None:
    shop = Shop(programme())
    shop.buy(10000, order="o")
    shop.buy(20000, order="o", order_version=3)
    before = shop.stored()
    assert shop.buy(99900, order="o", order_version=version) == Duplicate("order")
    assert (shop.points, shop.stored()) == (200, before)


def test_versions_that_arrive_out_of_order_end_at_the_newest() -> None:
    shop = Shop(programme())
    assert only(shop.buy(30000, order="o", order_version=3), "points.earned").data.qty == 300
    assert reason(shop.buy(10000, order="o", order_version=1)) == "order"
    assert shop.points == 300


def test_an_update_earns_at_the_level_the_order_earned_at() -> None:
    shop = Shop(LADDER)
    shop.buy(500000, order="first")
    assert shop.tier == "gold"
    assert only(shop.buy(510000, order="first", order_version=2), "points.earned").data.qty == 100
    assert only(shop.buy(10000, order="second"), "points.earned").data.qty == 125


def test_an_update_is_booked_on_the_day_of_the_purchase() -> None:
    shop = Shop(programme())
    shop.buy(10000, "2026-01-10 10:00", order="o")
    shop.buy(5000, "2026-01-12 10:00", order="p")
    shop.buy(30000, "2026-01-13 10:00", order="o", order_version=2)
    assert [(day.spend_minor, day.qualifying, day.orders) for day in shop.customer.days] == [
        (30000, 300, 1),
        (5000, 50, 1),
    ]


def test_an_update_that_changes_nothing_is_answered_with_nothing_granted() -> None:
    shop = Shop(programme())
    shop.buy(10000, order="o")
    answer = shop.buy(10000, order="o", order_version=2)
    assert types(answer) == ["points.earned"]
    assert (only(answer, "points.earned").data.qty, shop.points) == (0, 100)


def test_an_update_lifts_a_level_and_one_that_lowers_the_evidence_takes_it_away() -> None:
    shop = Shop(LADDER)
    shop.buy(90000, order="o")
    assert types(shop.buy(100000, order="o", order_version=2)) == ["points.earned", "tier.upgraded"]
    assert types(shop.buy(99999, order="o", order_version=3)) == ["points.clawed_back", "tier.downgraded"]


def test_evidence_follows_an_order_up_so_that_a_refund_of_the_rise_alone_costs_no_level() -> None:
    shop = Shop(programme(MEMBER, level("silver", asks("spend_net", 100, "rolling 10 days"))))
    shop.buy(10000, "2026-01-10 10:00", order="o")
    shop.buy(30000, "2026-01-11 10:00", order="o", order_version=2)
    shop.refund("o", 20000, "2026-02-11 10:00")
    assert shop.tier == "silver"
    shop.refund("o", 1, "2026-02-11 11:00")
    assert shop.tier == "member"


def test_a_refund_taken_before_an_update_stays_taken() -> None:
    shop = Shop(programme())
    shop.buy([line("a", 10000), line("b", 5000)], order="o")
    shop.refund("o", lines=(RefundLine("a", amount=4000),))
    assert shop.points == 110
    shop.buy([line("a", 12000), line("b", 5000), line("c", 1000)], order="o", order_version=2)
    assert (shop.points, shop.customer.totals.spend_minor) == (140, 14000)
    shop.refund("o", lines=(RefundLine("c"), RefundLine("b")))
    shop.refund("o", lines=(RefundLine("a"),))
    assert (shop.points, shop.customer.totals.spend_minor, shop.customer.totals.orders) == (0, 0, 0)


def test_what_had_come_back_of_a_line_goes_with_the_line() -> None:
    shop = Shop(programme())
    shop.buy([line("a", 10000), line("b", 5000)], order="o")
    shop.refund("o", lines=(RefundLine("b"),))
    assert only(shop.buy([line("a", 10000)], order="o", order_version=2), "points.earned").data.qty == 0
    assert (shop.points, shop.customer.totals.orders) == (100, 1)


def test_an_order_all_of_which_came_back_counts_again_when_an_update_adds_to_it() -> None:
    shop = Shop(programme())
    shop.buy([line("a", 10000)], order="o")
    shop.refund("o", 10000)
    totals = shop.customer.totals
    assert (totals.orders, totals.purchase_days) == (0, 0)
    shop.buy([line("a", 10000), line("b", 2000)], order="o", order_version=2)
    assert (shop.points, totals.orders, totals.purchase_days, totals.spend_minor) == (20, 1, 1, 2000)


def test_a_cancelled_order_that_is_completed_again_earns_nothing() -> None:
    shop = Shop(programme())
    shop.buy(10000, order="o")
    shop.send(Cancel("o"))
    assert reason(shop.buy(10000, order="o")) == "order"
    assert only(shop.buy(15000, order="o", order_version=2), "points.earned").data.qty == 0
    assert (shop.points, shop.customer.totals.spend_minor, shop.customer.totals.orders) == (0, 0, 0)


def test_an_update_with_impossible_money_is_refused_and_leaves_no_trace() -> None:
    shop = Shop(programme())
    shop.buy(10000, order="o")
    before = shop.stored()
    assert reason(shop.buy(10000, order="o", order_version=2, order_discount=10001)) == "bad_money"
    assert reason(shop.buy(100, order="o", order_version=2, currency="USD")) == "no_fx_rate"
    shop.store()
    assert (shop.stored(), shop.customer.rev) == (before, 1)


def test_an_update_does_not_move_the_rhythm() -> None:
    shop = Shop(LADDER)
    shop.buy(10000, "2026-01-10 10:00", order="o")
    due = shop.customer.timers["churn"].due_ms
    shop.buy(20000, "2026-01-20 10:00", order="o", order_version=2)
    assert shop.customer.timers["churn"].due_ms == due


PRICES = st.lists(st.integers(0, 50_000), min_size=1, max_size=6)


@given(PRICES, st.lists(st.integers(0, 20_000), max_size=3))
def test_an_order_changed_many_times_ends_where_its_last_version_alone_would(
    prices: list[int], refunds: list[int]
) -> None:
    changed, alone = Shop(FINE), Shop(FINE)
    for version, price in enumerate(prices, start=1):
        changed.buy(price, order="o", order_version=version)
    alone.buy(prices[-1], order="o")
    for shop in (changed, alone):
        for money in refunds:
            shop.refund("o", money)
    ends = [
        (
            shop.points,
            shop.customer.totals.qualifying,
            shop.customer.totals.spend_minor,
            shop.customer.totals.orders,
        )
        for shop in (changed, alone)
    ]
    assert ends[0] == ends[1]
    changed.send(Cancel("o"))
    assert (changed.points, changed.customer.totals.qualifying) == (0, 0)


@given(PRICES, st.integers(0, 3))
def test_versions_told_over_days_add_up_entry_by_entry(prices: list[int], pause: int) -> None:
    shop, balance = Shop(LADDER), 0
    for version, price in enumerate(prices, start=1):
        shop.buy(price, shop.now_ms + pause * DAY_MS, order="o", order_version=version)
    for effect in shop.effects:
        if effect.type.startswith("points."):
            balance += effect.data.qty if effect.type == "points.earned" else -effect.data.qty
            assert effect.data.balance.active == balance >= 0
    assert shop.customer.totals.spend_minor == shop.customer.days[0].spend_minor == prices[-1]
