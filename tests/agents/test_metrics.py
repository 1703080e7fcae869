"""What a worker tells Prometheus is what happened, to the last record and point."""

import json
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

from agents.accounts import CUSTOMER, account_of, write
from agents.exits import Exit, exits_before, name_of, told
from agents.figures import Names, of_census
from agents.flow import Flow
from agents.habits import Habits
from agents.latency import BOUNDS_S, Latencies
from agents.lines import LineRecord
from agents.metrics import STAGES, Metrics
from agents.patrol import Patrol
from engine.effects import Effect
from tests.agents.support_events import DAY_MS
from tests.agents.support_fold import BOOK, CATALOGUE, END_MS, TOPIC, Fold, bought, story
from topics.catalogue import Role
from topics.examples_out import example_data
from topics.instants import format_ms

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


class _Shard:
    """A partition in hand as the patrol sees it."""

    def __init__(self, store, partition):
        self.number, self.store, self.partition, self.changed = 0, store, partition, b""


class _Rows:
    """The rows of a fold, in order, as the store on disk gives them."""

    def __init__(self, rows):
        self.rows = dict(sorted((key, value) for key, value in rows.items() if key[:1] == CUSTOMER))

    def get(self, key):
        return self.rows.get(key)

    def chunk(self, prefix, after, limit):
        return [(key, row) for key, row in self.rows.items() if key > after][:limit]


def test_the_patrol_finds_who_holds_what_no_entry_gave_and_forgets_it_once_it_is_right(caplog):
    fold = Fold()
    fold.take(story(1))
    store = _Rows(fold.store.rows)
    patrol = Patrol(_Shard(store, fold.partition))
    while not patrol.complete_s:
        patrol.look(3)
    assert patrol.wrong == set()
    key = list(store.rows)[4]
    right = store.rows[key]
    account = account_of(key[1:].decode(), right)
    account.customer.wallet.active += 1
    changed = {}
    write(account, changed)
    store.rows[key] = changed[key]
    for _ in range(2 * len(store.rows)):
        patrol.look(3)
    assert patrol.wrong == {key}
    assert caplog.text.count("wallet points") == 1
    assert key[1:].decode() not in re.split(r"\W+", caplog.text)
    store.rows[key] = right
    patrol.shard.changed = key  # The newest commit set it right.
    patrol.look(1)
    assert patrol.wrong == set()


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


def engaged(customer, at_ms, offset):
    """A sign-up, which gives points."""
    event = {
        "type": "engagement.signup", "source": "test", "id": f"s-{customer}", "subject": customer,
        "time": format_ms(at_ms).decode(), "data": {},
    }  # fmt: skip
    topic = CATALOGUE.name(Role.ENGAGEMENTS)
    return LineRecord(topic, 0, offset, at_ms, customer.encode(), json.dumps(event).encode())


def test_rates_are_of_who_bought_or_engaged_within_their_days_and_count_a_day_once():
    fold, end_ms = Fold(), END_MS - END_MS % DAY_MS + 12 * 3_600_000  # Noon.
    story_of = [
        ("a", 400), ("c", 366), ("b", 364), ("b", 363), ("g", 95), ("d", 90), ("c", 89), ("h", 80), ("e", 30),
        ("e", 30), ("f", 0),
    ]  # fmt: skip
    for number, (name, days) in enumerate(story_of):
        at_ms = end_ms - days * DAY_MS
        if name in "gh":
            fold.take([engaged(name, at_ms, number)])
        else:
            fold.take(bought([name], f"o{number}", at_ms, number))
    patrol = Patrol(_Shard(_Rows(fold.store.rows), fold.partition))
    assert patrol.habits is None
    while patrol.habits is None:
        patrol.look(3)
    assert patrol.habits == Habits(members=8, active=4, bought=5, again=1)


def test_a_day_whose_orders_all_came_back_is_no_purchase_day():
    fold = Fold()
    fold.take(bought(["a"], "x", END_MS))
    order = json.loads(bought(["a"], "x", END_MS)[0].value)["data"]["order_id"]
    event = {
        "type": "purchase.cancelled", "source": "test", "id": "c-1", "subject": "a",
        "time": format_ms(END_MS).decode(), "data": {"order_id": order},
    }  # fmt: skip
    fold.take([LineRecord(TOPIC, 0, 1, END_MS, b"a", json.dumps(event).encode())])
    patrol = Patrol(_Shard(_Rows(fold.store.rows), fold.partition))
    patrol.look(10)
    assert patrol.habits == Habits(members=1)


def test_gauges_of_the_tallies_name_every_level_and_add_up_to_the_rows():
    fold = Fold()
    fold.take(story(1))
    gauges = of_census(fold.partition.census, Names(BOOK), "0")
    customers = [
        account_of(key[1:].decode(), row).customer
        for key, row in fold.store.rows.items()
        if key[:1] == CUSTOMER
    ]
    assert gauges["customers_known"] == {("0",): len(customers)}
    assert gauges["customers_enrolled"] == {("0",): sum(each.enrolled_ms >= 0 for each in customers)}
    (main,) = BOOK.tier_sets
    ranks = Counter(each.standings[main.id].rank for each in customers if main.id in each.standings)
    assert gauges["customers"] == {(main.id, tier.code, "0"): ranks[tier.rank] for tier in main.tiers}
    levels = Counter(each.rhythm.level if each.rhythm else 0 for each in customers)
    names = ["none", *(level.name for level in BOOK.churn.levels)]
    assert gauges["customers_risk"] == {(name, "0"): levels[at] for at, name in enumerate(names)}
    assert sum(ranks.values()) > 0 < levels[0]
    active = sum(each.wallet.active for each in customers)
    assert gauges["points_outstanding"]["points", "active", "0"] == active > 0


def test_a_rank_that_the_rulebook_no_longer_has_is_shown_by_its_number():
    assert Names(BOOK).tier(BOOK.tier_set.id, 99) == "99"
    assert Names(BOOK).tier("another", 1) == "1"
