"""A worker process from within: the production's `Holdings`, driven as Faust and our transport drive it.

Worse than they do: fetches of former epochs are passed on, some are swallowed, and what a rebalance
finds in a queue may be delivered after it.
"""

import asyncio
from random import Random
from typing import Any

from faust.types import TP

from agents.holdings import Holdings
from agents.merge import Fetched
from agents.metrics import Metrics
from agents.settings import WorkerSettings
from rules.compiled import Rulebook
from tests.simulation.cluster import Entry
from tests.simulation.loop import Process
from tests.simulation.network import Lost

ROOM_S = 0.5
LATE_S = 2.0  # How late Faust may tell of an assignment.
HOP_S = 0.002
RETRY_S = 0.1
SWALLOWED = 0.02  # Share of fetches, in troubled times.
KEPT = 0.5  # Share of queued fetches that survive a rebalance.
FETCH_TIMEOUT_S = 40.0

METRICS = Metrics()  # Nobody reads them; making them anew for each process would take longest of all.


class Member:
    """One member of the group, and the holdings' `Source`."""

    def __init__(self, process: Process, settings: WorkerSettings, book: Rulebook) -> None:
        self.process = process
        self.world = process.world
        self.chance: Random = process.world.chance
        self.instance = process.machine
        self.inputs = settings.catalogue.inputs
        self.holdings = Holdings(settings, book, METRICS, self)
        self.epoch = 0
        self._leaving = False
        self._generation = 0
        self._numbers: list[int] = []
        self._copies: set[int] = set()
        self._places: dict[TP, int] = {}
        self._ends: dict[TP, tuple[int, int, int]] = {}  # Position, end, when.
        self._told: dict[TP, tuple[int, bool]] = {}
        self._queued: list[tuple[TP, Fetched]] = []
        self._seeking: asyncio.Task[None] | None = None
        self._rejoin, self._assigned, self._flowing = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._rejoin.set()

    async def run(self) -> None:
        """The process's life."""
        self._opening = self.process.spawn(self.world.loop, self._watched(self._open))
        self.process.spawn(self.world.loop, self._watched(self._read))
        await self._watched(self._stay)

    async def leave(self) -> None:
        """Ends in good order, as Faust does: gives up what is being opened, and hears of no rebalance."""
        self._leaving = True
        self._opening.cancel()
        await self._watched(self.holdings.close)

    async def _watched(self, work: Any) -> None:
        try:
            await work()
        except Exception as error:
            self.world.broken(f"{self.process.name}: {type(error).__name__}: {error}")

    def rejoin(self) -> None:
        """Called by the group when partitions are to be given out anew."""
        if not self.process.dead:
            self._rejoin.set()

    async def _stay(self) -> None:
        """Joins, and joins again whenever it is asked to."""
        while True:
            await self._rejoin.wait()
            self._rejoin.clear()
            if self._leaving:
                return
            self._flowing.clear()
            self._queued = [each for each in self._queued if self.chance.random() < KEPT]
            await self.holdings.pause()
            await asyncio.sleep(HOP_S)
            self._generation, self._numbers, self._copies = await self.world.group.join(self)
            self._rejoin.clear()  # What was heard before is done.
            self._assigned.set()

    async def _open(self) -> None:
        """Opens what was assigned; an assignment that comes meanwhile is opened next."""
        while True:
            await self._assigned.wait()
            self._assigned.clear()
            generation = self._generation
            await asyncio.sleep(self.chance.choice((0.0, HOP_S, LATE_S)) if self.world.troubled else 0.0)
            await self.holdings.resume()
            if generation == self._generation:
                self._seek()
                self._flowing.set()

    def _seek(self) -> None:
        self.epoch += 1
        self._places = dict(self.holdings.positions())
        self._told.clear()
        self._ends.clear()

    async def _read(self) -> None:
        """Fetches what there is room for."""
        while True:
            await self._flowing.wait()
            wanted = [tp for tp in self._places if self.holdings.wants(tp)]
            if wanted:
                await self._fetch(wanted)
            else:
                await self.holdings.wait_for_room(ROOM_S)

    async def _fetch(self, wanted: list[TP]) -> None:
        epoch, before = self.epoch, {tp: self._places[tp] for tp in wanted}
        cluster, rows, asked_ms = self.world.cluster, self.world.fetch_rows(), self.process.time_ms()
        try:
            found = await self.world.network.carry(lambda: cluster.fetch(before, rows), FETCH_TIMEOUT_S)
        except Lost:
            await asyncio.sleep(RETRY_S)
            return
        for tp, brought in found.items():
            self._take(tp, before[tp], epoch, asked_ms, *brought)

    def _take(
        self, tp: TP, start: int, epoch: int, asked_ms: int,
        records: list[Entry], after: int, stable: int, end: int,
    ) -> None:  # fmt: skip
        place = (after, after >= stable)
        swallowed = self.world.troubled and self.chance.random() < SWALLOWED
        if epoch == self.epoch:
            self._places[tp] = after
            self._ends[tp] = (after, end, asked_ms)
            if swallowed or self._told.get(tp) == place:
                return
            self._told[tp] = place
        self._queued.append((tp, Fetched(start, *place, epoch, records)))
        asyncio.get_running_loop().call_later(self._hop(), self._deliver)

    def _hop(self) -> float:
        """How long Faust takes to pass something on."""
        return self.chance.choice((0.0, HOP_S, ROOM_S)) if self.world.troubled else 0.0

    def _deliver(self) -> None:
        if self._queued and self._flowing.is_set():
            self._add(*self._queued.pop(0))
        elif self._queued:
            asyncio.get_running_loop().call_later(ROOM_S, self._deliver)

    def _add(self, tp: TP, fetched: Fetched) -> None:
        try:
            self.holdings.add(tp, fetched)
        except Exception as error:
            self.world.broken(f"{self.process.name}: {type(error).__name__}: {error}")

    def generation(self) -> int:
        """The group's generation this worker is in."""
        return self._generation

    def assigned(self) -> set[TP]:
        """The topic partitions it was given."""
        return {TP(topic, number) for topic in self.inputs for number in self._numbers}

    def standbys(self) -> set[int]:
        """The partitions of others of which it is to keep a copy."""
        return self._copies

    def next_epoch(self) -> int:
        """The number of the consumer's next seek."""
        return self.epoch + 1

    def read_to_end(self, tp: TP) -> tuple[int, int] | None:
        """(position, ms of the last answer) of an input read to its very end then, else None."""
        position, end, at_ms = self._ends.get(tp, (0, 1, 0))
        return (position, at_ms) if position >= end else None

    def behind(self, tp: TP) -> int:
        """Records between the consumer's position and the end of an input."""
        position, end, _ = self._ends.get(tp, (0, 0, 0))
        return max(end - position, 0)

    def seek_again(self) -> None:
        """Has the consumer go back to what the engine asks for next, once at a time."""
        if self._seeking is None or self._seeking.done():
            self._seeking = asyncio.get_running_loop().create_task(self._seek_soon())

    async def _seek_soon(self) -> None:
        await asyncio.sleep(HOP_S)
        self._seek()
