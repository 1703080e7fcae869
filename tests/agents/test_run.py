"""The pure run: what a commit holds follows from the records alone, however they are cut into runs."""

import json
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import agents.cabinet
import agents.run
from agents.accounts import due_key, row_key
from agents.journal import APPLIED_KEY, commit_of
from agents.lines import LineRecord
from agents.run import TIMERS_PER_COMMIT
from agents.work import Work
from engine.effects import Effect
from engine.events import Actor, Event, Lot, TransferIn
from engine.step import step
from tests.agents.support_events import DAY_MS, FIRST_ALERT_MS
from tests.agents.support_fold import END_MS, TOPIC, Fold, bought, story, whole
from tests.agents.worker_kit import purchases
from topics.catalogue import Catalogue
from topics.encode import line_of
from topics.framing import body_of, opened
from topics.partitioner import home


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 5), cuts=st.sets(st.integers(1, 310), max_size=40), reopened=st.booleans())
def test_it_makes_no_difference_where_a_run_ends(seed, cuts, reopened):
    records = story(seed)
    fold = Fold()
    for start, end in pairwise([0, *sorted(cut for cut in cuts if cut < len(records)), len(records)]):
        if reopened:
            fold.reopen()
        fold.take(records[start:end])
    fold.rest()
    assert fold.outcome == whole(records).outcome
    assert fold.partition.now_ms == records[-1].timestamp


def test_the_story_has_everything_that_could_depend_on_the_runs():
    kinds = Counter(line["type"] for line in whole(story(0)).lines)
    wanted = ("points.earned", "points.clawed_back", "tier.upgraded", "churn.alert", "churn.recovered")
    assert all(kinds[kind] for kind in (*wanted, "tier.downgraded", "dead_letter")), kinds


def types_of(work: Work) -> list[tuple[str, str]]:
    lines = [line_of(body) for topic, _, body, _ in work.outputs if topic != "tierline-rulebooks"]
    return [(line["subject"], line["type"]) for line in lines]


def test_a_customers_timers_fire_before_the_record_and_all_others_at_the_end_by_instant():
    fold = Fold()
    start = END_MS - 60 * DAY_MS
    fold.take([*bought(["late"], "b", start + 1000), *bought(["early", "back"], "a", start, 1)])
    again = bought(["back"], "c", start + 31 * DAY_MS, 3)
    work = fold.take(again)
    assert types_of(work) == [
        ("back", "churn.alert"),
        ("back", "points.earned"),
        ("back", "churn.recovered"),
        ("early", "churn.alert"),
        ("late", "churn.alert"),
    ]
    times = [line_of(each[2])["time"] for each in work.outputs]
    assert times == sorted(times[:1]) + times[1:3] + sorted(times[3:])
    assert work.after.cursor == (start + 1000 + FIRST_ALERT_MS, "late", "churn")


def test_effects_are_sent_in_the_order_of_the_records_though_each_customer_is_taken_into_hand_once():
    names = [f"c{number % 7}" for number in range(40)]
    records = bought(names, "a", END_MS)
    work = Fold().take(records)
    earned = [line_of(body) for topic, _, body, _ in work.outputs if topic == "loyalty.points"]
    assert [line["subject"] for line in earned] == names
    assert [line["causationid"] for line in earned] == [f"test|{json.loads(r.value)['id']}" for r in records]


def test_the_cursor_is_the_last_timer_in_the_order_of_the_records():
    fold = Fold()
    start = END_MS - 60 * DAY_MS
    fold.take(bought(["a", "b"], "a", start))
    fold.take([*bought(["b"], "x", start + 31 * DAY_MS, 2), *bought(["a"], "y", start + 31 * DAY_MS, 3)])
    again = [*bought(["b"], "p", start + 32 * DAY_MS, 4), *bought(["a", "b"], "q", start + 90 * DAY_MS, 5)]
    assert fold.take(again).after.cursor[1] == "b"


def test_a_commit_fires_a_thousand_timers_at_most_and_says_that_more_are_left():
    fold = Fold()
    start = END_MS - 60 * DAY_MS
    names = [f"c{number:04}" for number in range(2_300)]
    fold.take(bought(names, "a", start))
    fired = []
    for _ in range(3):
        work = fold.take([], start + FIRST_ALERT_MS)
        fired.append((work.flow.count("timer"), work.timers_left, fold.partition.timers_left))
    assert fired == [(TIMERS_PER_COMMIT, True, True), (TIMERS_PER_COMMIT, True, True), (300, False, False)]
    alerted = [line["subject"] for line in fold.lines if line["type"] == "churn.alert"]
    assert alerted == names
    assert fold.take([], start + FIRST_ALERT_MS) is None


def test_records_that_come_while_timers_are_left_find_their_customers_timers_fired():
    fold = Fold()
    start = END_MS - 60 * DAY_MS
    names = [f"c{number:04}" for number in range(1_500)]
    fold.take(bought(names, "a", start))
    fold.take([], start + 31 * DAY_MS)
    work = fold.take(bought(names[-1:], "b", start + 31 * DAY_MS, 1_500))
    assert types_of(work)[:3] == [
        (names[-1], "churn.alert"), (names[-1], "points.earned"), (names[-1], "churn.recovered"),
    ]  # fmt: skip
    assert work.flow.count("timer") == 500


def test_time_that_passes_with_nothing_due_commits_nothing_and_moves_nothing():
    fold = Fold()
    fold.take(bought(["a"], "a", END_MS))
    assert fold.take([], END_MS + DAY_MS) is None
    assert fold.take([]) is None
    assert fold.partition.now_ms == END_MS


def test_positions_that_move_without_a_record_are_committed():
    fold = Fold()
    fold.take(bought(["a"], "a", END_MS))
    work = fold.partition.apply([], {TOPIC: 9})
    assert commit_of(work.journal).end == [9]
    assert commit_of(work.journal).order == []


def event_of(record: LineRecord) -> dict:
    """The record's event, {} when it has none."""
    try:
        return json.loads(record.value or b"{}")
    except ValueError:
        return {}


@pytest.mark.parametrize("kind", ["purchase.completed", "engagement.share", "purchase.refunded"])
def test_an_event_that_raises_is_put_aside_alone_and_all_else_is_as_if_it_were_not_there(kind, monkeypatch):
    records = story(1)
    ids = [event["id"] for event in map(event_of, records) if event.get("type") == kind]
    bad = ids[len(ids) // 2]
    without = whole([each for each in records if f'"id": "{bad}"'.encode() not in (each.value or b"")])
    honest = agents.run.step

    def step(account, event, rulebook, now_ms):
        outcome = honest(account, event, rulebook, now_ms)
        if type(event) is Event and event.id == bad:
            account.customer.wallet.active += 1_000_000  # Half done when it fails.
            raise ZeroDivisionError("a rule divides by nothing")
        return outcome

    monkeypatch.setattr(agents.run, "step", step)
    fold = whole(records)
    letters = [line for line in fold.lines if line.get("reason") == "rule_error"]
    assert {line["message"] for line in letters} == {"ZeroDivisionError: a rule divides by nothing"}
    assert all(f'"id": "{bad}"' in line["value"] for line in letters)
    assert fold.outcome[:2] == without.outcome[:2]
    assert fold.outcome[2] - Counter(map(repr, letters)) == without.outcome[2]


def test_a_timer_that_raises_is_put_aside_and_does_not_come_again(monkeypatch):
    honest = agents.run.step

    def step(account, event, rulebook, now_ms):
        if type(event) is not Event:
            raise ZeroDivisionError("a rule divides by nothing")
        return honest(account, event, rulebook, now_ms)

    fold = Fold()
    fold.take(bought(["a"], "a", END_MS))
    monkeypatch.setattr(agents.run, "step", step)
    fold.take([], END_MS + 60 * DAY_MS)
    (letter,) = [line for line in fold.lines if line["type"] == "dead_letter"]
    assert (letter["topic"], letter["key"], letter["reason"]) == ("timer|churn", "a", "rule_error")
    assert fold.store.indexed == set()
    assert fold.take([], END_MS + 70 * DAY_MS) is None


def test_a_stray_record_is_sent_home_as_it_came_and_touches_nobody_here():
    catalogue = Catalogue(partitions=4)
    (key, value) = purchases(["c1"], "a", at_ms=END_MS)[0]
    belongs = home(key, 4)
    fold = Fold(catalogue, (belongs + 1) % 4)
    headers = [("trace", b"\xff\x00")]
    work = fold.take([LineRecord(TOPIC, fold.number, 0, END_MS, key, value, headers)])
    assert (TOPIC, belongs, body_of(key, value, headers), END_MS) in work.outputs
    assert work.flow.count("outcome", TOPIC, "forwarded") == 1
    assert [key for key, _ in work.changelog] == [APPLIED_KEY]


def test_what_the_engine_sends_another_customer_goes_to_that_customers_partition(monkeypatch):
    """One event hands on; the second is what was handed on, and is applied where its customer lives."""
    catalogue = Catalogue(partitions=4)
    giver, getter = "c1", next(n for n in map(str, range(9)) if home(n.encode(), 4) != home(b"c1", 4))
    data = TransferIn(Actor("a"), "t-1", giver, "points", (Lot(5),))

    def hand_on(account, event, rulebook, now_ms):
        if account.customer.id == giver:
            effect = Effect("i-1", "transfer.received", getter, now_ms, "s|i", "v@1", data)
            return [*step(account, event, rulebook, now_ms), effect]
        return step(account, event, rulebook, now_ms)

    monkeypatch.setattr(agents.run, "step", hand_on)
    first = Fold(catalogue, home(b"c1", 4))
    (key, value) = purchases([giver], "a", at_ms=END_MS)[0]
    work = first.take([LineRecord(TOPIC, first.number, 0, END_MS, key, value, [])])
    (sent,) = [output for output in work.outputs if output[0] == "loyalty.commands"]
    topic, where, body, timestamp = sent
    key, value, headers = opened(body)
    assert (where, key, timestamp) == (home(getter.encode(), 4), getter.encode(), END_MS)
    second = Fold(catalogue, where)
    work = second.take([LineRecord(topic, where, 0, timestamp, key, value, headers)])
    assert work.flow.count("outcome", topic, "applied") == 1
    assert [line["causationid"] for line in second.lines] == ["/tierline|i-1"]


@pytest.mark.parametrize("size", [1, 1_000])
def test_accounts_that_are_let_go_and_read_again_give_the_same_bytes(size, monkeypatch):
    records = story(2)
    wanted = whole(records).outcome
    monkeypatch.setattr(agents.cabinet, "HELD_BYTES", size)
    fold = Fold()
    for at in range(0, len(records), 7):
        fold.take(records[at : at + 7])
        assert sum(map(len, fold.partition.cabinet.held.values())) <= size
    fold.rest()
    assert fold.outcome == wanted


def test_the_due_index_holds_each_customers_earliest_instant_and_nothing_else():
    fold = whole(story(0))
    rows = {key: value for key, value in fold.store.rows.items() if key.startswith(b"s")}
    wanted = {(int.from_bytes(value[:8], "big"), key[1:]) for key, value in rows.items() if any(value[:8])}
    assert fold.store.indexed == wanted
    assert row_key("c1") in rows
    assert due_key(1, b"c1") not in fold.store.rows
