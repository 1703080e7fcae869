"""One RocksDB per partition: raw bytes in, raw bytes out.

Everything here also stands in the changelog (or is rebuilt from it), so a damaged store is wiped and
restored. The write-ahead log is on and unsynced: a killed process loses nothing, a power cut loses the
newest writes, which the changelog brings back.

RocksDB opens without a word when its newest tables or an older log are missing, for example after its
manifest was cut short: rows are then gone though later ones are there. So every batch leaves a mark, and
opening looks whether the last ones are complete.
"""

import shutil
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

from rocksdict import (
    BlockBasedOptions,
    Cache,
    DBCompressionType,
    Options,
    Rdict,
    ReadOptions,
    WriteBatch,
    WriteBufferManager,
)

from agents.accounts import due_key
from agents.errors import UserError
from agents.store_files import damaged_log

POSITION_KEY = b"\0position"  # Next changelog offset to restore from, then when that was written (ms).

_BLOCK_CACHE_BYTES = 32 * 2**20  # Shared by all stores of the process, like the next one.
_BLOCK_BYTES = 4 * 2**10
_WRITE_BUFFER_BYTES = 32 * 2**20
_MEMTABLE_BYTES = 8 * 2**20
_TABLES_UNSORTED = 16  # Merged together: half the work of merging 8, for a look at more filters.
_LEVEL_ONE_BYTES = _TABLES_UNSORTED * _MEMTABLE_BYTES  # As much as is merged into it.
_MARKER = "DAMAGED"
_SIZES = ("rocksdb.total-sst-files-size", "rocksdb.cur-size-all-mem-tables", "rocksdb.estimate-num-keys")
_NO_DUE = 2**63
_MARKS = 4_096  # Batches whose mark is kept. No table or log holds as many, since memory is flushed before.
_FLUSHED_AFTER = _MARKS // 4  # Batches; three buffers may be in memory.
_MARK_KEYS = [b"\0mark%d" % slot for slot in range(_MARKS)]
_FULL = ("No space left on device", "Disk quota exceeded")


class StoreDamaged(Exception):
    """RocksDB found its files damaged; the message is RocksDB's, on one line."""


class StoreInUse(UserError):
    """Another process has the store open."""


class StoreFull(Exception):
    """The disk has no room for what is written; the message is one sentence."""


@cache
def _shared_cache() -> tuple[Cache, WriteBufferManager]:
    """The usual cache has parts of half a MiB: a larger table's filter would be read anew each time."""
    block_cache = Cache.new_hyper_clock_cache(_BLOCK_CACHE_BYTES, _BLOCK_BYTES)
    return block_cache, WriteBufferManager(_WRITE_BUFFER_BYTES, False)


def _options() -> Options:
    block_cache, write_buffers = _shared_cache()
    blocks = BlockBasedOptions()
    blocks.set_block_cache(block_cache)
    blocks.set_bloom_filter(10, False)  # An order or customer never seen costs under a microsecond.
    blocks.set_cache_index_and_filter_blocks(True)
    blocks.set_pin_l0_filter_and_index_blocks_in_cache(True)
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_block_based_table_factory(blocks)
    options.set_write_buffer_manager(write_buffers)
    options.set_write_buffer_size(_MEMTABLE_BYTES)
    options.set_max_write_buffer_number(3)
    options.set_level_zero_file_num_compaction_trigger(_TABLES_UNSORTED)
    options.set_level_zero_slowdown_writes_trigger(2 * _TABLES_UNSORTED)  # A write may not wait for merging.
    options.set_level_zero_stop_writes_trigger(4 * _TABLES_UNSORTED)
    options.set_max_bytes_for_level_base(_LEVEL_ONE_BYTES)
    options.set_memtable_whole_key_filtering(True)
    options.set_memtable_prefix_bloom_ratio(0.05)
    options.set_compression_type(DBCompressionType.lz4())
    options.set_max_open_files(256)
    options.set_max_total_wal_size(2 * _MEMTABLE_BYTES)
    options.set_keep_log_file_num(2)
    options.set_max_log_file_size(2**20)
    options.set_stats_dump_period_sec(0)
    return options


def _classified(error: Exception, path: Path) -> Exception:
    """The error to raise for one of the system's, or of RocksDB's, which all are plain `Exception`s."""
    text = " ".join(str(error).split())
    if "lock hold by" in text or "While lock file" in text:
        return StoreInUse(f"State directory {path} is in use by another process: stop it, or name another.")
    if any(each in text for each in _FULL):
        return StoreFull(f"The disk of state directory {path} is full: make room there.")
    return error if isinstance(error, OSError) else StoreDamaged(text)


class Store:
    """The state of one partition on disk. Every call may raise `StoreDamaged`, those that write `StoreFull`.

    Opening raises `StoreInUse` while another process has it open. `found_damaged` says why the files
    were wiped when opening ("" if they were not).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found_damaged = ""
        if (path / _MARKER).exists():
            self.found_damaged = (path / _MARKER).read_text()
            shutil.rmtree(path)
        try:
            self._open()
        except StoreDamaged as error:
            self.found_damaged = str(error)
            shutil.rmtree(path)
            self._open()

    def _open(self) -> None:
        if why := damaged_log(self.path):
            raise StoreDamaged(why)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            options = _options()
            self._db = Rdict(str(self.path), options, {"default": options})  # Else those of its last opening.
        except Exception as error:
            raise _classified(error, self.path) from None
        self._earliest_due_ms = 0  # No entry of the due index is earlier.
        self._unflushed = 0  # Batches.
        try:
            self._batches = self._marked()
        except StoreDamaged:
            with suppress(Exception):
                self._db.close()
            raise

    def _marked(self) -> int:
        """How many batches were written. Raises StoreDamaged if one of the last is missing."""
        marks = [int.from_bytes(mark or b"", "big") for mark in self.get_many(_MARK_KEYS)]
        count = max(marks)
        oldest = max(count - _MARKS, 0) + 1
        missing = sum(marks[number % _MARKS] != number for number in range(oldest, count + 1))
        if missing:
            raise StoreDamaged(f"{missing} of the last {count + 1 - oldest} batches are missing")
        return count

    def get(self, key: bytes) -> bytes | None:
        """The value of one key, None if there is none."""
        return self.get_many([key])[0]

    def get_many(self, keys: list[bytes]) -> list[bytes | None]:
        """The values in the order of the keys, None for a key that is not there."""
        try:
            return self._db.get(keys)  # type: ignore[arg-type, return-value]
        except Exception as error:
            raise _classified(error, self.path) from None

    def write(
        self,
        puts: Iterable[tuple[bytes, bytes | None]],
        index: Iterable[tuple[bytes, bytes | None]] = (),
    ) -> None:
        """Puts and deletes (value None) in one atomic batch; entries of the due index go into `index`."""
        batch = WriteBatch(raw_mode=True)
        put, delete = batch.put, batch.delete
        for key, value in puts:
            if value is None:
                delete(key)
            else:
                put(key, value)
        earliest = self._earliest_due_ms
        for key, value in index:
            if value is None:
                delete(key)
            else:
                put(key, value)
                earliest = min(earliest, int.from_bytes(key[1:9], "big"))
        number = self._batches + 1
        put(_MARK_KEYS[number % _MARKS], number.to_bytes(8, "big"))
        try:
            self._db.write(batch)
            if self._unflushed >= _FLUSHED_AFTER:
                self._db.flush(wait=False)
                self._unflushed = 0
        except Exception as error:
            raise _classified(error, self.path) from None
        self._batches = number
        self._unflushed += 1
        self._earliest_due_ms = earliest

    def due(self, until_ms: int, limit: int) -> list[tuple[int, bytes]]:
        """(due ms, customer) of at most `limit` index entries due at or before `until_ms`, earliest first.

        Costs what is due: nothing is read before the earliest live entry, past the remains of fired ones.
        """
        if until_ms < self._earliest_due_ms:
            return []
        start, end = due_key(self._earliest_due_ms, b""), due_key(until_ms + 1, b"")
        found = [
            (int.from_bytes(key[1:9], "big"), key[9:]) for key, _ in self._between(start, end, limit, True)
        ]
        self._earliest_due_ms = found[0][0] if found else until_ms + 1
        return found

    def scan(self, prefix: bytes) -> list[tuple[bytes, bytes]]:
        """All (key, value) under a prefix, by key."""
        return self._between(prefix, prefix[:-1] + bytes([prefix[-1] + 1]), _NO_DUE, again=False)

    def size(self) -> tuple[int, int]:
        """(bytes in tables and in write buffers, rows as RocksDB estimates them)."""
        tables, buffers, keys = [self._db.property_int_value(name) or 0 for name in _SIZES]
        return tables + buffers, keys

    def chunk(self, prefix: bytes, after: bytes, limit: int) -> list[tuple[bytes, bytes]]:
        """At most `limit` (key, value) under a prefix with keys above `after` (b"": from the start)."""
        start = after + b"\0" if after else prefix
        return self._between(start, prefix[:-1] + bytes([prefix[-1] + 1]), limit, again=False)

    def _between(self, start: bytes, end: bytes, limit: int, again: bool) -> list[tuple[bytes, bytes]]:
        """Keys in [start, end). The status check is what tells damage from the end of the data.

        Blocks that are not read `again` soon leave the cache to those that are.
        """
        bounds = ReadOptions()
        bounds.fill_cache(again)
        bounds.set_iterate_upper_bound(end)
        found: list[tuple[bytes, bytes]] = []
        try:
            entries = self._db.iter(bounds)
            entries.seek(start)
            while len(found) < limit and entries.valid():
                found.append((entries.key(), entries.value()))
                entries.next()
            entries.status()
        except Exception as error:
            raise _classified(error, self.path) from None
        return found

    @property
    def position(self) -> int:
        """The next changelog offset this store has not seen; 0 for a new one."""
        return int.from_bytes((self.get(POSITION_KEY) or b"")[:8], "big")

    def wipe(self) -> None:
        """Deletes everything and opens an empty store in its place."""
        self.close()
        shutil.rmtree(self.path)
        self._open()

    def mark_damaged(self, why: str) -> None:
        """Has the next opening wipe the files first, or find the damage again if the disk is full."""
        with suppress(OSError):
            (self.path / _MARKER).write_text(why)

    def close(self) -> None:
        """Flushes and lets go of the files, so that another process may open them."""
        try:
            self._db.close()
        except Exception as error:
            raise _classified(error, self.path) from None
