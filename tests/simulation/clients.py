"""A producer and a consumer with the methods of aiokafka's that the agents use, on the simulated network.

They behave as aiokafka does: requests are repeated until they are answered, whatever became of the earlier
copies; a batch sent again is written once; the first error ends the producer.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from aiokafka.errors import ConcurrentTransactions, KafkaError
from aiokafka.structs import TopicPartition

from agents.batches import Batch
from tests.simulation.cluster import Entry, Row
from tests.simulation.loop import here
from tests.simulation.network import Lost
from topics.framing import opened

REQUEST_TIMEOUT_S = 40.0  # aiokafka's own, where nothing else is asked for.
RETRY_S = 0.1


class Client:
    """What both have in common."""

    def __init__(self, **options: Any) -> None:
        self.process = here()
        self.world = self.process.world
        self.options = options
        self.timeout_s = options.get("request_timeout_ms", 1000 * REQUEST_TIMEOUT_S) / 1000

    async def ask(self, request: Callable[[], Any]) -> Any:
        """The cluster's answer; asks until there is one."""
        while True:
            try:
                return await self.world.network.carry(request, self.timeout_s)
            except (Lost, ConcurrentTransactions):
                await asyncio.sleep(RETRY_S)


class Metadata(NamedTuple):
    """Where a batch was written."""

    offset: int
    timestamp: int


class Producer(Client):
    """A transactional producer."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.name = options["transactional_id"]
        self.cluster = self.world.cluster
        self._epoch = -1
        self._begin()

    def _begin(self) -> None:
        self._in_transaction = False
        self._added: set[TopicPartition] = set()
        self._tasks: list[asyncio.Task[Any]] = []
        self._last: dict[TopicPartition, asyncio.Task[Any]] = {}

    async def start(self) -> None:
        """Takes the transactional id over."""
        self._epoch = await self.ask(lambda: self.cluster.take_over(self.name))

    async def stop(self) -> None:
        """Forgets what is not sent."""
        for task in self._tasks:
            task.cancel()
        await asyncio.sleep(0)

    async def begin_transaction(self) -> None:
        """Nothing is asked of the cluster yet."""
        await asyncio.sleep(0)
        assert not self._in_transaction, "a transaction is open already"
        self._begin()
        self._in_transaction = True

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> asyncio.Future[Metadata]:
        """The acknowledgement to come."""
        await asyncio.sleep(0)
        place = TopicPartition(topic, partition)
        task = asyncio.get_running_loop().create_task(self._deliver(place, batch, self._last.get(place)))
        self._last[place] = task
        self._tasks.append(task)
        return asyncio.shield(task)  # Cancelling an acknowledgement stops nothing.

    async def _deliver(
        self, place: TopicPartition, batch: Batch, before: asyncio.Task[Any] | None
    ) -> Metadata:
        if before is not None:
            await asyncio.wait([before])
            before.result()
        if place not in self._added:
            await self.ask(lambda: self.cluster.add(self.name, self._epoch, place))
            self._added.add(place)
        written: list[Metadata] = []
        framed = zip(batch.bodies, batch.timestamps, strict=True)
        rows: list[Row] = [(*opened(body), timestamp) for body, timestamp in framed]

        def once() -> Metadata:
            if not written:
                offset = self.cluster.produce(self.name, self._epoch, place, rows)
                written.append(Metadata(offset, self.cluster.clock()))
            return written[0]

        return await self.ask(once)

    async def commit_transaction(self) -> None:
        """Returns when the cluster has decided that everything sent is to be seen."""
        await asyncio.gather(*self._tasks)
        if self._tasks:
            ending = asyncio.get_running_loop().create_task(self._end())
            self._tasks.append(ending)
            await asyncio.shield(ending)
        self._in_transaction = False

    async def _end(self) -> None:
        await self.ask(lambda: self.cluster.end(self.name, self._epoch, True))
        self.world.note(f"{self.process.name} has committed as {self.name}, epoch {self._epoch}")


class Consumer(Client):
    """A consumer of assigned partitions that sees committed records only."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        if options["isolation_level"] != "read_committed":
            raise KafkaError("only committed records are simulated")
        self._at: dict[TopicPartition, int] = {}
        self._fetch: asyncio.Future[Any] | None = None

    async def start(self) -> None:
        """Finds the cluster."""
        await self.ask(lambda: None)

    async def stop(self) -> None:
        """Lets go."""
        if not self.process.dead:
            await asyncio.sleep(0)

    def assign(self, places: Sequence[TopicPartition]) -> None:
        """Nothing is read before a seek."""
        self._at = {}

    def seek(self, place: TopicPartition, offset: int) -> None:
        """The next offset to read."""
        self._at[place] = offset

    async def position(self, place: TopicPartition) -> int:
        """The next offset to read."""
        await asyncio.sleep(0)
        return self._at[place]

    async def getmany(
        self, place: TopicPartition, timeout_ms: int, max_records: int
    ) -> dict[TopicPartition, list[Entry]]:
        """What a fetch brought; nothing if none is answered in time, which the next call waits for again."""
        if self._fetch is None:
            wanted, limit = dict(self._at), min(self.world.fetch_rows(), max_records)
            self._fetch = self.world.network.carry(
                lambda: self.world.cluster.fetch(wanted, limit), self.timeout_s
            )
        await asyncio.wait([self._fetch], timeout=timeout_ms / 1000)
        if not self._fetch.done():
            return {}
        fetch, self._fetch = self._fetch, None
        try:
            records, self._at[place], _, _ = (await fetch)[place]
        except Lost:
            return {}
        return {place: records} if records else {}

    async def beginning_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """Nothing is ever deleted from the beginning."""
        return await self.ask(lambda: dict.fromkeys(places, 0))

    async def end_offsets(self, places: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """The last stable offsets, when the request arrives."""
        return await self.ask(lambda: {place: self.world.cluster.log(place).stable for place in places})
