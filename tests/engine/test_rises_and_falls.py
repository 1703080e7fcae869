"""Rises that wait for the next period, falls at once, words about progress, levels by hand."""

from typing import Any

import pytest

from engine.effects import CommandRejected
from engine.events import Actor, Cancel, TierOverride, TierRelease
from tests.engine.lasting import changes, reviewed
from tests.engine.programmes import DIAMOND, GOLD, MEMBER, SILVER, asks, level, programme
from tests.engine.shop import Shop, only, types

BY = Actor("li.na", "service", "complaint 771")
LADDER = (MEMBER, SILVER, GOLD, DIAMOND)


def waiting(**tiers: Any) -> Shop:
    """A shop whose levels begin with the next month."""
    return Shop(programme(*LADDER, upgrade="next_period", period="month", **tiers))


def test_a_level_reached_begins_with_the_next_period() -> None:
    shop = waiting()
    assert changes(shop.buy(500000, "2026-01-10 10:00")) == [("enrolled", "member")]
    assert only(shop.buy(10000, "2026-01-31 23:59"), "points.earned").data.tier == "member"
    (risen,) = shop.tick("2026-02-01 00:00")
    data = risen.data
    assert (risen.type, data.to_tier, data.skipped) == ("tier.upgraded", "gold", ("silver",))
    assert (data.effective_ms, data.qualified_ms) == (
        shop.at("2026-02-01 00:00"),
        shop.at("2026-01-10 10:00"),
    )
    assert only(shop.buy(10000, "2026-02-01 00:00"), "points.earned").data.tier == "gold"


def test_a_refund_before_the_next_period_takes_the_rise_that_waits() -> None:
    shop = waiting()
    shop.buy(400000, "2026-01-10 10:00")
    shop.buy(100000, "2026-01-11 10:00", order="o")
    assert changes(shop.send(Cancel("o"), "2026-01-20 10:00")) == []
    assert changes(shop.tick("2026-02-01 00:00")) == [("upgraded", "silver")]


def real_time(**tiers: Any) -> Shop:
    """A shop whose levels end as soon as less than 95 % of their entry holds."""
    silver = level("silver", asks("spend_net", 1000, "rolling 30 days"))
    gold = level("gold", asks("spend_net", 5000, "rolling 30 days"))
    return Shop(programme(MEMBER, silver, gold, real_time_downgrade=True, **tiers))


def test_in_real_time_a_level_falls_at_the_midnight_when_the_rolling_sum_does() -> None:
    shop = real_time()
    shop.buy(400000, "2026-01-10 10:00")
    shop.buy(100000, "2026-01-20 10:00")
    assert shop.tick(shop.at("2026-02-09 00:00") - 1) == []
    (fallen,) = shop.tick("2026-02-09 00:00")
    assert changes([fallen]) == [("downgraded", "silver")]
    assert (fallen.data.reason, fallen.data.explain[0].value) == ("real_time", 100000)
    assert changes(shop.tick("2026-02-19 00:00")) == [("downgraded", "member")]
    assert shop.tick("2027-02-19 00:00") == []


def test_in_real_time_a_level_is_left_below_95_percent_only() -> None:
    shop = real_time()
    shop.buy(25000, "2026-01-10 10:00")
    shop.buy(475000, "2026-01-20 10:00")
    assert shop.tick("2026-02-09 00:00") == []
    assert shop.tier == "gold"
    other = real_time()
    other.buy(25001, "2026-01-10 10:00")
    other.buy(474999, "2026-01-20 10:00")
    assert changes(other.tick("2026-02-09 00:00")) == [("downgraded", "silver")]


def test_in_real_time_a_level_is_held_for_as_long_as_the_rulebook_says() -> None:
    shop = real_time(min_hold="3 months")
    shop.buy(500000, "2026-01-10 10:00")
    assert shop.tick(shop.at("2026-04-10 10:00") - 1) == []
    assert changes(shop.tick("2026-04-10 10:00")) == [("downgraded", "member")]


def test_progress_is_told_at_90_percent_with_what_is_missing() -> None:
    shop = Shop(programme(*LADDER, progress={"at": "90 %"}))
    shop.buy(89999)
    data = only(shop.buy(1), "tier.progress").data
    assert (data.tier, data.percent, data.next_tier.code) == ("member", 90, "silver")
    assert data.next_tier.missing == {"spend_net over rolling 365 days >= 1000.00 CNY": 10000}
    assert changes(shop.buy(5000)) == []


def test_progress_is_told_again_only_after_falling_back_and_not_within_7_days() -> None:
    shop = Shop(programme(*LADDER, progress={"at": "90 %"}), "2026-01-10 10:00")
    for day in range(1, 4):
        shop.buy(90000, f"2026-01-{10 + 3 * day} 10:00", order=f"o{day}")
        shop.send(Cancel(f"o{day}"))
    said = [effect.time_ms for effect in shop.said("tier.progress")]
    assert said == [shop.at("2026-01-13 10:00")]
    shop.buy(90000, "2026-01-20 10:00")
    assert len(shop.said("tier.progress")) == 2


def test_progress_asks_for_the_least_of_all_conditions() -> None:
    club = level("club", asks("spend_net", 1000), asks("orders", 10))
    shop = Shop(programme(MEMBER, club, progress={}))
    for _ in range(8):
        shop.buy(20000)
    assert not shop.said("tier.progress")
    assert only(shop.buy(100), "tier.progress").data.percent == 90


def override(shop: Shop, tier: str, mode: str = "floor", until: str = "", tier_set: str = "main") -> Any:
    """A level by hand."""
    return shop.send(TierOverride(BY, tier_set, tier, mode, shop.at(until) if until else 0))


def member(**tiers: Any) -> Shop:
    """A member of the ladder without a level."""
    shop = Shop(programme(*LADDER, **tiers))
    shop.buy(100)
    return shop


def test_a_floor_lifts_a_customer_who_may_still_rise_above_it() -> None:
    shop = member()
    outcome = override(shop, "gold")
    assert types(outcome) == ["tier.override_set", "tier.upgraded"]
    data = only(outcome, "tier.upgraded").data
    assert (data.to_tier, data.reason, data.by) == ("gold", "override", BY)
    assert changes(shop.buy(100000)) == []
    assert changes(shop.buy(2000000)) == [("upgraded", "diamond")]


def test_a_released_floor_leaves_the_level_the_customer_has_reached_meanwhile() -> None:
    shop = member()
    override(shop, "gold")
    shop.buy(100000)
    outcome = shop.send(TierRelease(BY, "main"))
    assert types(outcome) == ["tier.override_released", "tier.downgraded"]
    assert (shop.tier, only(outcome, "tier.override_released").data.why) == ("silver", "released")


def test_a_pin_stops_every_change_until_it_is_released() -> None:
    shop = member()
    override(shop, "silver", "pin")
    assert changes(shop.buy(2000000, order="o")) == []
    assert shop.tier == "silver"
    assert changes(shop.send(TierRelease(BY, "main"))) == [
        ("override_released", "silver"),
        ("upgraded", "diamond"),
    ]


def test_a_refund_under_a_pin_is_judged_when_the_pin_ends() -> None:
    shop = member()
    shop.buy(100000, order="o")
    override(shop, "gold", "pin")
    assert changes(shop.send(Cancel("o"))) == []
    shop.send(TierRelease(BY, "main"))
    assert shop.tier == "member"


def test_an_override_ends_at_its_instant_at_night() -> None:
    shop = member()
    override(shop, "gold", until="2026-03-01 00:00")
    midnight = shop.at("2026-03-01 00:00")
    assert shop.tick(midnight - 1) == []
    ended = shop.tick(midnight)
    assert changes(ended) == [("override_released", "gold"), ("downgraded", "member")]
    assert (ended[0].time_ms, ended[0].data.why, ended[0].data.by) == (midnight, "until", BY)


def test_what_a_customer_does_never_pins_a_level() -> None:
    shop = Shop(programme(*LADDER, engagement=[{"kind": "profile_completed", "points": 5}]))
    shop.buy(100000)
    shop.engage("profile_completed")
    assert changes(shop.buy(400000)) == [("upgraded", "gold")]


def test_reviews_go_on_unseen_below_an_override() -> None:
    shop = Shop(reviewed(grace=None, warnings=[60]))
    shop.buy(100000)
    override(shop, "diamond", until="2028-01-01 00:00")
    assert changes(shop.tick("2027-12-31 00:00")) == []
    assert changes(shop.tick("2028-01-01 00:00")) == [
        ("override_released", "diamond"),
        ("downgraded", "member"),
    ]


def test_another_override_takes_the_place_of_the_first() -> None:
    shop = member()
    override(shop, "diamond", "pin")
    assert changes(override(shop, "silver", "pin")) == [("override_set", "silver"), ("downgraded", "silver")]
    shop.send(TierRelease(BY, "main"))
    assert shop.tier == "member"


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (TierOverride(BY, "main", "platinum", "pin"), "unknown_tier"),
        (TierOverride(BY, "club", "gold", "pin"), "unknown_tier_set"),
        (TierOverride(BY, "main", "gold", "pin", 1), "until_passed"),
        (TierRelease(BY, "main"), "no_override"),
        (TierRelease(BY, "club"), "unknown_tier_set"),
    ],
)
def test_a_command_that_may_not_be_done_is_rejected_with_a_word(command: Any, why: str) -> None:
    shop = member()
    data = only(shop.send(command), "command.rejected").data
    assert isinstance(data, CommandRejected)
    assert (data.why, data.by, shop.tier) == (why, BY, "member")


def test_a_level_by_hand_of_who_has_not_joined_is_rejected() -> None:
    shop = Shop(programme(*LADDER))
    assert only(override(shop, "gold"), "command.rejected").data.why == "not_enrolled"
