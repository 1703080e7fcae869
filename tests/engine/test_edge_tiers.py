"""Edge cases of levels: up and down at once, the first order, spent points, a zone that changes."""

import pytest

from engine.events import Cancel
from rules.errors import RuleError
from tests.engine.lasting import changes, golden, reviewed
from tests.engine.programmes import GOLD, MEMBER, SILVER, asks, level, programme
from tests.engine.shop import Shop, types

LADDER = programme(MEMBER, SILVER, GOLD)
GROWTH = programme(MEMBER, level("silver", asks("qualifying_points", 100, "lifetime")))


def test_up_and_down_in_one_second_is_one_word_each_and_they_are_a_chain() -> None:
    shop = Shop(LADDER)
    shop.buy(0)
    shop.buy(100_000, "2026-01-11 10:00:00.000", order="o")
    shop.send(Cancel("o"), "2026-01-11 10:00:00.900")
    told = [effect.data for effect in shop.effects if effect.type.startswith("tier.")][1:]
    assert [(data.from_tier, data.to_tier, data.reason) for data in told] == [
        ("member", "silver", "event"),
        ("silver", "member", "refund"),
    ]
    assert told[1].effective_ms - told[0].effective_ms == 900
    assert shop.tick("2027-01-11 10:00") == []
    assert shop.tier == "member"


def test_a_threshold_of_nothing_is_refused_with_what_to_write_instead() -> None:
    with pytest.raises(RuleError, match="0 is too small; write more than 0"):
        programme(MEMBER, level("zero", asks("spend_net", 0)))


@pytest.mark.parametrize(("money", "level_code"), [(1, "member"), (99_999, "member"), (100_000, "silver")])
def test_the_first_order_gives_the_level_that_it_reaches_and_no_higher_one(
    money: int, level_code: str
) -> None:
    shop = Shop(LADDER)
    assert changes(shop.buy(money)) == [("enrolled", level_code)]


def test_spending_handing_on_or_losing_points_never_lowers_a_level() -> None:
    points = {"expiry": {"after": "1 month"}}
    entry = level("silver", asks("qualifying_points", 100, "lifetime"))
    shop = Shop(programme(MEMBER, entry, points=points))
    shop.buy(100_00)
    assert shop.tier == "silver"
    shop.redeem(50)
    shop.adjust(-20)
    told = shop.tick("2026-03-01 00:00")
    assert types(told) == ["points.expired"]
    assert (shop.points, shop.tier, shop.customer.totals.qualifying) == (0, "silver", 100)
    assert changes(shop.buy(1, "2026-03-02 10:00")) == []


def test_points_given_by_hand_lift_nobody() -> None:
    shop = Shop(GROWTH)
    shop.buy(99_99)
    assert changes(shop.adjust(1000)) == []
    assert (shop.tier, shop.points) == ("member", 1099)
    assert changes(shop.buy(1_00)) == [("upgraded", "silver")]


def test_another_time_zone_of_the_programme_leaves_the_end_of_a_level_where_it_was() -> None:
    shop = golden()
    end_ms = shop.said("tier.upgraded")[-1].data.valid_until_ms
    assert end_ms == shop.at("2027-04-01 00:00")
    shop.book = reviewed(timezone="America/New_York")
    assert shop.tick(end_ms - 1) == []
    told = shop.tick(end_ms)
    assert [(effect.type, effect.time_ms) for effect in told] == [("tier.grace_started", end_ms)]
    # What is counted from then on is counted on the new calendar.
    assert told[0].data.grace_until_ms - end_ms == 30 * 86_400_000
