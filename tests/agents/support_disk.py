"""RocksDB on a disk that can be full."""

from collections.abc import Callable
from typing import Any

from rocksdict import Rdict


class SmallDisk:
    """A RocksDB that answers writes with RocksDB's own words for a full disk, as long as it is."""

    def __init__(self, db: Rdict, full: Callable[[], bool]) -> None:
        self._db = db
        self._full = full

    def write(self, batch: Any) -> None:
        """Writes the batch, or nothing of it."""
        if self._full():
            raise Exception("IO error: No space left on device: While appending to file: 000004.log")
        self._db.write(batch)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)
