"""Stages and segments of value: entered, left and told at the instant, with the numbers compared."""

from typing import Any

import pytest

from engine.effects import Effect
from engine.life_effects import LifecycleChanged
from engine.state import Customer
from tests.engine.programmes import CHURN, GOLD, MEMBER, SILVER, Keys, programme
from tests.engine.shop import DAY_MS, Shop, only, types

LADDER = [MEMBER, SILVER, GOLD]


def book(*levels: Keys, **sections: Any) -> Any:
    """A programme with the default stages, or with other sections."""
    return programme(*(levels or LADDER), churn=CHURN, sections=sections or {"lifecycle": {}})


def changes(effects: list[Effect], axis: str = "stage") -> list[tuple[str, str]]:
    """From where to where, of one axis."""
    told = [effect.data for effect in effects if isinstance(effect.data, LifecycleChanged)]
    return [(data.from_, data.to) for data in told if data.axis == axis]


def stage(customer: Customer) -> str:
    """The stage the row has."""
    return customer.life.stage if customer.life else ""


def lived(*purchases: str, forgetful: bool = False, **sections: Any) -> Shop:
    """A customer who bought for 100 on these days at noon."""
    shop = Shop(book(**sections), forgetful=forgetful)
    for day in purchases:
        shop.buy(10000, f"{day} 12:00")
    return shop


@pytest.mark.parametrize("forgetful", [False, True])
def test_a_life_from_prospect_to_lost_and_won_back(forgetful: bool) -> None:
    shop = Shop(book(), "2026-01-01 12:00", forgetful=forgetful)
    shop.engage("login")
    assert changes(shop.effects) == [("", "prospect")]
    shop.buy(10000, "2026-01-10 12:00")
    shop.buy(10000, "2026-01-31 12:00")
    assert changes(shop.effects)[1:] == [("prospect", "new"), ("new", "developing")]
    shop.tick("2027-06-01 00:00")
    assert changes(shop.effects)[3:] == [
        ("developing", "at_risk"),
        ("at_risk", "dormant"),
        ("dormant", "lost"),
    ]
    shop.buy(10000, "2027-06-01 12:00")
    assert changes(shop.effects)[6:] == [("lost", "won_back")]
    shop.buy(10000, "2027-06-11 12:00")
    assert stage(shop.customer) == "won_back"
    shop.buy(10000, "2027-06-21 12:00")
    assert changes(shop.effects)[7:] == [("won_back", "active")]  # Two more purchases.


def test_stages_of_silence_begin_at_their_exact_instants() -> None:
    """Two purchases 21 days apart: the expected interval is (21 + 2 * 30) / 3 = 27 days."""
    shop = lived("2026-01-10", "2026-01-31")
    last = shop.now_ms
    shop.tick("2027-06-01 00:00")
    told = {
        effect.data.to: effect.time_ms - last
        for effect in shop.said("lifecycle.changed")
        if effect.data.axis == "stage"
    }
    assert told["at_risk"] == 2 * 27 * DAY_MS + 1
    assert told["dormant"] == 3 * 27 * DAY_MS + 1  # No engagement ever.
    assert told["lost"] == 180 * DAY_MS + 1  # 6 intervals are 162 days, and it is at least 180.


def test_a_purchase_at_the_very_instant_keeps_the_stage() -> None:
    shop = lived("2026-01-10", "2026-01-31")
    last = shop.now_ms
    shop.buy(10000, last + 2 * 27 * DAY_MS)
    assert ("developing", "at_risk") not in changes(shop.effects)

    shop = lived("2026-01-10", "2026-01-31")
    shop.buy(10000, shop.now_ms + 2 * 27 * DAY_MS + 1)
    assert ("developing", "at_risk") in changes(shop.effects)


def test_an_engagement_of_late_keeps_a_customer_from_being_dormant_until_it_is_90_days_old() -> None:
    shop = lived("2026-01-10", "2026-01-31")
    shop.engage("login", "2026-04-01 12:00")
    engaged = shop.now_ms
    shop.tick("2027-01-01 00:00")
    dormant = next(e for e in shop.said("lifecycle.changed") if e.data.to == "dormant")
    assert dormant.time_ms == engaged + 90 * DAY_MS + 1
    assert dormant.causationid.startswith("timer|c42|life|")


def test_a_change_says_what_led_in_and_what_no_longer_held() -> None:
    shop = lived("2026-01-10", "2026-01-31")
    shop.tick("2027-06-01 00:00")
    lost = next(e.data for e in shop.said("lifecycle.changed") if e.data.to == "lost")
    assert (lost.from_, lost.axis, lost.tier) == ("dormant", "stage", "member")
    assert lost.days == 180 - 81
    assert [(c.says, c.value, c.holds) for c in lost.criteria] == [
        ("gap_ratio >= 6", 180 * 1_000_000 // 27, True),
        ("days_since_purchase >= 180", 180, True),
    ]
    shop.buy(10000, "2027-06-02 12:00")
    back = next(e.data for e in shop.said("lifecycle.changed") if e.data.to == "won_back")
    assert [(c.says, c.value, c.holds) for c in back.criteria] == [
        ("stage is dormant or lost", "lost", True),
        ("purchase_days_in_stage >= 1", 1, True),
        ("gap_ratio >= 6", 0, False),
        ("days_since_purchase >= 365", 0, False),
    ]


def test_who_was_won_back_and_buys_no_more_is_so_for_60_days() -> None:
    shop = lived("2026-01-10")
    shop.tick("2027-02-01 00:00")
    shop.buy(10000, "2027-02-01 12:00")
    shop.tick("2027-04-02 12:00")
    assert stage(shop.customer) == "won_back"
    shop.tick(shop.now_ms + 1)
    assert changes(shop.effects)[-1] == ("won_back", "developing")


def test_a_late_purchase_from_before_the_silence_wins_nobody_back() -> None:
    shop = lived("2026-01-10", "2026-01-31")
    shop.tick("2026-04-25 12:00")
    assert stage(shop.customer) == "dormant"
    shop.buy(10000, "2026-04-20 12:00", recorded="2026-04-26 12:00")
    assert changes(shop.effects)[-1] == ("dormant", "developing")


def test_a_prospect_goes_stale_after_180_days_without_a_sign() -> None:
    shop = Shop(book(), "2026-01-01 12:00")
    shop.engage("login")
    shop.engage("app_open", "2026-02-01 12:00")
    touched = shop.now_ms
    shop.tick("2027-01-01 00:00")
    stale = shop.said("lifecycle.changed")[-1]
    assert (stale.data.to, stale.time_ms) == ("prospect_stale", touched + 180 * DAY_MS + 1)
    shop.engage("login", "2027-01-02 12:00")
    assert changes(shop.effects)[-1] == ("prospect_stale", "prospect")


def test_who_has_not_joined_has_no_stage() -> None:
    joins = programme(MEMBER, churn=CHURN, enrolment="signup", sections={"lifecycle": {}})
    shop = Shop(joins)
    shop.buy(10000)
    assert (changes(shop.effects), shop.customer.life) == ([], None)
    shop.engage("signup", "2026-01-11 12:00")
    assert changes(shop.effects) == [("", "new")]


def test_backfill_moves_stages_and_says_so() -> None:
    shop = Shop(book(), "2026-06-01 12:00")
    for day in ("2024-01-10", "2024-02-10", "2024-03-10"):
        shop.buy(10000, f"{day} 12:00", recorded="2026-06-01 12:00", backfill=True)
    told = [e.data for e in shop.said("lifecycle.changed") if e.data.axis == "stage"]
    assert [(data.to, data.backfill) for data in told] == [("lost", True)]


GROWTH = {
    "lifecycle": {
        "stages": [
            {
                "code": "up",
                "entry": {"metric": "spend_net", "window": "rolling 90 days", "grown_by": "50 %"},
            },
            {"code": "level"},
        ],
        "value": [{"code": "low"}],
    }
}


def test_growth_turns_on_the_midnights_on_which_days_leave_the_window() -> None:
    shop = Shop(book(**GROWTH), "2026-01-10 12:00")
    shop.buy(10000)
    shop.buy(15000, "2026-02-20 12:00")
    assert stage(shop.customer) == "level"  # Nothing was before.
    shop.tick("2026-07-01 00:00")
    begins, ends = shop.said("lifecycle.changed")[-2:]
    assert (begins.data.to, begins.time_ms) == ("up", shop.at("2026-04-10 00:00"))
    assert (ends.data.to, ends.time_ms) == ("level", shop.at("2026-05-21 00:00"))
    assert [(c.says, c.value, c.holds) for c in ends.data.criteria] == [
        ("spend_net over rolling 90 days grew by 50 % or more", -100, False)
    ]


def test_growth_begins_on_the_midnight_on_which_enough_has_left_the_window_before() -> None:
    shop = Shop(book(**GROWTH), "2026-01-10 12:00")
    shop.buy(9000)
    shop.buy(1000, "2026-01-20 12:00")
    shop.buy(12000, "2026-05-01 12:00")  # 20 % more.
    assert stage(shop.customer) == "level"
    shop.tick("2026-07-29 00:00")
    begins, ends = shop.said("lifecycle.changed")[-2:]
    assert (begins.data.to, begins.time_ms) == ("up", shop.at("2026-07-09 00:00"))  # 180 days after 10 Jan.
    assert [(c.value, c.holds) for c in begins.data.criteria] == [(1100, True)]
    assert (ends.data.to, ends.time_ms) == (
        "level",
        shop.at("2026-07-19 00:00"),
    )  # Nothing before: no growth.


B2B = {
    "lifecycle": {
        "stages": [
            {"code": "sql", "entry": {"metric": "engagement_points", "window": "lifetime", "at_least": 100}},
            {"code": "mql", "entry": {"fact": "activity", "at_least": 5}},
            {"code": "lead"},
        ],
        "value": [{"code": "low"}],
    }
}


def test_stages_of_business_customers_have_their_own_names_and_conditions() -> None:
    engagement = [{"kind": "event_attended", "points": 50}]
    shop = Shop(programme(engagement=engagement, sections=B2B), "2026-01-10 12:00")
    shop.engage("login")
    shop.engage("event_attended", "2026-01-11 12:00")
    attended = shop.now_ms
    assert changes(shop.effects) == [("", "lead"), ("lead", "mql")]
    shop.tick("2026-03-01 12:00")
    assert changes(shop.effects)[-1] == ("mql", "lead")  # The score has fallen below 5.
    fell = shop.said("lifecycle.changed")[-1]
    # 5 and what is left of 1 after a day, until half of it in 30 days is 5: 30 * log2(5.977 / 5) days.
    assert (fell.time_ms - attended) / DAY_MS == pytest.approx(30 * 0.2575, abs=0.01)
    shop.engage("event_attended", "2026-03-02 12:00")
    assert changes(shop.effects)[-1] == ("lead", "sql")


def test_a_stage_whose_exit_holds_ends_though_its_entry_does_too() -> None:
    sections = {
        "lifecycle": {
            "stages": [
                {
                    "code": "fresh",
                    "entry": [
                        {"metric": "purchase_days", "window": "lifetime", "at_least": 1},
                        {"not": {"fact": "stage", "is": "settled"}},
                    ],
                    "exit": {"fact": "days_in_stage", "at_least": 10},
                },
                {"code": "settled"},
            ],
            "value": [{"code": "low"}],
        }
    }
    shop = Shop(programme(sections=sections), "2026-01-10 12:00")
    shop.buy(10000)
    began = shop.now_ms
    shop.tick("2026-03-01 12:00")
    ends = shop.said("lifecycle.changed")[-1]
    assert (ends.data.to, ends.time_ms) == ("settled", began + 10 * DAY_MS + 1)


def test_one_look_changes_a_stage_once_even_where_conditions_chase_each_other() -> None:
    sections = {
        "lifecycle": {
            "stages": [
                {"code": "a", "entry": {"not": {"fact": "stage", "is": "a"}}},
                {"code": "b"},
            ],
            "value": [{"code": "low"}],
        }
    }
    shop = Shop(programme(sections=sections))
    outcome = shop.buy(10000)
    assert types(outcome).count("lifecycle.changed") == 2  # One of each axis.
    assert only(shop.engage("login"), "lifecycle.changed").data.to == "b"
    assert shop.tick("2027-01-01 00:00") == []
