"""Points that paid for an order come back with it: pro rata, to where they were taken from, and once."""

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as some

from engine.events import Cancel, PaidWith, Refund, RefundLine
from tests.engine.programmes import level, programme
from tests.engine.shop import Shop, line, only, types

WORKED = [line("A", 9990, category=("vinyl",)), line("B", 5010)]
MONTHLY = {"expiry": {"after": "1 month"}}
WITH_STARS = {"wallets": [{"id": "stars"}]}


def shop(points=None, start="2026-01-10 10:00", **other):
    return Shop(programme(points=points, **other), start)


def paid(qty, redemption="rd-1", wallet="points"):
    return PaidWith(wallet, qty, redemption)


def with_points(of, qty=1000, redemption="rd-1", price=20000, value=10000, **other):
    """An order of which points of a redemption paid a part; they were given by hand."""
    of.adjust(qty)
    of.redeem(qty, redemption)
    of.buy(price, order="o", points_value=value, paid_with=paid(qty, redemption), **other)
    return of


def back(outcome):
    """What came back, of how many that were due, and why not all."""
    data = only(outcome, "points.redeem_reversed").data
    return data.qty, data.due, data.why


def test_the_worked_example_of_an_order_paid_with_points_comes_back_in_two_refunds():
    double = {"id": "double", "times": 2, "when": {"category": ["vinyl"]}}
    of = Shop(programme(level("member", times=1.5), multipliers=[double]))
    of.adjust(1000)
    of.redeem(1000)
    of.buy(WORKED, order="o", order_discount=1500, points_value=1000, paid_with=paid(1000))
    assert (of.points, of.customer.totals.qualifying) == (312, 125)
    first = of.refund("o", lines=(RefundLine("B"),))
    second = of.refund("o", lines=(RefundLine("A"),))
    claws = [only(each, "points.clawed_back").data for each in (first, second)]
    assert [(claw.qty, claw.qualifying) for claw in claws] == [(63, 42), (249, 83)]
    assert [back(first), back(second)] == [(334, 334, ""), (666, 666, "")]
    assert (of.points, of.customer.totals.qualifying) == (1000, 0)


def test_points_come_back_before_the_points_of_the_order_are_taken_so_that_nothing_is_owed():
    of = shop({"shortfall": "write_off"})
    with_points(of, 100, price=20000, value=10000)
    assert of.points == 100
    of.redeem(100, "mug")
    assert types(of.send(Cancel("o")))[:2] == ["points.redeem_reversed", "points.clawed_back"]
    assert (of.points, of.customer.wallet.debt, of.customer.wallet.written_off) == (0, 0, 0)


def test_they_come_back_to_the_expiry_they_had_and_lapse_at_once_when_that_has_passed():
    of = with_points(shop(MONTHLY), 100)
    early = only(of.refund("o", 5000, at="2026-01-20 10:00"), "points.redeem_reversed").data
    assert [(batch.qty, batch.expires_ms) for batch in early.batches] == [(50, of.at("2026-02-11 00:00"))]
    late = of.send(Cancel("o"), "2026-03-01 10:00")
    assert types(late)[:3] == ["points.redeem_reversed", "points.clawed_back", "points.expired"]
    assert only(late, "points.expired").data.qty == 50


def test_they_are_taken_for_the_orders_own_points_before_they_lapse():
    of = with_points(shop(MONTHLY), 100)
    of.redeem(100, "mug")
    late = of.send(Cancel("o"), "2026-03-01 10:00")
    assert types(late)[:2] == ["points.redeem_reversed", "points.clawed_back"]
    assert "points.expired" not in types(late)
    assert (of.points, of.customer.wallet.debt) == (0, 0)


def test_a_reversal_by_hand_and_a_cancellation_never_give_more_than_was_spent():
    of = with_points(shop(), 1000)
    of.reverse(qty=400)
    assert back(of.send(Cancel("o"))) == (600, 1000, "came_back_before")
    assert of.points == 1000
    assert only(of.reverse(), "command.rejected").data.why == "too_much"


def test_after_the_whole_redemption_was_taken_back_a_cancellation_gives_nothing():
    of = with_points(shop(), 1000)
    of.reverse()
    assert back(of.send(Cancel("o"))) == (0, 1000, "came_back_before")
    assert of.points == 1000


@pytest.mark.parametrize(
    ("named", "why"),
    [
        (paid(1000, ""), "no_redemption"),
        (paid(1000, "rd-9"), "unknown_redemption"),
        (paid(1000, "rd-1", "stars"), "other_wallet"),
    ],
)
def test_points_that_no_known_redemption_took_are_not_given_and_the_entry_says_why(named, why):
    of = shop(**WITH_STARS)
    of.adjust(1000)
    of.redeem(1000)
    of.buy(20000, order="o", points_value=10000, paid_with=named)
    assert back(of.refund("o", 5000)) == (0, 500, why)
    assert back(of.send(Cancel("o"))) == (0, 500, why)
    assert (of.points, of.customer.wallet.redeemed) == (0, 1000)
    assert of.customer.wallets == {}


def test_a_redemption_that_is_told_after_its_order_is_known_when_the_order_comes_back():
    of = shop()
    of.adjust(1000)
    of.buy(20000, order="o", points_value=10000, paid_with=paid(1000))
    of.redeem(1000)
    assert back(of.send(Cancel("o"))) == (1000, 1000, "")


def test_two_orders_of_one_redemption_each_give_their_own_part_back():
    of = shop()
    of.adjust(1000)
    of.redeem(1000)
    of.buy(10000, order="a", points_value=6000, paid_with=paid(600))
    of.buy(10000, order="b", points_value=4000, paid_with=paid(400))
    assert back(of.send(Cancel("a"))) == (600, 600, "")
    assert back(of.send(Cancel("b"))) == (400, 400, "")


def test_more_than_is_left_is_clipped_and_gives_no_point_twice():
    of = with_points(shop(), 1000)
    first = of.refund("o", 15000)
    assert only(first, "points.clawed_back").data.over_refund
    assert back(first) == (1000, 1000, "")
    assert "points.redeem_reversed" not in types(of.refund("o", 15000))
    assert of.points == 1000


def test_points_that_paid_for_everything_come_back_by_line_and_by_unit_and_the_order_counts_until_then():
    of = shop()
    of.adjust(1000)
    of.redeem(1000)
    lines = [line("A", 2500, qty=3), line("B", 2500)]
    of.buy(lines, order="o", points_value=10000, paid_with=paid(1000))
    assert back(of.refund("o", lines=(RefundLine("A", qty=1),))) == (250, 250, "")
    assert of.customer.totals.orders == 1
    assert back(of.refund("o", lines=(RefundLine("B"),))) == (250, 250, "")
    assert "points.redeem_reversed" not in types(of.refund("o", 0))
    assert back(of.refund("o", lines=(RefundLine("A"),))) == (500, 500, "")
    assert (of.points, of.customer.totals.orders) == (1000, 0)


def test_a_newer_version_moves_no_points_and_a_refund_goes_by_it():
    of = with_points(shop(), 1000)
    newer = of.buy(20000, order="o", order_version=2, points_value=6000, paid_with=paid(600))
    assert "points.redeem_reversed" not in types(newer)
    assert back(of.send(Cancel("o"))) == (600, 600, "")
    assert back(of.buy(20000, order="o", order_version=3, points_value=8000, paid_with=paid(800))) == (
        200,
        200,
        "",
    )
    assert "points.redeem_reversed" not in types(of.buy(20000, order="o", order_version=4))
    again = of.buy(20000, order="o", order_version=5, points_value=10000, paid_with=paid(1000))
    assert back(again) == (200, 200, "")
    assert of.points == 1000


def test_a_refund_that_waited_for_its_order_gives_the_points_back_with_it():
    of = shop()
    of.adjust(1000)
    of.redeem(1000)
    of.refund("o", 5000)
    came = of.buy(20000, order="o", points_value=10000, paid_with=paid(1000))
    assert back(came) == (500, 500, "")


def test_the_same_refund_twice_gives_the_points_back_once():
    of = with_points(shop(), 1000)
    of.send(Refund("r", "o", amount=5000), event="one")
    of.send(Refund("r", "o", amount=5000), event="two")
    assert of.points == 500 + 50


parts = some.lists(some.integers(1, 7000), min_size=1, max_size=6)


@drawn(
    some.integers(0, 1000),
    some.lists(some.integers(1, 5000), min_size=1, max_size=4),
    parts,
    some.integers(1, 1700),
)
def test_refunds_that_sum_to_the_order_give_back_what_was_paid_exactly(qty, prices, amounts, points):
    of = shop()
    of.adjust(points)
    of.redeem(points)
    whole = sum(prices)
    value = whole * qty // 1000
    lines = [line(str(at), price) for at, price in enumerate(prices)]
    of.buy(lines, order="o", points_value=value, paid_with=paid(points))
    for amount in amounts:
        of.refund("o", amount)
    of.send(Cancel("o"))
    given = [effect.data.qty for effect in of.said("points.redeem_reversed")]
    assert sum(given) == points == of.points
    assert min(given) > 0
