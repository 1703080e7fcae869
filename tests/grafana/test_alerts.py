"""Every alert fires when it should and not before, by Prometheus' own unit tests.

A story gives series as promtool writes them (`0+5x30`: from 0, 5 more each minute), and for some minutes
which alerts fire then.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import pytest
from ruamel.yaml import YAML

from grafana.alerts import ALERTS
from grafana.build import ROOT
from tests.grafana.tools import promtool

RULES = {alert.name: alert for alert in ALERTS}
LATENCY = "tierline_event_latency_seconds"


class Fires(NamedTuple):
    """An alert at a minute: its labels beside the severity, and the number its summary names."""

    minute: int
    name: str
    labels: Mapping[str, str] = MappingProxyType({})
    value: str = ""


class Story(NamedTuple):
    """What Prometheus scraped, and what follows; `calm` are minutes at which this alert does not fire."""

    series: dict[str, str]
    fires: tuple[Fires, ...]
    calm: tuple[tuple[int, str], ...] = ()


def events(within, every):
    """Series of the latency histogram."""
    end = 'stage="end_to_end"'
    return {f'{LATENCY}_bucket{{{end}, le="2.0"}}': within, f"{LATENCY}_count{{{end}}}": every}


def processed(bad, metric, label):
    """Events, and how many of them are counted by another metric too."""
    return {
        'tierline_events_processed_total{topic="p", outcome="applied"}': "0+1000x60",
        f"{metric}{{{label}}}": f"0+{bad}x60",
    }


STORIES = {
    "one in five events is slow": Story(
        events("0+80x240", "0+100x240"),
        (Fires(61, "TierlineLatencyBudgetBurnsFast"), Fires(120, "TierlineLatencyBudgetBurns")),
    ),
    "one in ten events is slow for three hours": Story(
        events("0+90x400", "0+100x400"),
        (Fires(380, "TierlineLatencyBudgetBurns"), Fires(380, "TierlineLatencyBudgetBurnsSlowly")),
        ((380, "TierlineLatencyBudgetBurnsFast"),),
    ),
    "two in a hundred events are slow for days": Story(
        events("0+98x4400", "0+100x4400"),
        (Fires(4380, "TierlineLatencyBudgetWillBeSpent"),),
        ((4380, "TierlineLatencyBudgetBurnsSlowly"),),
    ),
    "all events are quick": Story(
        events("0+100x400", "0+100x400"),
        (),
        tuple((380, name) for name in RULES if "Budget" in name),
    ),
    "nothing happens": Story(
        events("5x400", "5x400"), (), tuple((380, name) for name in RULES if "Budget" in name)
    ),
    "a slow hour that is over": Story(
        events("0+50x60 3050+100x60", "0+100x120"), (), ((119, "TierlineLatencyBudgetBurnsFast"),)
    ),
    "a ledger does not add up and is put right": Story(
        {'tierline_ledger_mismatch_customers{partition="1"}': "0x10 2x10 0x30"},
        (
            Fires(12, "TierlineLedgerMismatch", value="2"),
            Fires(40, "TierlineLedgerMismatchLately", value="2"),
        ),
        ((9, "TierlineLedgerMismatch"), (40, "TierlineLedgerMismatch"), (12, "TierlineLedgerMismatchLately")),
    ),
    "nobody looks at the ledgers": Story(
        {"tierline_ledger_checks_total": "0+100x20 2000x60", "tierline_state_keys": "5000x80"},
        (Fires(75, "TierlineLedgerUnchecked"),),
        ((19, "TierlineLedgerUnchecked"), (45, "TierlineLedgerUnchecked")),
    ),
    "nobody looks at ledgers that are not there": Story(
        {"tierline_ledger_checks_total": "0x80", "tierline_state_keys": "12x80"},
        (),
        ((75, "TierlineLedgerUnchecked"),),
    ),
    "a worker is gone": Story(
        {'up{job="tierline", instance="w-2:9100"}': "1x5 0x10", 'up{job="other", instance="x"}': "0x20"},
        (Fires(9, "TierlineWorkerDown", {"job": "tierline", "instance": "w-2:9100"}),),
        ((5, "TierlineWorkerDown"), (7, "TierlineWorkerDown")),
    ),
    "a partition has no owner": Story(
        {
            'tierline_partitions_assigned{instance="a"}': "2x5 2x15",
            'tierline_partitions_assigned{instance="b"}': "2x5 1x15",
            'tierline_partitions{instance="a"}': "4x20",
            'tierline_partitions{instance="b"}': "4x20",
        },
        (Fires(10, "TierlinePartitionsUnowned", value="-1"),),
        ((5, "TierlinePartitionsUnowned"), (7, "TierlinePartitionsUnowned")),
    ),
    "a partition stands still": Story(
        {
            'tierline_consumer_lag_records{topic="p", partition="1"}': "0x5 7x15",
            'tierline_consumer_lag_records{topic="p", partition="2"}': "7x20",
            'tierline_transactions_total{partition="1", result="committed"}': "0+5x5 25x15",
            'tierline_transactions_total{partition="2", result="committed"}': "0+5x20",
        },
        (Fires(12, "TierlineStalled", {"partition": "1"}),),
        ((6, "TierlineStalled"),),
    ),
    "more comes than is applied": Story(
        {'tierline_consumer_lag_records{topic="p", partition="1"}': "0+1000x60"},
        (Fires(40, "TierlineLagGrows"),),
        ((9, "TierlineLagGrows"), (15, "TierlineLagGrows")),
    ),
    "a backlog is worked off": Story(
        {'tierline_consumer_lag_records{topic="p", partition="1"}': "100000-1000x60"},
        (),
        ((40, "TierlineLagGrows"),),
    ),
    "the engine fails on an event": Story(
        {'tierline_dead_letters_total{reason="rule_error", topic="p"}': "0x10 1x60"},
        (Fires(12, "TierlineRuleErrors", value="1"),),
        ((10, "TierlineRuleErrors"), (40, "TierlineRuleErrors")),
    ),
    "a sender writes nonsense": Story(
        processed(20, "tierline_dead_letters_total", 'reason="schema", topic="p"'),
        (Fires(40, "TierlineDeadLetters"),),
        ((10, "TierlineDeadLetters"), (40, "TierlineRuleErrors")),
    ),
    "a sender writes nonsense now and then": Story(
        processed(5, "tierline_dead_letters_total", 'reason="schema", topic="p"'),
        (),
        ((59, "TierlineDeadLetters"),),
    ),
    "a sender sends everything again": Story(
        processed(400, "tierline_duplicates_dropped_total", 'topic="p"'),
        (Fires(50, "TierlineDuplicates"),),
        ((20, "TierlineDuplicates"),),
    ),
    "a sender is months late": Story(
        processed(20, "tierline_events_late_total", 'topic="p"'),
        (Fires(40, "TierlineLateEvents"),),
        ((10, "TierlineLateEvents"),),
    ),
    "a commit is lost": Story(
        {'tierline_transactions_total{result="uncertain"}': "0x10 1x100"},
        (Fires(12, "TierlineLostTransactions"),),
        ((10, "TierlineLostTransactions"), (90, "TierlineLostTransactions")),
    ),
    "a worker starts again and again": Story(
        {'tierline_worker_exits_total{exit="DEFECT"}': "0x10 0+1x20"},
        (Fires(20, "TierlineRestarts", value="9"),),
        ((12, "TierlineRestarts"),),
    ),
    "state is wiped": Story(
        {"tierline_state_wiped_total": "0x10 1x100"},
        (Fires(12, "TierlineStateWiped"),),
        ((10, "TierlineStateWiped"), (90, "TierlineStateWiped")),
    ),
    "the group never settles": Story(
        {'tierline_rebalances_total{instance="a"}': "0+1x30"},
        (Fires(20, "TierlineRebalances", value="15"),),
        ((3, "TierlineRebalances"),),
    ),
    "a restore takes long": Story(
        {'tierline_restore_remaining_records{partition="1"}': "0x2 900000-1x30"},
        (Fires(20, "TierlineRestoreSlow"),),
        ((8, "TierlineRestoreSlow"),),
    ),
    "half of the workers are new": Story(
        {
            'tierline_build_info{rules_hash="a", instance="1"}': "1x30",
            'tierline_build_info{rules_hash="b", instance="2"}': "1x30",
        },
        (Fires(15, "TierlineRulebooksDiffer"),),
        ((5, "TierlineRulebooksDiffer"),),
    ),
}


def unit_test(story):
    """The story as promtool reads it."""
    cases = [{"eval_time": f"{each[0]}m", "alertname": each[1], "exp_alerts": []} for each in story.calm]
    for fires in story.fires:
        rule = RULES[fires.name]
        summary = rule.summary
        for label, text in fires.labels.items():
            summary = summary.replace("{{ $labels." + label + " }}", text)
        expected = {
            "exp_labels": {"severity": rule.severity, **fires.labels},
            "exp_annotations": {
                "summary": summary.replace("{{ humanize $value }}", fires.value),
                "runbook": rule.anchor,
            },
        }
        cases.append({"eval_time": f"{fires.minute}m", "alertname": fires.name, "exp_alerts": [expected]})
    series = [{"series": name, "values": values} for name, values in story.series.items()]
    return {"interval": "1m", "input_series": series, "alert_rule_test": cases}


@pytest.mark.parametrize("name", STORIES)
def test_alerts_fire_when_they_should_and_not_before(name, tmp_path):
    path = tmp_path / "test.yaml"
    content = {
        "rule_files": [str(ROOT / "docker/prometheus/rules.yaml")],
        "evaluation_interval": "1m",
        "tests": [unit_test(STORIES[name])],
    }
    YAML(typ="safe").dump(content, path)
    promtool("test", "rules", path)


def test_every_alert_is_seen_to_fire_and_to_keep_still():
    assert {fires.name for story in STORIES.values() for fires in story.fires} == set(RULES)
    assert {name for story in STORIES.values() for _, name in story.calm} == set(RULES)
