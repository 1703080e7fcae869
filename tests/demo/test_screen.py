"""The screen shows the numbers that are in the outputs, and tells decisions with their reasons."""

import io
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from demo.findings import findings_of
from demo.screen import Speed, percentile, show

TIERS = ("member", "silver", "gold", "platinum")
LEVELS = ("watch", "at_risk", "high", "lost")


def screen(found):
    console = Console(file=io.StringIO(), width=160)
    show(console, found, Speed(51_234.5, 1_000, [20.0, 30.0, 99.0]), TIERS, LEVELS)
    return console.file.getvalue()


def test_the_findings_are_the_sums_of_the_outputs(some_told):
    found = findings_of(some_told)
    by_type = Counter(out["type"] for out in some_told)
    assert found.issued == sum(o["data"]["qty"] for o in some_told if o["type"] == "points.earned")
    assert found.clawed == sum(o["data"]["qty"] for o in some_told if o["type"] == "points.clawed_back") > 0
    assert sum(found.tiers.values()) == by_type["tier.enrolled"] == 2_357
    assert sum(found.raised.values()) == by_type["churn.alert"]
    assert sum(found.recovered.values()) == by_type["churn.recovered"]
    assert found.dead == {"bad_json": 2, "schema": 2, "no_customer": 1}


def test_the_screen_shows_every_count(some_told):
    found = findings_of(some_told)
    text = screen(found)
    shown = [found.issued, found.clawed, *found.raised.values(), *found.recovered.values()]
    shown += [*found.tiers.values(), found.moves["tier.upgraded"], found.moves["tier.downgraded"]]
    assert [number for number in shown if f"{number:,}" not in text] == []
    assert "51,234 events/s" in text
    assert "30 ms" in text
    assert "99 ms" in text


def test_members_are_shown_by_tier_and_the_risk_and_stage_they_ended_with(some_told):
    found = findings_of(some_told)
    tier, level, stage = dict[str, str](), dict[str, str](), dict[str, str]()
    for out in some_told:
        if out["type"].startswith("tier."):
            tier[out["subject"]] = out["data"]["to"]
        if out["type"] == "churn.alert":
            level[out["subject"]] = out["data"]["level"]
        if out["type"] == "churn.recovered":
            level.pop(out["subject"])
        if out["type"] == "lifecycle.changed" and out["data"]["axis"] == "stage":
            stage[out["subject"]] = out["data"]["to"]
    assert found.standing == Counter((each, level.get(who, "")) for who, each in tier.items())
    assert found.stages == Counter(stage.values())
    assert set(found.stages) > {"lost", "new", "active"}
    assert all(f"{count:,}" in screen(found) for count in [*found.standing.values(), *found.stages.values()])


def test_decisions_are_told_with_their_numbers(some_told):
    upgrade, downgrade, alert, recovery = findings_of(some_told).stories
    assert " rose from " in upgrade
    assert "where " in upgrade
    assert "since a refund left spend net over rolling 365 days of " in downgrade
    assert "days without a purchase are 3 times the " in alert
    assert " bought again on " in recovery


CASES = [
    (
        "tier.downgraded",
        {
            "from": "gold",
            "to": "silver",
            "effective_ms": 867_730_000_000,
            "explain": [
                {"metric": "spend_net", "window": "rolling 365 days", "value": 24_005, "threshold": 25_000},
                {"metric": "purchase_days", "window": "rolling 365 days", "value": 3, "threshold": 4},
            ],
        },
        "c1 fell from gold to silver on 1997-07-01, since a refund left spend net over rolling 365 days "
        "of 240.05, where 250.00 is asked and purchase days over rolling 365 days of 3, where 4 is asked "
        "(generated|r-1).",
    ),
    (
        "churn.alert",
        {
            "tier": "gold",
            "purchase_days": 5,
            "level": "high",
            "crossed_ms": 867_730_000_000,
            "gap_days": 55,
            "expected_gap_days": [55, 3],
            "ratio": "3",
        },
        "c1, gold with 5 purchase days, was put at level high on 1997-07-01: "
        "55 days without a purchase are 3 times the 18.3 days expected.",
    ),
]


@pytest.mark.parametrize(("kind", "data", "told"), CASES, ids=["downgrade", "alert"])
def test_a_decision_reads_like_a_sentence(kind, data, told):
    out = {"type": kind, "id": "1", "subject": "c1", "causationid": "generated|r-1", "data": data}
    assert findings_of([out]).stories == [told]


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=300), st.integers(1, 100))
def test_a_percentile_is_the_least_value_that_so_many_do_not_exceed(values, per_cent):
    found = percentile(values, per_cent)
    assert found in values
    assert sum(value <= found for value in values) * 100 >= per_cent * len(values)
    assert sum(value < found for value in values) * 100 < per_cent * len(values)


def test_no_latency_is_an_error_and_not_a_zero():
    with pytest.raises(ValueError, match="no latency was measured"):
        percentile([], 50)
