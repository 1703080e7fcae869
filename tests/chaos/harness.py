"""What every fault has in hand: a broker, an installation with its load, real workers, one check at the end.

A fault is one function, registered under its name. This is a whole one:

    @fault("F10", "restart on an empty disk")
    async def empty_disk(trial: Trial) -> None:
        async with trial.site(events=5_000) as site:     # Topics of its own, records made from the seed.
            await site.put()                             # All of them are in Kafka now.
            member = site.member("one", instance_id="one")  # A real `tierline worker`, supervised.
            await site.watch.reaches(2_000)              # Commits are watched as they become visible.
            member.kill_parent(await member.working(), wipe=True)
            trial.tally.kills += 1
            await site.drained()                         # Everything is applied.
            await site.check(reference=True)             # Ends the workers, compares everything, prints.

`site.check` counts differences in the tally; the run fails if there are any. With `reference` the same
records also go through an undisturbed worker, and both states have to be the same bytes. That holds for
`clock: log` (the default) when all records were put before the first worker started. For more, or other
load, `site.put(records)` and `site.trickle(per_s, records)` take any list of `Given` and remember it.
A fault that measures something says it with `trial.say`.

A worker that has to be patched is started by a launcher, a module that patches and then calls
`agents.child.main()`: `site.launched("one", "tests.chaos.full_disk", CHAOS_FULL="1")` is its process.
`site.doomed("one")` starts workers that kill themselves at a given step of a commit.
`async with trial.own_broker():` gives a fault a broker that it may kill.
"""

import asyncio
import sys
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from agents.broker import EphemeralBroker, ephemeral_broker
from agents.settings import WorkerSettings
from tests.agents.cluster_kit import installation
from tests.agents.support_chaos import OWNS, Member
from tests.agents.worker_kit import Process, environment
from tests.chaos.checker import Verdict, compare, judge
from tests.chaos.doomed import Doomed
from tests.chaos.given import Given
from tests.chaos.load import Sender, shop_records, strays
from tests.chaos.model import RULEBOOK
from tests.chaos.reading import Place, left_at
from tests.chaos.watch import Watch

PARTITIONS = 4


@dataclass
class Tally:
    """What all faults together did, and what was found different."""

    kills: int = 0
    rebalances: int = 0
    broker_bounces: int = 0
    verdict: Verdict = field(default_factory=Verdict)


@dataclass
class Trial:
    """One fault on its way. Whatever is left to chance is drawn from `chance`."""

    name: str
    seed: int
    broker: EphemeralBroker
    folder: Path
    tally: Tally
    say: Callable[[str], None] = print

    def __post_init__(self) -> None:
        self.chance = Random(f"{self.seed} {self.name}")
        self.sites = 0

    @asynccontextmanager
    async def own_broker(self) -> AsyncIterator[EphemeralBroker]:
        """A broker for this fault alone; sites made in the block are on it."""
        shared = self.broker
        with ephemeral_broker() as self.broker:
            try:
                yield self.broker
            finally:
                self.broker = shared

    @asynccontextmanager
    async def site(
        self,
        events: int = 5_000,
        records: Sequence[Given] | None = None,
        clock: str = "log",
        partitions: int = PARTITIONS,
        **settings: object,
    ) -> AsyncIterator["Site"]:
        """An installation with topics of its own; its workers are gone when the block ends."""
        self.sites += 1
        folder = self.folder / f"{self.name}-{self.sites}"
        folder.mkdir(parents=True)
        book = folder / "rules.yaml"
        book.write_text(RULEBOOK)
        made = installation(
            self.broker.bootstrap, folder / "state", partitions, clock=clock, **settings
        ).model_copy(update={"rules": book})
        if records is None:
            records = shop_records(self.chance, events, partitions, clock)
        async with AsyncExitStack() as stack:
            watch = await stack.enter_async_context(Watch(made))
            site = Site(self, made, records, folder, watch)
            try:
                yield site
            finally:
                site.kill_all()


class Site:
    """An installation, what it was given, its workers."""

    def __init__(
        self, trial: Trial, settings: WorkerSettings, records: Sequence[Given], folder: Path, watch: Watch
    ) -> None:
        self.trial = trial
        self.settings = settings
        self.records = records
        self.folder = folder
        self.watch = watch
        self.members: list[Member] = []
        self.processes: list[Process] = []
        self.state_dirs: list[Path] = []

    async def put(self, records: Sequence[Given] | None = None) -> None:
        """Puts records into Kafka, as fast as it takes them: all that the site has, or these as well."""
        async with Sender(self.settings) as sender:
            await sender.put(self._remembered(records))

    async def trickle(
        self, per_s: float, records: Sequence[Given] | None = None, until: asyncio.Event | None = None
    ) -> None:
        """Puts records into Kafka at this pace: all that the site has, or these as well.

        After `until` no more are sent, and the rest is forgotten.
        """
        given = self._remembered(records)
        async with Sender(self.settings) as sender:
            left = len(given) - await sender.trickle(given, per_s, until)
        self.records = self.records[: len(self.records) - left]

    def _remembered(self, records: Sequence[Given] | None) -> Sequence[Given]:
        if records is None:
            return self.records
        self.records = [*self.records, *records]
        return records

    def member(self, name: str, **changed: object) -> Member:
        """A supervised worker, started, with a state directory of this name; its log is in `folder`."""
        member = Member(self._own(name, changed), self.folder / f"{name}.log")
        self.members.append(member)
        return member

    def launched(
        self, name: str, launcher: str = "agents.child", changed: dict | None = None, **env: str
    ) -> Process:
        """A worker process that this module starts, unsupervised, with these variables in its environment."""
        settings = self._own(name, changed or {})
        command = [sys.executable, "-m", launcher]
        process = Process(command, environment(settings) | env, self.folder / f"{name}.log")
        self.processes.append(process)
        return process

    def doomed(self, name: str, **changed: object) -> Doomed:
        """A process that starts workers which strike themselves; all use the same state directory."""
        process = Doomed(self._own(name, changed), self.folder / f"{name}.log")
        self.processes.append(process)
        return process

    def _own(self, name: str, changed: dict[str, object]) -> WorkerSettings:
        state_dir = self.folder / name
        if state_dir not in self.state_dirs:
            self.state_dirs.append(state_dir)
        return self.settings.model_copy(update={"state_dir": state_dir, **changed})

    async def drained(self) -> None:
        """Returns when every record is applied and nothing more is committed."""
        await self.watch.rests(len(self.records) + strays(self.records, self.settings.partitions))

    async def end_all(self) -> None:
        """Asks every worker to stop, and returns when all have."""
        processes = [member.parent for member in self.members] + self.processes
        running = [each for each in processes if each.popen.poll() is None]
        await asyncio.gather(*[asyncio.to_thread(each.stop) for each in running])

    def kill_all(self) -> None:
        """Leaves no process behind."""
        for process in [member.parent for member in self.members] + self.processes:
            if process.popen.poll() is None:
                process.popen.kill()
                process.popen.wait()

    @property
    def place(self) -> Place:
        """Where the checker has to look."""
        settings = self.settings
        return Place(
            settings.kafka, settings.prefix, settings.app_id, settings.partitions, tuple(self.state_dirs)
        )

    async def check(self, reference: bool = False) -> Verdict:
        """Ends the workers and compares everything that they left; says and counts what is different."""
        await self.end_all()
        left = await left_at(self.place)
        verdict = judge(left, self.records)
        owners = owners_in(log.read_text() for log in {each.log for each in self.members + self.processes})
        self.trial.tally.rebalances += len(owners)
        verdict.values("partitions with two owners, by generation", contested(owners), {})
        if reference:
            async with self.trial.site(
                records=self.records, clock=self.settings.clock, partitions=self.settings.partitions
            ) as calm:
                await calm.put()
                calm.member("calm")
                await calm.drained()
                await calm.end_all()
                verdict += compare(left, await left_at(calm.place))
        for line in verdict.shown:
            self.trial.say(line)
        self.trial.tally.verdict += verdict
        return verdict


def owners_in(logs: Iterable[str]) -> dict[int, Counter[int]]:
    """By generation of the group, how many workers said that they have each partition."""
    found: dict[int, Counter[int]] = defaultdict(Counter)
    for said in map(OWNS.findall, logs):
        for generation, numbers in dict(said).items():  # The last word of each counts.
            found[int(generation)].update(map(int, numbers.split(",") if numbers else ()))
    return found


def contested(owners: dict[int, Counter[int]]) -> dict[int, list[int]]:
    """By generation, the partitions that more than one worker had."""
    twice = {at: [number for number, count in each.items() if count > 1] for at, each in owners.items()}
    return {at: numbers for at, numbers in twice.items() if numbers}


@dataclass(frozen=True)
class Fault:
    """A registered fault."""

    name: str
    what: str
    run: Callable[[Trial], Awaitable[None]]


FAULTS: dict[str, Fault] = {}


def fault(
    name: str, what: str
) -> Callable[[Callable[[Trial], Awaitable[None]]], Callable[[Trial], Awaitable[None]]]:
    """Registers the function below it under this name."""

    def register(run: Callable[[Trial], Awaitable[None]]) -> Callable[[Trial], Awaitable[None]]:
        FAULTS[name] = Fault(name, what, run)
        return run

    return register


async def run_fault(name: str, seed: int, broker: EphemeralBroker, folder: Path, tally: Tally) -> None:
    """Lets one fault happen and says what it came to. One that breaks off counts as wrong."""
    chosen, before = FAULTS[name], tally.verdict
    print(f"{name} {chosen.what}, SEED={seed}", flush=True)
    began = time.monotonic()
    tally.verdict = Verdict()
    try:
        await chosen.run(Trial(name, seed, broker, folder, tally))
    except Exception:
        traceback.print_exc()
        tally.verdict.wrong += 1
    print(f"{name} {tally.verdict.line} in {time.monotonic() - began:.0f} s", flush=True)
    tally.verdict = before + tally.verdict
