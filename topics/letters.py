"""A dead letter read back: where it was put aside, why, and the record as it came.

What `topics.encode.dead_letter` adds stands behind the original's own headers, so exactly that is taken off
again. A record that is sent again carries one header more, which counts how often it was.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final, Protocol

import msgspec
from msgspec import Struct

from topics.encode import ERRORS, REASON_HEADER, InHeaders
from topics.framing import body_of

TRIES_HEADER: Final = "tierline.redrives"
_ADDED: Final = (
    *(
        ERRORS + name
        for name in (
            "topic", "partition", "offset", "timestamp", "stage", "class.name",
            "exception.class.name", "exception.message",
        )
    ),
    REASON_HEADER,
)  # fmt: skip
_EVENT_TOPICS_END: Final = "|"  # A timer's letter has `timer|KIND` in place of a topic.


class Record(Protocol):
    """A record of the dead letters, as it was consumed or dumped."""

    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


class Letter(Struct, frozen=True):
    """One dead letter. `partition` and `offset` are its own place, `put_aside_ms` the partition's time then.

    `topic`, `home`, `at` and `recorded_ms` are where the record stood, `headers` those it came with. `tries`
    is how often it was sent again already.
    """

    partition: int
    offset: int
    put_aside_ms: int
    topic: str
    home: int
    at: int
    recorded_ms: int
    stage: str
    reason: str
    message: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]
    tries: int

    @property
    def place(self) -> str:
        """Its own place: "PARTITION:OFFSET"."""
        return f"{self.partition}:{self.offset}"

    @property
    def of_timer(self) -> bool:
        """Whether no record but a timer was put aside."""
        return _EVENT_TOPICS_END in self.topic

    @property
    def body(self) -> bytes:
        """The record to send again: key, value and headers as they came, and the number of this try."""
        return body_of(self.key, self.value, [*self.headers, (TRIES_HEADER, str(self.tries + 1).encode())])

    @property
    def digest(self) -> bytes:
        """What letters of one and the same record have in common, whatever they were put aside for."""
        place = f"{self.topic}:{self.home}\0".encode()
        return blake2b(place + body_of(self.key, self.value, self.headers), digest_size=16).digest()


def letter_of(record: Record) -> Letter | None:
    """The dead letter in a record, None for a record that is none."""
    own, added = list(record.headers[: -len(_ADDED)]), record.headers[-len(_ADDED) :]
    if tuple(name for name, _ in added) != _ADDED:
        return None
    topic, home, at, recorded, stage, _, _, message, reason = (
        (value or b"").decode(errors="replace") for _, value in added
    )
    if not (home.isdecimal() and at.isdecimal() and recorded.isdecimal()):
        return None
    return Letter(
        record.partition, record.offset, record.timestamp, topic, int(home), int(at), int(recorded),
        stage, reason, message, record.key, record.value,
        [each for each in own if each[0] != TRIES_HEADER], _tries(own),
    )  # fmt: skip


def _tries(headers: InHeaders) -> int:
    """The number in the header that counts, 0 without one or for one that is not ours."""
    told = (dict(headers).get(TRIES_HEADER) or b"").decode(errors="replace")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 4 else 0


class _Names(Struct):
    source: str = ""
    id: str = ""


_names_of: Final = msgspec.json.Decoder(_Names).decode


def names_of(letter: Letter) -> tuple[str, str]:
    """(source, id) of the event, "" for what cannot be read."""
    sent = dict(letter.headers)
    if "ce_id" in sent or "ce_source" in sent:
        source, id = ((sent.get(name) or b"").decode(errors="replace") for name in ("ce_source", "ce_id"))
        return source, id
    try:
        found = _names_of(letter.value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "", ""
    return found.source, found.id
