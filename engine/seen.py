"""Which events a customer has had already: known for 91 days, to the day.

The row carries the newest ids. When it is full they leave for buckets beside the row, each id for the one
that its own bytes name, so that a single bucket answers whether an id was seen. Buckets become more as ids
do, one at a time: the ids of one old bucket are dealt out to it and to the new one. A customer with many
buckets has no ids in the row.
"""

from typing import Final

from engine.calendar import DAY_MS
from engine.state import SEEN_ENTRY, Account

ROW_ENTRIES: Final = 16
ROW_BYTES: Final = ROW_ENTRIES * SEEN_ENTRY
BUCKET_ENTRIES: Final = 24  # In the mean.
ROW_BUCKETS: Final = 4  # With as many buckets, ids go there at once.
KEEP_DAYS: Final = 91  # As long as late events are taken, and a day: a repeat is never taken for new.


def place(key: bytes, buckets: int) -> int:
    """Which of so many buckets an id belongs to. With one more, only those of the new bucket move."""
    span = 1 << (buckets - 1).bit_length()
    at: int = int.from_bytes(key[:4], "big") & (span - 1)
    return at if at < buckets else at - (span >> 1)


def find(account: Account, key: bytes, now_ms: int) -> bytes | None:
    """The payload hash under which the id was seen in the last 91 days, or None."""
    customer, oldest = account.customer, now_ms // DAY_MS - KEEP_DAYS
    found = _among(customer.seen, key, oldest) if customer.seen else None
    if found is None and customer.buckets:
        return _among(_bucket(account, place(key, customer.buckets)), key, oldest)
    return found


def remember(account: Account, key: bytes, payload_hash: bytes, now_ms: int) -> None:
    """Adds an id, and lets go of ids that are too old where it adds."""
    customer, today = account.customer, now_ms // DAY_MS
    oldest = today - KEEP_DAYS
    if customer.buckets and customer.stored_day < oldest:
        _drop(account)
    entry = key + payload_hash + today.to_bytes(2, "big")
    if customer.buckets >= ROW_BUCKETS:
        _store(account, entry, oldest, today)
        return
    customer.seen = seen = _young(customer.seen, oldest) + entry
    if len(seen) >= ROW_BYTES:
        customer.seen = b""
        _store(account, seen, oldest, today)


def _among(entries: bytes, key: bytes, oldest: int) -> bytes | None:
    """The payload hash of an id, unless it is too old."""
    at = entries.find(key)
    while at >= 0:
        if at % SEEN_ENTRY == 0:
            young = int.from_bytes(entries[at + 16 : at + SEEN_ENTRY], "big") >= oldest
            return entries[at + 8 : at + 16] if young else None
        at = entries.find(key, at + 1)
    return None


def _young(entries: bytes, oldest: int) -> bytes:
    """The entries without those that are too old; they stand in the order of their days."""
    at = 0
    while at < len(entries) and int.from_bytes(entries[at + 16 : at + SEEN_ENTRY], "big") < oldest:
        at += SEEN_ENTRY
    return entries[at:] if at else entries


def _bucket(account: Account, number: int) -> bytes:
    """The entries of a bucket."""
    known = account.ids.get(number)
    if known is None:
        assert account.vault is not None, "a customer with buckets was stored"
        known = account.ids[number] = account.vault.bucket(account.customer.id, number)
    return known


def _store(account: Account, entries: bytes, oldest: int, today: int) -> None:
    """Puts entries into their buckets, and makes more of these if there are too many ids now."""
    customer = account.customer
    if not customer.buckets:
        customer.buckets = 1
        account.ids[0] = b""
    parts: dict[int, bytes] = {}
    for at in range(0, len(entries), SEEN_ENTRY):
        number = place(entries[at : at + 8], customer.buckets)
        parts[number] = parts.get(number, b"") + entries[at : at + SEEN_ENTRY]
    for number, added in parts.items():
        before = _bucket(account, number)
        after = _young(before, oldest) + added
        customer.stored += (len(after) - len(before)) // SEEN_ENTRY
        _write(account, number, after)
    customer.stored_day = today
    while customer.stored > customer.buckets * BUCKET_ENTRIES:
        _split(account)


def _split(account: Account) -> None:
    """Makes one more bucket out of the one whose ids it may have."""
    customer, new = account.customer, account.customer.buckets
    old = new - (1 << (new.bit_length() - 1))
    customer.buckets = new + 1
    stays, leaves, entries = b"", b"", _bucket(account, old)
    for at in range(0, len(entries), SEEN_ENTRY):
        entry = entries[at : at + SEEN_ENTRY]
        if place(entry[:8], new + 1) == new:
            leaves += entry
        else:
            stays += entry
    _write(account, old, stays)
    _write(account, new, leaves)


def _drop(account: Account) -> None:
    """Lets all buckets go: their newest id is too old."""
    customer = account.customer
    for number in range(customer.buckets):
        account.changed_ids[number] = None
    account.ids.clear()
    customer.buckets = customer.stored = 0


def _write(account: Account, number: int, entries: bytes) -> None:
    account.ids[number] = entries
    account.changed_ids[number] = entries
