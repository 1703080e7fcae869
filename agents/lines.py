"""Files of inputs, one JSON object per line: bare events as people write them, and dumped records.

A dumped record keeps everything Kafka had: topic, partition, offset, timestamp, and the bytes of key, value
and headers in base64. A dump also says where a rulebook took over, and where time passed with no record.
"""

from base64 import b64decode, b64encode
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


class _Head(Struct):
    """What a line must show before anything else is known of it."""

    type: str = ""
    subject: str = ""
    time: str = ""
    partition: int | None = None
    rulebook: str = ""
    record: dict[str, object] | None = None


_head_of = msgspec.json.Decoder(_Head).decode
Line = LineRecord | TimePassed | RulebookFrom


def read_lines(lines: Iterable[bytes], catalogue: Catalogue) -> Iterator[Line]:
    """Lines as records in file order. A bare event gets its topic from its type, its partition from murmur2
    of its subject, and its `time` as timestamp; a line that is no event becomes a record all the same.
    Raises UserError for a dump that does not fit the catalogue."""
    for number, raw in enumerate(lines):
        line = raw.rstrip(b"\r\n")
        if line:
            yield from _read(number, line, catalogue)


def _read(number: int, line: bytes, catalogue: Catalogue) -> Iterator[Line]:
    try:
        head = _head_of(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        yield LineRecord(catalogue.name(Role.PURCHASES), 0, number, 0, None, line)
        return
    if head.record is not None:
        yield _dumped(number, head.record, catalogue)
    elif head.rulebook:
        yield RulebookFrom(_existing(number, head.partition or 0, catalogue), head.rulebook)
    elif head.type == "time.reached":
        yield from _passed(number, line, head, catalogue)
    else:
        yield _bare(number, line, head, catalogue)


def _dumped(number: int, packed: dict[str, object], catalogue: Catalogue) -> LineRecord:
    """A record as a dump wrote it. Raises UserError for one that no dump of this installation holds."""
    try:
        record = msgspec.convert(_unpacked(packed), LineRecord)
    except (KeyError, ValueError):  # msgspec's and base64's errors are ValueErrors too.
        raise UserError(f"line {number + 1} is not a record as `tierline topics dump` writes it") from None
    _existing(number, record.partition, catalogue)
    if record.topic not in catalogue.inputs:
        raise UserError(
            f"line {number + 1} is a record of {record.topic}, which is no input of {catalogue.prefix}: "
            "give the --prefix of the installation that was dumped"
        )
    return record


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
    role = Role.ENGAGEMENTS if head.type.startswith("engagement.") else Role.PURCHASES
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
    packed = {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp,
        "key": _text(record.key),
        "value": _text(record.value),
        "headers": [[name, _text(value)] for name, value in record.headers],
    }
    return msgspec.json.encode({"record": packed}) + b"\n"


def time_line(partition: int, time: str) -> bytes:
    """Time that passed with no record, as a line of a dump; `time` is RFC 3339."""
    return msgspec.json.encode({"type": "time.reached", "time": time, "partition": partition}) + b"\n"


def rulebook_line(partition: int, digest: str) -> bytes:
    """A rulebook taking over, as a line of a dump."""
    return msgspec.json.encode({"rulebook": digest, "partition": partition}) + b"\n"


def _text(value: bytes | None) -> str | None:
    return None if value is None else b64encode(value).decode()


def _bytes(value: object) -> bytes | None:
    return None if value is None else b64decode(str(value), validate=True)


def _unpacked(record: dict[str, object]) -> dict[str, object]:
    headers = [
        (name, _bytes(value))
        for name, value in msgspec.convert(record["headers"], list[tuple[str, str | None]])
    ]
    return {**record, "key": _bytes(record["key"]), "value": _bytes(record["value"]), "headers": headers}
