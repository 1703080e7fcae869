"""The fast decoder and the published models accept and refuse the same records."""

import copy
import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from engine.cutoffs import Counted, Cutoffs
from engine.events import Event
from topics import limits
from topics.catalogue import Role
from topics.decode import TimeReached, Undecodable, decode
from topics.examples import EXAMPLES, SMALLEST
from topics.models import INBOUND

ROLES = {
    "purchase": Role.PURCHASES,
    "engagement": Role.ENGAGEMENTS,
    "profile": Role.ENGAGEMENTS,
    "command": Role.COMMANDS,
    "transfer": Role.COMMANDS,
    "referral": Role.COMMANDS,
    "population": Role.COMMANDS,
    "time": Role.COMMANDS,
}
VALID = [SMALLEST, *EXAMPLES.values()]
ADAPTERS = {role: [TypeAdapter(model) for model in models] for role, models in INBOUND.items()}


def no_constant(name: str) -> None:
    raise ValueError(name)


def models_accept(role: Role, key: bytes | None, value: bytes) -> bool:
    """What the contract says: UTF-8, strict JSON, one of the topic's models, key equal to subject."""
    try:
        parsed = json.loads(value.decode(), parse_constant=no_constant)
    except (ValueError, RecursionError):
        return False
    if not isinstance(parsed, dict):
        return False
    kind = parsed.get("type")
    if kind in ("population.counted", "population.cutoffs"):
        return key is None and any(accepts(adapter, value) for adapter in ADAPTERS[role])
    if kind != "time.reached" and parsed.get("subject") != as_text(key):
        return False
    return any(accepts(adapter, value) for adapter in ADAPTERS[role])


def accepts(adapter: TypeAdapter, value: bytes) -> bool:
    try:
        adapter.validate_json(value)
    except ValidationError:
        return False
    return True


def as_text(key: bytes | None) -> str | None:
    try:
        return None if key is None else key.decode()
    except UnicodeDecodeError:
        return None


def key_of(event: Any) -> bytes | None:
    subject = event.get("subject") if isinstance(event, dict) else None
    return subject.encode(errors="replace") if isinstance(subject, str) else None


def agree(role: Role, key: bytes | None, value: bytes) -> None:
    got = decode(role, key, value)
    assert isinstance(got, Event | TimeReached | Counted | Cutoffs | Undecodable)
    assert (not isinstance(got, Undecodable)) == models_accept(role, key, value), got


edge_numbers = st.sampled_from(
    [0, -1, 1, 1.0, 1.5, -0.0, 1e3, 1e400, float("nan"), float("inf"), 2**63, -(2**63), 2**64, 10**30]
    + [bound + off for bound in (10**6, 10**9, 10**12, 10**13, -(10**12)) for off in (-1, 0, 1)]
)
LENGTHS = ["", "x" * 256, "x" * 257, "是" * 256, "是" * 257, "𝄞" * 256]
ODD = ["a\nb", "a\x00", "\x7f", "\x85", "Å", "\ud800", "CNY\n", "1.0\n", "2026-01-10T03:04:05Z\n", "٢٠٢٦"]
WORDS = """
1 1.0 CNY cny ＣＮＹ 0 0.000 7.1234 -1 1e5 .5 5. 2.0 engagement.login purchase.completed time.reached
floor pin c42 c43 /tierline command.tier.release transfer.received profile.updated 02-30 02-29 zh-Hans EN
Asia/Shanghai Asia/Peking localtime 2019-02-29 2019-05-01 program marketing.sms marketing. marketing.SMS
0123456789abcdef0123456789abcdef 0123456789ABCDEF0123456789ABCDEF 6222020200112230 a_b A_b 1a
"""
TIMES = """
2026-01-10T03:04:05Z 2026-01-10t03:04:05.1234567z 2026-02-30T00:00:00Z 2024-02-29T23:59:59+23:59
1971-01-01T00:00:00+14:00 1970-12-31T23:59:59Z 9998-12-31T23:59:59-14:00 9999-01-01T00:00:00Z
2026-01-10_03:04:05Z 2026-01-10T03:04:05 2026-01-10T03:04:05+0800 2026-01-10T24:00:00Z 2026-1-10T03:04:05Z
2026-01-10T03:04:60Z 2026-01-10T03:04:05.Z 2026-01-10T03:04:05.1+24:00 2026-01-10T03:04:05-00:00
2026-01-10T03:04:05.1111111111111111111111111111111111111111111Z
2026-01-10T03:04:05.11111111111111111111111111111111111111111111Z
"""
edge_texts = st.sampled_from(
    [*LENGTHS, *ODD, *WORDS.split(), *(time.replace("_", " ") for time in TIMES.split())]
)
scalars = (
    st.none() | st.booleans() | edge_numbers | st.integers() | st.floats() | edge_texts | st.text(max_size=9)
)
values = st.recursive(
    scalars,
    lambda v: st.lists(v, max_size=4) | st.dictionaries(st.text(max_size=5), v, max_size=4),
    max_leaves=9,
)


def places(node: Any, path: tuple = ()) -> list[tuple]:
    """Paths of everything inside a JSON value, and of the value itself."""
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for name, child in inside for place in places(child, (*path, name)))]


@st.composite
def damaged(draw: st.DrawFn) -> tuple[str, Any]:
    """A valid event with up to three changes, and the first word of its type."""
    event = copy.deepcopy(draw(st.sampled_from(VALID)))
    family = event["type"].partition(".")[0]
    for _ in range(draw(st.integers(0, 3))):
        path = draw(st.sampled_from(places(event)))
        if not path:
            event = draw(st.just(event) | values)
            continue
        *way, last = path
        node = event
        for name in way:
            node = node[name]
        if draw(st.booleans()):
            node[last] = draw(values)
        elif isinstance(node, dict) and draw(st.booleans()):
            node[draw(st.sampled_from([*NAMES, "extra"]))] = draw(values)
        else:
            del node[last]
    return family, event


NAMES = sorted({str(place[-1]) for event in VALID for place in places(event) if place})


@settings(max_examples=1500, deadline=None)
@given(damaged(), st.booleans(), st.sampled_from([None, b"", b"c42", b"\xff"]))
@example(("purchase", SMALLEST), True, None)
def test_decoder_and_models_accept_the_same_events(made, right_key, other_key):
    family, event = made
    value = json.dumps(event, ensure_ascii="\ud800" in repr(event) or not right_key).encode(
        errors="surrogatepass"
    )
    agree(ROLES[family], key_of(event) if right_key else other_key, value)


@settings(max_examples=600, deadline=None)
@given(st.sampled_from(VALID), st.data())
def test_decoder_and_models_accept_the_same_bytes(event, data):
    value = bytearray(json.dumps(event).encode())
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(value) - 1))
        value[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    if not has_two_of_a_name(bytes(value)):
        agree(ROLES[event["type"].partition(".")[0]], key_of(event), bytes(value))


def has_two_of_a_name(value: bytes) -> bool:
    """A name twice in one object: JSON leaves open which counts, and so does the contract."""
    twice = []

    def hook(pairs: list[tuple[str, Any]]) -> None:
        twice.append(len(dict(pairs)) < len(pairs))

    try:
        json.loads(value.decode(), object_pairs_hook=hook)
    except ValueError:
        return False
    return any(twice)


@pytest.mark.parametrize("event", VALID, ids=lambda event: event["type"])
def test_every_published_example_is_accepted_by_both(event):
    role, value = ROLES[event["type"].partition(".")[0]], json.dumps(event).encode()
    assert not isinstance(decode(role, key_of(event), value), Undecodable)
    assert models_accept(role, key_of(event), value)


@pytest.mark.parametrize("event", VALID, ids=lambda event: event["type"])
def test_each_field_of_a_wrong_json_type_is_refused_by_both(event):
    for path in places(event)[1:]:
        for wrong in (None, True, 1.0, "1", 1, [], {}, [[]], 10**40, -1):
            changed = copy.deepcopy(event)
            node = changed
            for name in path[:-1]:
                node = node[name]
            node[path[-1]] = wrong
            agree(ROLES[event["type"].partition(".")[0]], key_of(changed), json.dumps(changed).encode())


def test_a_name_twice_in_one_object_never_raises():
    value = json.dumps(SMALLEST).encode().replace(b'"amount"', b'"amount": 5, "amount"')
    assert decode(Role.PURCHASES, b"c42", value).data.lines[0].unit_price == 12990
    value = json.dumps(SMALLEST).encode().replace(b'"type"', b'"type": "purchase.cancelled", "type"')
    assert decode(Role.PURCHASES, b"c42", value).reason == "unknown_type"


def test_a_list_may_hold_so_many_lines_and_no_more():
    for count in (limits.LINES_MAX, limits.LINES_MAX + 1):
        event = copy.deepcopy(SMALLEST)
        event["data"] = {"order_id": "o", "currency": "CNY"}
        event["data"]["lines"] = [{"line_id": str(n), "unit_price": 1} for n in range(count)]
        agree(Role.PURCHASES, b"c42", json.dumps(event).encode())
