"""A record as Kafka writes it: framed once, while its parts are at hand, and never taken apart again.

The *body* of a record is key, value and headers in Kafka's record format (magic 2), each with its length in
front. What stands before it (length, attributes, differences of timestamp and offset) depends on the batch
that the record travels in, and is added by `records`.
"""

from collections.abc import Iterable, Sequence
from typing import Final

Output = tuple[str, int, bytes, int]  # Topic, partition, body, timestamp in ms.
Framed = tuple[list[bytes], list[int]]  # Bodies, and their timestamps in ms.
Headers = list[tuple[str, bytes | None]]
Row = tuple[bytes | None, bytes | None, Headers]  # key, value, headers

_KNOWN: Final = 8_192
_OVERHEAD: Final = 12  # What `records` puts before a body, at most about.
_NULL: Final = b"\x01"  # A length of -1.
_NO_HEADERS: Final = b"\x00"
_ATTRIBUTES: Final = b"\x00"


def _varint(number: int) -> bytes:
    rest = number * 2 if number >= 0 else -number * 2 - 1
    written = bytearray()
    while rest >= 128:
        written.append(rest % 128 + 128)
        rest //= 128
    written.append(rest)
    return bytes(written)


_varints: Final = [_varint(number) for number in range(_KNOWN)]


def varint(number: int) -> bytes:
    """A whole number as Kafka writes lengths and differences: zigzag, seven bits to a byte."""
    return _varints[number] if 0 <= number < _KNOWN else _varint(number)


def sized(content: bytes | None) -> bytes:
    """Bytes with their length in front; None is null."""
    return _NULL if content is None else varint(len(content)) + content


def header(name: str, value: bytes | None) -> bytes:
    """One header."""
    return sized(name.encode()) + sized(value)


def body_of(
    key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes | None]] = ()
) -> bytes:
    """The body of a record."""
    if headers:
        written = [header(name, content) for name, content in headers]
        return b"".join([sized(key), sized(value), varint(len(headers)), *written])
    if key is None or value is None:
        return sized(key) + sized(value) + _NO_HEADERS
    return b"".join((varint(len(key)), key, varint(len(value)), value, _NO_HEADERS))


def opened(body: bytes) -> Row:
    """(key, value, headers) of a body."""
    key, at = _sized_at(body, 0)
    value, at = _sized_at(body, at)
    count, at = _varint_at(body, at)
    headers: Headers = []
    for _ in range(count):
        name, at = _sized_at(body, at)
        content, at = _sized_at(body, at)
        assert name is not None, "a header has a name"
        headers.append((name.decode(), content))
    return key, value, headers


def records(bodies: Sequence[bytes], timestamps: Sequence[int]) -> bytes:
    """The records of one batch, offsets from 0 on; timestamps in ms count from the first one."""
    first = timestamps[0]
    parts: list[bytes] = []
    for at, body in enumerate(bodies):
        passed, place = varint(timestamps[at] - first), varint(at)
        parts.append(varint(1 + len(passed) + len(place) + len(body)))
        parts.append(_ATTRIBUTES)
        parts.append(passed)
        parts.append(place)
        parts.append(body)
    return b"".join(parts)


def by_place(outputs: Iterable[Output]) -> dict[tuple[str, int], Framed]:
    """Outputs by (topic, partition), each in send order."""
    places: dict[tuple[str, int], Framed] = {}
    for topic, partition, body, timestamp in outputs:
        framed = places.get((topic, partition))
        if framed is None:
            framed = places[topic, partition] = [], []
        framed[0].append(body)
        framed[1].append(timestamp)
    return places


def ends_of(bodies: Sequence[bytes], room: int) -> list[int]:
    """Where to cut records into as few batches of `room` bytes as they fit in; a larger one is alone."""
    ends: list[int] = []
    start = size = 0
    for at, body in enumerate(bodies):
        size += len(body) + _OVERHEAD
        if size > room and at > start:
            ends.append(at)
            start, size = at, len(body) + _OVERHEAD
    if start < len(bodies):
        ends.append(len(bodies))
    return ends


def _sized_at(body: bytes, at: int) -> tuple[bytes | None, int]:
    length, at = _varint_at(body, at)
    return (None, at) if length < 0 else (body[at : at + length], at + length)


def _varint_at(body: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = body[at]
        at += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return (number >> 1) ^ -(number & 1), at
        shift += 7
