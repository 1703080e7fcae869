"""Files of inputs, one JSON object per line: bare events as people write them, and dumped records.

A dumped record keeps everything Kafka had: topic, partition, offset, timestamp, key, value and headers, as
text where the bytes are UTF-8 and in base64 where not. A dump of inputs also says where a commit began,
where a rulebook took over, and where time passed with no record.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from msgspec import Struct

from agents.errors import UserError
from agents.work import Record
from topics.catalogue import Catalogue, Role
from topics.instants import parse_ms
from topics.partitioner import home


class LineRecord(Struct):
    """A record that came from a line; the same fields as a consumed one."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] = ()


class TimePassed(Struct):
    """The partition's time reached this instant with no record."""

    partition: int
    time_ms: int


class RulebookFrom(Struct):
    """From here on the partition obeyed the rulebook with this digest."""

    partition: int
    digest: str


class CommitFrom(Struct):
    """The partition's lines from here to its next such line were one commit, also when there are none."""

    partition: int
    seq: int


class _Head(Struct):
    """What a line must show before anything else is known of it."""

    type: str = ""
    subject: str = ""
    time: str = ""
    partition: int | None = None
    rulebook: str = ""
    commit: object = None  # An event may have an attribute of this name.
    record: msgspec.Raw = msgspec.Raw()


class _NotText(Struct):
    """Bytes that are not UTF-8; in JSON they stand as base64."""

    base64: bytes


Text = str | _NotText | None


class _Packed(Struct):
    """A record as it stands in a line."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: Text
    value: Text
    headers: list[tuple[str, Text]]


_head_of = msgspec.json.Decoder(_Head).decode
_packed_of = msgspec.json.Decoder(_Packed).decode
FAMILY_ROLES = {
    "purchase": Role.PURCHASES,
    "engagement": Role.ENGAGEMENTS,
    "profile": Role.ENGAGEMENTS,
    "command": Role.COMMANDS,
    "transfer": Role.COMMANDS,
    "referral": Role.COMMANDS,
    "population": Role.COMMANDS,
}
"""The input that events go to, by the first word of their type."""

Line = LineRecord | TimePassed | RulebookFrom | CommitFrom


def read_lines(lines: Iterable[bytes], catalogue: Catalogue, first: int = 0) -> Iterator[Line]:
    """Lines as records in file order. A bare event gets its topic from its type, its partition from murmur2
    of its subject, and its `time` as timestamp; a line that is no event becomes a record all the same.
    Raises UserError for a dump that does not fit the catalogue. `first` is the first line's number."""
    for number, raw in enumerate(lines, first):
        line = raw.rstrip(b"\r\n")
        if line:
            yield from _read(number, line, catalogue)


def _read(number: int, line: bytes, catalogue: Catalogue) -> Iterator[Line]:
    try:
        head = _head_of(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        yield LineRecord(catalogue.name(Role.PURCHASES), 0, number, 0, None, line)
        return
    if bytes(head.record):
        yield _dumped(number, head.record, catalogue)
    elif not head.type and isinstance(head.commit, int):
        yield CommitFrom(_existing(number, head.partition or 0, catalogue), head.commit)
    elif head.rulebook:
        yield RulebookFrom(_existing(number, head.partition or 0, catalogue), head.rulebook)
    elif head.type == "time.reached":
        yield from _passed(number, line, head, catalogue)
    else:
        yield _bare(number, line, head, catalogue)


def _dumped(number: int, packed: msgspec.Raw, catalogue: Catalogue) -> LineRecord:
    """A record as a dump wrote it. Raises UserError for one that no dump of this installation holds."""
    record = _unpacked(number, packed)
    _existing(number, record.partition, catalogue)
    if record.topic not in catalogue.inputs:
        raise UserError(
            f"line {number + 1} is a record of {record.topic}, which is no input of {catalogue.prefix}: "
            "give the --prefix of the installation that was dumped"
        )
    return record


def dumped_record(number: int, line: bytes) -> LineRecord:
    """The record of line `number` (from 0) of a dumped topic. Raises UserError if it is none."""
    try:
        return _unpacked(number, _head_of(line).record)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _not_a_record(number) from None


def _unpacked(number: int, packed: msgspec.Raw) -> LineRecord:
    try:
        found = _packed_of(packed)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _not_a_record(number) from None
    headers = [(name, _bytes(value)) for name, value in found.headers]
    return LineRecord(
        found.topic, found.partition, found.offset, found.timestamp,
        _bytes(found.key), _bytes(found.value), headers,
    )  # fmt: skip


def _not_a_record(number: int) -> UserError:
    return UserError(f"line {number + 1} is not a record as `tierline topics dump` writes it")


def _existing(number: int, partition: int, catalogue: Catalogue) -> int:
    """The partition. Raises UserError when there is none of this number."""
    if 0 <= partition < catalogue.partitions:
        return partition
    raise UserError(
        f"line {number + 1} names partition {partition}, but there are {catalogue.partitions}: "
        "give --partitions as many as the installation has"
    )


def _passed(number: int, line: bytes, head: _Head, catalogue: Catalogue) -> Iterator[Line]:
    """Time that passed, in one partition or in all; a record for the dead letters when it cannot be read."""
    try:
        time_ms = parse_ms(head.time)
    except ValueError:
        where = _existing(number, head.partition or 0, catalogue)
        yield LineRecord(catalogue.name(Role.COMMANDS), where, number, 0, None, line)
        return
    everywhere = range(catalogue.partitions) if head.partition is None else (head.partition,)
    for partition in everywhere:
        yield TimePassed(_existing(number, partition, catalogue), time_ms)


def _bare(number: int, line: bytes, head: _Head, catalogue: Catalogue) -> LineRecord:
    family = head.type.partition(".")[0]
    role = FAMILY_ROLES.get(family, Role.PURCHASES)
    key = head.subject.encode()
    try:
        timestamp = parse_ms(head.time)
    except ValueError:
        timestamp = 0  # The decoder will say what is wrong with it.
    return LineRecord(
        catalogue.name(role), home(key, catalogue.partitions), number, timestamp, key or None, line
    )


def record_line(record: Record) -> bytes:
    """A consumed record as a line of a dump."""
    packed = _Packed(
        record.topic, record.partition, record.offset, record.timestamp,
        text_of(record.key), text_of(record.value),
        [(name, text_of(value)) for name, value in record.headers],
    )  # fmt: skip
    return msgspec.json.encode({"record": packed}) + b"\n"


def commit_line(partition: int, seq: int) -> bytes:
    """The beginning of a commit, as a line of a dump."""
    return msgspec.json.encode({"commit": seq, "partition": partition}) + b"\n"


def time_line(partition: int, time: str) -> bytes:
    """Time that passed with no record, as a line of a dump; `time` is RFC 3339."""
    return msgspec.json.encode({"type": "time.reached", "time": time, "partition": partition}) + b"\n"


def rulebook_line(partition: int, digest: str) -> bytes:
    """A rulebook taking over, as a line of a dump."""
    return msgspec.json.encode({"rulebook": digest, "partition": partition}) + b"\n"


def text_of(value: bytes | None) -> Text:
    """Bytes as they stand in a line: text where they are UTF-8, else an object with their base64."""
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return _NotText(value)


def _bytes(value: Text) -> bytes | None:
    return value.encode() if isinstance(value, str) else None if value is None else value.base64
