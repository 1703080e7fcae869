"""What a message is, and how two that should be equal differ, in words for `tierline verify`."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from agents.journal import APPLIED_KEY, Applied, applied_of
from agents.tallies import own_row
from agents.work import Record
from engine.events import Event
from topics.catalogue import Catalogue
from topics.decode import decode
from topics.encode import ERRORS, REASON_HEADER, line_of
from topics.framing import Output, body_of, opened
from topics.tracing import undressed

SHOWN = 200
_SPOILT = (KeyError, ValueError, AttributeError, TypeError)  # msgspec's and Unicode's are ValueErrors.


class Difference(Exception):
    """One sentence: where reality and the replay part."""


class Message(NamedTuple):
    """A message in words: whose it is, what caused it ("" if unknown), and what it says."""

    customer: str
    cause: str
    what: str


def place(partition: int, seq: int, customer: str = "", cause: str = "") -> str:
    """Where something was found, as the beginning of a sentence."""
    words = [f"partition {partition}", f"commit {seq}"]
    if customer:
        words.append(f"customer {customer}")
    if cause:
        words.append(cause)
    return ", ".join(words)


def output_of(record: Record) -> Output:
    """A record read back, in the form in which it was hashed: a trace that it carries is left out."""
    body = body_of(record.key, record.value, undressed(record.headers))
    return record.topic, record.partition, body, record.timestamp


def cause_of(catalogue: Catalogue, record: Record) -> str:
    """The event in an input record, or where the record stands when it holds none."""
    event = decode(catalogue.role(record.topic), record.key, record.value, record.headers)
    if isinstance(event, Event):
        return f"event {event.source}|{event.id}"
    return f"record {record.offset} of {record.topic}"


def message(output: Output) -> Message:
    """An effect or a dead letter in words; also one that was spoilt."""
    customer = (opened(output[2])[0] or b"").decode(errors="replace")
    try:
        return Message(customer, *_told(output))
    except _SPOILT:
        return Message(customer, "", "a record that no worker writes")


def _told(output: Output) -> tuple[str, str]:
    """(cause, what it says)."""
    line = line_of(output[2])
    if line["type"] == "dead_letter":
        at = (dict(opened(output[2])[2])[ERRORS + "offset"] or b"").decode()
        return f"record {at} of {line['topic']}", f"the dead letter with reason {line['reason']}"
    name = line["causationid"]
    return name if name.startswith("timer|") else f"event {name}", _effect(line)


def _effect(line: dict[str, Any]) -> str:
    """An effect with the rule behind it."""
    data = line["data"] if isinstance(line["data"], dict) else {}
    rules = [each["rule"] for each in data.get("rules", ())]
    by = f"rule {', '.join(rules)} of " if rules else ""
    if "tier_set" in data:
        by = f"tier set {data['tier_set']} of "
    to = next((f" {data[name]}" for name in ("to", "level") if name in data), "")
    return f"{line['type']}{to} by {by}{line['ruleversion']}"


def difference(expected: Output, found: Record | None) -> Message:
    """How what is there differs from the output that should be, and whose that is."""
    told = message(expected)
    if found is None:
        return told._replace(what=f"{told.what} should be next in {expected[0]}, and nothing more is there")
    at, real = f"{found.topic} at offset {found.offset}", output_of(found)
    if _id(expected) == _id(real):
        return told._replace(what=f"{told.what} in {at}: {_first_field(expected, real)}")
    other = message(real)
    whose = f"{other.what} of customer {other.customer}" + (other.cause and f" ({other.cause})")
    return told._replace(what=f"{told.what} should be in {at}, and there is {whose}")


def _id(output: Output) -> object:
    """What makes an output the same one: its id, or the input record that a dead letter is of."""
    found = dict(opened(output[2])[2])
    if REASON_HEADER in found:
        return [found.get(ERRORS + name) for name in ("topic", "partition", "offset")]
    return found.get("ce_id")


def _first_field(expected: Output, found: Output) -> str:
    """The first part in which two messages differ, of an effect the field."""
    try:
        one, other = (line_of(each[2]) for each in (expected, found))
        return differing(one, other) or first_part(expected, found)
    except _SPOILT:
        return first_part(expected, found)


def first_part(expected: Output, found: Output) -> str:
    """The first part of a record in which two differ."""
    names = ("topic", "partition", "key", "value", "headers", "timestamp")
    one, other = ((*each[:2], *opened(each[2]), each[3]) for each in (expected, found))
    at = next(at for at in range(len(names)) if one[at] != other[at])
    return should_be(names[at], one[at], other[at])


def differing(expected: object, found: object, path: str = "") -> str:
    """The first place, in words, where two JSON values differ; "" when they are equal."""
    if isinstance(expected, dict) and isinstance(found, dict):
        keys = dict.fromkeys([*expected, *found])
        parts = [(f"{path}.{key}", expected.get(key), found.get(key)) for key in keys]
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        parts = [(f"{path}[{at}]", expected[at], found[at]) for at in range(len(found))]
    else:
        return "" if expected == found else should_be(path.strip("."), expected, found)
    return next((words for name, one, other in parts if (words := differing(one, other, name))), "")


def should_be(name: str, expected: object, found: object) -> str:
    """One differing value in words."""
    return f"{name} should be {_shown(expected)} and is {_shown(found)}"


def _shown(value: object) -> str:
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def row(key: bytes) -> tuple[str, str]:
    """(customer, what it is) of a changelog record's key."""
    if key == APPLIED_KEY:
        return "", "the bookkeeping record"
    if own := own_row(key):
        return "", own
    kind, rest = key[:1], key[1:]
    if kind == b"s":
        return rest.decode(errors="replace"), "the row of the customer"
    name, tail = rest[2 : 2 + int.from_bytes(rest[:2], "big")], rest[2 + int.from_bytes(rest[:2], "big") :]
    what = f"order {tail.decode(errors='replace')}" if kind == b"o" else "a row beside the customer's"
    return name.decode(errors="replace"), what


def rows_differ(key: bytes, expected: bytes | None, found: bytes | None) -> str:
    """How two values of a changelog record differ: of the bookkeeping record the first field."""
    if key != APPLIED_KEY or expected is None or found is None:
        return "its bytes are not those that the replay writes"
    try:
        one, other = applied_of(expected), applied_of(found)
    except msgspec.DecodeError:
        return "it cannot be read"
    names = (name for name in Applied.__struct_fields__ if getattr(one, name) != getattr(other, name))
    return next((should_be(name, getattr(one, name), getattr(other, name)) for name in names), "")


def first_difference(expected: Sequence[Output], found: Sequence[Record]) -> int:
    """The first place where a topic's records of a commit differ from what they should be, -1 if none."""
    real = [output_of(each) for each in found]
    if len(real) == len(expected) and real == list(expected):
        return -1
    pairs = zip(expected, real, strict=False)
    return next((at for at, (one, other) in enumerate(pairs) if one != other), len(real))
