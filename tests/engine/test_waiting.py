"""Refunds, cancellations and deliveries before their order: nothing is lost, and the end is the same."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.events import Cancel, Delivered, Purchase, Refund, RefundLine
from engine.outcome import Duplicate
from engine.waiting import MOST, MOST_BYTES
from tests.engine.programmes import GOLD, MEMBER, SILVER, programme
from tests.engine.shop import DAY_MS, NAME, Shop, line, only, reason, types

BOOK = programme(MEMBER, SILVER, GOLD)
BACK = Refund("r", "o", amount=5000)


@pytest.mark.parametrize("forgetful", [False, True])
def test_a_refund_before_its_purchase_is_applied_right_after_it(forgetful: bool) -> None:
    shop = Shop(BOOK, forgetful=forgetful)
    assert shop.send(BACK, "2026-01-10 10:00", event="x") == []
    assert (shop.points, shop.customer.rev, shop.customer.enrolled_ms) == (0, 0, -1)
    came = shop.buy(5000, "2026-01-12 09:00", order="o", event="e")
    assert types(came) == ["points.earned", "tier.enrolled", "points.clawed_back"]
    claw = only(came, "points.clawed_back")
    assert (claw.causationid, claw.time_ms, claw.data.qty) == ("pos|x", shop.at("2026-01-10 10:00"), 50)
    assert (shop.points, shop.customer.rev, shop.customer.totals.orders) == (0, 2, 0)
    assert shop.send(BACK, "2026-01-10 10:00", event="x") == Duplicate("event")
    assert [key[:1] for key in shop.stored()] == [b"s", b"o"]


@pytest.mark.parametrize("back", [BACK, Cancel("o")])
def test_an_order_ends_the_same_whether_its_refund_comes_before_or_after_it(back: Refund | Cancel) -> None:
    first, last = Shop(BOOK), Shop(BOOK)
    first.send(back, event="x")
    first.buy(8000, order="o", event="e")
    last.buy(8000, order="o", event="e")
    last.send(back, event="x")
    assert [(each.id, each.data) for each in first.effects] == [(each.id, each.data) for each in last.effects]
    assert (first.points, first.customer.totals.spend_minor) == (
        last.points,
        last.customer.totals.spend_minor,
    )


@given(st.lists(st.integers(1, 4000), min_size=1, max_size=3), st.data())
def test_in_whatever_order_an_order_and_its_refunds_come_the_balance_is_the_same(
    amounts: list[int], data: st.DataObject
) -> None:
    happenings: list[Purchase | Refund] = [Purchase("o", BOOK.currency, (line("1", 7000),))]
    happenings += [Refund(f"r{number}", "o", amount=each) for number, each in enumerate(amounts)]
    balances = set()
    for turn in permutations(enumerate(happenings)):
        shop = Shop(BOOK, forgetful=data.draw(st.booleans()))
        for number, each in turn:
            shop.send(each, event=f"e{number}")
        balances.add((shop.points, shop.customer.totals.spend_minor, shop.customer.totals.orders))
    assert len(balances) == 1


def test_a_refund_whose_order_does_not_come_is_put_aside_after_seven_days_with_its_record() -> None:
    shop = Shop(BOOK, forgetful=True)
    shop.send(BACK, "2026-01-10 10:00", event="x")
    assert shop.tick(shop.at("2026-01-17 10:00") - 1) == []
    (letter,) = shop.tick("2026-01-17 10:00")
    assert (letter.type, letter.time_ms) == ("dead_letter", shop.at("2026-01-17 10:00"))
    assert letter.data.record == repr(BACK).encode()
    assert letter.data.reason == "unknown_order"
    assert letter.data.message == "no order 'o' is known for this customer, and none came within 7 days"
    assert [key[:1] for key in shop.stored()] == [b"s"]
    assert types(shop.buy(5000, order="o")) == ["points.earned", "tier.enrolled"]
    assert types(shop.send(BACK, event="x")) == ["points.clawed_back"]  # Sent in again, it counts.


def test_a_refund_of_a_customer_with_no_purchase_at_all_waits_and_is_put_aside() -> None:
    shop = Shop(BOOK)
    shop.refund("never", 100, "2026-01-10 10:00")
    assert (shop.customer.rev, shop.points) == (0, 0)
    assert types(shop.tick("2026-01-20 10:00")) == ["dead_letter"]
    assert shop.points == 0


def test_what_waits_is_put_aside_one_by_one_each_at_its_own_instant() -> None:
    shop = Shop(BOOK)
    shop.refund("a", 100, "2026-01-10 10:00")
    shop.send(Cancel("b"), "2026-01-11 10:00")
    letters = shop.tick("2026-03-01 00:00")
    assert [each.time_ms for each in letters] == [shop.at("2026-01-17 10:00"), shop.at("2026-01-18 10:00")]


def test_an_order_that_comes_in_the_instant_of_the_deadline_comes_too_late() -> None:
    """A timer that is due fires before what is recorded then."""
    shop = Shop(BOOK)
    shop.send(BACK, "2026-01-10 10:00")
    shop.buy(5000, "2026-01-17 10:00", order="o")
    assert types(shop.effects) == ["dead_letter", "points.earned", "tier.enrolled"]


def test_more_returned_than_bought_is_clipped_also_when_it_waited() -> None:
    shop = Shop(BOOK)
    shop.refund("o", 9000)
    claw = only(shop.buy(5000, order="o"), "points.clawed_back").data
    assert (claw.qty, claw.over_refund, claw.remaining_minor, shop.points) == (50, True, 0, 0)


def test_what_waited_and_cannot_be_applied_is_put_aside_when_the_order_comes() -> None:
    shop = Shop(BOOK)
    shop.refund("o", lines=(RefundLine("none"),))
    came = shop.buy(5000, order="o")
    assert types(came) == ["points.earned", "tier.enrolled", "dead_letter"]
    letter = only(came, "dead_letter").data
    assert (letter.reason, letter.message) == ("unknown_order", "order 'o' has no line 'none'")
    assert shop.points == 50


def test_a_repeat_of_what_waits_is_counted_once_and_another_payload_is_refused() -> None:
    shop = Shop(BOOK)
    shop.send(BACK, event="x")
    assert shop.send(BACK, event="x") == Duplicate("event")
    assert reason(shop.send(Refund("r", "o", amount=1), event="x")) == "id_conflict"
    assert types(shop.buy(8000, order="o")).count("points.clawed_back") == 1
    assert shop.points == 30


def test_the_same_refund_under_two_ids_counts_once_also_when_both_waited() -> None:
    shop = Shop(BOOK)
    shop.send(BACK, event="x")
    shop.send(BACK, event="y")
    assert types(shop.buy(8000, order="o")).count("points.clawed_back") == 1


def test_a_delivery_before_its_order_is_kept_too() -> None:
    shop = Shop(BOOK)
    shop.send(Delivered("o"), "2026-01-10 10:00")
    shop.buy(5000, "2026-01-12 09:00", order="o")
    order = shop.account.orders["o"]
    assert order is not None
    assert order.delivered_ms == shop.at("2026-01-10 10:00")


def test_an_order_that_is_refused_leaves_its_refund_waiting() -> None:
    shop = Shop(BOOK)
    shop.send(BACK)
    assert reason(shop.buy(5000, order="o", currency="JPY")) == "no_fx_rate"
    assert types(shop.buy(5000, order="o"))[-1] == "points.clawed_back"


def test_so_many_wait_and_no_more() -> None:
    shop = Shop(BOOK)
    for number in range(MOST):
        assert shop.refund(f"o{number}", 100) == []
    assert reason(shop.refund("one more", 100)) == "unknown_order"
    assert len(shop.stored()[b"w" + NAME.encode()]) < MOST * 1_000
    other = Shop(BOOK)
    assert reason(other.send(Refund("r", "o", amount=1, reason="x" * MOST_BYTES))) == "unknown_order"
    assert other.stored() == {}


def test_an_old_refund_is_too_late_to_wait() -> None:
    shop = Shop(BOOK, "2026-06-01 10:00")
    assert reason(shop.send(BACK, shop.now_ms - 91 * DAY_MS)) == "too_late"
