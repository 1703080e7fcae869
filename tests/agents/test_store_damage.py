"""A store whose files were damaged is whole or found out, never quietly short; a full disk is no damage."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from subprocess import PIPE

import pytest

from agents.restore import position_record
from agents.store import Store, StoreDamaged, StoreFull, StoreInUse
from agents.store_files import damaged_log
from tests.agents.support_disk import SmallDisk

BATCHES = 500
ROWS = 20  # Of each batch.
SEED = 20_261_124
FLIPS = 200
FOUND = {"", "damaged"}

FILL = f"""
import os, signal, sys, time
from pathlib import Path
from random import Random
from agents.restore import position_record
from agents.store import Store
store, chance = Store(Path(sys.argv[1])), Random({SEED})
for number in range({BATCHES}):
    rows = [(b"s%06d" % (number * {ROWS} + at), chance.randbytes(100)) for at in range({ROWS})]
    store.write([*rows, position_record(number + 1)])
    if number == {BATCHES} // 2:
        store._db.flush()
while len(list(store.path.glob("*.log"))) > 1:
    time.sleep(0.01)
os.kill(os.getpid(), signal.SIGKILL)
"""


HOLD = """
import sys
from pathlib import Path
from agents.store import Store
store = Store(Path(sys.argv[1]))
print("held", flush=True)
input()
"""


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """The files of a store whose process was killed while a table and a log held its rows."""
    folder = tmp_path_factory.mktemp("killed") / "store"
    done = subprocess.run([sys.executable, "-c", FILL, folder], check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(list(folder.glob("*.sst"))) == 1
    assert next(folder.glob("*.log")).stat().st_size > 2**18
    return folder


def after(killed: Path, folder: Path, harm: Callable[[Path], None]) -> str:
    """What becomes of a copy that was harmed: "" for rows up to its position, "damaged" if that was found."""
    shutil.copytree(killed, folder)
    harm(folder)
    store = Store(folder)
    try:
        rows = store.scan(b"s")
        assert store.get_many([key for key, _ in rows]) == [value for _, value in rows]
        assert len(rows) == store.position * ROWS
        return "damaged" if store.found_damaged else ""
    except StoreDamaged:
        return "damaged"
    finally:
        store.close()
        shutil.rmtree(folder)


def cut(name: str, size: int) -> Callable[[Path], None]:
    """Shortens the one file with such a name."""
    return lambda folder: os.truncate(next(folder.glob(name)), size)


def test_a_manifest_cut_short_anywhere_is_found_out(killed, tmp_path):
    size = next(killed.glob("MANIFEST-*")).stat().st_size
    outcomes = [after(killed, tmp_path / "copy", cut("MANIFEST-*", at)) for at in range(0, size, 4)]
    assert set(outcomes) <= FOUND
    assert outcomes[:20] == ["damaged"] * 20


def test_a_log_cut_short_anywhere_leaves_the_rows_up_to_an_earlier_position(killed, tmp_path):
    size = next(killed.glob("*.log")).stat().st_size
    assert {after(killed, tmp_path / "copy", cut("*.log", at)) for at in range(0, size, size // 20)} == {""}


@pytest.mark.parametrize("name", ["MANIFEST-*", "*.log"])
def test_a_record_of_a_recycled_log_does_not_send_rocksdb_into_a_loop(killed, tmp_path, name):
    def recycle(folder: Path) -> None:
        path = next(folder.glob(name))
        data = bytearray(path.read_bytes())
        second = 7 + int.from_bytes(data[4:6], "little")
        data[second + 6] ^= 4  # The type of the second record.
        path.write_bytes(data)
        assert damaged_log(folder) == f"{path.name} is damaged at byte {second}"

    assert after(killed, tmp_path / "copy", recycle) == "damaged"


def test_files_that_another_process_has_open_are_not_looked_at(killed, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(killed, folder)
    holder = subprocess.Popen([sys.executable, "-c", HOLD, folder], stdin=PIPE, stdout=PIPE)
    try:
        assert holder.stdout.readline() == b"held\n"
        next(folder.glob("MANIFEST-*")).write_bytes(b"nothing that is good" * 5)
        with pytest.raises(StoreInUse):
            Store(folder)
    finally:
        holder.communicate(b"\n")


def test_a_file_that_is_gone_is_found_out_or_not_needed(killed, tmp_path):
    outcomes = {
        path.name: after(killed, tmp_path / "copy", lambda folder, name=path.name: (folder / name).unlink())
        for path in killed.iterdir()
    }
    needed = {path.name for pattern in ("*.sst", "MANIFEST-*", "CURRENT") for path in killed.glob(pattern)}
    assert {name for name, outcome in outcomes.items() if outcome} >= needed - {"CURRENT"}


def test_flipped_bytes_in_any_file_never_give_other_rows(killed, tmp_path):
    chance = Random(SEED)
    paths = sorted(path for path in killed.iterdir() if path.stat().st_size)

    def flip(folder: Path) -> None:
        path = folder / chance.choice(paths).name
        data = bytearray(path.read_bytes())
        for _ in range(chance.choice((1, 64))):
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        path.write_bytes(data)

    outcomes = [after(killed, tmp_path / "copy", flip) for _ in range(FLIPS)]
    assert set(outcomes) == FOUND


def test_marks_are_complete_over_more_batches_than_are_kept_and_many_openings(tmp_path):
    for opening in range(3):
        store = Store(tmp_path / "store")
        assert store.found_damaged == ""
        for number in range(3_000):
            store.write([position_record(opening * 3_000 + number + 1)])
        store.close()
    store = Store(tmp_path / "store")
    assert (store.found_damaged, store.position) == ("", 9_000)
    store.close()


def test_a_full_disk_is_said_to_be_full_and_no_state_is_lost(tmp_path):
    store = Store(tmp_path / "store")
    store.write([(b"sa", b"1")])
    store._db = SmallDisk(store._db, lambda: True)
    with pytest.raises(StoreFull, match=f"The disk of state directory {store.path} is full"):
        store.write([(b"sa", b"2")])
    store.close()
    store = Store(tmp_path / "store")
    assert (store.found_damaged, store.get(b"sa")) == ("", b"1")
    store.close()
