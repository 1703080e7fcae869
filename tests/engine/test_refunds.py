"""What refunds and cancellations take back."""

from typing import Any

import pytest

from engine.events import Cancel, Delivered, Refund, RefundLine
from engine.outcome import Duplicate
from tests.engine.programmes import programme
from tests.engine.shop import Shop, line, only, reason, types
from tests.engine.test_earning import worked_order


@pytest.mark.parametrize(
    ("order", "taken"),
    [(["B", "A"], [(63, 42), (249, 83)]), (["A", "B"], [(250, 84), (62, 41)])],
)
def test_the_worked_example_gives_back_312_points_in_either_order(
    order: list[str], taken: list[tuple[int, int]]
) -> None:
    shop = worked_order()
    for line_id, (points, qualifying) in zip(order, taken, strict=True):
        claw = only(shop.refund("worked", lines=(RefundLine(line_id),)), "points.clawed_back").data
        assert (claw.qty, claw.qualifying) == (points, qualifying)
    assert (shop.points, shop.customer.totals.qualifying, shop.customer.totals.spend_minor) == (0, 0, 0)


def test_three_partial_refunds_that_sum_to_the_order_take_back_what_was_granted() -> None:
    shop = Shop(programme())
    shop.buy(19999, order="o")
    taken = [only(shop.refund("o", part), "points.clawed_back").data.qty for part in (6666, 6666, 6667)]
    assert (sum(taken), shop.points, taken) == (199, 0, [66, 67, 66])


@pytest.mark.parametrize(
    ("qty", "kept"), [([1], 66), ([1, 1], 33), ([2], 33), ([1, 2], 0), ([3], 0), ([1, 1, 1], 0)]
)
def test_units_of_a_line_come_back_one_by_one_or_together(qty: list[int], kept: int) -> None:
    shop = Shop(programme())
    shop.buy([line("1", 3340, qty=3, discount=20)], order="o")
    assert shop.points == 100
    for units in qty:
        shop.refund("o", lines=(RefundLine("1", qty=units),))
    assert shop.points == kept


@pytest.mark.parametrize(
    ("steps", "kept"),
    [
        ([RefundLine("1", amount=10), RefundLine("1", qty=3)], 0),
        ([RefundLine("1", qty=2), RefundLine("1", amount=10), RefundLine("1", qty=1)], 0),
        ([RefundLine("1", amount=60), RefundLine("1", qty=1)], 7),
        ([RefundLine("1", amount=60), RefundLine("1")], 0),
        ([RefundLine("1", qty=1), RefundLine("1", amount=60), RefundLine("1", qty=1)], 0),
    ],
)
def test_units_and_amounts_of_one_line_may_be_mixed(steps: list[RefundLine], kept: int) -> None:
    shop = Shop(programme(rules=[{"id": "base", "points": 1, "per": 0.01}]))
    shop.buy([line("1", 34, qty=3, discount=2)], order="o")
    for step in steps:
        shop.refund("o", lines=(step,))
    assert shop.points == kept


def test_all_that_is_left_of_a_line_comes_back_though_its_units_had_come_back_before_an_update() -> None:
    shop = Shop(programme())
    shop.buy(100, order="o")
    shop.refund("o", lines=(RefundLine("1"),))
    shop.buy(19192, order="o", order_version=2)
    assert shop.points == 190
    shop.refund("o", lines=(RefundLine("1"),))
    assert (shop.points, shop.customer.totals.orders) == (0, 0)


def test_units_of_which_the_money_had_come_back_are_more_than_is_left() -> None:
    shop = Shop(programme())
    shop.buy([line("1", 5000, qty=2)], order="o")
    shop.refund("o", lines=(RefundLine("1", amount=7500),))
    claw = only(shop.refund("o", lines=(RefundLine("1", qty=1),)), "points.clawed_back").data
    assert (claw.qty, claw.over_refund) == (25, True)
    shop.buy(5000, order="p")
    shop.send(Cancel("p"))
    assert only(shop.refund("p", lines=(RefundLine("1", qty=1),)), "points.clawed_back").data.over_refund


@pytest.mark.parametrize(
    ("refund", "money", "over"),
    [
        ({"amount": 5000}, 5000, False),
        ({"amount": 10001}, 10000, True),
        ({"lines": (RefundLine("a", amount=6000),)}, 6000, False),
        ({"lines": (RefundLine("a", amount=6001),)}, 6000, True),
        ({"lines": (RefundLine("a", qty=3),)}, 6000, False),
        ({"lines": (RefundLine("a", qty=4),)}, 6000, True),
        ({"lines": (RefundLine("a"), RefundLine("b"))}, 10000, False),
        ({"lines": (RefundLine("a", qty=1), RefundLine("a", qty=1))}, 4000, False),
        ({"lines": (RefundLine("a", qty=2), RefundLine("a", qty=2))}, 6000, True),
    ],
)
def test_a_refund_is_clipped_to_what_is_left_and_flagged(
    refund: dict[str, Any], money: int, over: bool
) -> None:
    shop = Shop(programme())
    shop.buy([line("a", 2000, qty=3), line("b", 4000)], order="o")
    claw = only(shop.refund("o", **refund), "points.clawed_back").data
    assert (claw.refunded_minor, claw.remaining_minor, claw.over_refund) == (money, 10000 - money, over)
    assert shop.points == (10000 - money) // 100


def test_a_refund_after_everything_came_back_takes_nothing_more() -> None:
    shop = Shop(programme())
    shop.buy(10000, order="o")
    shop.refund("o", 10000)
    claw = only(shop.refund("o", 1), "points.clawed_back").data
    assert (claw.qty, claw.over_refund, shop.points, shop.customer.totals.orders) == (0, True, 0, 0)


def test_a_refund_of_a_line_that_the_order_does_not_have_is_refused_whole() -> None:
    shop = Shop(programme())
    shop.buy(5000, order="o")
    assert reason(shop.refund("o", lines=(RefundLine("1"), RefundLine("2")))) == "unknown_order"
    assert shop.points == 50


def test_delivery_of_a_known_order_is_kept() -> None:
    shop = Shop(programme())
    shop.buy(5000, order="o")
    assert types(shop.send(Delivered("o"), "2026-01-12 09:00")) == []
    shop.refund("o", 2500)
    assert shop.points == 25


def test_a_cancellation_takes_the_remainder_once() -> None:
    shop = Shop(programme())
    shop.buy(10000, order="o")
    shop.refund("o", 2500)
    assert only(shop.send(Cancel("o")), "points.clawed_back").data.qty == 75
    assert shop.send(Cancel("o")) == Duplicate("refund")
    assert shop.points == 0


def test_a_cancelled_order_that_is_completed_again_earns_nothing() -> None:
    shop = Shop(programme())
    shop.buy(10000, order="o")
    shop.send(Cancel("o"))
    assert shop.buy(10000, order="o") == Duplicate("order")
    assert (shop.points, shop.customer.totals.orders) == (0, 0)


def test_a_refund_of_an_order_paid_with_points_takes_only_what_the_money_earned() -> None:
    shop = Shop(programme())
    shop.buy(10000, order="o", points_value=4000)
    assert shop.points == 60
    shop.refund("o", 6000)
    assert (shop.points, shop.customer.totals.spend_minor) == (0, 0)


def test_the_same_refund_under_two_event_ids_counts_once() -> None:
    shop = Shop(programme())
    shop.buy(10000, order="o")
    back = Refund("r", "o", amount=2500)
    shop.send(back, event="one")
    assert shop.send(back, event="two") == Duplicate("refund")
    assert shop.points == 75


@pytest.mark.parametrize("fx_rate", ["0.4", "0.5", "1.5", "7.1025", "0.001"])
@pytest.mark.parametrize("parts", [(1, 1, 1), (2, 1), (3,)])
def test_foreign_refunds_that_sum_to_the_order_leave_nothing(fx_rate: str, parts: tuple[int, ...]) -> None:
    shop = Shop(programme(rules=[{"id": "base", "points": 1, "per": 0.01}]))
    shop.buy(3, order="o", currency="USD", fx_rate=fx_rate)
    claws = [only(shop.refund("o", part), "points.clawed_back").data for part in parts]
    assert (shop.points, shop.customer.totals.spend_minor, shop.customer.totals.orders) == (0, 0, 0)
    assert [claw.over_refund for claw in claws] == [False] * len(parts)


def test_a_refund_of_a_line_that_never_earned_takes_nothing_and_is_not_flagged() -> None:
    shop = Shop(programme())
    shop.buy([line("book", 5000), line("gift card", 3000, eligible=False)], order="o")
    claw = only(shop.refund("o", lines=(RefundLine("gift card", amount=3000),)), "points.clawed_back").data
    assert (claw.qty, claw.over_refund, shop.points) == (0, False, 50)


def test_an_amount_without_lines_comes_off_all_lines_in_proportion() -> None:
    shop = Shop(programme())
    shop.buy([line("book", 5000), line("gift card", 3000, eligible=False)], order="o")
    claw = only(shop.refund("o", 4000), "points.clawed_back").data
    assert (claw.refunded_minor, claw.remaining_minor, shop.points) == (2500, 2500, 25)


def test_an_order_is_returned_only_when_its_last_line_is() -> None:
    shop = Shop(programme())
    shop.buy([line("book", 5000), line("gift card", 3000, eligible=False)], order="o")
    shop.refund("o", lines=(RefundLine("book"),))
    assert (shop.points, shop.customer.totals.orders) == (0, 1)
    shop.refund("o", lines=(RefundLine("gift card"),))
    assert (shop.customer.totals.orders, shop.customer.totals.purchase_days) == (0, 0)


@pytest.mark.parametrize("later", [Refund("r", "o", amount=100), Cancel("o"), Delivered("o")])
def test_what_happens_to_an_order_makes_nobody_a_member_before_it(later: Refund | Cancel | Delivered) -> None:
    shop = Shop(programme())
    shop.buy(5000, "2026-02-10 10:00", order="o")
    shop.send(later, "2026-01-10 10:00")
    assert shop.customer.enrolled_ms == shop.at("2026-02-10 10:00")
