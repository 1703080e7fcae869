"""Reviews: what keeps a level, grace, and falls and how far."""

import pytest

from engine.events import Cancel
from tests.engine.lasting import changes, golden, reviewed
from tests.engine.programmes import MEMBER, asks, level
from tests.engine.shop import DAY_MS, Shop, only


def test_12_months_rounded_to_the_month_end_on_1_april() -> None:
    shop = golden()
    data = shop.said("tier.upgraded")[-1].data
    assert (data.to_tier, data.valid_until_ms) == ("gold", shop.at("2027-04-01 00:00"))


def test_a_refund_of_600_on_5_march_revokes_gold_and_silver_gets_its_own_validity() -> None:
    shop = golden()
    data = only(shop.refund("march", 60000, "2026-03-05 10:00"), "tier.downgraded").data
    assert (data.to_tier, data.reason, data.explain[0].value) == ("silver", "refund", 490000)
    assert data.valid_until_ms == shop.at("2027-04-01 00:00")


def test_a_refund_of_600_leaves_gold_to_who_bought_for_another_800() -> None:
    shop = golden()
    shop.buy(80000, "2026-03-04 10:00")
    assert changes(shop.refund("march", 60000, "2026-03-05 10:00")) == []
    assert shop.tier == "gold"


def test_at_the_review_4200_of_4000_renew_gold_to_1_april_2028() -> None:
    shop = golden()
    shop.buy(420000, "2026-06-01 10:00")
    assert shop.tick(shop.at("2027-04-01 00:00") - 1) == []
    (renewed,) = shop.tick("2027-04-01 00:00")
    assert (renewed.type, renewed.data.tier, renewed.data.reason) == ("tier.renewed", "gold", "review")
    assert renewed.data.previous_until_ms == renewed.time_ms == shop.at("2027-04-01 00:00")
    assert renewed.data.valid_until_ms == shop.at("2028-04-01 00:00")
    assert (renewed.data.explain[0].value, renewed.data.explain[0].threshold) == (420000, 400000)


def test_at_the_review_3900_of_4000_start_grace_to_1_may() -> None:
    shop = golden(book=reviewed())
    shop.buy(390000, "2026-06-01 10:00")
    (grace,) = shop.tick("2027-04-01 00:00")
    assert (grace.type, grace.data.tier) == ("tier.grace_started", "gold")
    assert grace.data.grace_until_ms == shop.at("2027-05-01 00:00")
    assert grace.data.missing == {"spend_net over rolling 365 days >= 4000.00 CNY": 10000}
    assert shop.tier == "gold"


def test_200_bought_in_grace_renew_gold_to_1_april_2028() -> None:
    shop = golden()
    shop.buy(390000, "2026-06-01 10:00")
    shop.tick("2027-04-01 00:00")
    data = only(shop.buy(20000, "2027-04-20 10:00"), "tier.renewed").data
    assert (data.reason, data.valid_until_ms) == ("event", shop.at("2028-04-01 00:00"))
    assert shop.tick("2027-06-01 00:00") == []


def test_at_the_end_of_grace_gold_falls_one_step_to_silver_with_a_fresh_validity_from_1_may() -> None:
    shop = golden()
    shop.buy(390000, "2026-06-01 10:00")
    shop.tick("2027-04-01 00:00")
    (fallen,) = shop.tick("2027-05-01 00:00")
    data = fallen.data
    assert (fallen.type, data.from_tier, data.to_tier, data.reason) == (
        "tier.downgraded",
        "gold",
        "silver",
        "review",
    )
    assert data.effective_ms == shop.at("2027-05-01 00:00")
    assert data.valid_until_ms == shop.at("2028-05-01 00:00")
    assert not data.explain[0].result


def test_a_rolling_window_that_drops_a_day_with_no_event_changes_nothing_until_the_review() -> None:
    shop = golden()
    assert shop.tick(shop.at("2027-04-01 00:00") - 1) == []
    assert only(shop.buy(100, "2027-03-20 10:00"), "points.earned").data.tier == "gold"


def test_a_renewed_level_is_held_for_what_kept_it() -> None:
    shop = golden()
    shop.buy(170000, "2026-06-01 10:00")
    shop.buy(250000, "2026-07-01 10:00", order="july")
    shop.tick("2027-04-01 00:00")
    assert changes(shop.refund("july", 20000, "2027-04-02 10:00")) == []
    assert changes(shop.refund("july", 1, "2027-04-02 10:00")) == [("downgraded", "silver")]


def test_a_refund_of_an_order_from_before_the_renewal_window_leaves_the_level() -> None:
    shop = golden()
    shop.buy(420000, "2026-06-01 10:00")
    shop.tick("2027-04-01 00:00")
    assert changes(shop.send(Cancel("march"), "2027-04-02 10:00")) == []


def test_two_reviews_overdue_after_a_week_run_in_order_as_of_their_due_instants() -> None:
    silver = level("silver", asks("spend_net", 1000, "rolling 3 days"))
    gold = level("gold", asks("spend_net", 5000, "rolling 3 days"))
    book = reviewed(MEMBER, silver, gold, validity={"for": "3 days", "round": "day"}, grace=None)
    late, daily = (Shop(book, "2026-03-01 10:00") for _ in range(2))
    late.buy(500000)
    said = late.tick("2026-03-12 10:00")
    assert changes(said) == [("downgraded", "silver"), ("downgraded", "member")]
    assert [late.at(text) for text in ("2026-03-05 00:00", "2026-03-08 00:00")] == [
        effect.data.effective_ms for effect in said
    ]
    assert [effect.time_ms for effect in said] == [effect.data.effective_ms for effect in said]
    daily.buy(500000)
    for day in range(12):
        daily.tick(daily.at("2026-03-01 10:00") + day * DAY_MS)
    assert daily.effects == late.effects


@pytest.mark.parametrize(
    ("to", "soft", "tier"),
    [
        ("qualified", None, "silver"),
        ("one_down", None, "gold"),
        ("base", None, "member"),
        ("qualified", 1, "gold"),
        ("base", 2, "silver"),
    ],
)
def test_a_fall_goes_as_far_as_the_rulebook_says(to: str, soft: int | None, tier: str) -> None:
    limit = {"soft_landing": soft} if soft else {}
    shop = Shop(reviewed(grace=None, downgrade={"to": to} | limit), "2026-01-10 10:00")
    shop.buy(2000000)
    assert shop.tier == "diamond"
    shop.buy(150000, "2026-12-01 10:00")
    assert changes(shop.tick("2027-02-01 00:00")) == [("downgraded", tier)]


def test_a_level_is_not_lost_before_it_was_held_for_so_long() -> None:
    shop = Shop(reviewed(validity={"for": "1 month"}, min_hold="400 days", grace=None))
    shop.buy(500000)
    (grace, *_) = [e for e in shop.tick("2027-06-01 00:00") if e.type != "tier.renewed"]
    assert (grace.type, grace.data.grace_until_ms) == ("tier.grace_started", shop.at("2027-02-14 10:00"))
    assert shop.said("tier.downgraded")[0].time_ms == shop.at("2027-02-14 10:00")


def test_an_upgrade_restarts_the_validity_and_ends_grace() -> None:
    shop = golden()
    shop.tick("2027-04-01 00:00")
    data = only(shop.buy(2000000, "2027-04-10 10:00"), "tier.upgraded").data
    assert (data.to_tier, data.valid_until_ms) == ("diamond", shop.at("2028-05-01 00:00"))
    assert shop.tick("2028-04-30 23:59") == []


def test_the_review_of_a_calendar_year_looks_at_the_year_that_ended() -> None:
    gold = level("gold", asks("spend_net", 5000, "calendar year"))
    shop = Shop(reviewed(MEMBER, gold, validity="end_of_period", period="year"), "2025-06-01 10:00")
    shop.buy(500000)
    (renewed,) = shop.tick("2026-01-01 00:00")
    assert (renewed.type, renewed.data.explain[0].value) == ("tier.renewed", 500000)
    (grace,) = shop.tick("2027-01-01 00:00")
    assert (grace.type, grace.data.explain[0].value) == ("tier.grace_started", 0)


def test_a_validity_extended_by_a_month_is_renewed_from_the_end_of_the_period() -> None:
    gold = level("gold", asks("spend_net", 100, "calendar quarter"))
    book = reviewed(
        MEMBER, gold, validity="end_of_next_period", period="quarter", extended_by="1 month", grace=None
    )
    shop = Shop(book, "2026-02-10 10:00")
    shop.buy(10000)
    assert shop.said("tier.enrolled")[0].data.valid_until_ms == shop.at("2026-08-01 00:00")
    shop.buy(10000, "2026-05-10 10:00")
    (renewed,) = shop.tick("2026-08-01 00:00")
    assert renewed.data.valid_until_ms == shop.at("2026-11-01 00:00")
    (fallen,) = shop.tick("2026-11-01 00:00")
    assert changes([fallen]) == [("downgraded", "member")]


def test_a_level_lasts_to_the_anniversary_of_joining() -> None:
    shop = Shop(reviewed(validity="anniversary", grace=None), "2024-02-29 10:00")
    shop.buy(100)
    shop.buy(100000, "2024-06-01 10:00")
    assert shop.said("tier.upgraded")[0].data.valid_until_ms == shop.at("2025-02-28 00:00")
