"""docker/compose.yaml as local processes: each panel and each alert is asked of it, and answers.

Two workers, live load, Prometheus. Then a worker is killed, and all figures of the state are as before.
"""

import re
import subprocess
import sys
import time
from itertools import chain
from urllib.request import urlopen

import pytest

from agents.broker_config import HOST
from grafana.alerts import ALERTS, WINDOWS, recorded
from grafana.build import DASHBOARDS
from tests.agents.worker_kit import running
from tests.grafana.stack import PATIENCE_S, WORKERS, running_stack
from tests.grafana.tools import promtool

VARIABLES = {
    "$__rate_interval": "1m",
    "$__range": "1m",
    "$job": ".+",
    "$instance": ".+",
}
LOAD_PER_S = 150
FROM_STATE = (
    "sum by (tier_set, tier) (tierline_customers)",
    "sum by (level) (tierline_customers_risk)",
    "sum by (wallet, state) (tierline_points_outstanding)",
    "sum by (currency, state) (tierline_points_liability)",
    "sum (tierline_customers_known)",
    "sum (tierline_customers_enrolled)",
)


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    """Everything at work under load, for long enough that all has happened once."""
    with running_stack(tmp_path_factory.mktemp("stack")) as all_of_it:
        all_of_it.until("sum (tierline_partitions_assigned)", lambda found: found == [4])
        yield all_of_it


def asked(expr):
    """A panel's question as Grafana would send it."""
    for name, value in VARIABLES.items():
        expr = expr.replace(name, value)
    assert "$" not in expr
    return expr


def series(stack, expr):
    """Each series of a query: its labels and its number."""
    found = stack.ask("query", query=expr)["result"]
    return {tuple(sorted(each["metric"].items())): float(each["value"][1]) for each in found}


def unanswered(stack, exprs):
    """Those that give no number, waiting a while for each."""
    deadline, left = time.monotonic() + PATIENCE_S, dict.fromkeys(exprs)
    while left and time.monotonic() < deadline:
        left = {expr: None for expr in left if not stack.numbers(expr)}
        time.sleep(0.5)
    return list(left)


def test_every_panel_and_every_alert_is_answered_and_a_killed_worker_changes_no_figure(stack):
    load = [*stack.command("load"), "--rate", str(LOAD_PER_S)]
    with running(load, stack.environment("load"), stack.folder / "load.log") as process:
        panels = [
            asked(query.expr) for board in DASHBOARDS for panel in board.panels for query in panel.queries
        ]
        conditions = [condition.expr for alert in ALERTS for condition in alert.conditions]
        wanted = [*panels, *conditions, *map(recorded, WINDOWS)]
        assert unanswered(stack, wanted) == []
        process.stop()
    stack.until("sum (tierline_consumer_lag_records)", lambda found: found == [0])
    _no_rule_fails_and_nothing_pages(stack)
    _examples_are_kept(stack)
    before = _settled(stack)
    assert all(before.values())
    stack.processes["worker-1"].popen.kill()
    assert stack.processes["worker-1"].popen.wait() != 0
    stack.until("sum (up{job='tierline'})", lambda found: found == [1])
    stack.until("sum (tierline_partitions_assigned)", lambda found: found == [4])
    stack.until("sum (tierline_consumer_lag_records)", lambda found: found == [0])
    assert _settled(stack) == before


def _settled(stack):
    """The figures from the state, once they no longer move."""
    deadline, last = time.monotonic() + PATIENCE_S, {}
    while time.monotonic() < deadline:
        time.sleep(2)
        now = {expr: series(stack, expr) for expr in FROM_STATE}
        if now == last:
            return now
        last = now
    raise AssertionError(f"the figures still move: {last}")


def _no_rule_fails_and_nothing_pages(stack):
    rules = list(chain.from_iterable(group["rules"] for group in stack.ask("rules")["groups"]))
    assert len(rules) == len(ALERTS) + len(WINDOWS)
    assert {(rule["health"], rule.get("lastError", "")) for rule in rules} == {("ok", "")}
    firing = {rule["name"] for rule in rules if rule.get("state") == "firing"}
    assert firing & {alert.name for alert in ALERTS if alert.severity == "page"} == set()


def _examples_are_kept(stack):
    now = time.time()
    found = stack.ask(
        "query_exemplars", query="tierline_event_latency_seconds_bucket", start=str(now - 300), end=str(now)
    )
    ids = {example["labels"]["event_id"] for each in found for example in each["exemplars"]}
    assert ids
    assert all(re.fullmatch(r"load\|[0-9a-f]+-\d+", each) for each in ids)


@pytest.mark.parametrize("name", WORKERS[1:])
def test_the_health_check_of_the_image_says_whether_a_worker_is_ready(stack, name):
    check = [sys.executable, "-m", "agents.health"]
    env = stack.environment(name)
    assert subprocess.run(check, env=env, timeout=30).returncode == 0
    gone = subprocess.run(
        check, env=env | {"TIERLINE_WEB_PORT": "9"}, timeout=30, capture_output=True, text=True
    )
    assert (gone.returncode, gone.stderr.count("\n")) == (1, 1)
    assert "not ready" in gone.stderr


def test_prometheus_finds_no_fault_with_what_a_worker_shows(stack):
    with urlopen(f"http://{HOST}:{stack.ports[WORKERS[1]]}/metrics", timeout=20) as answer:
        assert promtool("check", "metrics", given=answer.read().decode()) == ""
