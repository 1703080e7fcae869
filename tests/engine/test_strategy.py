"""What is suggested for whom: the first row of the rulebook's strategy that fits."""

from typing import Any

from rules.notice_summary import strategy as in_words
from tests.engine.programmes import CHURN, programme
from tests.engine.shop import Shop

ACTIONS = [
    {"id": "call", "offer": "care", "texts": {"zh": "致电", "en": "A call"}},
    {"id": "coupon", "offer": "coupon", "texts": {"zh": "礼券", "en": "A coupon"}},
]


def strategy(*rows: dict[str, Any]) -> dict[str, Any]:
    """A strategy with these rows."""
    return {"actions": ACTIONS, "rows": list(rows)}


def test_each_alert_names_the_action_of_the_first_row_that_fits_its_level() -> None:
    rows = ({"risk": ["high", "lost"], "action": "call"}, {"risk": ["at_risk"], "action": "coupon"})
    shop = Shop(programme(churn=CHURN, sections={"strategy": strategy(*rows)}))
    shop.buy(1000)
    shop.tick("2026-12-01")
    assert [(e.data.level, e.data.suggested_action) for e in shop.said("churn.alert")] == [
        ("watch", ""),
        ("at_risk", "coupon"),
        ("high", "call"),
        ("lost", "call"),
    ]


def test_without_a_strategy_nothing_is_suggested() -> None:
    shop = Shop(programme(churn=CHURN))
    shop.buy(1000)
    shop.tick("2026-12-01")
    assert {e.data.suggested_action for e in shop.said("churn.alert")} == {""}


def test_a_strategy_in_words_says_for_whom_what_is_suggested() -> None:
    rows = ({"risk": ["lost", "high"], "action": "call"}, {"action": "coupon"})
    assert in_words(programme(churn=CHURN, sections={"strategy": strategy(*rows)}).strategy) == [
        "For churn level high or lost: 致电 (call).",
        "For everybody else: 礼券 (coupon).",
    ]


def test_an_alert_suggests_for_the_stage_and_segment_that_begin_at_its_instant() -> None:
    lifecycle = {
        "stages": [
            {"code": "lapsing", "entry": {"fact": "risk_level", "one_of": ["at_risk", "high", "lost"]}},
            {"code": "active"},
        ],
        "value": [
            {"code": "sinking", "entry": {"fact": "days_since_purchase", "at_least": 90}},
            {"code": "sound"},
        ],
    }
    rows = (
        {"stage": ["lapsing"], "value": ["sinking"], "action": "call"},
        {"stage": ["lapsing"], "action": "coupon"},
    )
    sections = {"strategy": strategy(*rows), "lifecycle": lifecycle}
    shop = Shop(programme(churn=CHURN, sections=sections))
    shop.buy(1000)
    shop.tick("2026-12-01")
    found = [(e.data.level, e.data.value_segment, e.data.suggested_action) for e in shop.said("churn.alert")]
    assert found == [
        ("watch", "sound", ""),
        ("at_risk", "sound", "coupon"),
        ("high", "sinking", "call"),
        ("lost", "sinking", "call"),
    ]
    moved = [e.time_ms for e in shop.said("lifecycle.changed") if e.data.to == "lapsing"]
    assert moved == [shop.said("churn.alert")[1].time_ms]


def test_an_alert_by_an_event_suggests_for_the_stage_that_the_event_leads_to() -> None:
    lifecycle = {
        "stages": [
            {"code": "upset", "entry": {"fact": "open_complaints", "at_least": 1}},
            {"code": "calm"},
        ]
    }
    sections = {
        "strategy": strategy({"stage": ["upset"], "action": "call"}, {"action": "coupon"}),
        "lifecycle": lifecycle,
    }
    shop = Shop(programme(churn=CHURN | {"modifiers": {"complaint": True}}, sections=sections))
    shop.buy(1000)
    shop.tick("2026-03-01")
    shop.engage("complaint", ref_id="t1")
    found = [(e.data.level, e.data.suggested_action) for e in shop.said("churn.alert")]
    assert found == [("watch", "coupon"), ("at_risk", "call")]
