"""A standby has what its owner committed, to the byte, and takes over with only the newest to restore."""

import re
import signal
from contextlib import ExitStack
from urllib.request import urlopen

import pytest

from agents.accounts import KINDS
from agents.broker_config import HOST, free_ports
from agents.exits import Exit
from agents.store import Store
from tests.agents.cluster_kit import installation, read_committed, send
from tests.agents.support_events import RULEBOOK
from tests.agents.support_proof import changelog_rows, index_of
from tests.agents.worker_kit import purchases, until, worker
from topics.catalogue import Role

CUSTOMERS = [f"c{number}" for number in range(2_000)]
FEW = CUSTOMERS[:40]
PARTITIONS = 2
RESTORED = re.compile(r"restored (\d+) changelog records")
COPIED = re.compile(r"Standby of partition \d+: level, (\d+) changelog records copied")


async def owns(process, owned, copies):
    """Returns once the worker says that it has so many partitions, and copies of so many."""

    async def ask():
        lines = [
            line for line in process.said.splitlines() if "Generation" in line and "partitions [" in line
        ]
        numbers = (
            [re.findall(r"\d+", part) for part in re.findall(r"\[([\d, ]*)\]", lines[-1])] if lines else []
        )
        return [len(numbers[0]), len(numbers[2]) if len(numbers) > 2 else 0] if numbers else None

    await until(ask, lambda found: found == [owned, copies])


async def buy(settings, customers, label):
    await send(settings.kafka, settings.catalogue.name(Role.PURCHASES), purchases(customers, label))


async def counted(settings, count):
    async def ask():
        return len(await read_committed(settings.kafka, settings.catalogue.name(Role.POINTS)))

    await until(ask, lambda found: found == count)


async def level(port, count):
    """Returns when a worker's copies, so many, lack nothing, and have not for two looks."""
    seen = []

    async def ask():
        with urlopen(f"http://{HOST}:{port}/metrics") as answer:
            said = answer.read().decode()
        seen.append(re.findall(r'tierline_standby_lag_records\{partition="\d+"\} (\S+)', said))
        return seen[-5:]

    await until(ask, lambda found: len(found) == 5 and all(each == ["0.0"] * count for each in found))


def files_of(settings, number):
    """(table, due index, position) in the files of a partition that no worker has open."""
    store = Store(settings.store_path(number))
    table = {key: value for prefix in KINDS for key, value in store.scan(prefix)}
    index, position = dict(store.scan(b"d")), store.position
    store.close()
    return table, index, position


@pytest.fixture
async def both(broker, tmp_path):
    """Settings of two workers that keep copies of each other's partitions, and the workers, at work."""
    ports, book = free_ports(), tmp_path / "rules.yaml"
    book.write_text(RULEBOOK)  # With churn: the due index has entries.
    settings = [
        installation(
            broker.bootstrap, tmp_path / "first", PARTITIONS,
            standbys=1, session_timeout_s=3.0, web_port=next(ports),
        ).model_copy(update={"rules": book})
    ]  # fmt: skip
    settings.append(
        settings[0].model_copy(update={"state_dir": tmp_path / "second", "web_port": next(ports)})
    )
    with ExitStack() as stack:
        first = stack.enter_context(worker(settings[0], tmp_path / "first.log"))
        await owns(first, 2, 0)
        await buy(settings[0], CUSTOMERS, "many")
        await counted(settings[0], len(CUSTOMERS))
        second = stack.enter_context(worker(settings[1], tmp_path / "second.log"))
        for process in (first, second):
            await owns(process, 1, 1)
        await buy(settings[0], FEW, "few")
        await counted(settings[0], len(CUSTOMERS) + len(FEW))
        yield settings, [first, second]


async def test_a_copy_is_its_owners_state_to_the_byte(both):
    settings, processes = both
    for each in settings:
        await level(each.web_port, 1)
    for process in processes:
        process.stop(signal.SIGKILL)
    rows = await changelog_rows(settings[0])
    for number in range(PARTITIONS):
        one, other = (files_of(each, number) for each in settings)
        assert one[:2] == other[:2]
        assert abs(one[2] - other[2]) <= 1  # A transaction's marker.
        assert one[0] == {key: value for (at, key), value in rows.items() if at == number}
        assert {(number, key): value for key, value in one[1].items()} == index_of(
            {(number, key): value for key, value in one[0].items()}
        )
        assert one[1], "no timer is armed, and nothing was compared"


async def test_a_takeover_restores_the_tail_only(both):
    settings, (first, second) = both
    await level(settings[1].web_port, 1)
    whole = sum(map(int, RESTORED.findall(second.said) + COPIED.findall(second.said)))
    assert whole > len(CUSTOMERS)
    known = len(second.said)
    await buy(settings[0], FEW, "late")
    await counted(settings[0], len(CUSTOMERS) + 2 * len(FEW))
    first.stop(signal.SIGKILL)
    await owns(second, 2, 0)
    assert sum(map(int, RESTORED.findall(second.said[known:]))) < whole / 4
    await buy(settings[0], FEW, "last")
    await counted(settings[0], len(CUSTOMERS) + 3 * len(FEW))
    assert second.stop() == Exit.STOPPED
    rows = await changelog_rows(settings[0])
    for number in range(PARTITIONS):
        table, index, _ = files_of(settings[1], number)
        assert table == {key: value for (at, key), value in rows.items() if at == number}
        assert {(number, key): value for key, value in index.items()} == index_of(
            {(number, key): value for key, value in table.items()}
        )
