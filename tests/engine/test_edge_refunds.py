"""Edge cases of refunds: odd points, other channels, cycles, and redemptions that came back before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.events import Cancel, Purchase, Refund, RefundLine
from tests.engine.programmes import programme
from tests.engine.shop import Shop, line, only, types

MONTHLY = {"expiry": {"after": "1 month"}}


def wallet(shop: Shop) -> tuple[int, int, int]:
    """Active, pending, owed."""
    held = shop.customer.wallet
    return held.active, held.pending, held.debt


def test_one_unit_of_three_takes_a_third_and_the_odd_point_goes_with_the_unit_that_loses_it() -> None:
    shop = Shop(programme())
    shop.buy([line("1", 3350, qty=3)], order="o")
    assert shop.points == 100  # Of 100.50.
    claws = [
        only(shop.refund("o", lines=(RefundLine("1", qty=1),)), "points.clawed_back").data for _ in range(3)
    ]
    assert [claw.qty for claw in claws] == [33, 34, 33]
    assert [claw.remaining_minor for claw in claws] == [6700, 3350, 0]
    assert shop.points == 0


def test_a_refund_on_another_channel_from_another_system_takes_the_orders_points_back() -> None:
    shop = Shop(programme(rules=[{"id": "base", "points": 1, "per": 1, "when": {"channel": ["web"]}}]))
    shop.send(Purchase("o", "CNY", (line("1", 10_000),), channel="web"), source="webshop", event="1")
    assert shop.points == 100
    back = shop.send(Refund("credit-note-7", "o", amount=10_000), source="erp", event="1")
    assert only(back, "points.clawed_back").data.qty == 100
    assert (shop.points, shop.customer.totals.spend_minor) == (0, 0)


@given(
    st.lists(st.tuples(st.integers(1, 50_000), st.integers(1, 50_000), st.booleans()), max_size=8),
    st.sampled_from([None, {"pending": {"days": 3}}, MONTHLY]),
)
def test_buying_and_returning_in_a_cycle_keeps_nothing_and_owes_nothing(
    cycles: list[tuple[int, int, bool]], points: dict[str, object] | None
) -> None:
    shop = Shop(programme(points=points))
    for number, (price, part, spends) in enumerate(cycles):
        shop.buy(price, order=f"o{number}")
        spent = spends and shop.points > 0
        if spent:
            shop.redeem(shop.points, f"rd{number}")
        shop.refund(f"o{number}", part)
        shop.send(Cancel(f"o{number}"))
        if spent:
            shop.reverse(f"rd{number}")
        assert wallet(shop) == (0, 0, 0)
        assert shop.customer.totals.qualifying == 0


def test_a_cancellation_after_the_redemption_came_back_takes_each_point_once() -> None:
    shop = Shop(programme())
    shop.buy(100_00, order="o")
    shop.redeem(100)
    shop.reverse()
    claw = only(shop.send(Cancel("o")), "points.clawed_back").data
    assert (claw.qty, claw.to_debt, wallet(shop)) == (100, 0, (0, 0, 0))
    assert only(shop.reverse(), "command.rejected").data.why == "too_much"
    assert wallet(shop) == (0, 0, 0)


@pytest.mark.parametrize("forgetful", [False, True])
def test_points_that_come_back_after_their_batch_lapsed_lapse_at_once_and_a_refund_takes_them_no_more(
    forgetful: bool,
) -> None:
    shop = Shop(programme(points=MONTHLY), forgetful=forgetful)
    shop.buy(100_00, order="o")
    shop.redeem(60)
    shop.tick("2026-02-11 00:00")
    back = shop.reverse(at="2026-02-20 10:00")
    assert types(back) == ["points.redeem_reversed", "points.expired"]
    assert (only(back, "points.redeem_reversed").data.qty, only(back, "points.expired").data.qty) == (60, 60)
    assert wallet(shop) == (0, 0, 0)
    claw = only(shop.send(Cancel("o")), "points.clawed_back").data
    assert (claw.qty, claw.from_expired, claw.to_debt) == (100, 100, 0)
    assert wallet(shop) == (0, 0, 0)


def test_points_that_come_back_lapsed_repay_what_is_owed_before_they_lapse() -> None:
    """Goods returned and the redemption reversed come to nothing in either order."""
    ends = []
    for reversed_first in (True, False):
        shop = Shop(programme(points=MONTHLY))
        shop.buy(100_00, order="o")
        shop.redeem(100)
        shop.tick("2026-03-01 00:00")
        told = [shop.reverse() if reversed_first else shop.send(Cancel("o"))]
        told.append(shop.send(Cancel("o")) if reversed_first else shop.reverse())
        ends.append([kind for answer in told for kind in types(answer)])
        assert wallet(shop) == (0, 0, 0)
    assert ends == [
        ["points.redeem_reversed", "points.expired", "points.clawed_back"],
        ["points.clawed_back", "points.redeem_reversed", "points.debt_repaid"],
    ]
