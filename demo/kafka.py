"""The demo's side of Kafka: records out under their own timestamps, the journal and the outputs in."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from agents.broker_process import Process
from agents.errors import UserError
from agents.journal import commit_of
from agents.reading import consumer
from demo.events import Record
from topics.catalogue import Catalogue, Role
from topics.connection import Connection
from topics.encode import parse_outgoing
from topics.partitioner import home

OUTPUTS = (Role.POINTS, Role.TIERS, Role.LIFECYCLE, Role.ALERTS, Role.DEAD_LETTERS)
STALLED_S = 120.0
ONE_MIB = 1024 * 1024

Advance = Callable[[int], object]


@asynccontextmanager
async def producer(connection: Connection, linger_ms: int) -> AsyncIterator[AIOKafkaProducer]:
    """A producer that keeps the order of what it is given, and has sent it all when the block ends."""
    client = AIOKafkaProducer(
        **connection.options,
        enable_idempotence=True,
        linger_ms=linger_ms,
        compression_type="lz4",
        max_batch_size=ONE_MIB,
    )
    await client.start()
    try:
        yield client
    finally:
        await client.stop()


def places(catalogue: Catalogue, roles: Iterable[Role]) -> list[TopicPartition]:
    """Every partition of the topics with these roles."""
    topics = [catalogue.topic(role) for role in roles]
    return [TopicPartition(topic.name, n) for topic in topics for n in range(topic.partitions)]


async def send(client: AIOKafkaProducer, catalogue: Catalogue, record: Record) -> None:
    """Hands one record to the producer, under its own timestamp."""
    partition = record.partition if record.key is None else home(record.key, catalogue.partitions)
    await client.send(
        catalogue.name(Role(record.role)),
        record.value,
        record.key,
        partition,
        record.timestamp_ms,
        list(record.headers),
    )


async def load(
    connection: Connection, catalogue: Catalogue, records: Iterable[Record], advance: Advance
) -> None:
    """Sends the records as fast as Kafka takes them; all are acknowledged on return."""
    async with producer(connection, linger_ms=20) as client:
        for record in records:
            await send(client, catalogue, record)
            advance(1)


async def pace(
    connection: Connection,
    catalogue: Catalogue,
    records: list[Record],
    per_second: int,
    sent_ms: dict[str, int],
) -> None:
    """Sends the records at a steady rate with a `sent_ms` header, noted in `sent_ms` by causation id too."""
    causes = [cause(record) for record in records]
    async with producer(connection, linger_ms=0) as client:
        start = time.monotonic()
        for number, record in enumerate(records):
            await asyncio.sleep(start + number / per_second - time.monotonic())
            now_ms = time.time_ns() // 1_000_000
            sent_ms.setdefault(causes[number], now_ms)
            headers = (*record.headers, ("sent_ms", str(now_ms).encode()))
            await send(client, catalogue, record._replace(headers=headers))


def cause(record: Record) -> str:
    """The `causationid` that effects of this record carry; "" if it cannot have any."""
    try:
        event = orjson.loads(record.value or b"")
    except orjson.JSONDecodeError:
        return ""
    return f"{event['source']}|{event['id']}"


async def measure(
    connection: Connection, catalogue: Catalogue, sent_ms: Mapping[str, int], ready: asyncio.Event
) -> dict[str, float]:
    """Ms from sending to reading the first committed effect, by causation id; runs until cancelled.

    Sets `ready` when it has reached the end of what was there before.
    """
    took: dict[str, float] = {}
    async with consumer(connection, places(catalogue, OUTPUTS)) as client:
        await client.seek_to_end()
        ready.set()
        try:
            while True:
                found = await client.getmany(timeout_ms=100)
                now_ms = time.time() * 1000
                for record in (record for batch in found.values() for record in batch):
                    name = dict(record.headers).get("ce_causationid", b"").decode()
                    if name in sent_ms:
                        took.setdefault(name, now_ms - sent_ms[name])
        except asyncio.CancelledError:
            return took


class Journal:
    """The commits of all partitions, followed as they come: how far the worker is, and since when."""

    def __init__(self, client: AIOKafkaConsumer, worker: Process, log: Path) -> None:
        self.client = client
        self.worker = worker
        self.log = log
        self.positions: dict[tuple[int, str], int] = {}
        self.marks: list[tuple[float, int]] = []  # (monotonic seconds, records applied) at each look.

    @property
    def applied(self) -> int:
        """Input records applied so far; nothing but the demo writes them, so offsets count them."""
        return sum(self.positions.values())

    async def look(self) -> bool:
        """Takes in what was committed; whether there was anything."""
        found = await self.client.getmany(timeout_ms=100)
        for place, records in found.items():
            commit = commit_of(records[-1].value)
            self.positions |= {
                (place.partition, name): end for name, end in zip(commit.topics, commit.end, strict=True)
            }
        if found:
            self.marks.append((time.monotonic(), self.applied))
        return bool(found)

    async def follow(self, goal: int, advance: Advance) -> None:
        """Returns when `goal` records are applied; raises UserError when the worker ends or stands still."""
        last = time.monotonic()
        while self.applied < goal:
            before = self.applied
            if await self.look():
                last = time.monotonic()
                advance(self.applied - before)
            elif self.worker.poll() is not None or time.monotonic() - last > STALLED_S:
                at = f"{self.applied:,} of {goal:,} records"
                raise UserError(f"The worker ended or stood still at {at}; it said: {last_words(self.log)}")

    async def quiet(self, seconds: float) -> None:
        """Returns when no commit has come for so long: the timers that were due have fired."""
        last = time.monotonic()
        while time.monotonic() - last < seconds:
            if await self.look():
                last = time.monotonic()

    @property
    def per_second(self) -> float:
        """Records applied per second between the first and the last look; 0 when there was only one."""
        (first_s, first), (last_s, last) = self.marks[0], self.marks[-1]
        return (last - first) / (last_s - first_s) if last_s > first_s else 0.0


def last_words(log: Path) -> str:
    """The last line of a log, "nothing" when it has none."""
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else "nothing"


async def read_back(connection: Connection, catalogue: Catalogue, advance: Advance) -> list[dict[str, Any]]:
    """Everything committed on the output topics, by partition in order, as lines."""
    everywhere = places(catalogue, OUTPUTS)
    lines: dict[TopicPartition, list[dict[str, Any]]] = defaultdict(list)
    async with consumer(connection, everywhere) as client:
        ends = await client.end_offsets(everywhere)
        left = {place for place in everywhere if ends[place] > 0}
        while left:
            found = await client.getmany(*left, timeout_ms=200)
            for place, records in found.items():
                lines[place] += [parse_outgoing(r.headers, r.value, r.key) for r in records]
                advance(len(records))
            left = {place for place in left if await client.position(place) < ends[place]}
    return [line for place in everywhere for line in lines[place]]
