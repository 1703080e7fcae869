"""One seed: workers on machines, a cluster, a shop, and everything that goes wrong, until all is applied.

First there is trouble: processes die at any await and around any write, freeze and come back, disks are
lost, damaged or a few batches short, partitions move, requests are lost, doubled or late, the rulebook
changes. Then there is peace, and everything has to be applied in time.
"""

from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from random import Random

from aiokafka.structs import TopicPartition

from agents.commit import TRANSACTION_TIMEOUT_MS
from agents.exits import Exit
from agents.settings import WorkerSettings
from tests.agents.support_events import DAY_MS, SPAN_DAYS, Sent
from tests.simulation.cluster import Cluster, Log
from tests.simulation.disk import Disk, damage
from tests.simulation.group import Group
from tests.simulation.loop import NOBODY, Died, Loop, Process
from tests.simulation.member import Member
from tests.simulation.network import Network
from tests.simulation.shop import BOOKS, START_MS
from tests.simulation.trouble import Shape, Trouble, drawn
from topics.catalogue import Catalogue, Role

CALM_S = 120.0  # All has to be applied so long after the last fault,
REST_S = 4.0  # and this long nothing happens but timers.
CLOSE_S = 60.0
SETTLE_S = 1.0  # In which the last transactions' markers are written.
LAG_DAYS = 16  # Between what happens at the shop and its record.


class Broken(Exception):
    """Something is not as it has to be."""


class World:
    """Everything of one seed."""

    def __init__(self, seed: int, shape: Shape | None = None, trouble: type[Trouble] = Trouble) -> None:
        self.seed = seed
        self.chance = chance = Random(f"world {seed}")
        self.shape = shape = shape or drawn(chance)
        self.loop = Loop()
        self.troubled, self.ending = True, False
        self.fault = ""  # What was found to be broken.
        self.trace: list[str] = []
        self.crashed_at: set[tuple[str, int]] = set()
        self.partitions = shape.partitions
        self.catalogue = Catalogue("sim", "sim", shape.partitions, shape.clock)
        self.batch_rows = shape.batch_rows
        self.network = Network(self.loop, chance, shape.lossy)
        self.cluster = Cluster(self.loop, chance, self.clock, TRANSACTION_TIMEOUT_MS / 1000)
        self.group = Group(self.loop, chance, shape.partitions, shape.standbys)
        self.machines = [f"machine-{number}" for number in range(shape.machines)]
        self.disks: dict[Path, Disk] = {}
        self.processes: list[Process] = []
        self.sent: list[tuple[int, Sent]] = []
        self.shift_s = 0.0  # By which the machines' clocks were moved on.
        self.trouble = trouble(self)

    def clock(self) -> int:
        """The shop's time of day in ms: its 80 days pass within the story."""
        days = LAG_DAYS + self.loop.time() / self.shape.story_s * SPAN_DAYS
        return START_MS + int(days * DAY_MS)

    def note(self, what: str) -> None:
        """Adds a line to the trace."""
        self.trace.append(f"{self.loop.time():9.4f} {what}")

    @property
    def digest(self) -> str:
        """What happened, and what is in the cluster, as one number."""
        entries = [each for log in self.cluster.logs.values() for each in log.entries]
        told = "\n".join([*self.trace, *map(repr, entries)])
        return blake2b(told.encode(), digest_size=16).hexdigest()

    def broken(self, what: str) -> None:
        """Ends the seed: this may not happen."""
        self.fault = self.fault or what
        self.note(what)

    def disk(self, path: Path) -> Disk:
        """The store's files under a path."""
        return self.disks.setdefault(path, Disk())

    def log(self, role: Role, partition: int) -> Log:
        """A partition of a topic."""
        return self.cluster.log(TopicPartition(self.catalogue.name(role), partition))

    def fetch_rows(self) -> int:
        """How many records the next fetch may bring."""
        return self.chance.choice((1, 2, 5, 100))

    def run(self) -> None:
        """Lives through the seed. Raises Broken when a worker says so or does not get on."""
        try:
            self._live()
        finally:
            for process in self.processes:
                process.forget()

    def _live(self) -> None:
        for machine in self.machines:
            self.later(self.chance.uniform(0, 2), self.start, machine)
        self.trouble.plan()
        self.loop.run(self.shape.story_s, self._over)
        self._calm()
        self._until(self._all_applied, CALM_S, "not everything is applied")
        self.loop.run(self.loop.time() + REST_S, self._over)
        self._until(self._all_applied, CALM_S, "the forwarded records are not applied")
        self.ending, closing = True, self.alive()
        for process in closing:
            self.close(process)
        self._until(lambda: all(process.dead for process in closing), CLOSE_S, "workers do not close")
        self.loop.run(self.loop.time() + SETTLE_S, self._over)

    def close(self, process: Process) -> None:
        """Has a process end in good order."""

        async def close() -> None:
            await process.member.leave()
            self.end(process, "is closed")
            if not self.ending:
                self.later(0.2, self._restart, process.machine)

        process.spawn(self.loop, close())

    def _until(self, done: Callable[[], bool], seconds: float, otherwise: str) -> None:
        self.loop.run(self.loop.time() + seconds, lambda: self._over() or done())
        if not self.fault and not done():
            self.broken(f"{seconds:.0f} s after the last fault {otherwise}")
        if self.fault:
            raise Broken(self.fault)

    def _over(self) -> bool:
        return bool(self.fault)

    def _all_applied(self) -> bool:
        """Whether every input's records are all applied by whoever has the partition."""
        members = [process.member for process in self.alive()]
        applied = {tp: at for member in members for tp, at in member.holdings.applied().items()}
        return bool(members) and all(
            applied.get(TopicPartition(topic, number), 0) >= self._wanted(topic, number)
            for topic in self.catalogue.inputs
            for number in range(self.partitions)
        )

    def _wanted(self, topic: str, number: int) -> int:
        """The offset after the last record of an input; its markers need not be read."""
        log = self.cluster.log(TopicPartition(topic, number))
        return max((each.offset + 1 for each in log.entries if each.visible is not False), default=0)

    def alive(self) -> list[Process]:
        """The processes that have not ended."""
        return [process for process in self.processes if not process.dead]

    def start(self, machine: str) -> None:
        """A worker process on a machine."""
        process = Process(f"worker {len(self.processes) + 1}", machine, self)
        self.processes.append(process)
        process.skew_ms = self.chance.choice((0, 0, 0, -DAY_MS, DAY_MS))
        process.member = self._member(process)
        process.spawn(self.loop, process.member.run())
        version = process.member.holdings.opener.rulebook.version
        self.note(f"{process.name} starts on {machine}, rulebook {version}")
        if self.troubled and self.chance.random() < self.shape.deadly:
            self.trouble.doom(process)

    def _member(self, process: Process) -> Member:
        settings = WorkerSettings(
            rules="given", kafka="localhost:1", app_id="sim", prefix="sim", partitions=self.partitions,
            clock=self.catalogue.clock, state_dir=Path(process.machine), merge_wait_ms=20, tick_ms=500,
            run_records=self.chance.choice((1, 10, 8_000)),
        )  # fmt: skip
        return Member(process, settings, BOOKS[self.loop.time() >= self.trouble.new_book_s])

    def used(self, process: Process, how: str) -> None:
        """The process uses its disk: "read", "write" before a write, "written" after it."""
        if process.dead:
            raise Died
        if process.use == how or (process.use == "damaged" and how != "written"):
            process.use_left -= 1
            if not process.use_left:
                if process.use == "damaged":
                    raise damage()
                self.crash(process)
                raise Died

    def crash(self, process: Process) -> None:
        """The process is killed; its disk may suffer too."""
        self.crashed_at.update(process.standing_at())
        how = self.chance.choice(("is killed", "is killed", "loses power", "loses its disk"))
        for each in self.alive():
            if each is process or (each.machine == process.machine and how != "is killed"):
                self.end(each, how)
        for path, disk in self.disks.items():
            if path.parts[0] == process.machine and how == "loses power":
                disk.lose_newest(self.chance.randint(0, 5))
            elif path.parts[0] == process.machine and how == "loses its disk":
                disk.batches.clear()
        self.later(self.chance.uniform(0.05, 2), self._restart, process.machine)

    def end(self, process: Process, how: str) -> None:
        """The process is no more."""
        process.dead = True
        self.note(f"{process.name} {how}")
        for disk in self.disks.values():
            if disk.user is process:
                disk.user = None

    def left(self, process: Process, why: Exit, sentence: str) -> None:
        """The process has ended itself."""
        self.end(process, f"leaves, {why.name}: {sentence}")
        if why in (Exit.DEFECT, Exit.REFUSED):
            self.broken(f"{process.name} left, {why.name}: {sentence}")
        pause = 0.1 if why in (Exit.UNCERTAIN, Exit.STATE_DAMAGED) else self.chance.uniform(1, 4)
        self.later(pause, self._restart, process.machine)

    def _restart(self, machine: str) -> None:
        if not any(process.machine == machine for process in self.alive()):
            self.start(machine)

    def _calm(self) -> None:
        """No more faults; what is frozen goes on."""
        self.note("calm")
        self.troubled = False
        self.network.trouble, self.network.down_until = 0.0, 0.0
        for process in self.alive():
            process.countdown, process.use = 0, ""
            self.trouble.thaw(process)
        for machine in self.machines:
            self._restart(machine)

    def later(self, delay: float, callback: Callable[..., None], *args: object) -> None:
        """Calls it after so many seconds, whatever processes live then."""
        self.loop.call_later(delay, callback, *args, context=NOBODY)
