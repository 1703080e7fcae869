"""Which events a customer has had already, for as long as a late one may come.

The row carries the newest ids; when it has `ROW_ENTRIES`, they leave as one numbered chunk. Chunks are
immutable and are dropped whole when their newest entry is old enough.
"""

from typing import Final

from engine.calendar import DAY_MS
from engine.state import SEEN_ENTRY, Account

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
    if account.older is None:
        return None
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


def entries(number: int, chunk: bytes) -> dict[bytes, tuple[int, bytes]]:
    """A chunk as id hash -> (chunk number, payload hash)."""
    starts = range(0, len(chunk), SEEN_ENTRY)
    return {chunk[i : i + 8]: (number, chunk[i + 8 : i + 16]) for i in starts}


def _spill(account: Account, today: int) -> None:
    customer = account.customer
    number = customer.chunks[-1][0] + 1 if customer.chunks else 0
    customer.chunks.append((number, today))
    account.spilled.append((number, customer.seen))
    if account.older is None:
        account.older = {}
    account.older.update(entries(number, customer.seen))
    customer.seen = b""


def _drop_old_chunks(account: Account, today: int) -> None:
    customer = account.customer
    while customer.chunks and customer.chunks[0][1] < today - KEEP_DAYS:
        account.spilled.append((customer.chunks.pop(0)[0], None))
    older, most = account.older, 2 * ROW_ENTRIES * len(customer.chunks)
    if older is not None and len(older) > most:  # Too many are of chunks that were dropped.
        kept = {number for number, _ in customer.chunks}
        account.older = {key: entry for key, entry in older.items() if entry[0] in kept}
