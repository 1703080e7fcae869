"""Bytes become engine events exactly, or one reason and one sentence, whatever the bytes are."""

import copy
import json

import pytest

from engine.events import (
    Cancel,
    Delivered,
    Engagement,
    Event,
    Line,
    PaidWith,
    Purchase,
    Refund,
    RefundLine,
)
from rules.facts import ENGAGEMENT_KINDS
from topics.catalogue import Role
from topics.decode import TimeReached, Undecodable, decode
from topics.examples import EXAMPLES, SMALLEST

KEY = b"c42"
TIME_MS = 1768014245678


def changed(path: str, value: object, base: dict = SMALLEST) -> bytes:
    """The event as JSON with one field set ("data.amount"), or removed when the value is ...."""
    event = copy.deepcopy(base)
    *way, last = path.split(".")
    node = event
    for name in way:
        node = node[int(name) if isinstance(node, list) else name]
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return json.dumps(event).encode()


def data_of(kind: str, role: Role) -> object:
    got = decode(role, KEY, json.dumps(EXAMPLES[kind]).encode())
    assert isinstance(got, Event)
    source = EXAMPLES[kind]["source"]
    assert (got.type, got.source, got.id, got.customer) == (kind, source, f"{kind}-1", "c42")
    assert (got.occurred_ms, got.backfill) == (TIME_MS, False)
    return got.data


def test_the_smallest_purchase_is_one_line():
    got = decode(Role.PURCHASES, KEY, json.dumps(SMALLEST).encode())
    assert got.data == Purchase("o-1", "CNY", (Line("1", 12990),))
    assert len(got.payload_hash) == 8


def test_a_purchase_with_lines_is_read_in_full():
    assert data_of("purchase.completed", Role.PURCHASES) == Purchase(
        order_id="o-1",
        currency="CNY",
        lines=(
            Line("A", 4995, 2, 500, 1092, "lp-771", ("vinyl", "jazz"), "Blue Note", ("new",), True),
            Line("B", 5010, category=("giftcard",), eligible=False),
        ),
        order_version=1,
        order_discount=1500,
        points_value=1000,
        giftcard_value=2000,
        channel="web",
        store_id="s-17",
        fx_rate="1.0",
        paid_with=PaidWith("points", 1000, "x-1"),
    )


def test_refund_cancellation_delivery_and_engagement_are_read_in_full():
    lines = (RefundLine("A", qty=1), RefundLine("B", amount=2500))
    assert data_of("purchase.refunded", Role.PURCHASES) == Refund("r-1", "o-1", lines, None, "too loud")
    assert data_of("purchase.cancelled", Role.PURCHASES) == Cancel("o-1")
    assert data_of("purchase.delivered", Role.PURCHASES) == Delivered("o-1")
    review = Engagement("review", "o-1/A", 5, 140, 5, 0, "c43")
    assert data_of("engagement.review", Role.ENGAGEMENTS) == review


@pytest.mark.parametrize("kind", ENGAGEMENT_KINDS)
def test_every_kind_of_engagement_is_known_and_needs_no_data(kind):
    event = {name: value for name, value in SMALLEST.items() if name != "data"} | {
        "type": f"engagement.{kind}"
    }
    assert decode(Role.ENGAGEMENTS, KEY, json.dumps(event).encode()).data == Engagement(kind)


@pytest.mark.parametrize("key", [None, b"", b"any", b"\xff"])
def test_time_reached_needs_no_customer(key):
    value = b'{"type":"time.reached","source":"demo","time":"2026-01-10T03:04:05.678Z"}'
    assert decode(Role.COMMANDS, key, value) == TimeReached(TIME_MS)


LINE = {"line_id": "A", "unit_price": 100}
LINES = {"order_id": "o", "currency": "CNY", "lines": [LINE]}
WITH_LINES = {**SMALLEST, "data": LINES}
REFUND = EXAMPLES["purchase.refunded"]

REFUSED = [
    (b"", "bad_json", "$: "),
    (b"{", "bad_json", "$: "),
    (b"\xff\xfe", "bad_json", "$: it is not UTF-8 at byte 0"),
    (changed("data.amount", float("nan")), "bad_json", "$: "),
    (changed("data.note", float("inf")), "bad_json", "$: "),
    (changed("data.order_id", "\ud800"), "bad_json", "$: "),
    (
        json.dumps(SMALLEST).encode().replace(b'"o-1"', b'"o-1","note":"\xff"'),
        "bad_json",
        "$: it is not UTF-8",
    ),
    (b"[" * 100_000, "schema", "$: expected object, got array"),
    (b'{"x":' + b"[" * 100_000, "bad_json", "$: it is nested too deeply"),
    (b"[]", "schema", "$: expected object, got array"),
    (b"null", "schema", "$: expected object, got null"),
    (changed("source", ...), "schema", "$: missing the required field source"),
    (changed("data.currency", ...), "schema", "$.data: missing the required field currency"),
    (changed("data.amount", ...), "schema", "$.data: amount or lines is missing"),
    (changed("data.amount", "12990"), "schema", "$.data.amount: expected int, got str"),
    (changed("data.amount", 1.0), "schema", "$.data.amount: expected int, got float"),
    (changed("data.amount", True), "schema", "$.data.amount: expected int, got bool"),
    (changed("data.currency", "cny"), "schema", "$.data.currency: three capital letters"),
    (changed("data.fx_rate", "0.0"), "schema", "$.data.fx_rate: a positive decimal"),
    (changed("data.lines", [LINE]), "schema", "$.data: amount and lines exclude each other"),
    (changed("data.lines", [], WITH_LINES), "schema", "$.data.lines: expected array of length >= 1"),
    (changed("data.lines", [LINE, LINE], WITH_LINES), "schema", "$.data.lines: a line_id occurs twice"),
    (changed("id", ""), "schema", "$.id: expected str of length >= 1"),
    (changed("id", "x" * 257), "schema", "$.id: expected str of length <= 256"),
    (changed("id", "a\nb"), "schema", "$.id: a control character"),
    (changed("data.order_id", "a\x7fb"), "schema", "$.data.order_id: a control character"),
    (changed("data.lines.0.line_id", "\x85", WITH_LINES), "schema", "$.data.lines[...].line_id: a control"),
    (changed("specversion", "2.0"), "schema", "$.specversion: "),
    (changed("time", "2026-02-30T00:00:00Z"), "schema", "$.time: an RFC 3339 time"),
    (changed("time", "2026-01-10 03:04:05Z"), "schema", "$.time: an RFC 3339 time"),
    (changed("time", "9999-01-01T00:00:00Z"), "schema", "$.time: an RFC 3339 time"),
    (changed("time", 5), "schema", "$.time: expected str, got int"),
    (changed("backfill", "true"), "schema", "$.backfill: expected bool, got str"),
    (changed("data.lines", [], REFUND), "schema", "$.data.lines: expected array of length >= 1"),
    (changed("data.amount", 5, REFUND), "schema", "$.data: exactly one of lines and amount"),
    (changed("data.lines", ..., REFUND), "schema", "$.data: exactly one of lines and amount"),
    (changed("data.lines.0.amount", 5, REFUND), "schema", "$.data.lines[...]: qty and amount exclude"),
    (changed("type", ...), "schema", "$: missing the required field type"),
    (changed("type", 7), "schema", "$.type: expected str"),
    (changed("type", "purchase.stolen"), "unknown_type", "$.type: the type 'purchase.stolen' is unknown"),
    (changed("type", "x" * 10**6), "unknown_type", "$.type: the type 'xxx"),
    (
        changed("type", "engagement.login"),
        "unknown_type",
        "$.type: the type 'engagement.login' belongs on the eng",
    ),
    (changed("subject", ...), "no_customer", "$: missing the required field subject"),
    (changed("subject", None), "no_customer", "$.subject: expected str, got null"),
    (changed("subject", ""), "no_customer", "$.subject: expected str of length >= 1"),
    (changed("subject", "c43"), "no_customer", "$.subject: the customer differs from the record's key"),
    (changed("data.amount", -1), "bad_money", "$.data.amount: expected int >= 0"),
    (changed("data.amount", 10**12 + 1), "bad_money", "$.data.amount: expected int <= 1000000000000"),
    (changed("data.amount", 10**400), "bad_money", "$.data.amount: "),
    (
        changed("data.lines.0.unit_price", -1, WITH_LINES),
        "bad_money",
        "$.data.lines[0].unit_price: expected int",
    ),
    (
        changed("data.lines.0.discount", 101, WITH_LINES),
        "bad_money",
        "$.data.lines[...].discount: it is more",
    ),
    (
        changed("data.lines", [{**LINE, "unit_price": 10**12, "qty": 11}], WITH_LINES),
        "bad_money",
        "$.data.lines: ",
    ),
    (
        changed("data.paid_with_points", {"wallet": "w", "points": 1, "value": -1}),
        "bad_money",
        "$.data.paid_with",
    ),
    (changed("data.lines.0.qty", 0, WITH_LINES), "negative_qty", "$.data.lines[0].qty: expected int >= 1"),
    (changed("data.lines.0.qty", -5, REFUND), "negative_qty", "$.data.lines[0].qty: expected int >= 1"),
    (
        changed("data.lines.0.qty", 10**6 + 1, WITH_LINES),
        "schema",
        "$.data.lines[0].qty: expected int <= 1000000",
    ),
]


@pytest.mark.parametrize(("value", "reason", "message"), REFUSED, ids=lambda part: str(part)[:40])
def test_a_record_that_cannot_be_read_has_a_reason_and_names_the_place(value, reason, message):
    got = decode(Role.PURCHASES, KEY, value)
    assert isinstance(got, Undecodable), got
    assert (got.reason, got.message[: len(message)]) == (reason, message)
    assert "\n" not in got.message
    assert len(got.message) < 300


@pytest.mark.parametrize("role", [Role.PURCHASES, Role.ENGAGEMENTS, Role.COMMANDS])
def test_a_null_value_is_refused(role):
    assert decode(role, KEY, None) == Undecodable("schema", "$: the value is null, an event is expected")


@pytest.mark.parametrize("key", [None, b"", b"\xff", b"c43", b"c42 "])
def test_the_key_must_be_the_customer(key):
    got = decode(Role.PURCHASES, key, json.dumps(SMALLEST).encode())
    assert got.reason == "no_customer"


@pytest.mark.parametrize(
    ("role", "kind", "home"),
    [
        (Role.ENGAGEMENTS, "purchase.completed", "purchases"),
        (Role.COMMANDS, "purchase.refunded", "purchases"),
        (Role.COMMANDS, "engagement.nps", "engagements"),
        (Role.PURCHASES, "time.reached", "commands"),
        (Role.PURCHASES, "command.points.redeem", "commands"),
        (Role.ENGAGEMENTS, "time.reached", "commands"),
    ],
)
def test_a_type_on_the_wrong_topic_is_told_where_it_belongs(role, kind, home):
    got = decode(role, KEY, changed("type", kind))
    message = f"$.type: the type {kind!r} belongs on the {home} topic, not on {role}"
    assert got == Undecodable("unknown_type", message)


def test_a_value_of_ten_megabytes_is_read_or_refused():
    value = changed("data.note", "x" * 10_000_000)
    assert isinstance(decode(Role.PURCHASES, KEY, value), Event)
    assert decode(Role.PURCHASES, KEY, value[:-1]).reason == "bad_json"
    assert decode(Role.PURCHASES, KEY, changed("id", "x" * 10_000_000)).reason == "schema"
    assert decode(Role.PURCHASES, KEY, changed("time", "1" * 10_000_000)).reason == "schema"
