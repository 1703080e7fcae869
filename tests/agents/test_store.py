"""What is written is read back, what is damaged is noticed, and one process at a time has it open."""

import random
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from agents.accounts import due_key
from agents.store import POSITION_KEY, Store, StoreDamaged

ROWS = 20_000


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path / "store")
    yield opened
    opened.close()


def test_values_come_in_the_order_of_the_keys_and_none_for_what_is_not_there(store):
    store.write([(b"sa", b"1"), (b"sb", b""), (b"sc", b"3")])
    store.write([(b"sc", None), (b"sd", b"\0")])
    assert store.get_many([b"sd", b"nothing", b"sc", b"sb", b"sa"]) == [b"\0", None, None, b"", b"1"]


def test_a_scan_gives_a_prefix_by_key_and_no_more(store):
    store.write([(b"s2", b"b"), (b"s1", b"a"), (b"t", b"x"), (b"r", b"x")])
    assert store.scan(b"s") == [(b"s1", b"a"), (b"s2", b"b")]
    assert store.chunk(b"s", b"", 1) == [(b"s1", b"a")]
    assert store.chunk(b"s", b"s1", 5) == [(b"s2", b"b")]


def test_everything_is_there_after_opening_again_and_gone_after_a_wipe(tmp_path):
    store = Store(tmp_path)
    store.write([(b"sa", b"1"), (POSITION_KEY, (7).to_bytes(8, "big"))], [(due_key(5, b"a"), b"")])
    store.close()
    store = Store(tmp_path)
    assert (store.get(b"sa"), store.position, store.due(9, 9)) == (b"1", 7, [(5, b"a")])
    store.wipe()
    assert (store.get(b"sa"), store.position, store.due(9, 9)) == (None, 0, [])
    store.close()


def test_a_store_that_is_opened_again_has_the_filter_and_the_cache_of_a_new_one(tmp_path):
    def options():
        newest = max(tmp_path.glob("OPTIONS-*"), key=lambda path: path.name).read_text()
        table = newest.partition("[TableOptions/BlockBasedTable")[2].split()
        return table, store._db.property_int_value("rocksdb.block-cache-capacity")

    store = Store(tmp_path)
    first = options()
    store.close()
    store = Store(tmp_path)
    assert options() == first
    assert "filter_policy=bloomfilter" in first[0]
    store.close()


def test_the_filter_of_a_large_table_is_read_once(tmp_path):
    def bytes_read():
        return int(Path("/proc/self/io").read_text().split()[1])

    rows = 500_000
    store = Store(tmp_path)
    for start in range(0, rows, 50_000):
        store.write([(b"s%07d" % each, b"") for each in range(start, start + 50_000)])
    store._db.flush()
    store._db.compact_range(None, None)
    store.close()
    store = Store(tmp_path)
    before = bytes_read()
    for each in range(50):
        assert store.get(b"s%07d-nobody" % each) is None
    assert bytes_read() - before < 2 * rows  # Its 10 bits per key, and a block now and then.
    store.close()


class DueIndex(RuleBasedStateMachine):
    """The index against a plain set, however entries and questions are mixed."""

    folder: Path

    def __init__(self):
        super().__init__()
        self.store = Store(self.folder / uuid4().hex)
        self.entries = set()

    @rule(due=st.integers(1, 12), customer=st.sampled_from([b"a", b"b", b"\xff"]))
    def arm(self, due, customer):
        self.store.write([], [(due_key(due, customer), b"")])
        self.entries.add((due, customer))

    @rule(until=st.integers(0, 13), limit=st.integers(1, 4), fire=st.booleans())
    def ask(self, until, limit, fire):
        found = self.store.due(until, limit)
        assert found == sorted(each for each in self.entries if each[0] <= until)[:limit]
        if fire:
            self.store.write([], [(due_key(*each), None) for each in found])
            self.entries -= set(found)

    @invariant()
    def nothing_is_forgotten(self):
        assert self.store.due(99, 99) == sorted(self.entries)

    def teardown(self):
        self.store.close()


def test_the_due_index_gives_what_is_due_earliest_first(tmp_path):
    class Here(DueIndex):
        folder = tmp_path

    Here.TestCase.settings = settings(max_examples=25, deadline=None)
    case = Here.TestCase()
    case.runTest()


def filled(folder: Path) -> list[Path]:
    """Table files of a closed store with many rows."""
    store = Store(folder)
    chance = random.Random(1)
    for start in range(0, ROWS, 5_000):
        store.write([(b"s%06d" % i, chance.randbytes(200)) for i in range(start, start + 5_000)])
    store._db.flush()
    store.close()
    return sorted(folder.glob("*.sst"))


def test_flipped_bytes_are_noticed_by_reads_and_by_scans(tmp_path):
    for table in filled(tmp_path):
        data = bytearray(table.read_bytes())
        data[100_000:100_064] = bytes(64)
        table.write_bytes(data)
    store = Store(tmp_path)
    with pytest.raises(StoreDamaged, match="checksum"):
        store.scan(b"s")
    with pytest.raises(StoreDamaged, match="checksum"):
        store.get_many([b"s%06d" % i for i in range(ROWS)])
    store.close()


def test_a_missing_file_is_noticed_at_opening_and_the_store_is_empty_then(tmp_path):
    filled(tmp_path)[0].unlink()
    store = Store(tmp_path)
    assert "No such file" in store.found_damaged
    assert (store.position, store.scan(b"s")) == (0, [])
    store.close()


def test_a_store_marked_damaged_is_empty_after_opening(tmp_path):
    store = Store(tmp_path)
    store.write([(b"sa", b"1")])
    store.mark_damaged("block checksum mismatch")
    store.close()
    store = Store(tmp_path)
    assert (store.found_damaged, store.get(b"sa")) == ("block checksum mismatch", None)
    store.close()
    store = Store(tmp_path)
    assert store.found_damaged == ""
    store.close()


def test_a_second_process_is_told_that_the_directory_is_in_use(tmp_path, store):
    code = (
        "import sys; from pathlib import Path; from agents.store import Store, StoreInUse\n"
        "try: Store(Path(sys.argv[1]))\n"
        "except StoreInUse as error: print(error)"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, store.path], capture_output=True, text=True, check=True
    ).stdout
    assert said.startswith(f"State directory {store.path} is in use by another process:")
