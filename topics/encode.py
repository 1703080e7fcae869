"""Effects and dead letters -> Kafka records, and -> lines of EFFECTS.jsonl; and records read back -> lines.

Effects are binary CloudEvents: attributes in headers, the JSON of the data as value. The bytes depend on
nothing but the effect. The record's partition and timestamp are the worker's business.
"""

from base64 import b64encode
from collections.abc import Sequence
from typing import Any, Final, Protocol

from msgspec import msgpack
from msgspec.json import Decoder, Encoder

from engine.effects import CommandRejected, Effect, Parked
from engine.ledger_effects import LEDGER_CODES
from engine.life_effects import LIFE_CODES
from engine.notice_effects import NOTICE_CODES
from engine.profile_parts import Profile
from topics.catalogue import Role
from topics.complaints import REASONS
from topics.framing import body_of, header, opened, sized, varint
from topics.instants import format_ms

SOURCE: Final = "/tierline"
EFFECT_ROLES: Final = {
    "points.earned": Role.POINTS,
    "points.clawed_back": Role.POINTS,
    **dict.fromkeys(LEDGER_CODES, Role.POINTS),
    "tier.enrolled": Role.TIERS,
    "tier.upgraded": Role.TIERS,
    "tier.downgraded": Role.TIERS,
    "tier.renewed": Role.TIERS,
    "tier.grace_started": Role.TIERS,
    "tier.downgrade_warning": Role.TIERS,
    "tier.progress": Role.TIERS,
    "tier.override_set": Role.TIERS,
    "tier.override_released": Role.TIERS,
    "churn.alert": Role.ALERTS,
    "churn.recovered": Role.ALERTS,
    **dict.fromkeys(NOTICE_CODES, Role.NOTIFICATIONS),
    "rfm.cutoffs": Role.CONTROL,
    "consent.recorded": Role.LIFECYCLE,
    "care.due": Role.LIFECYCLE,
    "referral.refused": Role.LIFECYCLE,
    "command.rejected": Role.POINTS,  # Of tiers, tags and consents on theirs: `roles_of`.
    **dict.fromkeys(LIFE_CODES, Role.LIFECYCLE),
}
# What the engine sends itself: an event for another customer, who may live in another partition.
OWN_ROLES: Final = dict.fromkeys(
    ("transfer.received", "transfer.returned", "referral.opened", "referral.closed"), Role.COMMANDS
)
REASON_HEADER: Final = "tierline.reason"
ERRORS: Final = "__connect.errors."

InHeaders = Sequence[tuple[str, bytes | None]]
Outgoing = tuple[Role, bytes]  # The role of the topic, and the record's body.


_ROLES: Final = EFFECT_ROLES | OWN_ROLES


class _Frame:
    """What an effect's type and rulebook decide of its record, framed: the parts between those that vary."""

    __slots__ = ("after_cause", "after_customer", "after_id", "after_time", "before_id", "role")

    def __init__(self, kind: str, ruleversion: str) -> None:
        self.role = _ROLES[kind]
        self.before_id = varint(_HEADERS) + header("ce_specversion", b"1.0") + sized(b"ce_id")
        self.after_id = (
            header("ce_source", SOURCE.encode()) + header("ce_type", kind.encode()) + sized(b"ce_subject")
        )
        self.after_customer = sized(b"ce_time")
        self.after_time = sized(b"ce_causationid")
        self.after_cause = header("ce_ruleversion", ruleversion.encode()) + header(
            "content-type", b"application/json"
        )


class _Frames(dict[tuple[str, str], _Frame]):
    """The frame of each type and ruleversion met so far: a handful in a process's life."""

    def __missing__(self, known: tuple[str, str]) -> _Frame:
        frame = self[known] = _Frame(*known)
        return frame


_json: Final = Encoder(order="deterministic").encode
_sorted_json: Final = Encoder(order="sorted").encode
_any_json: Final = Decoder().decode
_HEADERS: Final = 9
_ATTRIBUTES: Final = ("id", "type", "subject", "time", "causationid", "ruleversion")
_frames: Final = _Frames()
_PROFILE_HEADERS: Final = varint(1) + header("content-type", b"application/json")
_REJECTED: Final = CommandRejected.TYPE
_REJECTED_ROLES: Final = {
    "command.tier": Role.TIERS,
    "command.consent": Role.LIFECYCLE,
    "command.tag": Role.LIFECYCLE,
}  # By the family of the command.


def roles_of(kind: str) -> tuple[Role, ...]:
    """The topics an effect of this type may go to."""
    refused = (Role.POINTS, *dict.fromkeys(_REJECTED_ROLES.values()))
    return refused if kind == _REJECTED else (EFFECT_ROLES[kind],)


def encode_effect(effect: Effect) -> Outgoing:
    """The record of an effect: the role of its topic, and its body."""
    data = effect.data
    if type(data) is Parked:
        topic, partition, offset, timestamp, key, value, kept = _unpack(data.record)
        return dead_letter(topic, partition, offset, timestamp, key, value, kept, data.reason, data.message)
    frame = _frames[effect.type, effect.ruleversion]
    customer, cause, value = sized(effect.customer.encode()), effect.causationid.encode(), _json(data)
    body = b"".join(
        (
            customer,
            varint(len(value)),
            value,
            frame.before_id,
            sized(effect.id.encode()),
            frame.after_id,
            customer,
            frame.after_customer,
            sized(format_ms(effect.time_ms)),
            frame.after_time,
            varint(len(cause)),
            cause,
            frame.after_cause,
        )
    )
    if type(data) is CommandRejected:
        family = data.command.rpartition(".")[0]
        return _REJECTED_ROLES.get(family, frame.role), body
    return frame.role, body


def encode_profile(profile: Profile) -> bytes:
    """The body of a profile's record. It is a row of a table and no event: it has no id."""
    return sized(profile.customer.encode()) + sized(_json(profile)) + _PROFILE_HEADERS


class _Input(Protocol):
    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None

    @property
    def headers(self) -> InHeaders: ...


_Packed = tuple[str, int, int, int, bytes | None, bytes | None, list[tuple[str, bytes | None]]]
_pack: Final = msgpack.Encoder().encode
_unpack: Final[Any] = msgpack.Decoder(_Packed).decode


def packed(record: _Input) -> bytes:
    """An input record as bytes, for a dead letter later on (`Parked`)."""
    place = (record.topic, record.partition, record.offset, record.timestamp)
    return _pack((*place, record.key, record.value, list(record.headers)))


def topic_of(record: bytes) -> str:
    """The topic that a record made by `packed` came from."""
    name: str = _unpack(record)[0]
    return name


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
    return Role.DEAD_LETTERS, body_of(key, value, [*headers, *why, (REASON_HEADER, reason.encode())])


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
    found: dict[str, Any] = dict(headers)  # Ours come after the original's, so ours win.
    if REASON_HEADER in found:
        names = (ERRORS + "topic", REASON_HEADER, ERRORS + "exception.message")
        topic, reason, message = (found[name].decode() for name in names)
        return dead_letter_line(topic, key, value, reason, message)
    line: dict[str, Any] = {name: found["ce_" + name].decode() for name in _ATTRIBUTES}
    return line | {"data": None if value is None else _any_json(value)}


def line_of(body: bytes) -> dict[str, Any]:
    """The same of the body of a record."""
    key, value, headers = opened(body)
    return parse_outgoing(headers, value, key)


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
