"""Reading one partition of a topic from its beginning to its committed end, without a group."""

import asyncio
import sys
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.errors import UserError
from agents.work import Record
from topics.connection import Connection

FETCH_BYTES = 1024 * 1024  # Compressed; what is read ahead is many times that.
POLL_MS = 200
STALLED_POLLS = 150
LATE_LOOKS = 5
LATE_S = 0.2


@asynccontextmanager
async def consumer(
    connection: Connection, places: Sequence[TopicPartition]
) -> AsyncIterator[AIOKafkaConsumer]:
    """A read_committed consumer of these partitions from their beginning."""
    client = AIOKafkaConsumer(
        **connection.options,
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


class Stream:
    """Records of one partition of a topic in offset order, wherever they come from.

    `waiting` are those read and not yet taken. `begin` is where the partition begins, more than 0 when former
    records are gone. `end` is a bound: what was known to be there lies below.
    """

    def __init__(self) -> None:
        self.waiting: deque[Record] = deque()
        self.begin = 0
        self.end = sys.maxsize

    async def more(self) -> bool:
        """Reads on; whether anything came."""
        raise NotImplementedError

    async def look_again(self) -> bool:
        """Whether there is something to read beyond what was the end; `end` is then the new one."""
        return False

    async def late(self) -> bool:
        """`look_again`, with a moment's patience."""
        return False

    async def head(self) -> Record | None:
        """The next record, which stays the next, or None at the end."""
        return self.waiting[0] if self.waiting or await self.more() else None

    async def take(self, count: int) -> list[Record]:
        """The next records: fewer only when there are no more."""
        found: list[Record] = []
        while len(found) < count and (self.waiting or await self.more() or await self.late()):
            found += [self.waiting.popleft() for _ in range(min(count - len(found), len(self.waiting)))]
        return found

    async def rest(self) -> AsyncIterator[Record]:
        """All records from here to the end."""
        while self.waiting or await self.more():
            yield self.waiting.popleft()


class Reader(Stream):
    """A partition in Kafka. `end` is its committed end when it was last asked for."""

    def __init__(self, client: AIOKafkaConsumer, place: TopicPartition) -> None:
        super().__init__()
        self.client = client
        self.place = place
        self.position = 0

    async def more(self) -> bool:
        """Reads on up to `end`. Raises UserError when Kafka gives nothing for half a minute."""
        for _ in range(STALLED_POLLS):
            if self.position >= self.end:
                return False
            records = (await self.client.getmany(self.place, timeout_ms=POLL_MS)).get(self.place, [])
            self.position = await self.client.position(self.place)
            if records:
                self.waiting.extend(records)
                return True
        raise UserError(f"Kafka gave nothing of {self.place.topic} for half a minute; is the broker well?")

    async def look_again(self) -> bool:
        """Asks for the end again, and reads on; whether anything came."""
        self.end = (await self.client.end_offsets([self.place]))[self.place]
        return bool(self.waiting) or await self.more()

    async def late(self) -> bool:
        """Waits for what was committed just now: it shows in one partition later than in another."""
        for _ in range(LATE_LOOKS):
            if await self.look_again():
                return True
            await asyncio.sleep(LATE_S)
        return False


@asynccontextmanager
async def reader(connection: Connection, topic: str, partition: int) -> AsyncIterator[Reader]:
    """A reader of one partition from its beginning to its committed end as of now."""
    place = TopicPartition(topic, partition)
    async with consumer(connection, [place]) as client:
        found = Reader(client, place)
        found.begin = (await client.beginning_offsets([place]))[place]
        found.end = (await client.end_offsets([place]))[place]
        yield found
