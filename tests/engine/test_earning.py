"""What orders earn: shares, multipliers, one rounding, currencies."""

from fractions import Fraction

import pytest

from engine.effects import LineShare
from engine.events import Line
from tests.engine.programmes import BASE, GOLD, MEMBER, SILVER, asks, level, programme
from tests.engine.shop import Shop, line, only, reason, types

CAMPAIGN = {"id": "double", "group": "campaign", "times": 2, "when": {"category": ["vinyl"]}}
WORKED = programme(MEMBER, level("gold", asks("orders", 1, "lifetime"), times=1.5), multipliers=[CAMPAIGN])
WORKED_LINES = [line("A", 9990, category=("vinyl",)), line("B", 5010)]


def worked_order() -> Shop:
    """A customer on the level of 1.5 after the worked example's order."""
    shop = Shop(WORKED)
    shop.buy(0, order="first")
    shop.buy(WORKED_LINES, "2026-01-10 11:00", order="worked", order_discount=1500, points_value=1000)
    return shop


def test_the_worked_example_earns_312_points_in_lines_of_249_and_63() -> None:
    shop = worked_order()
    earned = shop.said("points.earned")[-1].data
    assert (earned.qty, earned.qualifying, earned.eligible_minor) == (312, 125, 12500)
    assert Fraction(*earned.exact) == Fraction("312.375")
    assert earned.lines == (LineShare("A", 249), LineShare("B", 63))
    assert [(share.rule, share.says, share.qty) for share in earned.rules] == [
        ("base", "1 per 1.00 CNY", 187),
        ("double", "2", 125),
    ]
    assert (earned.tier, earned.tier_times) == ("gold", "1.5")


@pytest.mark.parametrize(
    ("price", "lines", "discount", "points_value", "money"),
    [
        (15000, [9990, 5010], 1500, 1000, [8325, 4175]),
        (300, [100, 100, 100], 100, 0, [66, 67, 67]),
        (300, [100, 100, 100], 200, 0, [33, 33, 34]),
        (300, [100, 100, 100], 300, 0, [0, 0, 0]),
        (300, [100, 100, 100], 100, 200, [0, 0, 0]),
        (100, [100, 0], 1, 0, [99, 0]),
    ],
)
def test_discounts_are_shared_over_the_lines_and_the_parts_add_up(
    price: int, lines: list[int], discount: int, points_value: int, money: list[int]
) -> None:
    shop = Shop(programme(rules=[{"id": "base", "points": 1, "per": 0.01}]))
    named = [line(f"{number}", price) for number, price in enumerate(lines)]
    earned = only(shop.buy(named, order_discount=discount, points_value=points_value), "points.earned").data
    assert sum(lines) == price
    assert [share.qty for share in earned.lines] == money
    assert earned.eligible_minor == sum(money) == price - discount - points_value


@pytest.mark.parametrize(
    ("lines", "other", "points"),
    [
        ([line("1", 10000)], {}, 100),
        ([line("1", 10000, eligible=False)], {}, 0),
        ([line("gift card", 5000, eligible=False), line("book", 5000)], {}, 50),
        ([line("1", 10000)], {"points_value": 10000}, 0),
        ([line("1", 10000)], {"points_value": 2500}, 75),
        ([line("1", 10000)], {"giftcard_value": 10000}, 100),
        ([line("1", 2500, qty=4, discount=1000)], {}, 90),
        ([line("1", 10000, tax=1900)], {}, 100),
        ([line("gift card", 5000, eligible=False), line("book", 5000)], {"order_discount": 1000}, 45),
    ],
    ids=[
        "a plain line earns",
        "a line that is not eligible earns nothing",
        "only the eligible line earns",
        "what is paid with points earns nothing",
        "the part paid with points earns nothing",
        "what is paid with a gift card earns",
        "the line's own discount earns nothing",
        "tax changes nothing",
        "a line that is not eligible takes its part of the discount",
    ],
)
def test_only_eligible_money_earns(lines: list[Line], other: dict[str, int], points: int) -> None:
    shop = Shop(programme())
    shop.buy(lines, **other)
    assert shop.points == points


@pytest.mark.parametrize("other", [{"order_discount": 10001}, {"points_value": 6000, "order_discount": 5000}])
def test_a_deduction_beyond_the_price_is_refused_and_leaves_no_trace(other: dict[str, int]) -> None:
    shop = Shop(programme())
    assert reason(shop.buy(10000, **other)) == "bad_money"
    assert (shop.customer.rev, shop.customer.enrolled_ms, shop.stored()) == (0, -1, {})


@pytest.mark.parametrize(
    ("rounding", "minor", "points"),
    [
        ("floor", 199, 1),
        ("ceil", 101, 2),
        ("ceil", 100, 1),
        ("half_up", 149, 1),
        ("half_up", 150, 2),
        ("half_up", 250, 3),
        ("half_even", 150, 2),
        ("half_even", 250, 2),
        ("half_even", 251, 3),
    ],
)
def test_an_order_is_rounded_once_as_the_rulebook_says(rounding: str, minor: int, points: int) -> None:
    shop = Shop(programme(rounding=rounding))
    assert only(shop.buy(minor), "points.earned").data.qty == points


def test_many_lines_are_rounded_together_and_not_one_by_one() -> None:
    shop = Shop(programme())
    shop.buy([line(f"{number}", 50) for number in range(7)])
    assert shop.points == 3


@pytest.mark.parametrize(("times", "points"), [(1.15, 115), (1.1, 110), (1.0001, 100), (2.999999, 299)])
def test_a_multiplier_on_100_is_exact(times: float, points: int) -> None:
    shop = Shop(programme(multipliers=[{"id": "campaign", "times": times}]))
    shop.buy(10000)
    assert shop.points == points


@pytest.mark.parametrize(
    ("multipliers", "points"),
    [
        ([("a", "x", 2), ("b", "x", 3)], 300),
        ([("a", "x", 2), ("b", "y", 3)], 400),
        ([("a", "x", 1.5), ("b", "x", 1.5), ("c", "y", 1.25)], 175),
        ([("a", "x", 1)], 100),
    ],
    ids=["the best of a group wins", "groups add up", "a tie counts once", "times one changes nothing"],
)
def test_multipliers_combine(multipliers: list[tuple[str, str, float]], points: int) -> None:
    keys = [{"id": name, "group": group, "times": times} for name, group, times in multipliers]
    shop = Shop(programme(multipliers=keys))
    shop.buy(10000)
    assert (shop.points, shop.customer.totals.qualifying) == (points, 100)


@pytest.mark.parametrize(
    ("when", "points"),
    [
        ({"channel": ["web", "app"]}, 60),
        ({"channel": ["store"]}, 0),
        ({"store": ["s-1"]}, 60),
        ({"sku": ["LP"]}, 40),
        ({"category": ["jazz"]}, 40),
        ({"brand": ["Verve", "Blue Note"]}, 60),
        ({"tag": ["new"]}, 20),
        ({"tag": ["new"], "sku": ["LP"]}, 0),
        ({"tag": ["new"], "channel": ["web"]}, 20),
    ],
)
def test_a_rule_applies_to_the_lines_that_match_every_key(when: dict[str, list[str]], points: int) -> None:
    shop = Shop(programme(rules=[BASE | {"when": when}]))
    lines = [
        line("1", 4000, sku="LP", category=("jazz", "vinyl"), brand="Verve"),
        line("2", 2000, sku="CD", brand="Blue Note", tags=("new",)),
    ]
    earned = only(shop.buy(lines, channel="web", store_id="s-1"), "points.earned").data
    assert (earned.qty, earned.why) == (points, "" if points else "no rule")


def test_rules_that_apply_to_one_line_add_up() -> None:
    shop = Shop(programme(rules=[BASE, {"id": "more", "points": 3, "per": 10, "when": {"channel": ["web"]}}]))
    shop.buy(10000, channel="web")
    shop.buy(10000, channel="store")
    assert shop.points == 130 + 100


@pytest.mark.parametrize(
    ("programme_currency", "currency", "fx_rate", "amount", "spend"),
    [
        ("JPY", "JPY", "", 5000, 5000),
        ("BHD", "BHD", "", 5000, 5000),
        ("CNY", "JPY", "0.0469", 5000, 23450),
        ("JPY", "CNY", "21.3", 12990, 2767),
        ("CNY", "BHD", "19.2775", 1234, 2379),
        ("BHD", "JPY", "0.0025", 1000, 2500),
        ("CNY", "USD", "7.005", 100, 701),
        ("CNY", "USD", "7.0049999", 100, 700),
    ],
)
def test_money_of_any_decimals_is_converted_exactly(
    programme_currency: str, currency: str, fx_rate: str, amount: int, spend: int
) -> None:
    shop = Shop(programme(currency=programme_currency))
    shop.buy(amount, currency=currency, fx_rate=fx_rate)
    assert shop.customer.totals.spend_minor == spend


@pytest.mark.parametrize(("currency", "points"), [("JPY", 5000), ("BHD", 5), ("CNY", 50)])
def test_a_point_per_unit_of_money_knows_the_decimals_of_the_currency(currency: str, points: int) -> None:
    shop = Shop(programme(currency=currency))
    shop.buy(5000)
    assert shop.points == points


@pytest.mark.parametrize(
    ("currency", "fx_rate", "why"), [("USD", "", "no_fx_rate"), ("QQQ", "1.5", "bad_money")]
)
def test_foreign_money_without_a_way_to_convert_it_is_refused(currency: str, fx_rate: str, why: str) -> None:
    assert reason(Shop(programme()).buy(100, currency=currency, fx_rate=fx_rate)) == why


@pytest.mark.parametrize(
    ("amount", "fx_rate"), [(10**12, "999999999999.999999999999"), (10**12, "1000.1"), (10**12, "1.1")]
)
def test_an_order_too_large_to_keep_is_refused(amount: int, fx_rate: str) -> None:
    shop = Shop(programme(rules=[{"id": "base", "points": 1000, "per": 0.01}]))
    outcome = shop.buy(amount, currency="USD", fx_rate=fx_rate)
    assert (reason(outcome), shop.stored()) == ("bad_money", {})
    assert types(shop.buy(10**12, currency="CNY")) == ["points.earned", "tier.enrolled"]


def test_a_zero_amount_is_an_order_with_no_points() -> None:
    shop = Shop(programme())
    assert types(shop.buy(0)) == ["points.earned", "tier.enrolled"]
    assert (shop.points, shop.customer.totals.orders, shop.customer.totals.purchase_days) == (0, 1, 1)
    assert only(shop.refund("o1", 0), "points.clawed_back").data.qty == 0
    assert shop.customer.totals.orders == 0


def test_an_order_that_lifts_the_customer_earns_at_the_old_level() -> None:
    shop = Shop(programme(MEMBER, SILVER, GOLD))
    first = shop.buy(500000)
    second = shop.buy(100000, "2026-01-10 10:01")
    assert only(first, "points.earned").data.qty == 5000
    assert only(second, "points.earned").data.qty == 1250


def test_a_late_order_earns_at_the_level_in_force_when_it_was_made() -> None:
    shop = Shop(programme(MEMBER, SILVER, GOLD))
    shop.buy(100000, "2026-01-10 10:00")
    shop.buy(400000, "2026-01-20 10:00")
    rows = [
        ("2026-01-10 09:59", 100),
        ("2026-01-10 10:00", 110),
        ("2026-01-20 09:59", 110),
        ("2026-01-20 10:00", 125),
    ]
    for at, points in rows:
        earned = only(shop.buy(10000, at, recorded="2026-01-21"), "points.earned").data
        assert earned.qty == points
