"""Effects and dead letters -> Kafka records, and -> lines of EFFECTS.jsonl; and records read back -> lines.

Effects are binary CloudEvents: attributes in headers, the JSON of the data as value. The bytes depend on
nothing but the effect. The record's partition and timestamp are the worker's business.
"""

from base64 import b64encode
from collections.abc import Sequence
from typing import Any, Final

from msgspec.json import Decoder, Encoder

from engine.effects import CommandRejected, Effect
from topics.catalogue import Role
from topics.complaints import REASONS
from topics.instants import format_ms

SOURCE: Final = "/tierline"
EFFECT_ROLES: Final = {
    "points.earned": Role.POINTS,
    "points.clawed_back": Role.POINTS,
    "tier.enrolled": Role.TIERS,
    "tier.upgraded": Role.TIERS,
    "tier.downgraded": Role.TIERS,
    "churn.alert": Role.ALERTS,
    "churn.recovered": Role.ALERTS,
    "command.rejected": Role.POINTS,  # Of tiers on theirs: `roles_of`.
}
# What the engine sends itself: an event for another customer, who may live in another partition.
OWN_ROLES: Final = {"transfer.received": Role.COMMANDS, "transfer.returned": Role.COMMANDS}
REASON_HEADER: Final = "tierline.reason"
ERRORS: Final = "__connect.errors."

InHeaders = Sequence[tuple[str, bytes]]
Headers = list[tuple[str, bytes]]
Outgoing = tuple[Role, bytes | None, Headers, bytes | None]  # A named tuple costs 0.2 us more per effect.


class _RuleVersions(dict[str, tuple[str, bytes]]):
    """The header of each version met so far: one or two in a process's life."""

    def __missing__(self, ruleversion: str) -> tuple[str, bytes]:
        header = self[ruleversion] = ("ce_ruleversion", ruleversion.encode())
        return header


_json: Final = Encoder(order="deterministic").encode
_sorted_json: Final = Encoder(order="sorted").encode
_any_json: Final = Decoder().decode
_SPECVERSION: Final[Any] = ("ce_specversion", b"1.0")  # Any: compiled code would copy a typed one.
_SOURCE: Final[Any] = ("ce_source", SOURCE.encode())
_CONTENT_TYPE: Final[Any] = ("content-type", b"application/json")
_HEADERS: Final = 9
_ATTRIBUTES: Final = ("id", "type", "subject", "time", "causationid", "ruleversion")
_ruleversions: Final = _RuleVersions()
_TYPES: Final[dict[str, Any]] = {
    kind: (role, ("ce_type", kind.encode())) for kind, role in (EFFECT_ROLES | OWN_ROLES).items()
}
_REJECTED: Final = CommandRejected.TYPE


def roles_of(kind: str) -> tuple[Role, ...]:
    """The topics an effect of this type may go to."""
    return (Role.POINTS, Role.TIERS) if kind == _REJECTED else (EFFECT_ROLES[kind],)


def encode_effect(effect: Effect) -> Outgoing:
    """The record of an effect: (role of its topic, key, headers, value)."""
    role, type_header = _TYPES[effect.type]
    data = effect.data
    if type(data) is CommandRejected and data.command.startswith("command.tier."):
        role = Role.TIERS
    key = effect.customer.encode()
    headers = [
        _SPECVERSION,
        ("ce_id", effect.id.encode()),
        _SOURCE,
        type_header,
        ("ce_subject", key),
        ("ce_time", format_ms(effect.time_ms)),
        ("ce_causationid", effect.causationid.encode()),
        _ruleversions[effect.ruleversion],
        _CONTENT_TYPE,
    ]
    return role, key, headers, _json(data)


def is_effect(headers: InHeaders) -> bool:
    """Whether these are headers as `encode_effect` makes them."""
    return len(headers) == _HEADERS and headers[0] == _SPECVERSION and headers[2] == _SOURCE


def dead_letter(
    topic_name: str,
    partition: int,
    offset: int,
    timestamp_ms: int,
    key: bytes | None,
    value: bytes | None,
    headers: InHeaders,
    reason: str,
    message: str,
) -> Outgoing:
    """The record of an input that could not be applied: its own key, value and headers, and why.

    A null value stays null. The names of the added headers are those of Kafka Connect.
    """
    unread = reason in REASONS
    added = {
        "topic": topic_name,
        "partition": str(partition),
        "offset": str(offset),
        "timestamp": str(timestamp_ms),
        "stage": "VALUE_CONVERTER" if unread else "TRANSFORMATION",
        "class.name": "topics.decode" if unread else "engine.step",
        "exception.class.name": "Undecodable" if unread else "Rejected",
        "exception.message": message,
    }
    why = [(ERRORS + name, text.encode(errors="replace")) for name, text in added.items()]
    return Role.DEAD_LETTERS, key, [*headers, *why, (REASON_HEADER, reason.encode())], value


def effect_line(effect: Effect) -> dict[str, Any]:
    """The effect as an object of EFFECTS.jsonl."""
    return {
        "id": effect.id,
        "type": effect.type,
        "subject": effect.customer,
        "time": format_ms(effect.time_ms).decode(),
        "causationid": effect.causationid,
        "ruleversion": effect.ruleversion,
        "data": _any_json(_json(effect.data)),  # Lists, as in what is read back; not tuples.
    }


def dead_letter_line(
    topic_name: str, key: bytes | None, value: bytes | None, reason: str, message: str
) -> dict[str, Any]:
    """A dead letter as an object of EFFECTS.jsonl. Bytes that are not UTF-8 are {"base64": ...}.

    Where the record stood in Kafka is left out: a replay of the same records has no offsets.
    """
    return {
        "type": "dead_letter",
        "topic": topic_name,
        "key": _shown(key),
        "value": _shown(value),
        "reason": reason,
        "message": message,
    }


def parse_outgoing(headers: InHeaders, value: bytes | None, key: bytes | None = None) -> dict[str, Any]:
    """The line of a record read back from an output topic; equals the line made from the value itself."""
    found = dict(headers)  # Ours come after the original's, so ours win.
    if REASON_HEADER in found:
        names = (ERRORS + "topic", REASON_HEADER, ERRORS + "exception.message")
        topic, reason, message = (found[name].decode() for name in names)
        return dead_letter_line(topic, key, value, reason, message)
    line: dict[str, Any] = {name: found["ce_" + name].decode() for name in _ATTRIBUTES}
    return line | {"data": None if value is None else _any_json(value)}


def line_bytes(line: dict[str, Any]) -> bytes:
    """The line as it stands in EFFECTS.jsonl: sorted keys, UTF-8, no newline."""
    return _sorted_json(line)


def _shown(raw: bytes | None) -> str | dict[str, str] | None:
    if raw is None:
        return None
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return {"base64": b64encode(raw).decode()}
