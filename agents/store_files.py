"""RocksDB's own files, looked at before RocksDB opens them: some damage sends it into a loop without end.

Its write-ahead logs and its manifest are records in blocks of 32 KiB, each record with a checksum. When the
type of one is damaged into that of a recycled log, RocksDB reads the same record again and again.
"""

import fcntl
from pathlib import Path

from aiokafka.record.util import calc_crc32c

_BLOCK = 2**15
_HEADER = 7  # Checksum (4 bytes), length (2), type (1).
_TYPES = range(1, 5)  # Whole, first, middle and last part; ours are never recycled or compressed.


def damaged_log(folder: Path) -> str:
    """What is wrong with the logs and the manifest of a store; "" for nothing, and while it is in use.

    An end in the middle of a record is not wrong: RocksDB does without that record.
    """
    if _in_use(folder / "LOCK"):
        return ""
    paths = [path for pattern in ("MANIFEST-*", "*.log") for path in sorted(folder.glob(pattern))]
    for path in paths:
        data = path.read_bytes()
        at = _first_bad(data)
        if at is not None:
            return f"{path.name} is damaged at byte {at}"
    return ""


def _in_use(lock: Path) -> bool:
    """Whether another process holds RocksDB's lock."""
    if not lock.exists():
        return False
    with lock.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _first_bad(data: bytes) -> int | None:
    """Where the first damaged record begins."""
    at, size = 0, len(data)
    while at < size:
        left = _BLOCK - at % _BLOCK
        if left < _HEADER:  # The rest of a block that has no room for a header.
            at += left
            continue
        length = int.from_bytes(data[at + 4 : at + 6], "little")
        end = at + _HEADER + length
        if at + _HEADER > size:
            return None
        if data[at + 6] not in _TYPES or length > left - _HEADER:
            return at
        if end > size:
            return None
        if int.from_bytes(data[at : at + 4], "little") != _masked(calc_crc32c(data[at + 6 : end])):
            return at
        at = end
    return None


def _masked(checksum: int) -> int:
    """A checksum as RocksDB writes it down."""
    return ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF
