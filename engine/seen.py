"""Which events a customer has had already, for as long as a late one may come.

The row carries the newest ids; when it has `ROW_ENTRIES`, they leave as one numbered chunk. Chunks are
immutable and are dropped whole when their newest entry is old enough. Of each id in a chunk two bytes, its
mark, stay in one record beside the row, so that a run reads only the chunks that may have an id it asks for.
"""

from typing import Final

from engine.calendar import DAY_MS
from engine.events import Event
from engine.ids import cause_of_event, digest_of
from engine.state import MARK, SEEN_ENTRY, Account, Beside

ROW_ENTRIES: Final = 48
ROW_BYTES: Final = ROW_ENTRIES * SEEN_ENTRY
KEEP_DAYS: Final = 91  # As long as late events are taken, and a day: a repeat is never taken for new.


def find(account: Account, key: bytes) -> bytes | None:
    """The payload hash under which the id was seen, or None."""
    seen = account.customer.seen
    at = seen.find(key)
    while at >= 0:
        if at % SEEN_ENTRY == 0:
            return seen[at + 8 : at + 16]
        at = seen.find(key, at + 1)
    stored = account.older.get(key)
    if stored is None or not account.customer.chunks or stored[0] < account.customer.chunks[0][0]:
        return None  # Its chunk was dropped; a restored worker would not even have it.
    return stored[1]


def remember(account: Account, key: bytes, payload_hash: bytes, now_ms: int) -> None:
    """Adds an id; moves the row's ids to a new chunk when it is full and drops chunks that are too old."""
    customer = account.customer
    today = now_ms // DAY_MS
    customer.seen = seen = customer.seen + (key + payload_hash + today.to_bytes(2, "big"))
    if len(seen) >= ROW_BYTES:
        _spill(account, today)
    chunks = customer.chunks
    if chunks and chunks[0][1] < today - KEEP_DAYS:
        _drop_old_chunks(account, today)


def key_of(event: Event) -> bytes:
    """The 8 bytes by which an event is remembered."""
    return digest_of(cause_of_event(event.source, event.id))[:8]


def chunks_with(account: Account, key: bytes) -> list[int]:
    """The stored chunks that may have this id: mostly none, by chance one in 65,536 for each id in them."""
    beside = account.beside
    if beside is None:
        return []
    found: list[int] = []
    marks, first, second = beside.marks, key[:1], key[1]
    count = len(marks) // MARK
    at = marks.find(first, 0, count)  # Python finds one byte faster than two.
    while at >= 0:
        if marks[count + at] == second:
            found.append(account.customer.chunks[at // ROW_ENTRIES][0])
        at = marks.find(first, at + 1, count)
    return found


def entries(number: int, chunk: bytes) -> dict[bytes, tuple[int, bytes]]:
    """A chunk as id hash -> (chunk number, payload hash)."""
    starts = range(0, len(chunk), SEEN_ENTRY)
    return {chunk[i : i + 8]: (number, chunk[i + 8 : i + 16]) for i in starts}


def _spill(account: Account, today: int) -> None:
    customer, seen = account.customer, account.customer.seen
    number = customer.chunks[-1][0] + 1 if customer.chunks else 0
    customer.chunks.append((number, today))
    account.spilled.append((number, seen))
    account.older.update(entries(number, seen))
    beside = account.beside
    if beside is None:
        beside = account.beside = Beside(b"", {})
    count = len(beside.marks) // MARK
    beside.marks = beside.marks[:count] + seen[::SEEN_ENTRY] + beside.marks[count:] + seen[1::SEEN_ENTRY]
    beside.changed = True
    customer.seen = b""


def _drop_old_chunks(account: Account, today: int) -> None:
    customer, beside = account.customer, account.beside
    assert beside is not None, "it has the marks of the chunks"
    while customer.chunks and customer.chunks[0][1] < today - KEEP_DAYS:
        account.spilled.append((customer.chunks.pop(0)[0], None))
        count = len(beside.marks) // MARK
        beside.marks = beside.marks[ROW_ENTRIES:count] + beside.marks[count + ROW_ENTRIES :]
        beside.changed = True
    older, most = account.older, 2 * ROW_ENTRIES * len(customer.chunks)
    if len(older) > most:  # Too many are of chunks that were dropped.
        kept = {number for number, _ in customer.chunks}
        account.older = {key: entry for key, entry in older.items() if entry[0] in kept}
