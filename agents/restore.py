"""A partition's state from its changelog, in bulk."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.accounts import CUSTOMER, DUE, due_key
from agents.store import POSITION_KEY, Store
from topics.connection import Connection

STALE_AFTER_MS = 6 * 86_400_000  # Before the changelog forgets deletions (delete.retention.ms, 7 days).

_REBUILDING_KEY = b"\0rebuilding"  # Present while the due index waits for the rows to be complete.
_FETCH_BYTES = 2**20
_PIECE_RECORDS = 10_000  # Written as one batch: what is in memory at a time.
_POLL_MS = 20
_STALLED_S = 30.0
_TOLD_S = 2.0  # Between two lines of progress in the log.
_INDEX_ROWS = 2_000  # Written without a pause.
_CUSTOMER = CUSTOMER[0]

log = logging.getLogger("tierline.restore")

Change = tuple[bytes, bytes | None]
Progress = Callable[[int], None]


class Stalled(Exception):
    """The broker gave nothing of the changelog for half a minute."""


class Overtaken(Exception):
    """The partition may have been given away meanwhile; what was restored so far is kept."""


def position_record(position: int) -> Change:
    """The row that says which changelog offset is next, and when this was written."""
    return POSITION_KEY, position.to_bytes(8, "big") + int(time.time() * 1000).to_bytes(8, "big")


def is_stale(store: Store) -> bool:
    """Whether the store was last written so long ago that the changelog may have forgotten deletions."""
    written_ms = int.from_bytes((store.get(POSITION_KEY) or b"")[8:], "big")
    return 0 < written_ms < time.time() * 1000 - STALE_AFTER_MS


def wipe_if_unusable(store: Store, bounds: tuple[int, int]) -> bool:
    """Whether the store was emptied: it cannot be brought level with this changelog, offsets [begin, end)."""
    begin, end = bounds
    why = ""
    if store.position > end:
        why = f"it stands at changelog offset {store.position}, beyond the end {end}: another changelog"
    elif 0 < store.position < begin:
        why = f"the changelog now begins at {begin}, above its position {store.position}"
    elif store.position < end and is_stale(store):
        why = "it is too old for the changelog to bring up to date"
    if why:
        store.wipe()
        log.warning("State in %s was wiped and is restored: %s.", store.path, why, extra={"change": "wiped"})
    return bool(why)


def changelog_reader(connection: Connection, wait_ms: int) -> AIOKafkaConsumer:
    """A consumer of committed records, not started; the broker holds a fetch that finds nothing so long."""
    return AIOKafkaConsumer(
        **connection.options,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="none",
        max_partition_fetch_bytes=_FETCH_BYTES,
        fetch_max_wait_ms=wait_ms,
    )


async def restore(
    store: Store,
    connection: Connection,
    changelog: TopicPartition,
    bounds: tuple[int, int],
    progress: Progress,
    overtaken: Callable[[], bool],
) -> int:
    """How many changelog records were read to bring the store level with `bounds`, offsets [begin, end).

    `progress` is told how many offsets are left. Raises Stalled, or Overtaken when `overtaken` says so.
    """
    if _is_level(store, bounds):
        return 0
    began = time.monotonic()
    reader = changelog_reader(connection, _POLL_MS)
    try:
        await reader.start()
        reader.assign([changelog])
        count = await catch_up(store, reader, changelog, bounds, progress, overtaken)
    finally:
        await reader.stop()
    seconds = time.monotonic() - began
    log.info(
        "Partition %d: restored %d changelog records in %.2f s.", changelog.partition, count, seconds,
        extra={
            "change": "restored", "partition": changelog.partition, "records": count,
            "seconds": round(seconds, 3),
        },
    )  # fmt: skip
    return count


async def catch_up(
    store: Store,
    reader: AIOKafkaConsumer,
    changelog: TopicPartition,
    bounds: tuple[int, int],
    progress: Progress,
    overtaken: Callable[[], bool] = lambda: False,
    piece: int = 0,
) -> int:
    """As `restore`, with a reader of the changelog at hand, and written in batches of `piece` records."""
    if _is_level(store, bounds):
        return 0
    begin, end = bounds
    rebuilding = store.position == 0 or store.get(_REBUILDING_KEY) is not None
    if rebuilding:
        store.write([(_REBUILDING_KEY, b"1")])
    start = max(store.position, begin)
    count = await _replay(
        store, reader, changelog, start, end, not rebuilding, progress, overtaken, piece or _PIECE_RECORDS
    )
    if rebuilding:
        await rebuild_index(store)
    store.write([position_record(end), (_REBUILDING_KEY, None)])
    return count


def _is_level(store: Store, bounds: tuple[int, int]) -> bool:
    """Whether nothing is missing, nor left undone by a worker that was killed."""
    return max(store.position, bounds[0]) >= bounds[1] and store.get(_REBUILDING_KEY) is None


async def _replay(
    store: Store,
    reader: AIOKafkaConsumer,
    changelog: TopicPartition,
    start: int,
    end: int,
    keep_index: bool,
    progress: Progress,
    overtaken: Callable[[], bool],
    piece: int,
) -> int:
    if start >= end:
        return 0
    reader.seek(changelog, start)
    count, moved = 0, time.monotonic()
    told = _told(progress, changelog.partition, end - start)
    while start < end:
        fetched = await reader.getmany(changelog, timeout_ms=_POLL_MS, max_records=piece)
        records = fetched.get(changelog, ())
        after = await reader.position(changelog)  # Past transaction markers too.
        if after > end:  # What a newer owner has written since may be half of a commit.
            records, after = [each for each in records if each.offset < end], end
        if records:
            _write(store, records, after, keep_index)
            count += len(records)
        if after > start:
            start, moved = after, time.monotonic()
            told(max(end - start, 0))
        elif time.monotonic() - moved > _STALLED_S:
            raise Stalled
        if overtaken():
            raise Overtaken
        await asyncio.sleep(0)  # What is fetched already is given without a pause.
    return count


def _told(progress: Progress, partition: int, whole: int) -> Progress:
    """A progress that also tells the log now and then; it has told how many offsets there are in all."""
    last = time.monotonic()

    def told(left: int) -> None:
        nonlocal last
        progress(left)
        if time.monotonic() - last >= _TOLD_S:
            last = time.monotonic()
            log.info("Partition %d: %d of %d changelog offsets left to restore.", partition, left, whole)

    progress(whole)
    return told


def _write(store: Store, records: Sequence[object], after: int, keep_index: bool) -> None:
    """Writes the newest value of each key, and the index entries that follow from customer rows."""
    newest = {record.key: record.value for record in records}  # type: ignore[attr-defined]
    index = _index_changes(store, newest) if keep_index else []
    store.write([*newest.items(), position_record(after)], index)


def _index_changes(store: Store, rows: dict[bytes, bytes | None]) -> list[Change]:
    """What the due index has to change when these rows replace the stored ones."""
    keys = [key for key in rows if key[0] == _CUSTOMER]
    index: list[Change] = []
    for key, old in zip(keys, store.get_many(keys), strict=True):
        was, now = _due(old), _due(rows[key])
        if was != now:
            if was:
                index.append((due_key(was, key[1:]), None))
            if now:
                index.append((due_key(now, key[1:]), b""))
    return index


def _due(row: bytes | None) -> int:
    """A row's next due instant in ms, 0 for none."""
    return int.from_bytes(row[:8], "big") if row else 0


async def rebuild_index(store: Store) -> None:
    """Writes the due index of all rows, in place of what a killed worker left of one."""
    after = b""
    while entries := store.chunk(DUE, after, _INDEX_ROWS):
        store.write([], [(key, None) for key, _ in entries])
        after = entries[-1][0]
    after = b""
    while rows := store.chunk(CUSTOMER, after, _INDEX_ROWS):
        dues = ((_due(row), key[1:]) for key, row in rows)
        store.write([], [(due_key(due, customer), b"") for due, customer in dues if due])
        after = rows[-1][0]
        await asyncio.sleep(0)
