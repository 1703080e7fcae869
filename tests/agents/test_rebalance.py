"""Partitions move between workers, also away from one that sleeps, and every purchase still counts once."""

import asyncio
import json
import signal
from contextlib import ExitStack

from agents.exits import Exit
from agents.journal import commit_of
from tests.agents.cluster_kit import installation, read_committed, send
from tests.agents.worker_kit import purchases, until, worker
from topics.catalogue import Role

CUSTOMERS = [f"c{number}" for number in range(60)]
PARTITIONS = 4


class Shop:
    """Buys for all customers, again and again, and looks at the outcome."""

    def __init__(self, settings):
        self.settings = settings
        self.rounds = 0

    async def buy(self):
        rows = purchases(CUSTOMERS, f"r{self.rounds}")
        self.rounds += 1
        await send(self.settings.kafka, self.settings.catalogue.name(Role.PURCHASES), rows)

    async def read(self, role):
        return await read_committed(self.settings.kafka, self.settings.catalogue.name(role))

    async def all_counted(self):
        return await until(
            lambda: self.read(Role.POINTS), lambda found: len(found) >= self.rounds * len(CUSTOMERS)
        )


def opened(process):
    """The partitions that a worker last said it has."""
    lines = [line for line in process.said.splitlines() if "partitions [" in line]
    return json.loads(lines[-1].partition("partitions ")[2].partition(", opened")[0]) if lines else None


async def owns(process, count):
    async def ask():
        return opened(process)

    return await until(ask, lambda found: found is not None and len(found) == count)


async def test_partitions_move_and_nothing_is_lost_or_counted_twice(broker, tmp_path):
    settings = installation(
        broker.bootstrap, tmp_path / "one", partitions=PARTITIONS, session_timeout_s=3.0, instance_id="one"
    )
    other = settings.model_copy(update={"state_dir": tmp_path / "two", "instance_id": ""})
    shop = Shop(settings)
    with ExitStack() as stack:
        first = stack.enter_context(worker(settings, tmp_path / "first.log"))
        await owns(first, 4)
        await shop.buy()
        second = stack.enter_context(worker(other, tmp_path / "second.log"))
        for _ in range(5):
            await shop.buy()
            await asyncio.sleep(0.2)
        await owns(first, 2)
        await owns(second, 2)
        await shop.buy()
        await shop.all_counted()

        first.popen.send_signal(signal.SIGSTOP)
        await shop.buy()
        await owns(second, 4)
        await shop.buy()
        await shop.all_counted()
        first.popen.send_signal(signal.SIGCONT)
        for _ in range(5):
            await shop.buy()
            await asyncio.sleep(0.2)
        if first.popen.poll() is not None:  # It had tried to commit and was fenced.
            assert first.ended() in (Exit.FENCED, Exit.UNCERTAIN)
            first = stack.enter_context(worker(settings, tmp_path / "third.log"))
        await owns(second, 2)
        await shop.all_counted()

        assert second.stop() == Exit.STOPPED
        await owns(first, 4)
        await shop.buy()
        found = await shop.all_counted()
        assert first.stop() == Exit.STOPPED
    ids = [dict(record.headers)["ce_id"] for record in found]
    assert len(ids) == len(set(ids)) == shop.rounds * len(CUSTOMERS)
    journal = await shop.read(Role.JOURNAL)
    for number in range(PARTITIONS):
        commits = [commit_of(record.value) for record in journal if record.partition == number]
        assert [commit.seq for commit in commits] == list(range(1, len(commits) + 1))
        assert [commit.start for commit in commits[1:]] == [commit.end for commit in commits[:-1]]
