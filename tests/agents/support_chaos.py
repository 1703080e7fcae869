"""Supervised workers that are killed while records flow."""

import asyncio
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random

import psutil
from aiokafka import AIOKafkaProducer

from agents.settings import WorkerSettings
from tests.agents.support_events import Sent
from tests.agents.worker_kit import PATIENCE_S, Process, environment, until
from topics.catalogue import INPUTS
from topics.partitioner import home

BATCH = 250  # Records sent at a time.
OWNS = re.compile(r"Generation (\d+): partitions \[([\d, ]*)\]")


class Member:
    """One `tierline worker`: a supervising parent and its worker, with a state directory of their own."""

    def __init__(self, settings: WorkerSettings, log: Path) -> None:
        self.settings = settings
        self.log = log
        self.kills = 0
        self.told = 0  # How much of the log is about workers that are gone.
        self.start()

    def start(self) -> None:
        """Starts the parent, which starts the worker."""
        command = [sys.executable, "-m", "agents.cli", "worker"]
        self.parent = Process(command, environment(self.settings), self.log)

    @property
    def generations(self) -> set[int]:
        """The group's generations in which this member was given partitions."""
        return {int(number) for number, owned in OWNS.findall(self.log.read_text()) if owned}

    async def working(self) -> psutil.Process:
        """The worker process, once it says that it has partitions."""

        async def ask() -> psutil.Process | None:
            said = OWNS.findall(self.log.read_text()[self.told :])
            workers = psutil.Process(self.parent.popen.pid).children()
            return workers[0] if said and said[-1][1] and workers else None

        worker = await until(ask, bool)
        assert worker is not None
        return worker

    def kill_worker(self, child: psutil.Process) -> None:
        """Ends the worker by kill -9; its parent starts the next one."""
        os.kill(child.pid, signal.SIGKILL)
        self._killed(child)

    def _killed(self, child: psutil.Process) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not dead(child):
            assert time.monotonic() < deadline, "the worker outlived its end"
            time.sleep(0.01)
        self.told = len(self.log.read_text())
        self.kills += 1

    def kill_parent(self, child: psutil.Process, wipe: bool) -> None:
        """Ends the parent by kill -9, its worker too, and starts both again: on an empty disk if `wipe`."""
        assert self.parent.stop(signal.SIGKILL) == -signal.SIGKILL
        self._killed(child)
        if wipe:
            shutil.rmtree(self.settings.state_dir)
        self.start()

    def end(self) -> int:
        """The parent's exit code after it was asked to stop."""
        return self.parent.stop()


def dead(process: psutil.Process) -> bool:
    """Whether it has ended, also when nobody has asked for its exit code yet."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


@contextmanager
def members(folder: Path, **settings: WorkerSettings) -> Iterator[list[Member]]:
    """A member for each of the settings, gone when the block ends."""
    started = [Member(each, folder / f"{name}.log") for name, each in settings.items()]
    try:
        yield started
    finally:
        for member in started:
            if member.parent.popen.poll() is None:
                member.parent.popen.kill()
                member.parent.popen.wait()


Blow = Callable[[psutil.Process], None]


def blows(chance: Random, both: Sequence[Member]) -> list[tuple[Member, Blow]]:
    """What is done to whom, in an order of chance: two workers of each are killed, and each parent once.

    One of the parents finds an empty disk when it is started again.
    """
    wiped = chance.choice(both)
    planned: list[tuple[Member, Blow]] = []
    for member in both:
        planned += 2 * [(member, member.kill_worker)]
        wipe = member is wiped
        planned.append((member, lambda child, member=member, wipe=wipe: member.kill_parent(child, wipe)))
    chance.shuffle(planned)
    return planned


async def strike(
    chance: Random, planned: list[tuple[Member, Blow]], records: list[Sent], settings: WorkerSettings
) -> None:
    """Sends the records, and strikes each blow at a moment of chance while a share of them is on its way."""
    producer = AIOKafkaProducer(bootstrap_servers=settings.servers, enable_idempotence=True, linger_ms=2)
    await producer.start()
    batches = [records[at : at + BATCH] for at in range(0, len(records), BATCH)]
    share = len(batches) // (len(planned) + 1)
    try:
        for number, (member, blow) in enumerate(planned):
            child = await member.working()
            mine = batches[number * share : (number + 1) * share]
            moment = chance.randrange(len(mine) // 4, len(mine))
            await send(producer, chance, mine[:moment], settings)
            await asyncio.sleep(chance.uniform(0, 0.15))
            blow(child)
            await send(producer, chance, mine[moment:], settings)
        await send(producer, chance, batches[len(planned) * share :], settings)
    finally:
        await producer.stop()


async def send(
    producer: AIOKafkaProducer, chance: Random, batches: list[list[Sent]], settings: WorkerSettings
) -> None:
    """Returns when the records are in Kafka in this order, a little time after one another."""
    names = {role: settings.catalogue.name(role) for role in INPUTS}
    for batch in batches:
        for record in batch:
            await producer.send(
                names[record.role],
                record.value,
                record.key,
                home(record.key or b"", settings.partitions)
                if record.partition is None
                else record.partition,
            )
        await producer.flush()
        await asyncio.sleep(chance.uniform(0, 0.04))
