"""Disks that fill up, and files of a RocksDB that are damaged."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

from agents.store import Store, StoreDamaged

MIB = 2**20
ROWS = (b"s", b"o", b"i", b"b", b"w", b"d")


@contextmanager
def small_disk(folder: Path, mib: int) -> Iterator[str]:
    """A disk of this size at the folder as long as the block lasts: "", or why there can be none here."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        yield "there is no mount command"
        return
    if done.returncode:
        yield " ".join(done.stderr.split())
        return
    try:
        yield ""
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Not a byte is left on the folder's disk as long as the block lasts."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (MIB, 4096, 1):
            with suppress(OSError):
                while file.write(bytes(size)):
                    pass
    try:
        yield
    finally:
        ballast.unlink()


def damage_found(partition: Path) -> bool:
    """Whether reading all of a stopped worker's partition meets damage; its next opening then wipes it."""
    store = Store(partition)
    try:
        for prefix in ROWS:
            store.scan(prefix)
    except StoreDamaged as error:
        store.mark_damaged(str(error))
    finally:
        store.close()
    return (partition / "DAMAGED").exists()


def remove_table(partition: Path, chance: Random) -> None:
    """One table is gone."""
    chance.choice(sorted(partition.glob("*.sst"))).unlink()


def cut_log(partition: Path, chance: Random) -> None:
    """The newest write-ahead log ends somewhere in its middle."""
    _cut(max(partition.glob("*.log")), chance)


def cut_manifest(partition: Path, chance: Random) -> None:
    """The list of tables ends somewhere in its middle."""
    _cut(max(partition.glob("MANIFEST-*")), chance)


def flip_bytes(partition: Path, chance: Random) -> None:
    """Bits of one file are not what was written."""
    path = chance.choice([path for path in sorted(partition.iterdir()) if path.stat().st_size])
    data = bytearray(path.read_bytes())
    for _ in range(chance.choice((1, 64))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def _cut(path: Path, chance: Random) -> None:
    os.truncate(path, chance.randrange(path.stat().st_size or 1))
