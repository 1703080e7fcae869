"""What goes wrong in a world, and when: planned from its seed before it begins."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from aiokafka.structs import TopicPartition

from tests.agents.support_events import Sent
from tests.simulation.loop import Process
from tests.simulation.shop import records
from topics.catalogue import Role

WEEK_S = 7 * 86_400.0


@dataclass(slots=True)
class Shape:
    """How a world is made: how many of what, and how much of it goes wrong."""

    partitions: int
    clock: Literal["wall", "log"]
    machines: int
    story_s: float  # In which the shop's 80 days pass.
    records: int
    batch_rows: int  # The most that one batch of a producer takes.
    deadly: float  # Share of the processes that something befalls.
    lossy: float  # Share of the requests.
    standbys: int = 0  # Copies of each partition beside its owner's.


def drawn(chance: Random) -> Shape:
    """The shape of a seed's world."""
    return Shape(
        partitions=chance.randint(1, 3),
        clock=chance.choice(("wall", "wall", "log")),
        machines=chance.randint(1, 3),
        story_s=25.0,
        records=45,
        batch_rows=chance.choice((1, 2, 5, 50)),
        deadly=chance.choice((0.0, 0.5, 0.9)),
        lossy=chance.choice((0.0, 0.01, 0.03)),
        standbys=chance.choice((0, 1, 2)),
    )


class Trouble:
    """What befalls a world. `World` calls `plan` once, and `doom` for each process that is to suffer."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.chance = world.chance
        self.story_s = world.shape.story_s
        self.new_book_s = 2 * self.story_s  # From when on processes start with the next rulebook.

    def plan(self) -> None:
        """Sets down when the shop's records are written, and when what happens beside."""
        self.tell_story()
        chance = self.chance
        for _ in range(chance.choice((0, 0, 1, 2))):
            self._sometime(self._outage, chance.choice((0.2, 3.0, 18.0, 25.0)))
        for _ in range(chance.choice((0, 1, 4))):
            self._sometime(self._compact)
        for _ in range(chance.choice((0, 0, 1, 3))):
            self._sometime(self.new_machine)
        if chance.random() < 0.2:
            at = chance.uniform(1, self.story_s)
            for number in range(4):
                self.world.later(at + number * 0.4, self.new_machine)
        for _ in range(chance.choice((0, 0, 1, 3))):
            self._sometime(self.close_one)
        if chance.random() < 0.05:
            self._sometime(self._week)
        if chance.random() < 0.2:
            self._sometime(self.world.start, chance.choice(self.world.machines))
        if chance.random() < 0.3:
            self.new_book_s = chance.uniform(3, self.story_s)

    def tell_story(self) -> None:
        """Has the shop's records written, in order."""
        for far, partition, record in records(self.chance, self.world.shape.records, self.world.partitions):
            self.world.later(self.story_s * 0.9 * far + 0.5, self._write, partition, record)

    def _sometime(self, what: Callable[..., None], *args: object) -> None:
        self.world.later(self.chance.uniform(1, self.story_s), what, *args)

    def _write(self, partition: int, record: Sent) -> None:
        """Somebody sends a record; now and then in a transaction, at first in one that comes to nothing."""
        world = self.world
        place = TopicPartition(world.catalogue.name(record.role), partition)
        rows = [(record.key, record.value, [], None)]
        world.sent.append((partition, record))
        if self.chance.random() > 0.1:
            world.cluster.append(place, rows)
            return
        writer = f"till {len(world.sent)}"
        if self.chance.random() < 0.5:
            world.cluster.append(place, rows, writer)
            world.cluster.mark(place, writer, False)
        world.cluster.append(place, rows, writer)
        world.later(self.chance.uniform(0.001, 0.3), world.cluster.mark, place, writer, True)

    def _outage(self, seconds: float) -> None:
        world = self.world
        world.note(f"no request arrives for {seconds} s")
        world.network.down_until = world.loop.time() + seconds

    def _compact(self) -> None:
        world = self.world
        world.note("changelogs are compacted")
        for number in range(world.partitions):
            world.log(Role.CHANGELOG, number).compact()

    def new_machine(self) -> None:
        """One more machine with a worker."""
        world = self.world
        world.machines.append(f"machine-{len(world.machines)}")
        world.start(world.machines[-1])

    def close_one(self) -> None:
        """Somebody stops a worker; it is started again."""
        world = self.world
        if alive := world.alive():
            world.close(self.chance.choice(alive))

    def _week(self) -> None:
        world = self.world
        world.note("a week passes for the machines' clocks")
        world.shift_s += WEEK_S

    def doom(self, process: Process) -> None:
        """Decides how the process will fare: after so many callbacks, or at the n-th use of its disk."""
        often = int(10 ** self.chance.uniform(0, 3.2))
        draw = self.chance.random()
        if draw < 0.25:
            process.use_left, process.use = 1 + often // 40, self.chance.choice(("write", "written"))
        elif draw < 0.3:
            process.use_left, process.use = often, "damaged"
        elif draw < 0.6:
            process.countdown, process.fate = often, lambda: self._freeze(process)
        else:
            process.countdown, process.fate = often, lambda: self.world.crash(process)

    def _freeze(self, process: Process) -> None:
        seconds = self.chance.choice((0.5, 8.0, 20.0))
        self.world.note(f"{process.name} is frozen for {seconds} s")
        process.frozen = True
        self.world.later(seconds, self.thaw, process)

    def thaw(self, process: Process) -> None:
        """Lets a frozen process go on."""
        if process.frozen and not process.dead:
            self.world.note(f"{process.name} goes on")
            process.thaw()
            if self.world.troubled and self.chance.random() < self.world.shape.deadly:
                self.doom(process)
