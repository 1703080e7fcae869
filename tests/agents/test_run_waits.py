"""What waits in a partition, for its order or for an instant, comes in its time, however the runs are cut."""

import json
from collections import Counter

import pytest

from agents.lines import LineRecord
from tests.agents.support_events import DAY_MS
from tests.agents.support_fold import END_MS, TOPIC, Fold, bought, whole
from tests.agents.worker_kit import purchases
from topics.framing import opened


def waiting_story():
    """Refunds before their orders, one whose order never comes, and time enough to give it up."""
    orders = purchases(["c1", "c2", "c1"], "a", at_ms=END_MS)
    backs = []
    for number, order in enumerate(["o-a-0", "o-a-1", "o-a-2", "o-never"]):
        event = json.loads(orders[0][1]) | {"type": "purchase.refunded", "id": f"back{number}"}
        event["subject"] = "c2" if number == 1 else "c1"
        event["data"] = {"refund_id": f"r{number}", "order_id": order, "amount": 400}
        backs.append((event["subject"].encode(), json.dumps(event).encode()))
    rows = [*backs, *orders, *purchases(["c3"], "b", at_ms=END_MS + 8 * DAY_MS)]
    times = [END_MS + number for number in range(len(rows) - 1)] + [END_MS + 8 * DAY_MS]
    return [
        LineRecord(TOPIC, 0, number, at_ms, key, value, [("trace", b"\xff"), ("none", None)])
        for number, ((key, value), at_ms) in enumerate(zip(rows, times, strict=True))
    ]


@pytest.mark.parametrize("size", range(1, 9))
@pytest.mark.parametrize("reopened", [False, True])
def test_what_came_before_its_order_is_applied_after_it_or_put_aside_as_it_came(size, reopened):
    records = waiting_story()
    fold = Fold()
    for at in range(0, len(records), size):
        if reopened:
            fold.reopen()
        fold.take(records[at : at + size])
    fold.rest()
    kinds = Counter(line["type"] for line in fold.lines)
    assert (kinds["points.clawed_back"], kinds["points.earned"], kinds["dead_letter"]) == (3, 4, 1)
    (letter,) = [each for work in fold.works for each in work.outputs if each[0].endswith("dead-letters")]
    sent = records[3]
    key, value, headers = opened(letter[2])
    assert (key, value, headers[:2]) == (sent.key, sent.value, sent.headers)
    assert dict(headers[2:])["__connect.errors.offset"] == b"3"
    counts = sum((Counter(work.flow.counts) for work in fold.works), Counter())
    outcomes = {key[2]: count for key, count in counts.items() if key[:2] == ("outcome", TOPIC)}
    assert outcomes == {"waiting": 4, "applied": 4}
    assert counts["dead_letter", TOPIC, "unknown_order"] == 1
    assert not any(key.startswith(b"w") for key in fold.store.rows)
    assert fold.outcome == whole(records).outcome


def test_after_an_outage_overdue_timers_run_in_due_order_as_of_their_due_instants():
    """Two kinds of waits of many customers, over eight weeks: at once, and hour by hour."""
    start = END_MS - 60 * DAY_MS
    refund = {"type": "purchase.refunded", "data": {"refund_id": "r", "order_id": "never", "amount": 1}}
    names = [f"c{number}" for number in range(40)]
    records = bought(names, "a", start)
    for number, record in enumerate(records[::4]):
        event = json.loads(record.value) | refund | {"id": f"back-{number}"}
        records.append(
            LineRecord(
                TOPIC, 0, len(records), start + 90_000 * number, record.key, json.dumps(event).encode()
            )
        )
    late, live = Fold(), Fold()
    late.take(records)
    live.take(records)
    for hour in range(1, 60 * 24):
        live.take([], start + hour * 3_600_000)
    late.take([], start + 60 * DAY_MS - 3_600_000)
    letters = [line for line in late.lines if line["type"] == "dead_letter"]
    alerts = [line for line in late.lines if line["type"] == "churn.alert"]
    assert (len(letters), len(alerts)) == (10, 40)
    told = [(line["time"], line["subject"]) for line in alerts]
    assert told == sorted(told)
    assert late.lines == live.lines
    assert late.outcome == live.outcome
    assert sum(work is not None for work in late.works) < len(live.works)
