"""Enrolment, upgrades, and refunds of what a level was given for."""

import pytest

from engine.events import Cancel
from engine.tier_effects import NextTier, Reading
from tests.engine.programmes import GOLD, MEMBER, SILVER, asks, level, programme
from tests.engine.shop import DAY_MS, Shop, only, types

LADDER = programme(MEMBER, SILVER, GOLD)


def test_the_first_event_enrols_in_the_lowest_level() -> None:
    shop = Shop(LADDER)
    change = only(shop.buy(99999), "tier.enrolled").data
    assert (change.from_tier, change.to_tier, change.skipped, change.explain) == ("", "member", (), ())
    assert change.next_tier == NextTier("silver", {"spend_net over rolling 365 days >= 1000.00 CNY": 1})


def test_enrolment_goes_directly_to_the_highest_level_that_holds() -> None:
    shop = Shop(LADDER)
    outcome = shop.buy(500000)
    change = only(outcome, "tier.enrolled").data
    assert types(outcome) == ["points.earned", "tier.enrolled"]
    assert (change.to_tier, change.reason, change.next_tier) == ("gold", "event", None)
    assert change.explain == (Reading("spend_net", "rolling 365 days", 500000, 500000, True),)


@pytest.mark.parametrize(
    ("money", "tier"), [(99999, "member"), (100000, "silver"), (499999, "silver"), (500000, "gold")]
)
def test_a_level_is_reached_exactly_on_its_threshold(money: int, tier: str) -> None:
    shop = Shop(LADDER)
    shop.buy(0)
    shop.buy(money)
    assert shop.tier == tier


def test_a_jump_over_levels_is_one_upgrade_that_names_what_was_skipped() -> None:
    shop = Shop(LADDER)
    shop.buy(0)
    outcome = shop.buy(500000, "2026-01-11 08:00", recorded="2026-01-11 08:05")
    change = only(outcome, "tier.upgraded").data
    assert (change.from_tier, change.to_tier, change.skipped) == ("member", "gold", ("silver",))
    assert change.qualified_ms == shop.at("2026-01-11 08:00")
    assert change.effective_ms == shop.at("2026-01-11 08:05")
    assert types(outcome).count("tier.upgraded") == 1


def test_an_upgrade_step_by_step_skips_nothing() -> None:
    shop = Shop(LADDER)
    shop.buy(0)
    changes = [only(shop.buy(money), "tier.upgraded").data for money in (100000, 400000)]
    assert [(change.from_tier, change.to_tier, change.skipped) for change in changes] == [
        ("member", "silver", ()),
        ("silver", "gold", ()),
    ]


def test_a_level_that_asks_for_the_least_money_is_not_given_for_none() -> None:
    shop = Shop(programme(MEMBER, level("penny", asks("spend_net", 0.01))))
    shop.buy(0)
    assert shop.tier == "member"
    shop.buy(1)
    assert shop.tier == "penny"


def test_a_level_asks_for_all_of_its_conditions() -> None:
    entry = (asks("spend_net", 1000), asks("orders", 3, "lifetime"))
    shop = Shop(programme(MEMBER, level("silver", *entry)))
    for money, tier in ((200000, "member"), (0, "member"), (1, "silver")):
        shop.buy(money)
        assert shop.tier == tier


def test_a_tier_does_not_fall_when_the_rolling_sum_does() -> None:
    shop = Shop(LADDER)
    shop.buy(500000)
    shop.tick("2027-06-01 00:00")
    assert only(shop.buy(100), "points.earned").data.tier == "gold"
    assert shop.tier == "gold"


def test_a_late_order_counts_in_the_window_as_of_now() -> None:
    shop = Shop(
        programme(MEMBER, level("silver", asks("spend_net", 1000, "rolling 30 days"))), "2026-03-10 10:00"
    )
    shop.buy(50000)
    shop.buy(100000, "2026-02-08 23:59", recorded="2026-03-10 10:00")
    assert shop.tier == "member"
    shop.buy(50000, "2026-02-09 00:00", recorded="2026-03-10 10:00")
    assert shop.tier == "silver"


def test_a_refund_below_the_threshold_revokes_the_level_it_gave() -> None:
    shop = Shop(LADDER)
    shop.buy(300000, "2026-01-10 10:00")
    shop.buy(250000, "2026-03-01 10:00", order="march")
    assert shop.tier == "gold"
    change = only(shop.refund("march", 60000, "2026-03-05 10:00"), "tier.downgraded").data
    assert (change.from_tier, change.to_tier, change.reason) == ("gold", "silver", "refund")
    assert change.explain == (Reading("spend_net", "rolling 365 days", 490000, 500000, False),)


def test_a_refund_down_to_exactly_the_threshold_keeps_the_level() -> None:
    shop = Shop(LADDER)
    shop.buy(550000, order="o")
    assert types(shop.refund("o", 50000)) == ["points.clawed_back"]
    assert types(shop.refund("o", 1)) == ["points.clawed_back", "tier.downgraded"]


def test_a_refund_keeps_the_level_when_newer_orders_carry_it() -> None:
    shop = Shop(LADDER)
    shop.buy(300000, "2026-01-10 10:00")
    shop.buy(250000, "2026-03-01 10:00", order="march")
    shop.buy(80000, "2026-03-04 10:00", order="newer")
    assert types(shop.refund("march", 60000, "2026-03-05 10:00")) == ["points.clawed_back"]
    grant = shop.customer.standings["main"].grants[-1]
    assert [item.value for item in grant.evidence] == [570000]
    assert types(shop.refund("newer", 70001, "2026-03-06 10:00")) == ["points.clawed_back", "tier.downgraded"]


def test_a_refund_of_an_order_before_the_grant_window_leaves_the_level() -> None:
    shop = Shop(LADDER, "2025-01-10 10:00")
    shop.buy(400000, order="old")
    shop.buy(500000, "2026-02-01 10:00")
    assert shop.tier == "gold"
    assert types(shop.refund("old", 400000)) == ["points.clawed_back"]


def test_a_refund_of_an_order_on_the_first_day_of_the_grant_window_counts() -> None:
    book = programme(MEMBER, level("silver", asks("spend_net", 1000, "rolling 30 days")))
    shop = Shop(book)
    shop.buy(50000, "2026-01-01 00:00", order="first")
    shop.buy(50000, "2026-01-30 23:59")
    assert types(shop.refund("first", 1, "2026-02-10 10:00")) == ["points.clawed_back", "tier.downgraded"]


def test_a_refund_of_an_order_dated_after_the_grant_window_leaves_the_level() -> None:
    book = programme(MEMBER, level("silver", asks("spend_net", 1000, "rolling 30 days")))
    shop = Shop(book)
    shop.buy(50000, "2026-01-31 00:02", recorded="2026-01-30 23:58", order="ahead")
    shop.buy(50000, "2026-01-30 23:59")
    assert shop.tier == "member"
    shop.buy(50000, "2026-01-30 23:59")
    assert types(shop.refund("ahead", 50000, "2026-03-10 10:00")) == ["points.clawed_back"]


@pytest.mark.parametrize(("metric", "bound"), [("spend_net", 20), ("orders", 2), ("purchase_days", 2)])
def test_a_refund_of_an_order_made_after_the_grant_leaves_the_level_for_good(metric: str, bound: int) -> None:
    shop = Shop(programme(MEMBER, level("silver", asks(metric, bound, "calendar quarter"))))
    for at in ("2026-01-10 10:00", "2026-01-11 10:00", "2026-02-01 10:00"):
        shop.buy(1000, at, order=at)
    assert types(shop.refund("2026-02-01 10:00", 1000, "2026-04-10 10:00")) == ["points.clawed_back"]
    back = shop.refund("2026-01-11 10:00", 1000, "2026-04-10 10:00")
    assert types(back) == ["points.clawed_back", "tier.downgraded"]


@pytest.mark.parametrize(("back", "tier"), [(1, "silver"), (400000, "silver"), (400001, "member")])
def test_a_refund_falls_to_the_highest_level_that_still_carries(back: int, tier: str) -> None:
    shop = Shop(LADDER)
    shop.buy(500000, order="o")
    assert only(shop.refund("o", back), "tier.downgraded").data.to_tier == shop.tier == tier
    standing = shop.customer.standings["main"]
    assert [grant.rank for grant in standing.grants] == list(range(1, standing.rank + 1))


def test_a_lower_level_keeps_its_own_evidence_when_the_higher_one_is_revoked() -> None:
    shop = Shop(LADDER, "2025-01-10 10:00")
    shop.buy(100000)
    shop.buy(400000, "2025-12-01 10:00", order="big")
    shop.tick("2026-02-01 10:00")
    shop.send(Cancel("big"))
    assert shop.tier == "silver"


def test_a_cancelled_tier_may_be_reached_again() -> None:
    shop = Shop(LADDER)
    shop.buy(500000, order="o")
    shop.send(Cancel("o"))
    assert shop.tier == "member"
    assert only(shop.buy(500000), "tier.upgraded").data.to_tier == "gold"


@pytest.mark.parametrize(("first", "second"), [("b", "c"), ("c", "b")])
def test_a_purchase_day_ends_with_the_last_of_its_orders_even_one_made_after_the_grant(
    first: str, second: str
) -> None:
    shop = Shop(programme(MEMBER, level("regular", asks("purchase_days", 2, "rolling 30 days"))))
    shop.buy(1000, "2026-03-01 10:00", order="a")
    shop.buy(1000, "2026-03-02 10:00", order="b")
    shop.buy(1000, "2026-03-02 11:00", order="c")
    assert types(shop.refund(first, 1000)) == ["points.clawed_back"]
    assert types(shop.refund(second, 1000)) == ["points.clawed_back", "tier.downgraded"]


def test_a_partial_refund_does_not_take_the_order_out_of_the_count() -> None:
    shop = Shop(programme(MEMBER, level("regular", asks("orders", 2, "lifetime"))))
    shop.buy(1000, order="a")
    shop.buy(1000, order="b")
    assert types(shop.refund("a", 999)) == ["points.clawed_back"]
    assert types(shop.refund("a", 1)) == ["points.clawed_back", "tier.downgraded"]


def test_engagement_points_lift_a_customer() -> None:
    book = programme(
        MEMBER,
        level("fan", asks("engagement_points", 10, "rolling 7 days")),
        engagement=[{"kind": "share", "points": 5}],
    )
    shop = Shop(book)
    for at, tier in (("01-10", "member"), ("01-17", "member"), ("01-23", "fan")):
        shop.engage("share", f"2026-{at} 10:00")
        assert shop.tier == tier


def test_spending_and_earning_by_campaign_do_not_change_qualifying_points() -> None:
    book = programme(
        MEMBER,
        level("gold", asks("qualifying_points", 100), times=2),
        multipliers=[{"id": "double", "times": 2}],
    )
    shop = Shop(book)
    shop.buy(9999)
    assert (shop.points, shop.customer.totals.qualifying, shop.tier) == (199, 99, "member")
    shop.buy(100)
    assert (shop.customer.totals.qualifying, shop.tier) == (100, "gold")
    assert only(shop.buy(10000), "points.earned").data.qualifying == 100


def test_tenure_lifts_a_customer_at_local_midnight_with_no_event() -> None:
    entry = (asks("tenure_days", 30, "lifetime"), asks("orders", 1, "lifetime"))
    shop = Shop(
        programme(MEMBER, level("regular", *entry), level("old", asks("tenure_days", 60, "lifetime")))
    )
    shop.buy(100, "2026-01-10 23:59")
    midnight = shop.at("2026-02-09 00:00")
    assert shop.tick(midnight - 1) == []
    (lifted,) = shop.tick(midnight)
    assert (lifted.type, lifted.time_ms, lifted.data.reason) == ("tier.upgraded", midnight, "tenure")
    assert lifted.causationid == f"timer|c42|tier:main|{midnight}|1"
    (lifted,) = shop.tick(midnight + 40 * DAY_MS)
    assert (lifted.data.to_tier, lifted.time_ms) == ("old", shop.at("2026-03-11 00:00"))
    assert shop.tick(midnight + 4000 * DAY_MS) == []


def test_tenure_counts_from_the_earliest_event_even_when_it_comes_late() -> None:
    book = programme(MEMBER, level("old", asks("tenure_days", 30, "lifetime")))
    shop = Shop(book)
    shop.buy(100, "2026-01-20 10:00")
    shop.buy(100, "2026-01-10 10:00", recorded="2026-01-20 10:01")
    (lifted,) = shop.tick("2026-02-09 00:00")
    assert lifted.data.to_tier == "old"


def test_the_history_keeps_24_changes() -> None:
    shop = Shop(LADDER)
    for number in range(20):
        shop.buy(500000, order=f"o{number}")
        shop.send(Cancel(f"o{number}"))
    history = shop.customer.standings["main"].history
    assert len(history) == 24
    assert (history[-1].rank, history[-2].rank) == (0, 2)
