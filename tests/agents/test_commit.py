"""A commit is one transaction, by one producer, however large, and nothing of a former owner survives."""

import asyncio
import random

import pytest

from agents.batches import BATCH_BYTES
from agents.commit import Committer, Fenced, transactional_id
from tests.agents.cluster_kit import changelog_of, installation, read_committed
from topics.catalogue import Role
from topics.framing import body_of

NOW = 1_767_000_000_000


@pytest.fixture
def settings(broker, tmp_path):
    return installation(broker.bootstrap, tmp_path)


def committer(settings):
    return Committer(settings.connection, settings.catalogue, 0, settings.commit_timeout_s)


def output(settings, role, key, value, headers=()):
    return (settings.catalogue.name(role), 0, body_of(key, value, headers), NOW)


def forget_errors():
    """A fenced producer leaves errors nobody asks for: a worker has ended before they could be logged."""
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)


async def everything(settings, *roles):
    return [await read_committed(settings.kafka, settings.catalogue.name(role)) for role in roles]


async def test_outputs_changes_and_journal_appear_together_and_in_order(settings):
    owner = committer(settings)
    await owner.start()
    outputs = [
        output(settings, Role.POINTS, b"c1", b"p1", [("ce_id", b"1")]),
        output(settings, Role.TIERS, b"c1", b"t1"),
        output(settings, Role.POINTS, b"c2", None),
    ]
    position = await owner.commit(outputs, [(b"sc1", b"row"), (b"sc2", None)], b"journal", NOW)
    await owner.stop()
    points, tiers, changes, journal = await everything(
        settings, Role.POINTS, Role.TIERS, Role.CHANGELOG, Role.JOURNAL
    )
    assert [(each.key, each.value, each.headers) for each in points] == [
        (b"c1", b"p1", (("ce_id", b"1"),)),
        (b"c2", None, ()),
    ]
    assert [each.timestamp for each in (*points, *tiers)] == [NOW] * 3
    assert [(each.key, each.value) for each in changes] == [(b"sc1", b"row"), (b"sc2", None)]
    assert [(each.value, each.timestamp) for each in journal] == [(b"journal", NOW)]
    assert position == 2
    assert owner.stamped_ms == changes[-1].timestamp


async def test_a_commit_without_a_journal_record_writes_none_and_hears_the_brokers_time(settings):
    owner = committer(settings)
    await owner.start()
    await owner.commit((), [(b"sc1", b"row")], None, NOW)
    await owner.stop()
    changes, journal = await everything(settings, Role.CHANGELOG, Role.JOURNAL)
    assert ([each.value for each in changes], journal) == ([b"row"], [])
    assert owner.stamped_ms == changes[0].timestamp


async def test_a_run_larger_than_a_batch_is_split_and_still_one_transaction(settings):
    owner = committer(settings)
    await owner.start()
    chance = random.Random(1)
    rows = [(b"s%04d" % i, chance.randbytes(4_000)) for i in range(3 * BATCH_BYTES // 4_000)]
    giant = random.Random(2).randbytes(10 * 2**20)
    outputs = [output(settings, Role.POINTS, key, value) for key, value in rows]
    outputs.append(output(settings, Role.DEAD_LETTERS, None, giant))
    position = await owner.commit(outputs, rows, b"j", NOW)
    await owner.stop()
    points, changes, dead = await everything(settings, Role.POINTS, Role.CHANGELOG, Role.DEAD_LETTERS)
    assert [(each.key, each.value) for each in points] == rows
    assert [(each.key, each.value) for each in changes] == rows
    assert [each.value for each in dead] == [giant]
    assert position == changes[-1].offset + 1


async def test_a_new_owner_fences_the_old_one_whose_open_transaction_vanishes(settings):
    old, new = committer(settings), committer(settings)
    await old.start()
    await old.commit([], [(b"sa", b"old")], b"1", NOW)
    await old.producer.begin_transaction()
    lost = await old.producer.send(settings.catalogue.name(Role.POINTS), b"lost", b"c", partition=0)
    await lost
    await new.start()
    changes, points = await everything(settings, Role.CHANGELOG, Role.POINTS)
    assert [each.value for each in changes] == [b"old"]
    assert points == []  # And reading to the end did not wait for the old owner.
    position = await new.commit([], [(b"sa", b"new")], b"2", NOW)
    (changes,) = await everything(settings, Role.CHANGELOG)
    assert [each.value for each in changes] == [b"old", b"new"]
    assert position == changes[-1].offset + 1
    await asyncio.gather(old.stop(), new.stop(), return_exceptions=True)


async def test_the_old_owner_is_told_that_it_is_fenced_and_nothing_of_it_is_visible(settings):
    forget_errors()
    old, new = committer(settings), committer(settings)
    await old.start()
    await old.commit([], [(b"sa", b"1")], b"1", NOW)
    await new.start()
    with pytest.raises(Fenced):
        await old.commit([output(settings, Role.POINTS, b"c", b"late")], [(b"sa", b"late")], b"late", NOW)
    await new.commit([], [(b"sa", b"2")], b"2", NOW)
    changes, points, journal = await everything(settings, Role.CHANGELOG, Role.POINTS, Role.JOURNAL)
    assert [each.value for each in changes] == [b"1", b"2"]
    assert points == []
    assert [each.value for each in journal] == [b"1", b"2"]
    await asyncio.gather(old.stop(), new.stop(), return_exceptions=True)


def test_the_transactional_id_names_application_and_partition(settings):
    assert transactional_id(settings.app_id, 3) == f"{settings.app_id}-3"
    assert changelog_of(settings).topic == f"{settings.app_id}-customers-changelog"
