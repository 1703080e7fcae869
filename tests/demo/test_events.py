"""The demo's input is real purchases in order, with marked events around them, and the same every time."""

from collections import Counter
from datetime import datetime
from itertools import pairwise

import orjson
import pytest

from demo.cdnow import SHOP_ZONE
from demo.events import SPOILS, demo_input
from demo.generated import DAY_MS
from engine.events import Engagement, Event, Purchase, Refund
from topics.catalogue import Role
from topics.decode import TimeReached, Undecodable, decode


@pytest.fixture(scope="module")
def decoded(everything):
    """(record, what the engine reads in it) of the whole input."""
    return [(r, decode(Role(r.role), r.key, r.value, r.headers)) for r in everything.records]


def events(decoded):
    return [event for _, event in decoded if isinstance(event, Event)]


def test_all_but_five_records_can_be_read(decoded):
    reasons = Counter(event.reason for _, event in decoded if isinstance(event, Undecodable))
    assert reasons == {"bad_json": 2, "schema": 2, "no_customer": 1}
    assert len(SPOILS) == 5


def test_every_row_is_one_order_with_its_money(decoded, rows):
    orders = {e.data.order_id: e for e in events(decoded) if isinstance(e.data, Purchase)}
    assert len(orders) == len(rows)
    for row in rows:
        order = orders[f"o-{row.line}"]
        assert (order.source, order.customer) == ("cdnow", row.customer)
        assert sum(line.unit_price * line.qty for line in order.data.lines) == row.cents


def test_orders_lie_on_the_files_day_in_file_order(decoded, rows):
    times = {e.id: e.occurred_ms for e in events(decoded)}
    ordered = [times[f"p-{row.line}"] for row in sorted(rows, key=lambda row: (row.day, row.line))]
    assert all(earlier < later for earlier, later in pairwise(ordered))
    for row in rows[::50]:
        instant = datetime.fromtimestamp(times[f"p-{row.line}"] / 1000, SHOP_ZONE)
        assert instant.date() == row.day


def test_record_timestamps_rise_strictly_and_are_the_event_times(everything, decoded):
    stamps = [record.timestamp_ms for record in [*everything.backlog, *everything.tail]]
    assert all(earlier < later for earlier, later in pairwise(stamps))
    first_seen = {}
    for record, event in decoded:
        if isinstance(event, Event):
            first_seen.setdefault((event.source, event.id), (record.timestamp_ms, event.occurred_ms))
    assert all(stamp == occurred for stamp, occurred in first_seen.values())


def test_the_tail_is_the_last_5000_and_every_partition_hears_of_the_end(everything):
    assert len(everything.tail) == 5_000
    assert {record.role for record in everything.tail} == {"purchases"}
    ends = [decode(Role.COMMANDS, r.key, r.value, r.headers) for r in everything.ending]
    assert [record.partition for record in everything.ending] == [0, 1, 2, 3]
    end_ms = everything.ending[0].timestamp_ms
    assert ends == [TimeReached(end_ms)] * 4
    assert everything.tail[-1].timestamp_ms < end_ms


def test_three_percent_of_the_orders_are_refunded_within_60_days(decoded, rows):
    bought = {e.data.order_id: e.occurred_ms for e in events(decoded) if isinstance(e.data, Purchase)}
    returned = {}
    for event in events(decoded):
        if event.type in ("purchase.refunded", "purchase.cancelled"):
            assert event.source == "generated"
            delay_ms = event.occurred_ms - bought[event.data.order_id]
            assert 0 < delay_ms <= 60 * DAY_MS
            returned[event.data.order_id] = event
    assert len(returned) == round(0.03 * len(rows))
    refunds = [e.data for e in returned.values() if isinstance(e.data, Refund)]
    forms = Counter(
        "amount" if r.amount is not None else "qty" if r.lines[0].qty else "lines" for r in refunds
    )
    assert min(forms["amount"], forms["qty"], forms["lines"], len(returned) - len(refunds)) > 100


def test_some_refunds_come_after_further_purchases(decoded):
    last, after = {}, 0
    for event in events(decoded):
        if isinstance(event.data, Purchase):
            last[event.customer] = event.data.order_id
        elif event.type in ("purchase.refunded", "purchase.cancelled"):
            after += last[event.customer] != event.data.order_id
    assert after > 100


def test_one_percent_comes_again_later_with_the_same_bytes(everything, decoded):
    firsts, again = {}, 0
    for record, event in decoded:
        if isinstance(event, Event):
            first = firsts.setdefault((event.source, event.id), record)
            again += record is not first
            assert (record.key, record.value) == (first.key, first.value)
            assert 0 <= record.timestamp_ms - first.timestamp_ms <= 2 * DAY_MS
    assert again == round(0.01 * len(firsts))


def test_engagements_are_marked_as_generated_and_number_a_few_tens_of_thousands(decoded):
    engaged = [event for event in events(decoded) if isinstance(event.data, Engagement)]
    assert {event.source for event in engaged} == {"generated"}
    assert 20_000 < len(engaged) < 50_000
    assert min(Counter(event.type for event in engaged).values()) > 1_000


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(rows):
    few = [row for row in rows if row.customer < "c00300"]
    assert demo_input(few, 2, 10) == demo_input(few, 2, 10)
    assert demo_input(few, 2, 10).records != demo_input(few, 2, 10, seed=2).records


def test_the_first_record_is_the_first_purchase_of_the_first_day(everything):
    event = orjson.loads(everything.backlog[0].value)
    assert (event["id"], event["subject"], event["time"][:10]) == ("p-2", "c00001", "1997-01-01")
    assert event["data"] == {"order_id": "o-2", "currency": "USD", "channel": "web", "amount": 1177}
