"""However rebalances overlap, a partition has one session at a time. Found by seeds 63, 102 and 229."""

from collections.abc import Coroutine
from typing import Any

import pytest

from tests.simulation.install import simulated
from tests.simulation.loop import Process
from tests.simulation.trouble import Shape
from tests.simulation.world import World

NUMBERS = [0, 1]


@pytest.fixture
def world():
    """A world without trouble, in which only what the test asks for happens."""
    with simulated():
        yield World(1, Shape(len(NUMBERS), "wall", 1, 25.0, 0, 50, 0.0, 0.0))


@pytest.fixture
def process(world):
    """A process whose consumer has been given all partitions, and has told nobody."""
    made = Process("worker", "machine", world)
    made.member = world._member(made)
    given(made, 1)
    return made


def given(process: Process, generation: int) -> None:
    process.member._generation, process.member._numbers = generation, NUMBERS


def finished(process: Process, *works: Coroutine[Any, Any, None], within_s: float = 5.0) -> bool:
    """Whether all of these, begun together, end within so many seconds of virtual time."""
    loop = process.world.loop
    tasks = [process.spawn(loop, work) for work in works]
    return loop.run(loop.time() + within_s, lambda: all(task.done() for task in tasks))


def running(sessions: Any) -> list[bool]:
    return [not session._task.done() for session in sessions]


def test_an_assignment_that_is_told_late_leaves_no_session_beside_the_next_ones(process):
    holdings = process.member.holdings
    assert finished(process, holdings.pause())
    assert finished(process, holdings.resume())  # Late: the pause was the next rebalance's.
    late = list(holdings.sessions.values())
    given(process, 2)
    assert finished(process, holdings.resume())
    assert running(late) == [False, False]
    assert running(holdings.sessions.values()) == [True, True]


def test_closing_while_a_rebalance_waits_for_a_commit_waits_too(process):
    world, holdings = process.world, process.member.holdings
    assert finished(process, holdings.resume())
    sessions = list(holdings.sessions.values())
    world.network.down_until = world.loop.time() + 4.0
    commit = sessions[0].shard.committer.commit([], [(b"sa", bytes(8))], b"journal", 1)

    async def commit_as_the_session_does() -> None:
        await commit
        sessions[0].shard.store.write([(b"sa", bytes(8))])

    sessions[0]._task.cancel()
    sessions[0]._task = process.spawn(world.loop, commit_as_the_session_does())
    assert not finished(process, holdings.pause(), holdings.close(), within_s=2.0)
    assert sessions[0].shard.store.get(b"sa") is None
    assert world.loop.run(
        world.loop.time() + 10.0, lambda: world.disks[sessions[0].shard.store.path].user is None
    )
    assert sessions[0].shard.store.get(b"sa") == bytes(8)
    assert sessions[0]._task.exception() is None
