"""What only long lives show: rises lost and reached again, late events, overrides, time alone."""

from typing import Any

from engine.events import Actor, Cancel, TierOverride, TierRelease
from tests.engine.lasting import changes
from tests.engine.programmes import GOLD, MEMBER, SILVER, asks, level, programme
from tests.engine.shop import Shop, only

BY = Actor("li.na", "service", "asked")
MONTHLY = (
    MEMBER,
    level("silver", asks("spend_net", 1000, "calendar month")),
    level("gold", asks("spend_net", 5000, "calendar month")),
)


def waiting() -> Shop:
    """A shop whose levels begin with the next month."""
    return Shop(programme(*MONTHLY, upgrade="next_period", period="month"))


def test_a_rise_that_a_refund_undid_waits_again_when_its_entry_is_reached_again() -> None:
    shop = waiting()
    shop.buy(500000, "2026-01-10 10:00", order="o")
    shop.send(Cancel("o"), "2026-01-12 10:00")
    shop.buy(500000, "2026-01-20 10:00")
    (risen,) = shop.tick("2026-02-01 00:00")
    assert (risen.data.to_tier, risen.data.qualified_ms) == ("gold", shop.at("2026-01-20 10:00"))


def test_a_rise_waits_on_when_its_entry_holds_without_the_order_that_was_returned() -> None:
    shop = waiting()
    shop.buy(500000, "2026-01-10 10:00", order="o")
    shop.buy(500000, "2026-01-20 10:00")
    shop.send(Cancel("o"), "2026-01-22 10:00")
    assert changes(shop.tick("2026-02-01 00:00")) == [("upgraded", "gold")]


def test_a_level_that_begins_instead_of_a_higher_one_was_reached_when_it_was_reached() -> None:
    shop = waiting()
    shop.buy(100000, "2026-01-10 10:00")
    shop.buy(400000, "2026-01-20 10:00", order="o")
    shop.send(Cancel("o"), "2026-01-25 10:00")
    (risen,) = shop.tick("2026-02-01 00:00")
    assert (risen.data.to_tier, risen.data.qualified_ms) == ("silver", shop.at("2026-01-10 10:00"))


def test_a_review_that_takes_a_level_leaves_the_rise_that_waits() -> None:
    lasts = {"upgrade": "next_period", "period": "quarter", "validity": {"for": "40 days"}}
    shop = Shop(programme(*MONTHLY, **lasts))
    shop.buy(100000, "2026-01-10 10:00")
    assert changes(shop.tick("2026-04-01 00:00")) == [("upgraded", "silver")]
    shop.buy(500000, "2026-04-10 10:00")
    assert changes(shop.tick("2026-05-11 00:00")) == [("downgraded", "member")]
    assert changes(shop.tick("2026-07-01 00:00")) == [("upgraded", "gold")]


def held(**tiers: Any) -> Shop:
    """A shop whose levels end in real time."""
    silver = level("silver", asks("spend_net", 1000, "rolling 30 days"))
    return Shop(programme(MEMBER, silver, real_time_downgrade=True, **tiers))


def test_an_override_does_not_begin_anew_how_long_a_level_must_be_held() -> None:
    shop = held(min_hold="40 days")
    shop.buy(100000, "2026-01-10 10:00")
    shop.send(TierOverride(BY, "main", "member", "pin"), "2026-01-30 10:00")
    shop.send(TierRelease(BY, "main"), "2026-01-31 10:00")
    assert shop.tick(shop.at("2026-02-19 10:00") - 1) == []
    assert changes(shop.tick("2026-02-19 10:00")) == [("downgraded", "member")]


def test_a_level_ends_in_time_under_an_override_too() -> None:
    shop = held(min_hold="40 days")
    shop.buy(100000, "2026-01-10 10:00")
    shop.send(TierOverride(BY, "main", "member", "pin", shop.at("2026-03-10 10:00")), "2026-01-30 10:00")
    assert changes(shop.tick("2026-03-10 10:00")) == [("override_released", "member")]
    assert shop.tier == "member"


def test_in_grace_a_late_order_of_the_extension_renews_the_level() -> None:
    silver = level("silver", asks("orders", 1)) | {"keep": [asks("spend_net", 1000, "calendar quarter")]}
    ends = {"validity": "end_of_period", "period": "quarter", "extended_by": "3 months", "grace": "20 days"}
    shop = Shop(programme(MEMBER, silver, **ends))
    shop.buy(1000, "2026-01-10 10:00")
    assert changes(shop.tick("2026-07-01 00:00")) == [("grace_started", "silver")]
    late = shop.buy(100000, "2026-06-30 23:59", recorded="2026-07-02 10:00")
    assert changes(late) == [("renewed", "silver")]


def test_the_refund_of_the_late_order_that_brought_a_level_back_takes_it_again() -> None:
    silver = level("silver", asks("spend_net", 10, "rolling 5 days"))
    silver["keep"] = [asks("orders", 2, "since_tier_start")]
    shop = Shop(programme(MEMBER, silver, validity={"for": "20 days"}))
    shop.buy(1000, "2026-01-10 10:00")
    assert changes(shop.tick("2026-01-30 10:00")) == [("downgraded", "member")]
    late = shop.buy(1000, "2026-01-15 10:00", order="late", recorded="2026-02-02 10:00")
    assert only(late, "tier.upgraded").data.reason == "correction"
    assert only(shop.send(Cancel("late"), "2026-02-03 10:00"), "tier.downgraded").data.reason == "refund"


def test_a_word_about_progress_cools_down_over_a_rise_too() -> None:
    def risen(at: str) -> list[tuple[str, str]]:
        shop = Shop(programme(MEMBER, SILVER, GOLD, progress={"at": "80 %", "cool_down": "7 days"}))
        assert changes(shop.buy(85000, "2026-01-10 10:00")) == [
            ("enrolled", "member"),
            ("progress", "member"),
        ]
        return changes(shop.buy(320000, at))

    assert risen("2026-01-12 10:00") == [("upgraded", "silver")]
    assert risen("2026-01-17 10:00") == [("upgraded", "silver"), ("progress", "silver")]


def test_time_alone_lifts_by_tenure_only_and_in_the_set_that_asks_for_it() -> None:
    quiet = level("gold", asks("spend_net", 20, "lifetime"))
    quiet["entry"].append({"not": asks("orders", 2, "rolling 20 days")})
    club = {"id": "club", "levels": [MEMBER, level("old", asks("tenure_days", 40, "lifetime"))]}
    lasts = {"validity": {"for": "30 days"}, "warnings": [3]}
    shop = Shop(
        programme(MEMBER, level("silver", asks("orders", 1, "lifetime")), quiet, sets=[club], **lasts)
    )
    shop.buy(1000, "2026-01-10 10:00")
    shop.buy(1000, "2026-01-10 11:00")
    assert changes(shop.tick("2026-02-19 00:00")) == [("renewed", "silver"), ("upgraded", "old")]
    assert changes(shop.buy(0, "2026-02-20 10:00")) == [("upgraded", "gold")]
