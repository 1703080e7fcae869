"""Around reviews: corrections by late events, warnings, floors, and the bytes of who is reviewed."""

from tests.engine.lasting import TIER, changes, golden, reviewed
from tests.engine.programmes import GOLD, MEMBER, SILVER, asks, level, programme
from tests.engine.shop import Shop, only, types


def test_an_order_made_before_the_end_of_grace_and_recorded_after_it_restores_the_level() -> None:
    shop = golden()
    shop.buy(390000, "2026-06-01 10:00")
    shop.tick("2027-05-01 00:00")
    assert shop.tier == "silver"
    data = only(shop.buy(10000, "2027-04-30 23:59", recorded="2027-05-02 10:00"), "tier.upgraded").data
    assert (data.to_tier, data.reason) == ("gold", "correction")
    assert data.valid_until_ms == shop.at("2028-04-01 00:00")
    assert shop.tick("2028-03-31 23:59") == []


def test_an_order_made_after_the_end_of_grace_does_not_restore_the_level() -> None:
    shop = golden()
    shop.buy(390000, "2026-06-01 10:00")
    shop.tick("2027-05-01 00:00")
    assert changes(shop.buy(10000, "2027-05-01 00:00")) == []


def test_a_late_order_inside_the_previous_calendar_year_restores_what_the_review_took() -> None:
    gold = level("gold", asks("spend_net", 5000, "calendar year"))
    book = reviewed(MEMBER, gold, validity="end_of_next_period", period="year", grace=None)
    shop = Shop(book, "2025-06-01 10:00")
    shop.buy(500000)
    assert shop.said("tier.enrolled")[0].data.valid_until_ms == shop.at("2027-01-01 00:00")
    shop.buy(490000, "2026-05-01 10:00")
    before = list(shop.effects)
    assert changes(shop.tick("2027-01-01 00:00")) == [("downgraded", "member")]
    late = shop.buy(10000, "2026-12-30 10:00", recorded="2027-03-15 10:00")
    data = only(late, "tier.upgraded").data
    assert (data.reason, data.valid_until_ms) == ("correction", shop.at("2028-01-01 00:00"))
    assert shop.effects[: len(before)] == before


def test_warnings_come_60_30_and_7_days_before_with_what_the_review_will_miss() -> None:
    shop = golden(book=reviewed(warnings=[60, 30, 7]))
    shop.buy(390000, "2026-06-01 10:00")
    said = [e for e in shop.tick("2027-04-01 00:00") if e.type == "tier.downgrade_warning"]
    assert [(e.data.days_left, e.time_ms) for e in said] == [
        (60, shop.at("2027-01-31 00:00")),
        (30, shop.at("2027-03-02 00:00")),
        (7, shop.at("2027-03-25 00:00")),
    ]
    assert {e.data.tier for e in said} == {"gold"}
    assert said[0].data.missing == {"spend_net over rolling 365 days >= 4000.00 CNY": 10000}
    assert said[0].data.valid_until_ms == shop.at("2027-04-01 00:00")


def test_no_warning_goes_to_who_will_keep_the_level() -> None:
    shop = golden(book=reviewed(warnings=[60, 30, 7]))
    shop.buy(390000, "2026-06-01 10:00")
    shop.tick("2027-03-01 00:00")
    shop.buy(10000, "2027-03-01 10:00")
    shop.tick("2027-04-01 00:00")
    assert [e.data.days_left for e in shop.said("tier.downgrade_warning")] == [60]
    assert shop.said("tier.renewed")


def test_with_at_review_a_refund_takes_the_level_only_then() -> None:
    shop = golden(book=reviewed(refund_tier="at_review", grace=None))
    assert changes(shop.refund("march", 250000, "2026-03-05 10:00")) == []
    assert changes(shop.tick("2027-04-01 00:00")) == [("downgraded", "silver")]


def test_nobody_falls_below_what_lifetime_numbers_give() -> None:
    entry = {"any": [asks("spend_net", 1000), asks("spend_net", 1500, "lifetime")]}
    silver = {"code": "silver", "name": "Silver", "entry": entry}
    book = reviewed(MEMBER, silver, GOLD, grace=None, downgrade={"to": "base"}, lifetime_floor=True)
    shop = Shop(book)
    shop.buy(500000)
    said = shop.tick("2028-06-01 00:00")
    assert changes(said) == [("downgraded", "silver"), ("renewed", "silver")]
    low = Shop(book)
    low.buy(120000)
    assert changes(low.tick("2027-06-01 00:00")) == [("downgraded", "member")]


def test_a_level_given_under_rules_without_validity_lasts_from_the_next_event_on() -> None:
    shop = Shop(programme(MEMBER, SILVER))
    shop.buy(100000)
    shop.book = reviewed(MEMBER, SILVER, grace=None)
    shop.buy(100, "2026-03-01 10:00")
    assert changes(shop.tick("2027-04-01 00:00")) == [("downgraded", "member")]


def test_a_reviewed_customer_is_the_same_held_or_rebuilt_from_bytes() -> None:
    def play(forgetful: bool) -> Shop:
        shop = golden(book=reviewed(warnings=[60, 30, 7], progress={"at": "90 %"}), forgetful=forgetful)
        shop.buy(390000, "2026-06-01 10:00")
        shop.tick("2027-05-01 00:00")
        shop.buy(10000, "2027-04-30 23:59", recorded="2027-05-02 10:00")
        shop.buy(400000, "2027-12-01 10:00")
        shop.tick("2029-05-01 00:00")
        return shop

    held, rebuilt = play(False), play(True)
    assert held.effects == rebuilt.effects
    assert held.stored() == rebuilt.stored()
    assert {effect.type for effect in held.effects} >= {*TIER}


def test_the_types_of_a_life_of_gold() -> None:
    shop = golden()
    assert types(shop.tick("2030-01-01 00:00")) == [
        "tier.grace_started",
        "tier.downgraded",
        "tier.grace_started",
        "tier.downgraded",
    ]
    assert shop.tier == "member"
    assert shop.tick("2040-01-01 00:00") == []
