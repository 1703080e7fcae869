"""Stores on simulated disks: atomic batches, which a killed process leaves behind whole.

A power cut takes back the newest batches, since RocksDB's log is not synced; a replaced disk has none.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from agents.restore import Change
from agents.store import POSITION_KEY, StoreDamaged, StoreInUse
from tests.simulation.loop import Process, here


@dataclass(slots=True)
class Disk:
    """One store's files: its batches since it was made, whoever has it open, what was found damaged."""

    batches: list[list[Change]] = field(default_factory=list)
    user: Process | None = None
    damaged: str = ""

    def rows(self) -> dict[bytes, bytes]:
        """What the batches amount to."""
        rows: dict[bytes, bytes] = {}
        for batch in self.batches:
            _add(rows, batch)
        return rows

    def lose_newest(self, count: int) -> None:
        """What a power cut does."""
        del self.batches[len(self.batches) - min(count, len(self.batches)) :]


def _add(rows: dict[bytes, bytes], batch: Iterable[Change]) -> None:
    for key, value in batch:
        if value is None:
            rows.pop(key, None)
        else:
            rows[key] = value


class Store:
    """Stands where `agents.store.Store` does, on the disk that the process's world has under the path."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._process = here()
        self._disk = disk = self._process.world.disk(path)
        if disk.user is not None and disk.user is not self._process:
            raise StoreInUse(f"State directory {path} is in use by another process.")
        disk.user = self._process
        self.found_damaged = disk.damaged
        if disk.damaged:
            disk.batches, disk.damaged = [], ""
        self._rows = disk.rows()
        self._closed = False

    def _used(self, how: str) -> None:
        if self._closed:
            raise StoreDamaged("DB instance already closed")
        self._process.world.used(self._process, how)

    def get(self, key: bytes) -> bytes | None:
        """The value of one key, None if there is none."""
        return self._rows.get(key)

    def get_many(self, keys: list[bytes]) -> list[bytes | None]:
        """The values in the order of the keys."""
        self._used("read")
        return [self._rows.get(key) for key in keys]

    def write(self, puts: Iterable[Change], index: Iterable[Change] = ()) -> None:
        """Puts and deletes in one atomic batch. The process may end right before or right after it."""
        batch = [*puts, *index]
        self._used("write")
        self._process.world.note(f"{self._process.name} writes {len(batch)} rows to {self.path}")
        self._disk.batches.append(batch)
        _add(self._rows, batch)
        self._used("written")

    def due(self, until_ms: int, limit: int) -> list[tuple[int, bytes]]:
        """(due ms, customer) of at most `limit` index entries due at or before `until_ms`, earliest first."""
        entries = [(int.from_bytes(key[1:9], "big"), key[9:]) for key in self._rows if key[:1] == b"d"]
        return sorted(each for each in entries if each[0] <= until_ms)[:limit]

    def chunk(self, prefix: bytes, after: bytes, limit: int) -> list[tuple[bytes, bytes]]:
        """At most `limit` (key, value) under a prefix with keys above `after`."""
        found = [pair for pair in self._rows.items() if pair[0].startswith(prefix) and pair[0] > after]
        return sorted(found)[:limit]

    @property
    def position(self) -> int:
        """The next changelog offset this store has not seen; 0 for a new one."""
        return int.from_bytes((self.get(POSITION_KEY) or b"")[:8], "big")

    def wipe(self) -> None:
        """Deletes everything."""
        self._disk.batches.clear()
        self._rows.clear()

    def mark_damaged(self, why: str) -> None:
        """Has the next opening wipe the files first."""
        self._disk.damaged = why

    def close(self) -> None:
        """Lets go of the files."""
        self._disk.user = None
        self._closed = True


def damage() -> StoreDamaged:
    """What RocksDB says of a damaged block."""
    return StoreDamaged("Corruption: block checksum mismatch")
