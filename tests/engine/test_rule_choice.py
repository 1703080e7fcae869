"""Which rules of an order count: groups, priority, stop; bonuses and their thresholds."""

from typing import Any

import pytest

from engine.effects import RuleShare
from engine.events import Cancel, RefundLine
from tests.engine.programmes import BASE, GOLD, MEMBER, SILVER, asks, level, programme
from tests.engine.shop import Shop, line, only, types


def rule(name: str, points: int, **other: Any) -> dict[str, Any]:
    """A rule of so many points per unit of money, in the group `g`."""
    return {"id": name, "points": points, "per": 1, "group": "g"} | other


@pytest.mark.parametrize(
    ("rules", "winner", "points"),
    [
        ([rule("a", 1), rule("b", 3), rule("c", 2)], "b", 300),
        ([rule("b", 2), rule("a", 2)], "a", 200),
        ([rule("a", 2), rule("b", 2, priority=1)], "b", 200),
        ([rule("a", 3), rule("b", 1, priority=1, stop=True)], "b", 100),
        ([rule("a", 3), rule("b", 1, stop=True)], "a", 300),
        ([rule("a", 1, stop=True), rule("b", 3)], "a", 100),
        ([rule("a", 3), rule("b", 1, priority=1, stop=True, when={"channel": ["app"]})], "a", 300),
        ([rule("a", 3, priority=2), rule("b", 1, priority=1, stop=True), rule("c", 9)], "a", 300),
    ],
    ids=[
        "the best of a group wins",
        "equal ones go by id, not by place",
        "equal ones go by priority first",
        "one that stops keeps out what is below it, though it is better",
        "one that stops keeps out nothing above it",
        "at equal priority the lesser id stops the greater",
        "one that does not apply stops nothing",
        "what stood above the one that stops is still compared",
    ],
)
def test_of_an_exclusive_group_one_rule_counts(rules: list[Any], winner: str, points: int) -> None:
    shop = Shop(programme(rules=rules))
    entry = only(shop.buy(10000, channel="web"), "points.earned").data
    assert ([share.rule for share in entry.rules], entry.qty) == ([winner], points)


def test_a_group_chooses_line_by_line_and_other_rules_add_to_it() -> None:
    rules = [
        rule("base", 1),
        rule("jazz", 3, when={"category": ["jazz"]}),
        {"id": "all", "points": 1, "per": 10},
    ]
    shop = Shop(programme(rules=rules))
    entry = only(shop.buy([line("1", 10000, category=("jazz",)), line("2", 10000)]), "points.earned").data
    assert entry.rules == (
        RuleShare("base", "1 per 1.00 CNY", 100),
        RuleShare("jazz", "3 per 1.00 CNY", 300),
        RuleShare("all", "1 per 10.00 CNY", 20),
    )
    assert shop.customer.totals.qualifying == entry.qty == 420


@pytest.mark.parametrize(("price", "points"), [(19999, 199), (20000, 250), (20001, 250), (0, 0)])
def test_a_threshold_bonus_is_given_from_the_very_amount_on(price: int, points: int) -> None:
    shop = Shop(programme(bonuses=[{"id": "gift", "points": 50, "min_spend": 200}]))
    assert only(shop.buy(price), "points.earned").data.qty == points
    assert shop.customer.totals.qualifying == price // 100


def test_a_refund_that_falls_below_the_threshold_takes_the_bonus_back_and_a_full_one_everything() -> None:
    shop = Shop(programme(bonuses=[{"id": "gift", "points": 50, "min_spend": 200}]))
    shop.buy(25000, order="o")
    claws = [only(shop.refund("o", part), "points.clawed_back").data for part in (5000, 1, 19999)]
    assert [(claw.qty, claw.kept) for claw in claws] == [(50, 250), (51, 199), (199, 0)]
    assert shop.points == 0


def test_of_a_ladder_of_bonuses_the_best_counts_and_a_refund_falls_to_the_next() -> None:
    ladder = [
        {"id": "small", "group": "basket", "points": 10, "min_spend": 100},
        {"id": "large", "group": "basket", "points": 80, "min_spend": 500},
    ]
    shop = Shop(programme(bonuses=ladder))
    entry = only(shop.buy(60000, order="o"), "points.earned").data
    assert entry.rules == (
        RuleShare("base", "1 per 1.00 CNY", 600),
        RuleShare("large", "80 from 500.00 CNY", 80),
    )
    assert only(shop.refund("o", 20000), "points.clawed_back").data.kept == 410
    assert only(shop.refund("o", 35000), "points.clawed_back").data.kept == 50


def test_a_refund_never_adds_points_though_a_better_bonus_of_the_group_was_kept_out() -> None:
    ladder = [
        {"id": "a", "group": "g", "points": 10, "min_spend": 500, "priority": 1, "stop": True},
        {"id": "b", "group": "g", "points": 400, "min_spend": 100},
    ]
    shop = Shop(programme(bonuses=ladder))
    shop.buy(60000, order="o")
    assert shop.points == 610
    assert [only(shop.refund("o", part), "points.clawed_back").data.qty for part in (20000, 40000)] == [
        0,
        610,
    ]


def test_a_bonus_looks_only_at_the_money_on_its_lines() -> None:
    shop = Shop(
        programme(bonuses=[{"id": "verve", "points": 50, "min_spend": 100, "when": {"brand": ["Verve"]}}])
    )
    shop.buy([line("a", 9999, brand="Verve"), line("b", 50000)])
    shop.buy([line("a", 10000, brand="Verve"), line("b", 50000)], order="o")
    assert shop.points == 599 + 650
    entry = shop.said("points.earned")[-1].data
    assert [(share.line_id, share.qty) for share in entry.lines] == [("a", 150), ("b", 500)]
    shop.refund("o", lines=(RefundLine("b"),))
    assert shop.points == 599 + 150


def test_no_multiplier_and_no_level_multiplies_a_bonus() -> None:
    gold = level("gold", asks("orders", 1, "lifetime"), times=1.5)
    shop = Shop(
        programme(MEMBER, gold, multipliers=[{"id": "x", "times": 2}], bonuses=[{"id": "gift", "points": 50}])
    )
    shop.buy(0)
    assert only(shop.buy(10000), "points.earned").data.qty == 350


def test_multipliers_and_bonuses_qualify_when_they_say_so_and_a_level_never_does() -> None:
    gold = level("gold", asks("orders", 1, "lifetime"), times=1.5)
    multipliers = [
        {"id": "double", "times": 2, "qualifying": True, "when": {"category": ["vinyl"]}},
        {"id": "triple", "times": 3},
    ]
    bonuses = [
        {"id": "gift", "points": 50, "min_spend": 100, "qualifying": True},
        {"id": "other", "points": 7},
    ]
    shop = Shop(programme(MEMBER, gold, multipliers=multipliers, bonuses=bonuses))
    shop.buy(0)
    entry = only(
        shop.buy([line("1", 6000, category=("vinyl",)), line("2", 4000)], order="o"), "points.earned"
    ).data
    assert (entry.qty, entry.qualifying) == ((60 * 4 + 40 * 3) * 3 // 2 + 57, 60 * 2 + 40 + 50)
    claw = only(shop.refund("o", lines=(RefundLine("2"),)), "points.clawed_back").data
    assert claw.qualifying == 40 + 50
    shop.send(Cancel("o"))
    assert (shop.points, shop.customer.totals.qualifying) == (0, 0)


def test_with_multiplier_tier_after_the_order_that_lifts_earns_at_the_new_level() -> None:
    for cap in (None, {"points": 100_000, "per": "year"}):
        shop = Shop(programme(MEMBER, SILVER, GOLD, multiplier_tier="after", cap=cap))
        lifting = shop.buy(500000, order="o")
        assert types(lifting)[0] == "tier.enrolled"
        entry = only(lifting, "points.earned").data
        assert (entry.qty, entry.tier, entry.tier_times, entry.qualifying) == (6250, "gold", "1.25", 5000)
        assert only(shop.refund("o", 100000), "points.clawed_back").data.kept == 5000
        late = only(shop.buy(10000, "2026-01-10 09:00", recorded="2026-01-11"), "points.earned").data
        assert (late.qty, late.tier) == (100, "member")
        shop.send(Cancel("o"))
        assert shop.points == 100


PROPORTIONAL = programme(
    refund="proportional", rounding="ceil", bonuses=[{"id": "gift", "points": 50, "min_spend": 100}]
)


def test_a_proportional_refund_takes_its_part_of_the_points_rounded_half_up() -> None:
    shop = Shop(PROPORTIONAL)
    shop.buy(10010, order="o")
    assert shop.points == 151
    claws = [only(shop.refund("o", part), "points.clawed_back").data for part in (3333, 3333, 3344)]
    assert [claw.qty for claw in claws] == [50, 51, 50]
    assert (shop.points, shop.customer.totals.qualifying) == (0, 0)


def test_what_a_rulebook_says_today_does_not_change_a_refund_of_an_order_with_bonuses_and_caps() -> None:
    bonuses = [{"id": "gift", "points": 50, "min_spend": 200}]
    shop = Shop(programme(bonuses=bonuses, cap={"points": 260, "per": "day"}))
    shop.buy(25000, order="o")
    shop.book = programme(rules=[BASE | {"points": 9}])
    assert [only(shop.refund("o", part), "points.clawed_back").data.qty for part in (5001, 19999)] == [
        61,
        199,
    ]


def test_the_order_kept_beside_the_row_is_small_without_bonuses_and_caps_and_bounded_with_them() -> None:
    plain = Shop(programme(multipliers=[{"id": "x", "times": 2, "when": {"category": ["a"]}}]))
    rich = Shop(
        programme(bonuses=[{"id": "gift", "points": 50, "min_spend": 200}], cap={"points": 9, "per": "day"})
    )
    sizes = []
    for shop in (plain, rich):
        shop.buy(10000, order="o")
        sizes.append(max(len(row) for key, row in shop.stored().items() if key.startswith(b"o")))
    assert sizes[0] < 70
    assert sizes[1] < 120
