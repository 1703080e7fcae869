"""Faust's Kafka transport, with whole fetches as events.

Faust pays for each event it passes on; here an event is everything one fetch brought from one partition.
The consumer seeks to the positions the engine has applied, not to committed offsets, and leaves out what
the engine has no room for.
"""

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from aiokafka.consumer import fetcher
from aiokafka.consumer.subscription_state import TopicPartitionState
from aiokafka.errors import (
    ConsumerStoppedError,
    IllegalStateError,
    KafkaError,
    NoOffsetForPartitionError,
    OffsetOutOfRangeError,
)
from aiokafka.structs import OffsetAndMetadata, TopicPartition
from faust import Schema
from faust.tables.manager import TableManager as FaustTableManager
from faust.tables.recovery import Recovery as FaustRecovery
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage
from msgspec import Struct

from agents.exits import Exit, leave
from agents.merge import Fetched

FETCH_WAIT_MS = 50  # How long the broker may hold a fetch that finds nothing.
FETCH_BYTES = 2**21  # Of each partition.
_ROOM_S = 0.02
_MANY = 500  # Records; a fetch that brings fewer may wait a moment for more.


class Engine(Protocol):
    """What the transport asks of the engine."""

    gather_s: float

    def wants(self, tp: TP) -> bool:
        """Whether there is room for more of this input partition."""

    def positions(self) -> dict[TP, int]:
        """The next offset to read of each input partition in hand."""

    async def wait_for_room(self, seconds: float) -> None:
        """Returns when a full partition has room again, or after so many seconds."""


class Consumed(Struct, gc=False):
    """A record as it was fetched, with the fields that are read of one: aiokafka's own has more, and takes
    a microsecond to make.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


class PartitionRecords(fetcher.PartitionRecords):  # type: ignore[misc]
    """aiokafka's records of one partition's fetch, handed on without a call for each."""

    def __iter__(self) -> Any:
        return self._records_iterator

    def _consumer_record(self, tp: Any, record: Any) -> Consumed:
        return Consumed(
            tp.topic, tp.partition, record.offset, record.timestamp, record.key, record.value,
            tuple(record.headers),
        )  # fmt: skip


class RebalanceListener(driver.ConsumerRebalanceListener):
    """Pauses every partition until the engine has said where to begin."""

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Called in the consumer's thread; the changelog, never read this way, stays paused."""
        self._thread._ensure_consumer().pause(*assigned)
        await super().on_partitions_assigned(assigned)


class ConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread that talks to Kafka. `epoch` counts seeks: what was fetched before one is stale."""

    epoch = 0

    def __post_init__(self) -> None:
        """Called by the base class when it is made."""
        super().__post_init__()
        self._known: dict[TP, tuple[int, bool]] = {}  # What the engine was last told.

    def _create_worker_consumer(self, transport: Any) -> Any:
        fetcher.PartitionRecords = PartitionRecords
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_WAIT_MS
        consumer._isolation_level = "read_committed"
        consumer._auto_offset_reset = "none"  # Never skip ahead in silence.
        return consumer

    async def on_start(self) -> None:
        """A partition that waits for room must not hold back the fetches of the others."""
        await super().on_start()
        self._ensure_consumer()._fetcher._prefetch_backoff = 0.0

    async def _fetch_records(
        self,
        consumer: Any,
        active_partitions: set[TP],
        timeout: float | None = None,
        max_records: int | None = None,
    ) -> dict[TP, Fetched]:
        """What arrived, and without records each input whose position or end has moved."""
        if not self.consumer.flow_active:
            return {}
        epoch, assignment, before = self.epoch, self._assignment, self._places(active_partitions)
        try:
            records = await super()._fetch_records(consumer, active_partitions, timeout, max_records)
        except NoOffsetForPartitionError:  # Given to this worker meanwhile, and not sought yet.
            return {}
        except OffsetOutOfRangeError as error:
            leave(Exit.REFUSED, _gone(error))
        if epoch != self.epoch or assignment is not self._assignment:
            return {}
        after = self._places(before)
        fetched = {
            tp: Fetched(before[tp][0], *place, epoch, records.get(tp, ()))
            for tp, place in after.items()
            if tp in records or self._known.get(tp) != place
        }
        self._known.update(after)
        return fetched

    def _places(self, tps: Iterable[TP]) -> dict[TP, tuple[int, bool]]:
        """Position, and whether all that is committed has been read, of those with a position."""
        return {
            tp: (state.position, state.lso is not None and state.position >= state.lso)
            for tp in tps
            if (state := self.state(tp)) is not None and state.has_valid_position
        }

    def state(self, tp: TP) -> TopicPartitionState | None:
        """aiokafka's own account of an assigned partition, None if it is not assigned."""
        assignment = self._assignment
        return assignment.state_value(TopicPartition(*tp)) if assignment else None

    @property
    def _assignment(self) -> Any:
        """aiokafka's present assignment, a new object after each rebalance; None between two."""
        subscription = self._ensure_consumer()._subscription.subscription
        return subscription and subscription.assignment

    async def seek_and_resume(self, positions: Mapping[TP, int]) -> None:
        """Continues the assigned ones of these partitions at these offsets."""
        consumer = self._ensure_consumer()
        self.epoch += 1
        self._known.clear()
        for tp, offset in positions.items():
            if self.state(tp) is not None:
                consumer.seek(TopicPartition(*tp), offset)
                consumer.resume(TopicPartition(*tp))

    async def report(self, positions: Mapping[TP, int]) -> None:
        """Commits offsets to the group, for tools that show lag; a failure is of no consequence."""
        offsets = {TopicPartition(*tp): OffsetAndMetadata(at, "") for tp, at in positions.items()}
        if not offsets:
            return
        try:
            await self._ensure_consumer().commit(offsets)
        except (KafkaError, IllegalStateError) as error:
            self.log.debug("Offsets not reported: %r", error)

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Nothing: Faust's alarms assume offsets that it commits itself."""


def _gone(error: OffsetOutOfRangeError) -> str:
    places = ", ".join(f"{tp.topic}:{tp.partition} offset {at}" for tp, at in error.args[0].items())
    return (
        f"Records that are next to apply are no longer in Kafka: {places}. Restore them, or start with "
        "--accept-gap TOPIC:PARTITION to go on without them."
    )


class Consumer(driver.Consumer):
    """Faust's consumer with whole fetches as messages."""

    RebalanceListener = RebalanceListener
    _thread: ConsumerThread
    _paced_until = 0.0

    def _new_consumer_thread(self) -> ConsumerThread:
        return ConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _wait_next_records(self, timeout: float) -> tuple[dict[TP, Fetched], set[TP]]:
        """A fetch of the partitions with room. Small ones are spaced, so that they bring more at once."""
        if not self.flow_active:
            await self.wait(self.can_resume_flow)
        engine: Engine = self.transport.engine
        active = self._get_active_partitions()
        wanted = {tp for tp in active if engine.wants(tp)}
        if not wanted:
            await engine.wait_for_room(_ROOM_S)
            return {}, active
        await asyncio.sleep(self._paced_until - time.monotonic())
        patience = FETCH_WAIT_MS / 1000 if len(wanted) == len(active) else _ROOM_S
        fetched = await self._thread.getmany(wanted, patience)
        if sum(len(run.records) for run in fetched.values()) < _MANY:
            self._paced_until = time.monotonic() + engine.gather_s
        return fetched, active

    def _to_message(self, tp: TP, record: Fetched) -> ConsumerMessage:
        return ConsumerMessage(
            tp.topic, tp.partition, record.end - 1, time.time(), 0, (), b"", record, None, 0, 0, tp,
            generation_id=self.app.consumer_generation_id,
        )  # fmt: skip

    def highwater(self, tp: TP) -> int:
        """Not looked up: it would fail for a partition that has just been taken away."""
        return 0

    async def perform_seek(self) -> None:
        """Seeks to the positions the engine has applied; the process ends when that fails."""
        try:
            await self._thread.call_thread(self._thread.seek_and_resume, self.transport.engine.positions())
            self._read_offset.clear()
        except ConsumerStoppedError:
            return
        except Exception as error:
            leave(Exit.DEFECT, f"The consumer could not seek to the applied offsets: {error!r}.")


class Transport(driver.Transport):
    """Faust's transport with the consumer above. `engine` has to be set before the application starts."""

    Consumer = Consumer
    engine: Engine


class Scheduler:
    """Hands fetches on as they are (Faust's own one would take them apart)."""

    def iterate(self, records: Mapping[TP, Fetched]) -> Iterator[tuple[TP, Fetched]]:
        """Each partition with what was fetched from it."""
        return iter(records.items())


class WholeFetch(Schema):
    """Passes a fetch through undecoded."""

    def loads_key(self, app: Any, message: Any, **options: Any) -> Any:
        """The key of the message as it is."""
        return message.key

    def loads_value(self, app: Any, message: Any, **options: Any) -> Any:
        """The fetch."""
        return message.value


class Recovery(FaustRecovery):
    """Faust's recovery with nothing to recover: state is restored in bulk when partitions are opened."""

    def add_standby(self, table: Any, tp: TP) -> None:
        """Nothing: `agents/standby.py` reads the changelogs of the copies."""

    async def _build_highwaters(self, consumer: Any, tps: Any, destination: Any, title: str) -> None:
        destination.clear()

    async def _build_offsets(self, consumer: Any, tps: Any, destination: Any, title: str) -> None:
        return

    async def _seek_offsets(self, consumer: Any, tps: Any, offsets: Any, title: str) -> None:
        return


class TableManager(FaustTableManager):
    """Keeps the declared table, and with it Faust's co-partitioning assignor, at no cost."""

    async def on_start(self) -> None:
        """As Faust's, less its second of sleep."""
        await self._update_channels()
        await self.recovery.start()

    @property
    def recovery(self) -> Recovery:
        """The recovery service, made at first use."""
        if self._recovery is None:
            self._recovery = Recovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return self._recovery
