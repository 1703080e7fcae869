"""The simulated cluster and store answer as a real Kafka and a real RocksDB do, asked the same things."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from aiokafka.errors import ProducerFenced

from agents import restore
from agents.accounts import DUE, due_key
from agents.batches import Batch
from agents.commit import Committer
from agents.store import Store
from tests.agents.cluster_kit import changelog_of, installation
from tests.simulation import disk
from tests.simulation.install import simulated
from tests.simulation.loop import Process
from tests.simulation.trouble import Shape
from tests.simulation.world import World
from topics.catalogue import Role
from topics.framing import body_of

NOW_MS = 1_767_000_000_000
CALM = Shape(1, "wall", 1, 25.0, 0, 50, 0.0, 0.0)
MARKED_S = 0.5  # After which the markers of a transaction are written.


@pytest.fixture
def settings(broker, tmp_path):
    return installation(broker.bootstrap, tmp_path)


def in_a_world(work: Callable[[], Any]) -> Any:
    """What a coroutine function gives when it runs in a simulated process."""
    with simulated():
        world = World(1, CALM)
        process = Process("worker", "machine", world)
        task = process.spawn(world.loop, work())
        assert world.loop.run(60.0, task.done)
        return task.result()


async def dispute(settings: Any, store: type[Any], path: Path) -> list[object]:
    """Two owners of one partition, a transaction left open between them, and a restore: what is answered."""
    changelog = changelog_of(settings)
    consumer = restore.AIOKafkaConsumer(bootstrap_servers=settings.servers, isolation_level="read_committed")
    await consumer.start()
    told: list[object] = []

    async def ends() -> None:
        await asyncio.sleep(MARKED_S)
        told.append(list((await consumer.end_offsets([changelog])).values()))

    def owner() -> Committer:
        return Committer(settings.connection, settings.catalogue, 0, settings.commit_timeout_s)

    first, second = owner(), owner()
    await first.start()
    point = (settings.catalogue.name(Role.POINTS), 0, body_of(b"c", b"p"), NOW_MS)
    told.append(await first.commit([point], [(b"sa", _row(1)), (b"sb", _row(2))], b"1", NOW_MS))
    await ends()
    await first.producer.begin_transaction()
    batch = Batch([body_of(b"sa", _row(9))], [NOW_MS])
    left_open = await first.producer.send_batch(batch, changelog.topic, partition=0)
    told.append((await left_open).offset)
    await ends()
    await second.start()
    await ends()
    with pytest.raises(ProducerFenced):
        await first.producer.commit_transaction()
    told.append(await second.commit([], [(b"sb", None), (b"sc", _row(3))], b"2", NOW_MS))
    await ends()
    fresh = store(path)
    bounds = (0, told[-1][0])
    told.append(await restore.restore(fresh, settings.connection, changelog, bounds, _nothing, lambda: False))
    told += [fresh.position, fresh.get_many([b"sa", b"sb", b"sc"]), fresh.due(9, 9)]
    fresh.close()
    await asyncio.gather(consumer.stop(), first.stop(), second.stop(), return_exceptions=True)
    return told


def _row(due_ms: int) -> bytes:
    return due_ms.to_bytes(8, "big") + b"row"


def _nothing(left: int) -> None:
    """Progress that nobody looks at."""


async def test_a_disputed_partition_ends_as_on_a_real_kafka(settings, tmp_path):
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)  # Of the fenced producer.
    real = await dispute(settings, Store, tmp_path / "store")
    assert await asyncio.to_thread(in_a_world, lambda: dispute(settings, disk.Store, tmp_path)) == real


def used(store: Any, seed: int) -> list[object]:
    """What a store answers over many writes, drawn from a seed."""
    chance = Random(seed)
    names = [b"c%d" % number for number in range(5)]
    told: list[object] = []
    for at in range(60):
        rows = [
            (kind + name, chance.choice((None, b"%d" % at)))
            for kind in (b"s", b"o")
            for name in chance.sample(names, 2)
        ]
        dues = [
            (due_key(chance.randrange(9), name), chance.choice((None, b"")))
            for name in chance.sample(names, 3)
        ]
        store.write([*dict(rows).items(), restore.position_record(at)], dict(dues).items())
        told += [store.get_many([b"s" + name for name in names]), store.due(chance.randrange(10), 4)]
        told += [store.chunk(b"s", b"", 3), store.chunk(DUE, due_key(4, b"c2"), 9), store.position]
    store.wipe()
    told += [store.chunk(b"s", b"", 3), store.position]
    store.close()
    return told


@pytest.mark.parametrize("seed", range(5))
def test_a_store_answers_as_a_real_rocksdb(seed, tmp_path):
    real = Store(tmp_path / "store")

    async def simulated_store() -> list[object]:
        return used(disk.Store(tmp_path), seed)

    assert in_a_world(simulated_store) == used(real, seed)
