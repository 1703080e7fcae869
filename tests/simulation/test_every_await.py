"""A worker killed before any of its callbacks leaves nothing wrong, and so it is at every await there is."""

import ast
from pathlib import Path

from agents import commit, opening, restore
from tests.simulation.loop import Process
from tests.simulation.seeds import live
from tests.simulation.trouble import Shape, Trouble
from tests.simulation.world import World

MODULES = (commit, opening, restore)
FEW = Shape(
    partitions=2, clock="wall", machines=1, story_s=4.0, records=6, batch_rows=2, deadly=1.0, lossy=0.0
)
SEED = 4
NEVER = 10**9


class Interrupted(Trouble):
    """A worker, joined by a second that takes a partition over; then the first is closed and started again.

    The `victim`-th is killed before its `callbacks`-th callback; nothing else goes wrong. When `restless`,
    the second is told of one rebalance after the other while it opens its partition.
    """

    victim = 1
    callbacks = NEVER
    restless = False

    def plan(self) -> None:
        self.tell_story()
        joins_s = self.story_s * 0.55
        self.world.later(joins_s, self.new_machine)
        self.world.later(self.story_s * 0.8, lambda: self.world.close(self.world.processes[0]))
        for number in range(60 * self.restless):
            self.world.later(joins_s + number * 0.03, lambda: self.world.processes[1].member.rejoin())

    def doom(self, process: Process) -> None:
        if self.world.processes.index(process) + 1 == self.victim:
            process.countdown, process.fate = self.callbacks, lambda: self.world.crash(process)


def interrupted(victim: int, restless: bool, callbacks: int = NEVER) -> World:
    """The world after it is over."""
    named = {"victim": victim, "restless": restless, "callbacks": callbacks}
    return live(SEED, FEW, type("InterruptedThere", (Interrupted,), named))


def awaits_of(path: str) -> set[tuple[str, int, int]]:
    """(file, first line, last line) of every await in a file."""
    return {
        (path, node.lineno, node.end_lineno or node.lineno)
        for node in ast.walk(ast.parse(Path(path).read_text()))
        if isinstance(node, ast.Await)
    }


def test_a_worker_may_be_killed_at_every_await() -> None:
    killed_at: set[tuple[str, int]] = set()
    for victim, restless in ((1, False), (2, False), (2, True)):
        alone = interrupted(victim, restless)
        for callbacks in range(1, alone.processes[victim - 1].callbacks):
            world = interrupted(victim, restless, callbacks)
            assert world.fault == "", f"worker {victim}, callback {callbacks}: {world.fault}"
            killed_at |= world.crashed_at
    awaits = {each for module in MODULES for each in awaits_of(str(module.__file__))}
    missed = {
        (path, first)
        for path, first, last in awaits
        if not any(at == path and first <= line <= last for at, line in killed_at)
    }
    assert missed == set()
