"""Levels by the points that can be spent, and points that lapse after a review."""

import pytest

from engine.effects import Effect
from engine.events import Transfer
from rules.compiled import Rulebook
from tests.engine.programmes import MEMBER, Keys, asks, level, programme
from tests.engine.shop import BY, Shop, only, types

GOLD = level("gold", asks("active_points", 100, "now"))
NINETY = {"validity": {"for": "90 days"}}


def book(**more: object) -> Rulebook:
    points: Keys = {"expiry": {"after": "12 months"}}
    return programme(MEMBER, GOLD, points=points | more.pop("points", {}), **NINETY, **more)  # type: ignore[arg-type,operator]


def moves(effects: list[Effect]) -> list[tuple[str, str]]:
    return [(each.type, each.data.reason) for each in effects if each.type.startswith("tier.")]


def test_spending_takes_a_level_at_the_next_review_and_not_before() -> None:
    shop = Shop(book())
    shop.buy(150_00)
    assert shop.tier == "gold"
    shop.redeem(100)
    shop.engage("login")
    assert shop.tick(shop.at("2026-04-10 10:00") - 1) == []
    assert moves(shop.tick("2026-04-10 10:00")) == [("tier.downgraded", "review")]


def test_points_by_hand_and_points_that_come_back_lift_at_once() -> None:
    shop = Shop(book())
    shop.buy(60_00)
    assert types(shop.adjust(40)) == ["points.adjusted", "tier.upgraded"]
    shop = Shop(book())
    shop.buy(90_00)
    shop.redeem(90)
    shop.buy(20_00)
    assert types(shop.reverse()) == ["points.redeem_reversed", "tier.upgraded"]


def test_points_that_wait_lift_when_they_become_active() -> None:
    shop = Shop(book(points={"pending": {"days": 7}}))
    shop.buy(100_00)
    assert shop.tier == "member"
    told = shop.tick("2026-01-17 00:00")
    assert [each.type for each in told] == ["points.activated", "tier.upgraded"]
    assert moves(told) == [("tier.upgraded", "event")]


def test_only_levels_by_the_balance_are_judged_when_points_move() -> None:
    other = {"id": "club", "levels": [MEMBER, level("friend", asks("tenure_days", 3, "lifetime"))]}
    shop = Shop(book(id="main", sets=[other], points={"pending": {"days": 7}}))
    shop.buy(100_00)
    told = [(each.type, each.data.tier_set) for each in shop.tick("2026-01-17 00:00") if "tier" in each.type]
    assert told == [("tier.upgraded", "club"), ("tier.upgraded", "main")]
    shop.send(Transfer(BY, "t-1", "c43", 50))
    assert types(shop.adjust(1)) == ["points.adjusted"]


@pytest.mark.parametrize("forgetful", [False, True])
def test_after_a_review_all_that_can_be_spent_lapses_and_a_refund_owes_nothing(forgetful: bool) -> None:
    shop = Shop(book(reset_points=True), forgetful=forgetful)
    shop.buy(150_00, order="o1")
    shop.redeem(20)
    renewed, reset = shop.tick("2026-04-10 10:00")
    assert (renewed.type, reset.type, reset.data.why, reset.data.qty) == (
        "tier.renewed",
        "points.expired",
        "reset",
        130,
    )
    assert shop.points == 0
    shop.buy(30_00)
    clawed = only(shop.refund("o1", 130_00), "points.clawed_back").data
    assert (clawed.from_expired, clawed.to_debt, shop.points) == (130, 0, 30)
    assert shop.tick("2027-01-11 00:00") == []  # The points of January lapsed long since.


def test_a_level_that_is_lost_at_the_review_resets_too_and_points_that_wait_stay() -> None:
    shop = Shop(book(reset_points=True, points={"pending": {"days": 7}}))
    shop.buy(100_00)
    shop.tick("2026-01-20 10:00")
    assert shop.tier == "gold"
    shop.redeem(50)
    shop.buy(70_00, "2026-04-16 10:00")
    told = shop.tick("2026-04-17 00:00")
    assert [each.type for each in told] == ["tier.downgraded", "points.expired"]
    assert (shop.points, shop.customer.wallet.pending) == (0, 70)
    assert only(shop.tick("2026-04-23 00:00"), "points.activated").data.qty == 70


def test_a_refund_takes_a_level_that_its_points_gave() -> None:
    shop = Shop(book())
    shop.buy(80_00, order="o1")
    shop.buy(40_00)
    assert moves(shop.refund("o1", 30_00)) == [("tier.downgraded", "refund")]  # type: ignore[arg-type]
    shop.adjust(10)
    assert shop.tier == "gold"


def test_a_late_event_does_not_correct_what_the_balance_decided() -> None:
    shop = Shop(book())
    shop.buy(150_00)
    shop.redeem(100)
    shop.tick("2026-04-11 10:00")
    assert moves(shop.buy(30_00, "2026-04-09 10:00")) == []  # type: ignore[arg-type]
    assert shop.tier == "member"


def test_points_that_waited_and_went_take_no_level_whether_by_a_refund_or_by_an_update() -> None:
    waiting = {"pending": {"days": 7}}
    stars = [{"id": "base", "points": 1, "per": 1}, {"id": "star", "points": 9, "per": 1, "wallet": "stars"}]
    shop = Shop(book(points=waiting, rules=stars, wallets=[{"id": "stars"}]))
    shop.buy(1_00, order="o1")
    shop.buy(90_00, order="o2")
    shop.adjust(100)
    shop.redeem(95)  # So that nothing but what gold was given for keeps it.
    assert shop.tier == "gold"
    assert moves(shop.buy(40_00, order="o2", order_version=2)) == []  # type: ignore[arg-type]
    assert moves(shop.refund("o2", 20_00)) == []  # type: ignore[arg-type]
    assert shop.customer.wallet.pending == 21
