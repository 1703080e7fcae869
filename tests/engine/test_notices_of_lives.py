"""Silence, stages and segments are told and suggested for, to whom the rulebook's facts describe."""

from engine.calendar import DAY_MS
from tests.engine.programmes import CHURN
from tests.engine.shop import Shop
from tests.engine.telling import intent, requests, telling

SILENT = {
    "tag": "silent-90",
    "dimension": "behaviour",
    "when": {"fact": "days_since_interaction", "at_least": 90},
}
SPEND = {"p": 6.25, "q": 3.74, "v": 15.44}
MODEL = {"version": "m1", "r": 0.525, "alpha_weeks": 6.183, "a": 0.891, "b": 1.614, "spend": SPEND}
LIVES = {"lifecycle": {}, "tags": [SILENT]}


def test_ninety_days_of_silence_and_a_change_of_stage_are_told_at_their_instants_with_no_event() -> None:
    book = telling(
        intent("silent", "tag.added", when={"tag": ["silent-90"]}, en="{tag}"),
        intent(
            "stage", "lifecycle.changed", when={"axis": ["stage"], "to": ["dormant"]}, en="{from}, now {to}"
        ),
        sections=LIVES,
    )
    shop = Shop(book)
    shop.buy(1000)
    start_ms = shop.now_ms
    shop.tick(start_ms + 120 * DAY_MS)
    assert [(told.text, told.effect_type) for told in requests(shop)] == [
        ("at_risk, now dormant", "lifecycle.changed"),
        ("silent-90", "tag.added"),
    ]
    assert {told.not_before_ms for told in requests(shop)} == {start_ms + 90 * DAY_MS + 1}


def test_an_intent_is_for_the_customers_that_its_facts_describe() -> None:
    book = telling(
        intent("dear", "points.earned", who={"fact": "tier", "one_of": ["silver", "gold"]}),
        intent("any", "points.earned"),
    )
    shop = Shop(book)
    shop.buy(1000)
    shop.buy(150_000)
    assert [told.intent for told in requests(shop)] == ["any", "dear"]


def test_what_is_suggested_goes_by_value_stage_and_level() -> None:
    texts = {"zh": "好", "en": "it"}
    actions = [{"id": id, "offer": "care", "texts": texts} for id in ("gift", "call", "coupon", "other")]
    rows = [
        {"value": ["high"], "risk": ["watch"], "action": "gift"},
        {"value": ["high"], "stage": ["dormant"], "action": "call"},
        {"value": ["low"], "risk": ["watch", "at_risk"], "action": "coupon"},
        {"action": "other"},
    ]
    on = [
        intent("away", "churn.alert", when={"level": ["watch"]}),
        intent("stage", "lifecycle.changed", when={"to": ["dormant"]}),
    ]
    found = {}
    for price in (600_000, 1000):
        shop = Shop(telling(*on, sections=LIVES | {"strategy": {"actions": actions, "rows": rows}}))
        shop.buy(price)
        shop.tick(shop.now_ms + 200 * DAY_MS)
        told = [(word.intent, word.suggestion.action) for word in requests(shop) if word.suggestion]
        found[price] = told
    assert found == {
        600_000: [("away", "gift"), ("stage", "call")],
        1000: [("away", "coupon"), ("stage", "other")],
    }


def test_a_word_on_an_alert_says_what_the_model_says_and_goes_by_it() -> None:
    text = "{gap_ratio_ppm} times, {risk_ppm} within {horizon_days} days, alive {p_alive_ppm}, {clv_minor}"
    book = telling(
        intent("sure", "churn.alert", when={"risk_ppm": {"at_least": 850_000}}, en="{value_segment}"),
        intent("maybe", "churn.alert", when={"p_alive_ppm": {"at_least": 1}}, en=text),
        sections=LIVES | {"churn": CHURN | {"model": MODEL}},
    )
    shop = Shop(book)
    shop.buy(1000)
    shop.tick(shop.now_ms + 200 * DAY_MS)
    first, *_, last = [each.data for each in shop.said("churn.alert")]
    words = requests(shop)
    assert words[0].values == {
        "gap_ratio_ppm": first.gap_ratio_ppm,
        "risk_ppm": first.risk_ppm,
        "horizon_days": 180,
        "p_alive_ppm": first.p_alive_ppm,
        "clv_minor": first.clv_minor,
    }
    assert (first.gap_ratio_ppm, first.clv_minor) == (1_500_000, 2693)
    risk, alive = round(first.risk_ppm / 10_000), round(first.p_alive_ppm / 10_000)
    worth = f"{first.clv_minor // 100}.{first.clv_minor % 100:02}"
    assert words[0].text == f"1.5 times, {risk}% within 180 days, alive {alive}%, {worth}"
    assert last.risk_ppm > 850_000 > first.risk_ppm
    assert (words[-1].intent, words[-1].text) == ("sure", "low")
