"""After a restore the store is what the changelog says, whatever it held before."""

import random
import shutil
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer

from agents.accounts import KINDS
from agents.commit import Committer
from agents.restore import _REBUILDING_KEY, Overtaken, is_stale, position_record, restore
from agents.store import POSITION_KEY, Store
from tests.agents.cluster_kit import changelog_of, installation, read_committed


@pytest.fixture
def settings(broker, tmp_path):
    return installation(broker.bootstrap, tmp_path / "state")


@pytest.fixture
async def owner(settings):
    committer = Committer(settings.connection, settings.catalogue, 0, settings.commit_timeout_s)
    await committer.start()
    yield committer
    await committer.stop()


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path / "store")
    yield opened
    opened.close()


def row(due_ms, text):
    return due_ms.to_bytes(8, "big") + text


async def bounds(settings):
    consumer = AIOKafkaConsumer(bootstrap_servers=settings.kafka, isolation_level="read_committed")
    await consumer.start()
    changelog = changelog_of(settings)
    begins, ends = (
        await consumer.beginning_offsets([changelog]),
        await consumer.end_offsets([changelog]),
    )
    await consumer.stop()
    return begins[changelog], ends[changelog]


async def restored(settings, store, progress=lambda left: None, overtaken=lambda: False):
    return await restore(
        store, settings.connection, changelog_of(settings), await bounds(settings), progress, overtaken
    )


def rows_of(store):
    return {key: value for prefix in KINDS for key, value in store.scan(prefix)}


def due_in(rows):
    """What the due index has to hold for these rows."""
    due = {(int.from_bytes(value[:8], "big"), key[1:]) for key, value in rows.items() if key[:1] == b"s"}
    return {each for each in due if each[0]}


async def test_a_wiped_store_gets_every_row_the_due_index_and_the_position(settings, owner, store):
    await owner.commit([], [(b"sa", row(50, b"1")), (b"sb", row(0, b"1")), (b"oa1", b"order")], b"j", 1)
    await owner.commit([], [(b"sa", row(70, b"2")), (b"oa1", None), (b"\0applied", b"x")], b"j", 1)
    left = []
    assert await restored(settings, store, left.append) == 6
    assert rows_of(store) == {b"sa": row(70, b"2"), b"sb": row(0, b"1")}
    assert store.get(b"\0applied") == b"x"
    assert store.due(99, 9) == [(70, b"a")]
    assert store.get(_REBUILDING_KEY) is None
    assert store.position == (await bounds(settings))[1]
    assert left[-1] == 0


async def test_a_store_that_is_behind_gets_what_it_lacks_and_loses_old_index_entries(settings, owner, store):
    first = [(b"sa", row(50, b"1")), (b"sb", row(60, b"1")), (b"sc", row(80, b"1"))]
    position = await owner.commit([], first, b"j", 1)
    store.write([*first, position_record(position)], [])
    await restored(settings, store)
    store.write([], [(b"d" + value[:8] + key[1:], b"") for key, value in first])
    await owner.commit([], [(b"sa", row(90, b"2")), (b"sb", row(0, b"2")), (b"sd", row(40, b"1"))], b"j", 1)
    assert await restored(settings, store) == 3
    assert store.due(99, 9) == [(40, b"d"), (80, b"c"), (90, b"a")]
    assert rows_of(store)[b"sb"] == row(0, b"2")


async def test_a_store_that_is_level_reads_nothing(settings, owner, store):
    await owner.commit([], [(b"sa", row(1, b"1"))], b"j", 1)
    assert await restored(settings, store) == 1
    assert await restored(settings, store) == 0


async def test_a_restore_ends_where_it_was_told_though_there_is_more(settings, owner, store):
    end = await owner.commit([], [(b"sa", row(5, b"1"))], b"j", 1)
    await owner.commit([], [(b"sa", row(6, b"2")), (b"sb", row(7, b"2"))], b"j", 1)
    args = settings.connection, changelog_of(settings), (0, end), lambda left: None, lambda: False
    assert await restore(store, *args) == 1
    assert rows_of(store) == {b"sa": row(5, b"1")}
    assert store.position == end
    assert await restored(settings, store) == 2
    assert rows_of(store) == {b"sa": row(6, b"2"), b"sb": row(7, b"2")}


async def test_an_aborted_transaction_leaves_nothing(settings, owner, store):
    await owner.commit([], [(b"sa", row(5, b"good"))], b"j", 1)
    await owner.producer.begin_transaction()
    await (await owner.producer.send(owner.changelog, row(7, b"bad"), b"sa", partition=0))
    await owner.producer.abort_transaction()
    assert await restored(settings, store) == 1
    assert rows_of(store) == {b"sa": row(5, b"good")}
    assert store.position == (await bounds(settings))[1]


async def test_many_commits_restore_to_the_newest_of_each_key(settings, owner, store):
    chance = random.Random(3)
    for _ in range(20):
        keys = {b"s%03d" % chance.randrange(700) for _ in range(500)}
        await owner.commit(
            [], [(key, row(chance.randrange(3), chance.randbytes(40))) for key in keys], b"j", 1
        )
    records = await read_committed(settings.kafka, changelog_of(settings).topic)
    assert await restored(settings, store) == len(records)
    newest = {record.key: record.value for record in records}
    assert rows_of(store) == newest
    assert set(store.due(9, 10_000)) == due_in(newest)


async def test_a_restore_tells_the_caller_and_the_log_how_far_it_is(
    settings, owner, store, monkeypatch, caplog
):
    monkeypatch.setattr("agents.restore._PIECE_RECORDS", 10)
    monkeypatch.setattr("agents.restore._TOLD_S", 0.0)
    caplog.set_level("INFO", "tierline.restore")
    await owner.commit([], [(b"s%03d" % each, row(0, b"x")) for each in range(25)], b"j", 1)
    left = []
    assert await restored(settings, store, left.append) == 25
    assert left[:3] == [26, 16, 6]  # Of 25 records and the transaction's marker.
    assert left[-1] == 0
    assert "Partition 0: 16 of 26 changelog offsets left to restore." in caplog.messages


async def test_an_overtaken_restore_stops_and_the_next_one_completes_it(settings, owner, store):
    await owner.commit([], [(b"sa", row(50, b"1"))], b"j", 1)
    with pytest.raises(Overtaken):
        await restored(settings, store, overtaken=lambda: True)
    assert store.get(_REBUILDING_KEY) == b"1"
    assert store.position > 0
    await owner.commit([], [(b"sb", row(60, b"1"))], b"j", 1)
    await restored(settings, store)
    assert store.due(99, 9) == [(50, b"a"), (60, b"b")]


class Photographed(Store):
    """A store that keeps a copy of its files after every batch, as a kill would leave them."""

    def write(self, *rows):
        super().write(*rows)
        shutil.copytree(self.path, self.path.parent / f"killed-{self._batches}")


async def test_a_restore_killed_after_any_batch_is_completed_by_the_next(
    settings, owner, tmp_path, monkeypatch
):
    monkeypatch.setattr("agents.restore._PIECE_RECORDS", 60)
    monkeypatch.setattr("agents.restore._INDEX_ROWS", 50)
    chance = random.Random(5)
    for _ in range(3):
        names = {b"s%03d" % chance.randrange(150) for _ in range(90)}
        await owner.commit([], [(name, row(chance.randrange(1, 9), b"x")) for name in names], b"j", 1)
    photographed = Photographed(tmp_path / "photographed")
    await restored(settings, photographed)
    whole = rows_of(photographed)
    photographed.close()
    pictures = sorted(tmp_path.glob("killed-*"))
    assert len(pictures) > 8
    for later in ([], [(b"s%03d" % each, row(9, b"y")) for each in range(0, 150, 3)]):
        if later:
            await owner.commit([], later, b"j", 1)
        for picture in pictures:
            killed = Store(shutil.copytree(picture, tmp_path / uuid4().hex))
            await restored(settings, killed)
            assert killed.found_damaged == ""
            assert rows_of(killed) == {**whole, **dict(later)}
            assert set(killed.due(99, 999)) == due_in(rows_of(killed))
            assert killed.get(_REBUILDING_KEY) is None
            assert killed.position == (await bounds(settings))[1]
            killed.close()


def test_state_not_written_for_a_week_is_stale(store):
    store.write([position_record(5)])
    assert not is_stale(store)
    long_ago_ms = 1_700_000_000_000
    store.write([(POSITION_KEY, (5).to_bytes(8, "big") + long_ago_ms.to_bytes(8, "big"))])
    assert is_stale(store)
