"""What happened to each customer, newest first: an index of the topics on the owner's own disk.

It holds the inputs and outputs of one partition by customer, and is filled from the topics, apart from the
commits: it costs them nothing, follows a moment later, and is made anew from the topics where it is missing.
"""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from msgspec import Raw, Struct
from rocksdict import DBCompressionType, Options, Rdict, ReadOptions, WriteBatch

from agents.reasons import reason_of
from agents.reasons_words import Shop
from agents.work import Record
from engine.events import Event
from topics.catalogue import INPUTS, Catalogue, Role
from topics.decode import decode
from topics.encode import line_of
from topics.framing import body_of
from topics.instants import format_ms

SOURCES = (
    *INPUTS,
    Role.POINTS,
    Role.TIERS,
    Role.LIFECYCLE,
    Role.ALERTS,
    Role.NOTIFICATIONS,
    Role.DEAD_LETTERS,
)
SCAN_MAX = 5_000  # Entries looked at for one answer.
_LATEST = (1 << 63) - 1
_POSITION = b"\0at"
_PLACE_BYTES = 17  # Instant, source, offset: of each entry after the customer's name.


class Entry(Struct, omit_defaults=True):
    """One event, or one decision and what it was caused by; `recorded_ms` is the partition's time then."""

    kind: str  # event, decision or dead_letter
    type: str
    id: str
    time: str
    recorded_ms: int
    data: bytes  # JSON.
    source: str = ""
    causationid: str = ""
    ruleversion: str = ""


class Page(NamedTuple):
    """Entries, the newest first, and where the next page begins ("" when there is none)."""

    entries: list[Entry]
    next: str


_encode = msgspec.msgpack.Encoder().encode
_json = msgspec.json.Encoder().encode
_decode = msgspec.msgpack.Decoder(Entry).decode
_plain = msgspec.json.Decoder().decode


def sources_of(catalogue: Catalogue) -> dict[str, int]:
    """The topics that an index is made of, with their place in `SOURCES`."""
    return {catalogue.name(role): at for at, role in enumerate(SOURCES)}


def entry_of(catalogue: Catalogue, record: Record) -> Entry | None:
    """What a record says, None for one that says nothing of a customer."""
    role = catalogue.role(record.topic)
    if role in INPUTS:
        return _event(role, record)
    try:
        line = line_of(body_of(record.key, record.value, record.headers))
    except (KeyError, ValueError):
        return None  # Not written by a worker.
    return _letter(line, record) if role is Role.DEAD_LETTERS else _decision(line, record)


def _event(role: Role, record: Record) -> Entry | None:
    event = decode(role, record.key, record.value, record.headers)
    if not isinstance(event, Event):
        return None  # A dead letter tells of it.
    time = format_ms(event.occurred_ms).decode()
    return Entry(
        "event", event.type, event.id, time, record.timestamp, _json(event.data), source=event.source
    )


def _decision(line: dict[str, Any], record: Record) -> Entry:
    return Entry(
        kind="decision",
        type=line["type"],
        id=line["id"],
        time=line["time"],
        recorded_ms=record.timestamp,
        data=_json(line["data"]),
        causationid=line["causationid"],
        ruleversion=line["ruleversion"],
    )


def _letter(line: dict[str, Any], record: Record) -> Entry:
    data = {name: line[name] for name in ("topic", "reason", "message")}
    time = format_ms(record.timestamp).decode()
    return Entry(
        "dead_letter",
        f"dead_letter.{line['reason']}",
        f"{record.offset}",
        time,
        record.timestamp,
        _json(data),
    )


def told(entry: Entry, shop: Shop) -> dict[str, Any]:
    """An entry as it is answered: with its reason in words, as the programme writes money and time."""
    said = reason_of(entry.type, _plain(entry.data), shop)
    fields = {name: getattr(entry, name) for name in Entry.__struct_fields__ if getattr(entry, name)}
    return fields | {"data": Raw(entry.data), "reason": {"en": said.en, "zh": said.zh}}


class Timeline:
    """The index of one partition. Entries of a customer sort by when they were recorded, the newest first."""

    def __init__(self, path: Path, catalogue: Catalogue) -> None:
        self.path = path
        self.catalogue = catalogue
        self.sources = sources_of(catalogue)
        self._open()

    def _open(self) -> None:
        options = Options(raw_mode=True)
        options.create_if_missing(True)
        options.set_write_buffer_size(8 * 2**20)
        options.set_compression_type(DBCompressionType.lz4())
        options.set_keep_log_file_num(2)
        options.set_max_log_file_size(2**20)
        options.set_stats_dump_period_sec(0)
        options.set_max_open_files(64)
        self.path.mkdir(parents=True, exist_ok=True)
        self._db = Rdict(str(self.path), options)
        self.positions = {topic: self._position(topic) for topic in self.sources}

    def _position(self, topic: str) -> int:
        return int.from_bytes(self._db.get(_POSITION + topic.encode()) or b"", "big")

    def add(self, topic: str, records: Iterable[Record], position: int) -> list[tuple[str, Entry]]:
        """Takes records of a topic in, up to its position after them; what they say, with the customer."""
        batch, added = WriteBatch(raw_mode=True), []
        for record in records:
            entry = entry_of(self.catalogue, record) if record.key else None
            if entry is not None and record.key:
                batch.put(self._key(record.key, record), _encode(entry))
                added.append((record.key.decode(errors="replace"), entry))
        batch.put(_POSITION + topic.encode(), position.to_bytes(8, "big"))
        self._db.write(batch)
        self.positions[topic] = position
        return added

    def _key(self, name: bytes, record: Record) -> bytes:
        source = self.sources[record.topic]
        at = (_LATEST - record.timestamp).to_bytes(8, "big"), source.to_bytes(1, "big")
        return _head(name) + b"".join(at) + (_LATEST - record.offset).to_bytes(8, "big")

    def page(self, customer: str, after: str, limit: int, wanted: Callable[[Entry], bool]) -> Page:
        """Up to `limit` wanted entries of a customer from a place on, "" for the newest.

        Fewer with a next page when many are looked at in vain. Raises ValueError for a place that is none.
        """
        head = _head(customer.encode())
        place = bytes.fromhex(after)
        if place and len(place) != _PLACE_BYTES:
            raise ValueError(after)
        bounds = ReadOptions()
        bounds.set_iterate_upper_bound(head + b"\xff" * (_PLACE_BYTES + 1))
        found: list[Entry] = []
        entries = self._db.iter(bounds)
        entries.seek(head + place + b"\0" if place else head)
        for _ in range(SCAN_MAX):
            if not entries.valid():
                return Page(found, "")
            entry = _decode(entries.value())
            if wanted(entry):
                found.append(entry)
            last = entries.key()[len(head) :].hex()
            entries.next()
            if len(found) == limit:
                return Page(found, last if entries.valid() else "")
        return Page(found, last)

    def wipe(self) -> None:
        """Empties the index: its topics were made anew."""
        self._db.close()
        shutil.rmtree(self.path)
        self._open()

    def close(self) -> None:
        """Lets go of the files."""
        self._db.close()


def _head(name: bytes) -> bytes:
    return len(name).to_bytes(2, "big") + name
