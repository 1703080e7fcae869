"""Edge cases of earning: where it is rounded, gift cards, negative money, thousands of orders."""

import pytest

from engine.events import Cancel
from tests.engine.programmes import CHURN, GOLD, MEMBER, SILVER, asks, level, programme
from tests.engine.shop import DAY_MS, Shop, line, only, reason

LARGEST_MINOR = 10**12


@pytest.mark.parametrize(("rounding", "points"), [("floor", 0), ("half_up", 3), ("ceil", 3)])
def test_points_are_rounded_per_order_and_not_per_day(rounding: str, points: int) -> None:
    """Three orders of 0.60 on a day are 1.80: rounded per day that would be 1 or 2 points."""
    shop = Shop(programme(rounding=rounding))
    for _ in range(3):
        shop.buy(60)
    assert shop.points == points


def test_a_gift_card_earns_once_when_it_pays_and_not_when_it_is_bought() -> None:
    shop = Shop(programme())
    bought = shop.buy([line("gift card", 100_00, eligible=False)])
    paid = shop.buy(100_00, giftcard_value=100_00)
    earned = [only(told, "points.earned").data.qty for told in (bought, paid)]
    assert earned == [0, 100]


def test_an_order_that_would_come_to_less_than_nothing_is_refused() -> None:
    shop = Shop(programme())
    assert reason(shop.buy(10_000, order_discount=10_001)) == "bad_money"
    assert (shop.points, shop.customer.rev) == (0, 0)


@pytest.mark.parametrize("forgetful", [False, True], ids=["held in memory", "rebuilt from its bytes"])
def test_2000_purchases_of_the_largest_money_add_up_without_overflow(forgetful: bool) -> None:
    many = level("many", asks("orders", 2000, "lifetime"), times=1)
    shop = Shop(programme(MEMBER, SILVER, GOLD, many, churn=CHURN), "2016-01-10 08:00", forgetful=forgetful)
    start = shop.now_ms
    for number in range(2000):
        shop.buy(LARGEST_MINOR, start + number * DAY_MS, order=f"o{number}")
    totals = shop.customer.totals
    assert (totals.spend_minor, totals.orders, totals.purchase_days) == (2000 * LARGEST_MINOR, 2000, 2000)
    assert totals.qualifying == 2000 * LARGEST_MINOR // 100
    assert shop.tier == "many"
    first, rest = LARGEST_MINOR // 100, 1999 * (LARGEST_MINOR // 100) * 5 // 4
    assert shop.points == first + rest  # The first earns as a member, the others as gold.
    shop.send(Cancel("o1999"))
    assert shop.points == first + rest - LARGEST_MINOR // 100 * 5 // 4
    assert shop.tier == "gold"
