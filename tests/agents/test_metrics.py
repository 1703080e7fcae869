"""What a worker tells Prometheus is what happened, to the last record and point."""

import re
from collections import Counter
from itertools import pairwise

import prometheus_client
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as open_metrics
from prometheus_client.parser import text_string_to_metric_families

from agents.accounts import CUSTOMER
from agents.exits import Exit, exits_before, name_of, told
from agents.flow import Flow
from agents.latency import BOUNDS_S, Latencies
from agents.metrics import STAGES, Metrics
from engine.effects import Effect
from tests.agents.support_fold import BOOK, CATALOGUE, TOPIC, Fold, story
from topics.examples_out import example_data

GIVES = {"points.earned": "purchase", "points.pending": "purchase"}
SHOWN_S = 1e-3


def samples(registry):
    """Every sample by name and labels."""
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {
        (each.name, *sorted(each.labels.items())): each.value
        for family in families
        for each in family.samples
    }


def shown_of(records, size):
    """The samples after a fold took the records in runs of `size`, and what it sent."""
    fold, metrics = Fold(), Metrics()
    for at in range(0, len(records), size):
        run = records[at : at + size]
        work = fold.take(run)
        metrics.committed(0, run, work, 0.1, 0.2, run[-1].timestamp + 1_000, "shop|e-1")
    return samples(metrics.registry), fold, metrics


def of(shown, name, **labels):
    """The sum of the samples of this name that have these labels."""
    return sum(
        value
        for (found, *having), value in shown.items()
        if found == "tierline_" + name and labels.items() <= dict(having).items()
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("size", [7, 1_000])
def test_the_counters_are_what_the_messages_add_up_to(seed, size):
    records = story(seed)
    shown, fold, _ = shown_of([*records, *records[:40]], size)
    lines = fold.lines
    types = Counter(line["type"] for line in lines)
    for kind in types - Counter({"dead_letter": types["dead_letter"]}):
        assert of(shown, "messages_sent_total", type=kind) == types[kind], kind
    given_ = sum(each["data"]["qty"] for each in lines if each["type"] in GIVES)
    clawed = sum(
        line["data"]["qty"] - line["data"].get("from_expired", 0)
        for line in lines
        if line["type"] == "points.clawed_back"
    )
    assert given_ > 0 < clawed
    issued = [of(shown, "points_issued_total", reason=reason) for reason in ("purchase", "engagement")]
    assert sum(issued) == given_
    assert of(shown, "points_taken_total", reason="clawed_back") == clawed
    changes = Counter(
        (line["data"]["from"], line["data"]["to"]) for line in lines if line["type"].startswith("tier.")
    )
    assert changes
    for (before, after), count in changes.items():
        assert of(shown, "tier_transitions_total", **{"from": before, "to": after}) == count
    alerts = Counter(line["data"]["level"] for line in lines if line["type"] == "churn.alert")
    assert sum(alerts.values()) == of(shown, "alerts_total")
    assert of(shown, "dead_letters_total") == types["dead_letter"]


def test_every_record_has_one_outcome_and_repeats_are_counted_as_dropped():
    records = story(1)
    repeats = records[:40]
    shown, _, _ = shown_of([*records, *repeats], 100)
    assert of(shown, "events_processed_total") == len(records) + len(repeats)
    again = of(shown, "events_processed_total", outcome="duplicate")
    assert again == of(shown, "duplicates_dropped_total") >= 1
    assert of(shown, "event_latency_seconds_count", stage="end_to_end") == len(records) + len(repeats)


def test_no_label_holds_a_customer_and_the_slowest_record_is_an_example_of_its_bucket():
    records = story(2)
    shown, fold, metrics = shown_of(records, 50)
    customers = {key[1:].decode() for key in fold.store.rows if key[:1] == CUSTOMER}
    labels = {value for (_, *having) in shown for _, value in having}
    assert customers
    assert labels & customers == set()
    text = open_metrics(metrics.registry).decode()
    examples = re.findall(r'_bucket\{le="[^"]*",stage="(\w+)"\} \S+ # \{event_id="shop\|e-1"\}', text)
    assert set(examples) == {"end_to_end"}
    assert "shop|e-1" not in generate_latest(metrics.registry).decode()


@given(st.lists(st.integers(0, 20_000), min_size=1, max_size=50), st.lists(st.floats(0, 20), max_size=5))
def test_a_commit_counts_into_the_histogram_as_one_by_one_would(waits_ms, spent_s):
    ours, until_ms = CollectorRegistry(), 1_700_000_000_000
    latencies = Latencies("tierline_x_seconds", "x", STAGES)
    ours.register(latencies)
    latencies.since("ingest", sorted(until_ms - wait for wait in waits_ms), until_ms)
    theirs = CollectorRegistry()
    one_by_one = prometheus_client.Histogram(
        "tierline_x_seconds", "x", ["stage"], buckets=BOUNDS_S, registry=theirs
    )
    for wait in waits_ms:
        one_by_one.labels("ingest").observe(wait / 1000)
    for seconds in spent_s:
        latencies.same("commit", seconds, 3)
        for _ in range(3):
            one_by_one.labels("commit").observe(seconds)
    found = samples(ours)
    for key, value in samples(theirs).items():
        if not key[0].endswith("_created"):
            assert found[key] == pytest.approx(value), key


def test_buckets_never_fall_and_an_event_id_too_long_for_an_exemplar_is_left_out():
    registry = CollectorRegistry()
    latencies = Latencies("tierline_x_seconds", "x", ("ingest",))
    registry.register(latencies)
    latencies.since("ingest", [0, 500, 990, 5_000], 1_000, "s|" + "x" * 200)
    counts = [value for key, value in samples(registry).items() if key[0].endswith("_bucket")]
    assert all(before <= after for before, after in pairwise(counts))
    assert "event_id" not in open_metrics(registry).decode()


def test_gauges_of_partitions_that_have_gone_are_gone():
    metrics = Metrics()
    metrics.board.put("state_keys", {("0",): 5, ("1",): 6})
    metrics.board.put("state_keys", {("1",): 7})
    assert {key: value for key, value in samples(metrics.registry).items() if "state_keys" in key[0]} == {
        ("tierline_state_keys", ("partition", "1")): 7.0
    }


def test_a_gauge_nobody_declared_is_refused():
    with pytest.raises(AssertionError):
        Metrics().board.put("no_such_gauge", {})


def test_what_runs_here_and_how_it_ended_before_is_told(monkeypatch):
    for name, value in told({"FENCED": 2, "SIGNAL": 1}).items():
        monkeypatch.setenv(name, value)
    metrics = Metrics()
    metrics.began(BOOK, CATALOGUE, compiled=False, exits=exits_before())
    shown = samples(metrics.registry)
    assert of(shown, "worker_exits_total", exit="FENCED") == 2
    assert of(shown, "worker_exits_total", exit="SIGNAL") == 1
    assert of(shown, "transactions_total", result="fenced") == 2
    assert of(shown, "build_info", rules_hash=BOOK.digest, engine="python") == 1
    assert [name_of(code) for code in (-9, Exit.UNCERTAIN, 1)] == ["SIGNAL", "UNCERTAIN", "DEFECT"]
    monkeypatch.delenv("TIERLINE_EXITS")
    assert exits_before() == {}


def test_what_came_too_late_is_counted_as_late():
    records = story(1)
    old = records[0]
    old.timestamp = records[-1].timestamp + 200 * 86_400_000
    shown, _, _ = shown_of([old], 1)
    assert of(shown, "events_late_total", topic=TOPIC) == 1


def test_words_for_customers_are_counted_by_class_and_by_why_they_were_suppressed():
    flow = Flow()
    for kind in ("notify.requested", "notify.suppressed", "notify.suppressed"):
        flow.sent([Effect("i", kind, "c42", 0, "a|b", "shop@1", example_data(kind))])
    counted = {key: number for key, number in flow.counts.items() if key[0] == "notice"}
    assert counted == {("notice", "marketing", "requested"): 1, ("notice", "marketing", "no_consent"): 2}
