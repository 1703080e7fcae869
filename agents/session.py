"""The life of one partition between two rebalances: take a run, apply it, commit it, again.

What a former generation's consumer delivers late never reaches a session: each has its own buffers, and
takes only what was fetched after the seek that followed its making.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from operator import attrgetter
from typing import NoReturn

from agents.accounts import CUSTOMER
from agents.commit import Change, Committer, Fenced, Uncertain
from agents.exits import Exit, leave
from agents.journal import APPLIED_KEY
from agents.merge import Fetched, Gap, Inputs
from agents.metrics import Metrics
from agents.restore import position_record
from agents.run import Partition
from agents.settings import WorkerSettings
from agents.store import Store, StoreDamaged, StoreFull
from agents.tracing import Traces
from agents.work import Record, Work
from engine.events import Event
from topics.decode import decode
from topics.framing import Output

TICK_BEHIND_MS = 1_000  # A tick stays this far behind the broker's clock.
CLOCKS_APART_S = 1.0  # Between this machine's two clocks, since the broker was heard.
STOP_S = 25.0
GAPS_MAX = 20
LARGE_RUN = 2_000  # Records; from so many on, a run waits for a place among those in the making.
LARGE_RUNS = 2  # Of one process at once: one is worked out while another one is sent.

timestamp_of = attrgetter("timestamp")
log = logging.getLogger("tierline.session")


class BrokerClock:
    """The broker's time: what it last stamped, and what has passed here since.

    This machine's own time of day may be wrong.
    """

    def __init__(self) -> None:
        self._stamped_ms = 0
        self._heard = (0.0, 0.0)

    def heard(self, stamped_ms: int, ago_s: float) -> None:
        """Takes note of a timestamp that the broker gave so many seconds ago."""
        self._stamped_ms = stamped_ms
        self._heard = time.monotonic() - ago_s, time.time() - ago_s

    @property
    def now_ms(self) -> int | None:
        """UTC ms; None when the broker has to be asked: at first, and when this machine's time was set."""
        monotonic, wall = self._heard
        passed_s = time.monotonic() - monotonic
        if not self._stamped_ms or abs(time.time() - wall - passed_s) > CLOCKS_APART_S:
            return None
        return self._stamped_ms + int(passed_s * 1000)


class Shard:
    """A partition in hand: its fold, its state on disk, and the only producer allowed to commit for it.

    `changed` is the key of a customer's row that the newest commit wrote, b"" for none yet; `event_lag_s` how
    long before it an event of it had happened, None while unknown.
    """

    def __init__(self, partition: Partition, store: Store, committer: Committer) -> None:
        self.clock = BrokerClock()
        self.partition = partition
        self.store = store
        self.committer = committer
        self.number = partition.number
        self.changed = b""
        self.event_lag_s: float | None = None

    async def commit(self, work: Work) -> None:
        """Makes a run's work visible, then durable here, then the fold's own. Ends the process on failure."""
        await self._commit(
            [*work.outputs, *work.profiles], work.changelog, work.journal, work.index, work.after.now_ms
        )
        self.partition.settle(work)

    async def ask_time(self) -> None:
        """Has the broker stamp the bookkeeping record again, unchanged; nothing if there is none yet."""
        applied = self.store.get(APPLIED_KEY)
        if applied is not None:
            await self._commit((), [(APPLIED_KEY, applied)], None, (), self.partition.now_ms)

    async def _commit(
        self,
        outputs: Sequence[Output],
        changelog: Sequence[Change],
        journal: bytes | None,
        index: Sequence[Change],
        now_ms: int,
    ) -> None:
        try:
            position = await self.committer.commit(outputs, changelog, journal, now_ms)
            self.clock.heard(self.committer.stamped_ms, self.committer.confirming_s)
            self.store.write([*changelog, position_record(position)], index)
        except Fenced:
            leave(Exit.FENCED, f"Partition {self.number} has a new owner; nothing was committed twice.")
        except Uncertain as error:
            leave(
                Exit.UNCERTAIN,
                f"Kafka did not confirm a commit of partition {self.number} ({error}); restarting finds out.",
            )
        except StoreFull as error:
            leave(Exit.STATE_FULL, str(error))
        except StoreDamaged as error:
            self.damaged(error)

    def damaged(self, error: StoreDamaged) -> NoReturn:
        """Ends the process; the next one wipes this state and restores it."""
        self.store.mark_damaged(str(error))
        leave(Exit.STATE_DAMAGED, f"State in {self.store.path} is damaged and will be restored: {error}.")

    async def close(self) -> None:
        """Lets go of the files and of Kafka."""
        try:
            self.store.close()
        except StoreFull as error:
            leave(Exit.STATE_FULL, str(error))
        except StoreDamaged as error:
            self.damaged(error)
        await self.committer.stop()


class Session:
    """One partition in one generation of the group.

    `read_to_end` gives the instant (UTC ms) at which every input of the partition was last seen read to its
    very end up to the given positions, None when one is not. `first_epoch` is the first seek whose
    fetches belong to this session. `large_runs` has `LARGE_RUNS` places, for all sessions of the process:
    until it is committed, a large run takes tens of megabytes.
    """

    def __init__(
        self,
        shard: Shard,
        settings: WorkerSettings,
        metrics: Metrics,
        first_epoch: int,
        read_to_end: Callable[[int, dict[str, int]], int | None],
        made_room: Callable[[], None],
        large_runs: asyncio.Semaphore,
        traces: Traces | None = None,
    ) -> None:
        self.shard = shard
        self.partition = shard.partition
        self.settings = settings
        self.metrics = metrics
        self.first_epoch = first_epoch
        self.read_to_end = read_to_end
        self.made_room = made_room
        self.large_runs = large_runs
        self.traces = traces
        self.partition.traced = traces is not None
        self.topics = settings.catalogue.inputs
        self.inputs = Inputs(self.topics, self.partition.positions)
        self._arrived = asyncio.Event()
        self._stopping = False
        self._held_since = 0.0
        self._gaps = 0  # In a row.
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to work on what is added."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Returns when the commit in flight, if any, is done; what is buffered is forgotten."""
        self._stopping = True
        self._arrived.set()
        if self._task is not None:
            done, _ = await asyncio.wait([self._task], timeout=STOP_S)
            if not done:
                leave(Exit.UNCERTAIN, f"A commit of partition {self.shard.number} did not end in time.")

    def add(self, topic: str, run: Fetched) -> bool:
        """Buffers what was fetched; False when records are missing before it, and it has to be fetched again.

        A rebalance may swallow a fetch. Ends the process when fetching again does not help.
        """
        if run.epoch < self.first_epoch or self._stopping:
            return True
        try:
            self.inputs.add(topic, run)
        except Gap as gap:
            self._gaps += 1
            if self._gaps > GAPS_MAX:
                leave(Exit.DEFECT, f"Partition {self.shard.number}: a gap in {gap}")
            log.warning("Partition %d, fetching again: %s", self.shard.number, gap)
            return False
        self._gaps = 0
        self._arrived.set()
        return True

    def wants(self, topic: str) -> bool:
        """Whether more of this input may be fetched: about one run of it waits."""
        return self.inputs.buffered(topic) < self.settings.run_records

    async def _run(self) -> None:
        try:
            while not self._stopping:
                await self._turn()
        except StoreDamaged as error:
            self.shard.damaged(error)
        except Exception:
            log.exception("Partition %d cannot go on.", self.shard.number)
            leave(Exit.DEFECT, f"A defect stopped partition {self.shard.number}; the lines above tell where.")

    async def _turn(self) -> None:
        """One run, one tick or one wait."""
        self._arrived.clear()
        records = self.inputs.take(self.settings.run_records, wait=self._waits())
        if records or self.partition.timers_left:
            self._held_since = 0.0
            self.made_room()
            async with self.large_runs if len(records) >= LARGE_RUN else nullcontext():
                await self._apply(records, self.inputs.positions)
        elif not self.inputs.empty:
            self._held_since = self._held_since or time.monotonic()
            await self._wait(self.settings.merge_wait_ms / 1000)
        elif not await self._wait(self.settings.tick_ms / 1000) and self.settings.clock == "wall":
            await self._tick()

    def _waits(self) -> bool:
        """Whether an input that is not known to be at its end is still waited for."""
        waited = time.monotonic() - self._held_since if self._held_since else 0.0
        return self.settings.clock == "log" or waited * 1000 < self.settings.merge_wait_ms

    async def _wait(self, seconds: float) -> bool:
        """Whether something arrived within so many seconds."""
        try:
            await asyncio.wait_for(self._arrived.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _tick(self) -> None:
        """Lets the partition's time pass while nothing happens, once everything recorded is applied."""
        read_ms = self.read_to_end(self.shard.number, self.inputs.positions)
        if read_ms is None:
            return
        now_ms = self.shard.clock.now_ms
        if now_ms is None:
            await self.shard.ask_time()
            return
        tick_ms = now_ms - max(int(time.time() * 1000) - read_ms, 0) - TICK_BEHIND_MS
        if tick_ms > self.partition.now_ms:
            await self._apply((), dict(self.partition.positions), tick_ms)

    async def _apply(
        self, records: Sequence[Record], positions: dict[str, int], tick_ms: int | None = None
    ) -> None:
        began = time.perf_counter()
        work = self.partition.apply(records, positions, tick_ms)
        if work is None:
            return
        apply_s = time.perf_counter() - began
        ends = None
        if self.traces is not None:
            ends = self.traces.begin(work, records, time.time_ns() - int(apply_s * 1e9))
        await self.shard.commit(work)
        if ends is not None:
            ends()
        commit_s = time.perf_counter() - began - apply_s
        self._count(records, work, apply_s, commit_s)

    def _count(self, records: Sequence[Record], work: Work, apply_s: float, commit_s: float) -> None:
        """Has the commit counted, with the record that waited longest as its example."""
        shard, until_ms, slowest = self.shard, self.shard.clock.now_ms, ""
        shard.changed = next((key for key, _ in work.changelog if key[:1] == CUSTOMER), shard.changed)
        if self.settings.clock == "log":
            until_ms = None  # Timestamps are the senders' then, and may be years old.
        if records and until_ms is not None:
            oldest = min(records, key=timestamp_of)
            role = self.partition.roles[oldest.topic]
            event = decode(role, oldest.key, oldest.value, oldest.headers)
            if isinstance(event, Event):
                slowest = f"{event.source}|{event.id}"
                shard.event_lag_s = (until_ms - event.occurred_ms) / 1000
        self.metrics.committed(shard.number, records, work, apply_s, commit_s, until_ms, slowest)
