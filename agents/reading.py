"""Reading one partition of a topic from a given place to its committed end, without a group."""

from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.errors import UserError
from agents.work import Record

FETCH_BYTES = 4 * 1024 * 1024
POLL_MS = 200
STALLED_POLLS = 150


@asynccontextmanager
async def consumer(
    servers: Sequence[str], places: Sequence[TopicPartition]
) -> AsyncIterator[AIOKafkaConsumer]:
    """A read_committed consumer of these partitions from their beginning."""
    client = AIOKafkaConsumer(
        bootstrap_servers=list(servers),
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=20,
        max_partition_fetch_bytes=FETCH_BYTES,
    )
    await client.start()
    try:
        client.assign(list(places))
        yield client
    finally:
        await client.stop()


class Reader:
    """The records of one partition in offset order. `end` is the committed end when reading began."""

    def __init__(self, client: AIOKafkaConsumer, place: TopicPartition, end: int) -> None:
        self.client = client
        self.place = place
        self.end = end
        self.waiting: deque[Record] = deque()
        self.position = 0

    async def take(self, count: int, start: int) -> list[Record]:
        """The next `count` records at or after offset `start`. Raises UserError if they are gone."""
        found: list[Record] = []
        while len(found) < count:
            if not self.waiting and not await self._more():
                raise UserError(
                    f"{self.place.topic} partition {self.place.partition} lacks records from offset {start} "
                    "on, which the journal names: its retention is too short"
                )
            record = self.waiting.popleft()
            if record.offset >= start:
                found.append(record)
        return found

    async def rest(self) -> AsyncIterator[Record]:
        """All records from here to the end."""
        while self.waiting or await self._more():
            yield self.waiting.popleft()

    async def _more(self) -> bool:
        for _ in range(STALLED_POLLS):
            if self.position >= self.end:
                return False
            records = (await self.client.getmany(self.place, timeout_ms=POLL_MS)).get(self.place, [])
            self.position = await self.client.position(self.place)
            if records:
                self.waiting.extend(records)
                return True
        raise UserError(f"Kafka gave nothing of {self.place.topic} for half a minute; is the broker well?")


@asynccontextmanager
async def reader(servers: Sequence[str], topic: str, partition: int) -> AsyncIterator[Reader]:
    """A reader of one partition from its beginning to its committed end as of now."""
    place = TopicPartition(topic, partition)
    async with consumer(servers, [place]) as client:
        end = (await client.end_offsets([place]))[place]
        yield Reader(client, place, end)
