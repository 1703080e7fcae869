"""The three forms of an event mean the same; binary mode cannot be abused."""

import json

import pytest

from engine.events import Event
from topics.catalogue import Role
from topics.decode import decode
from topics.examples import SMALLEST

KEY = b"c42"


def with_field(name: str, value: object) -> bytes:
    return json.dumps({**SMALLEST, name: value}).encode()


def with_amount(amount: int) -> bytes:
    return with_field("data", {**SMALLEST["data"], "amount": amount})


BINARY = [
    ("ce_specversion", b"1.0"),
    ("ce_type", b"purchase.completed"),
    ("ce_source", b"pos-7"),
    ("ce_id", b"e-1"),
    ("ce_time", b"2026-01-10T03:04:05.678Z"),
    ("ce_subject", b"c42"),
    ("content-type", b"application/json; charset=utf-8"),
]
DATA = json.dumps(SMALLEST["data"]).encode()


def without_hash(got):
    assert isinstance(got, Event), got
    return [getattr(got, name) for name in got.__struct_fields__ if name != "payload_hash"]


def test_bare_structured_and_binary_give_the_same_event():
    bare = json.dumps(SMALLEST).encode()
    structured = json.dumps({"specversion": "1.0", **SMALLEST}).encode()
    as_structured = [("Content-Type", b"application/cloudevents+json; charset=UTF-8"), ("ce_id", b"not read")]
    expected = without_hash(decode(Role.PURCHASES, KEY, bare))
    assert without_hash(decode(Role.PURCHASES, KEY, bare, [("sent_ms", b"1")])) == expected
    assert without_hash(decode(Role.PURCHASES, KEY, structured, as_structured)) == expected
    assert without_hash(decode(Role.PURCHASES, KEY, DATA, BINARY)) == expected


def test_backfill_is_a_boolean_in_json_and_a_word_in_a_header():
    assert decode(Role.PURCHASES, KEY, with_field("backfill", True)).backfill is True
    assert decode(Role.PURCHASES, KEY, DATA, [*BINARY, ("ce_backfill", b"true")]).backfill is True
    assert decode(Role.PURCHASES, KEY, DATA, [*BINARY, ("ce_backfill", b"false")]).backfill is False
    assert decode(Role.PURCHASES, KEY, DATA, [*BINARY, ("ce_backfill", b"1")]).reason == "schema"


def payload_hash(value: bytes, headers=()) -> bytes:
    return decode(Role.PURCHASES, KEY, value, headers).payload_hash


def test_the_payload_hash_covers_the_payload_and_no_transport_header():
    plain = payload_hash(DATA, BINARY)
    assert payload_hash(DATA, [*BINARY, ("sent_ms", b"7"), ("traceparent", b"00-1")]) == plain
    assert payload_hash(DATA, BINARY[::-1]) == plain
    later = [(n, b"2026-01-10T03:04:06Z" if n == "ce_time" else v) for n, v in BINARY]
    assert payload_hash(DATA, later) != plain
    assert payload_hash(DATA.replace(b"12990", b"12991"), BINARY) != plain
    assert payload_hash(with_amount(1)) != payload_hash(with_amount(2))
    assert payload_hash(with_amount(1), [("sent_ms", b"7")]) == payload_hash(with_amount(1))


@pytest.mark.parametrize(
    "value",
    [b'{"order_id":"o","currency":"CNY","amount":1},"subject":"c43"', DATA + b"}", b"{}}", b"", b"1,"],
)
def test_binary_data_cannot_reach_into_the_envelope(value):
    assert decode(Role.PURCHASES, KEY, value, BINARY).reason == "bad_json"


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (("ce_id", b"\xff"), "bad_json"),
        (("ce_subject", b"\xff"), "bad_json"),
        (("ce_id", None), "schema"),
        (("ce_subject", None), "no_customer"),
        (("ce_time", b"yesterday"), "schema"),
        (("ce_type", b"purchase.lost"), "unknown_type"),
        (("content-type", b"application/cloudevents+avro"), "schema"),
    ],
)
def test_a_bad_header_is_refused(header, reason):
    headers = [pair for pair in BINARY if pair[0] != header[0]] + [header]
    assert decode(Role.PURCHASES, KEY, DATA, headers).reason == reason
