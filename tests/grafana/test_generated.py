"""Dashboards, alert rules and their runbook are what the code says, and as Grafana's linter wants them."""

import json
import re

import pytest
from prometheus_client import generate_latest
from ruamel.yaml import YAML

from agents.metrics import Metrics
from grafana.alerts import ALERTS, RUNBOOK
from grafana.build import DASHBOARDS, ROOT, files
from tests.grafana.lint import RULES, targets
from tests.grafana.tools import promtool

BOARDS = {
    path.stem: json.loads(path.read_text()) for path in sorted((ROOT / "grafana/dashboards").glob("*.json"))
}
LINT = YAML(typ="safe").load(ROOT / "grafana/dashboards/.lint")["exclusions"]
PROCESS = {"process_resident_memory_bytes", "process_cpu_seconds_total"}
NAMES = re.compile(r"\b(?:tierline_|process_)\w+")

BROKEN = [
    ("template-datasource-rule", ("templating", "list", 0, "name"), "source"),
    ("template-job-rule", ("templating", "list", 1, "multi"), False),
    ("template-instance-rule", ("templating", "list", 2, "allValue"), ".*"),
    ("template-label-promql-rule", ("templating", "list", 1, "query", "query"), "up"),
    ("template-on-time-change-reload-rule", ("templating", "list", 1, "refresh"), 1),
    ("panel-datasource-rule", ("panels", 1, "datasource", "uid"), "prometheus"),
    ("panel-title-description-rule", ("panels", 1, "description"), ""),
    ("panel-units-rule", ("panels", 1, "fieldConfig", "defaults", "unit"), "nonsense"),
    ("panel-no-targets-rule", ("panels", 1, "targets"), []),
    ("target-rate-interval-rule", ("panels", 1, "targets", 0, "expr"), "rate(a_total[5m])"),
    ("target-job-rule", ("panels", 1, "targets", 0, "expr"), 'up{instance=~"$instance"}'),
    ("target-instance-rule", ("panels", 1, "targets", 0, "expr"), 'up{job=~"$job"}'),
    ("target-counter-agg-rule", ("panels", 1, "targets", 0, "expr"), "tierline_events_processed_total"),
    ("uneditable-dashboard-rule", ("editable",), True),
]


def excused(rule, board, sentence):
    """Whether `.lint` lets this pass."""
    return any(
        (entry["dashboard"], entry["panel"]) == (board["title"], sentence.partition(":")[0])
        for entry in LINT.get(rule, {}).get("entries", ())
    )


def asked_for():
    """Every metric that a panel or an alert asks for."""
    texts = [expr for board in BOARDS.values() for _, expr in targets(board)]
    texts += [alert.expr for alert in ALERTS]
    return {re.sub(r"_(bucket|count|sum)$", "", name) for text in texts for name in NAMES.findall(text)}


@pytest.mark.parametrize(("path", "text"), list(files()), ids=lambda each: getattr(each, "name", ""))
def test_what_is_committed_is_what_the_code_makes(path, text):
    assert path.read_text() == text, "run: python -m grafana.build"


def test_every_dashboard_is_committed_and_no_other():
    assert {f"tierline-{name}" for name in BOARDS} == {each.uid for each in DASHBOARDS}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", BOARDS)
def test_the_linter_finds_nothing(name, rule):
    board = BOARDS[name]
    assert [each for each in RULES[rule](board) if not excused(rule, board, each)] == []


@pytest.mark.parametrize("rule", LINT)
def test_what_is_excused_is_needed_and_has_a_reason(rule):
    assert LINT[rule]["reason"]
    for entry in LINT[rule]["entries"]:
        (board,) = [each for each in BOARDS.values() if each["title"] == entry["dashboard"]]
        assert any(each.startswith(entry["panel"] + ":") for each in RULES[rule](board)), entry


@pytest.mark.parametrize(("rule", "path", "value"), BROKEN)
def test_each_rule_of_the_linter_sees_what_it_is_for(rule, path, value):
    board = json.loads(json.dumps(BOARDS["operations"]))
    place = board
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert list(RULES[rule](board))


def test_no_rule_of_the_linter_goes_unproven():
    assert {rule for rule, _, _ in BROKEN} == set(RULES)


def test_every_metric_is_on_a_panel_or_in_an_alert_and_no_other_is_asked_for():
    known = {spec.name for spec in Metrics().specs}
    assert asked_for() == known | PROCESS


def test_every_alert_has_its_section_of_the_runbook_and_no_section_is_left_over():
    sections = re.findall(r"^## (\w+)$", (ROOT / RUNBOOK).read_text(), re.MULTILINE)
    assert sections == [alert.name for alert in ALERTS]


def test_prometheus_finds_no_fault_with_the_rules():
    assert f"{len(ALERTS) + 7} rules found" in promtool(
        "check", "rules", ROOT / "docker/prometheus/rules.yaml"
    )


def test_prometheus_finds_no_fault_with_its_configuration():
    promtool("check", "config", ROOT / "docker/prometheus/prometheus.yml")


def test_prometheus_finds_no_fault_with_the_names_of_the_metrics():
    promtool("check", "metrics", given=generate_latest(Metrics().registry).decode())
