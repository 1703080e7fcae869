"""Levels that ask for all, any, several or none of their conditions, over every window, in several sets."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.conditions import for_life, holds, missing, nearly
from engine.events import Cancel
from engine.tier_plan import _asked
from rules.compiled_tiers import Condition, Leaf
from rules.facts import Metric, WindowKind
from rules.summary import summarise
from tests.engine.programmes import MEMBER, SILVER, asks, level, programme
from tests.engine.shop import Shop, only, types

METRICS = (Metric.SPEND_NET, Metric.ORDERS, Metric.PURCHASE_DAYS)
RICH, OFTEN, KNOWN = asks("spend_net", 1000), asks("orders", 3), asks("purchase_days", 2)


def club(entry: Any) -> Shop:
    """A shop with one level above the lowest."""
    return Shop(programme(MEMBER, {"code": "club", "name": "Club", "entry": entry}))


def test_one_of_any_conditions_is_enough() -> None:
    shop = club({"any": [RICH, OFTEN]})
    for money, tier in ((100, "member"), (100, "member"), (100, "club")):
        shop.buy(money)
        assert shop.tier == tier
    rich = club({"any": [RICH, OFTEN]})
    rich.buy(100000)
    assert rich.tier == "club"


def test_at_least_two_of_three_conditions_are_asked_for() -> None:
    shop = club({"at_least": {"k": 2, "of": [RICH, OFTEN, KNOWN]}})
    shop.buy(100000, "2026-01-10 10:00")
    assert shop.tier == "member"
    shop.buy(100, "2026-01-11 10:00")
    assert shop.tier == "club"


def test_a_condition_that_must_not_hold_keeps_a_customer_out() -> None:
    shop = club([OFTEN, {"not": asks("orders", 5)}])
    for number in range(2):
        shop.buy(100, order=f"o{number}")
    assert shop.tier == "member"
    change = only(shop.buy(100), "tier.upgraded").data
    assert [(reading.metric, reading.value, reading.result) for reading in change.explain] == [
        ("orders", 3, True),
        ("orders", 3, False),
    ]


def test_a_refund_that_breaks_one_of_any_conditions_leaves_the_level_to_the_other() -> None:
    shop = club({"any": [RICH, OFTEN]})
    shop.buy(50, order="a")
    shop.buy(50, order="b")
    shop.buy(99900, order="c")
    assert types(shop.refund("c", 500)) == ["points.clawed_back"]
    assert types(shop.send(Cancel("a"))) == ["points.clawed_back", "tier.downgraded"]


def test_what_is_missing_is_told_of_the_parts_that_do_not_hold_only() -> None:
    shop = club([{"any": [RICH, OFTEN]}, KNOWN])
    data = only(shop.buy(100000), "tier.enrolled").data
    assert data.next_tier.missing == {"purchase_days over rolling 365 days >= 2": 1}


def test_a_year_of_membership_begins_anew_on_each_anniversary() -> None:
    shop = Shop(programme(MEMBER, level("club", asks("orders", 2, "anniversary"))), "2026-03-05 10:00")
    shop.buy(100)
    shop.buy(100, "2027-03-05 00:00")
    assert shop.tier == "member"
    shop.buy(100, "2028-03-04 23:59")
    assert shop.tier == "club"


def test_who_joined_on_29_february_has_the_anniversary_on_28_february() -> None:
    shop = Shop(programme(MEMBER, level("club", asks("orders", 2, "anniversary"))), "2024-02-29 10:00")
    shop.buy(100)
    shop.buy(100, "2025-02-28 00:00")
    assert shop.tier == "member"
    shop.buy(100, "2026-02-27 23:59")
    assert shop.tier == "club"


def test_since_the_level_began_counts_from_the_day_of_the_last_change() -> None:
    gold = level("gold", asks("spend_net", 500, "since_tier_start"), asks("spend_net", 1500, "lifetime"))
    shop = Shop(programme(MEMBER, level("silver", asks("spend_net", 1000, "lifetime")), gold))
    shop.buy(10000, "2026-01-10 10:00")
    shop.buy(90000, "2026-02-01 10:00")
    assert shop.tier == "silver"
    shop.buy(0, "2026-02-02 10:00")
    assert shop.tier == "silver"
    late = shop.buy(50000, "2026-01-20 10:00", recorded="2026-02-03 10:00")
    assert types(late) == ["points.earned", "tier.upgraded"]  # 900 since 1 February, 1,500 in all.


def test_an_order_of_the_day_before_the_level_began_does_not_count_since_then() -> None:
    gold = level("gold", asks("spend_net", 500, "since_tier_start"), asks("spend_net", 1500, "lifetime"))
    shop = Shop(programme(MEMBER, level("silver", asks("spend_net", 1000, "lifetime")), gold))
    shop.buy(90000, "2026-01-31 23:59")
    shop.buy(10000, "2026-02-01 00:00")
    shop.buy(39900, "2026-02-02 00:00")
    assert shop.tier == "silver"
    shop.buy(20000, "2026-02-03 00:00")
    assert shop.tier == "gold"


def test_referred_customers_who_buy_lift_the_one_who_referred_them() -> None:
    shop = Shop(programme(MEMBER, level("friend", asks("referrals", 2, "rolling 30 days"))), forgetful=True)
    for at, tier in (("01-10", "member"), ("02-09", "member"), ("02-09", "friend")):
        shop.engage("referral_purchase", f"2026-{at} 10:00")
        assert shop.tier == tier
    assert shop.customer.totals.referrals == 3


def test_days_of_referrals_are_let_go_when_no_window_reaches_them() -> None:
    shop = Shop(programme())
    start = shop.now_ms
    for day in range(0, 2000, 3):
        shop.engage("referral_purchase", start + day * 86_400_000)
    assert len(shop.customer.referred) < 2 * 200
    assert shop.customer.totals.referrals == 667


def test_two_sets_of_levels_are_judged_each_by_itself_and_one_multiplies() -> None:
    other = {"id": "club", "levels": [level("guest"), level("friend", asks("orders", 2))]}
    shop = Shop(programme(MEMBER, SILVER, sets=[other]))
    first, second = shop.buy(100000), shop.buy(100)
    assert [(e.type, e.data.tier_set, e.data.to_tier) for e in first if e.type.startswith("tier.")] == [
        ("tier.enrolled", "main", "silver"),
        ("tier.enrolled", "club", "guest"),
    ]
    assert only(second, "tier.upgraded").data.tier_set == "club"
    assert only(shop.buy(10000), "points.earned").data.qty == 110


def test_the_set_that_says_so_multiplies() -> None:
    silver = level("silver", asks("spend_net", 1000))
    other = {"id": "club", "multiplies": True, "levels": [level("guest"), level("friend", OFTEN, times=2)]}
    shop = Shop(programme(MEMBER, silver, sets=[other]))
    for _ in range(3):
        shop.buy(100)
    data = only(shop.buy(10000), "points.earned").data
    assert (data.qty, data.tier) == (200, "friend")


def test_a_refund_revokes_the_level_of_the_set_whose_evidence_it_breaks() -> None:
    other = {"id": "club", "levels": [level("guest"), level("friend", asks("orders", 2))]}
    shop = Shop(programme(MEMBER, SILVER, sets=[other]))
    shop.buy(100000, order="a")
    shop.buy(100, order="b")
    change = only(shop.send(Cancel("b")), "tier.downgraded").data
    assert (change.tier_set, change.to_tier, shop.tier) == ("club", "guest", "silver")


Tree = Any  # A leaf's number, or (k, parts), or ("not", part).


def trees() -> st.SearchStrategy[Tree]:
    """Conditions as nested values."""
    leaf = st.tuples(st.sampled_from(METRICS), st.integers(1, 5))
    return st.recursive(
        leaf.map(lambda pair: ("leaf", *pair)),
        lambda parts: st.one_of(
            st.lists(parts, min_size=1, max_size=4).flatmap(
                lambda below: st.integers(1, len(below)).map(lambda k: (k, below))
            ),
            parts.map(lambda part: ("not", part)),
        ),
        max_leaves=7,
    )


def written(tree: Tree, leaves: list[Leaf]) -> str:
    """A tree as a shape; its numbers are added to `leaves`."""
    if tree[0] == "leaf":
        leaves.append(Leaf(tree[1], WindowKind.ROLLING, 9, tree[2], f"{len(leaves)}"))
        return "."
    if tree[0] == "not":
        return f"{written(tree[1], leaves)} !"
    return " ".join([*(written(part, leaves) for part in tree[1]), f"{tree[0]}/{len(tree[1])}"])


def true(tree: Tree, numbers: dict[Metric, int]) -> bool:
    """Whether a tree holds, the obvious way."""
    if tree[0] == "leaf":
        return numbers[tree[1]] >= tree[2]
    if tree[0] == "not":
        return not true(tree[1], numbers)
    return sum(true(part, numbers) for part in tree[1]) >= tree[0]


@given(trees(), st.lists(st.integers(0, 6), min_size=3, max_size=3))
def test_a_condition_holds_as_the_tree_says_and_its_gate_is_open_whenever_it_does(
    tree: Tree, numbers: list[int]
) -> None:
    leaves: list[Leaf] = []
    condition = Condition(tuple(leaves), written(tree, leaves))
    condition = Condition(tuple(leaves), condition.shape)
    known = dict(zip(METRICS, numbers, strict=True))
    values = [known[leaf.metric] for leaf in leaves]
    held = true(tree, known)
    assert (
        holds(condition.shape, [v >= leaf.at_least for v, leaf in zip(values, leaves, strict=True)]) == held
    )
    assert not held or not missing(condition.shape, leaves, values)
    assert not held or nearly(condition.shape, leaves, values, 90)
    gate = _asked(condition)
    if held and gate is not None:
        of = {"spend_minor": Metric.SPEND_NET, "orders": Metric.ORDERS, "purchase_days": Metric.PURCHASE_DAYS}
        assert any(known[of[name]] >= least for name, least in gate.items())


@pytest.mark.parametrize(
    ("shape", "lifetime", "held"),
    [("", True, True), ("", False, False), (". . 1/2", True, True), (". ! . 1/2", False, False)],
)
def test_a_condition_holds_for_life_by_its_lifetime_numbers_alone(
    shape: str, lifetime: bool, held: bool
) -> None:
    windows = [WindowKind.LIFETIME if lifetime else WindowKind.ROLLING, WindowKind.ROLLING]
    leaves = [Leaf(Metric.ORDERS, kind, 9, 2, "") for kind in windows][: 2 if shape else 1]
    assert for_life(shape, leaves, [2, 9][: len(leaves)]) is held


def test_a_summary_says_groups_of_conditions_in_words() -> None:
    entry = [{"at_least": {"k": 2, "of": [RICH, OFTEN, KNOWN]}}, {"not": {"any": [OFTEN, KNOWN]}}]
    text = summarise(programme(MEMBER, {"code": "club", "name": "Club", "entry": entry}))
    assert (
        "A customer becomes Club as soon as (at least 2 of these hold: purchases of the last 365 days, less "
        "refunds, reach 1,000.00 CNY; orders of the last 365 days reach 3; days with a purchase of the last "
        "365 days reach 2), and (it is not so that (orders of the last 365 days reach 3, or days with a "
        "purchase of the last 365 days reach 2))."
    ) in text
