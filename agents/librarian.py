"""Keeps the timelines of the partitions in hand up to date, by reading the topics beside the engine."""

import asyncio
import logging
import time

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from agents.holdings import Holdings
from agents.settings import WorkerSettings
from agents.timeline import Timeline

LOOK_S = 0.2
RECORDS_AT_ONCE = 500  # Their decoding holds up the commits of this process for some milliseconds.
AGAIN_S = 2.0

log = logging.getLogger("tierline.timeline")


class Librarian:
    """The timelines of one worker. `timelines` are those of the partitions in hand, by number."""

    def __init__(self, settings: WorkerSettings, holdings: Holdings) -> None:
        self.settings = settings
        self.holdings = holdings
        self.timelines: dict[int, Timeline] = {}
        self._ends: dict[TopicPartition, int] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to follow the partitions in hand."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Lets go of everything."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._close_all_but(set())

    def level(self, number: int) -> bool:
        """Whether the timeline of a partition had everything when its topics were last looked at."""
        timeline = self.timelines.get(number)
        if timeline is None:
            return False
        ends = {topic: self._ends.get(TopicPartition(topic, number)) for topic in timeline.sources}
        return all(end is not None and timeline.positions[topic] >= end for topic, end in ends.items())

    async def _run(self) -> None:
        while True:
            try:
                await self._follow()
            except (KafkaError, OSError) as error:
                log.warning("The timelines wait for Kafka (%s: %s).", type(error).__name__, error)
                await asyncio.sleep(AGAIN_S)

    async def _follow(self) -> None:
        """Reads until Kafka fails."""
        consumer = AIOKafkaConsumer(
            **self.settings.connection.options,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=100,
            max_partition_fetch_bytes=256 * 1024,
        )
        await consumer.start()
        try:
            held: set[int] = set()
            while True:
                if held != self.holdings.shards.keys():
                    held = set(self.holdings.shards)
                    await self._take_over(consumer, held)
                if not held:
                    await asyncio.sleep(LOOK_S)
                    continue
                await self._read(consumer)
        finally:
            await consumer.stop()

    async def _take_over(self, consumer: AIOKafkaConsumer, held: set[int]) -> None:
        """Opens the timelines of partitions that came, and closes those of partitions that went."""
        self._close_all_but(held)
        for number in sorted(held - self.timelines.keys()):
            path = self.settings.store_path(number).with_name(f"timeline-{number}")
            self.timelines[number] = Timeline(path, self.settings.catalogue)
        places = [TopicPartition(topic, n) for n, each in self.timelines.items() for topic in each.sources]
        consumer.assign(places)
        self._ends = await consumer.end_offsets(places)
        for number, timeline in self.timelines.items():
            ends = {topic: self._ends[TopicPartition(topic, number)] for topic in timeline.sources}
            if any(timeline.positions[topic] > end for topic, end in ends.items()):
                timeline.wipe()  # The topics were made anew.
            for topic, position in timeline.positions.items():
                consumer.seek(TopicPartition(topic, number), position)

    async def _read(self, consumer: AIOKafkaConsumer) -> None:
        """Takes in what came, a little at a time."""
        began = time.monotonic()
        fetched = await consumer.getmany(timeout_ms=int(LOOK_S * 1000), max_records=RECORDS_AT_ONCE)
        for place, records in fetched.items():
            timeline = self.timelines[place.partition]
            timeline.add(place.topic, records, records[-1].offset + 1)
        for place in consumer.assignment():
            stable = consumer.last_stable_offset(place)
            if stable is None or stable < 0:
                continue
            self._ends[place] = stable
            position = await consumer.position(place)
            timeline = self.timelines[place.partition]
            if not fetched and position > timeline.positions[place.topic]:
                timeline.positions[place.topic] = position  # Only markers of transactions lay between.
        if fetched:
            await asyncio.sleep(min(time.monotonic() - began, 0.02))  # The commits come first.

    def _close_all_but(self, kept: set[int]) -> None:
        for number in self.timelines.keys() - kept:
            self.timelines.pop(number).close()
