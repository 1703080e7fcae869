"""An installation of its own on the shared broker, and small reads and writes with a real client."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from agents.settings import WorkerSettings
from topics.admin import apply
from topics.catalogue import Role

PROGRAMME = "rules/programs/plain.yaml"


def installation(bootstrap: str, state_dir: Path, partitions: int = 1, **named: object) -> WorkerSettings:
    """Settings of a worker with topics that nobody else uses."""
    name = f"t{uuid4().hex[:8]}"
    settings = WorkerSettings(
        rules=PROGRAMME, kafka=bootstrap, app_id=name, prefix=name, partitions=partitions,
        state_dir=state_dir, **named,
    )  # fmt: skip
    apply(bootstrap, settings.catalogue)
    return settings


def changelog_of(settings: WorkerSettings, partition: int = 0) -> TopicPartition:
    """The partition's changelog."""
    return TopicPartition(settings.catalogue.name(Role.CHANGELOG), partition)


async def read_committed(bootstrap: str, topic: str) -> list[ConsumerRecord]:
    """Every committed record of the topic, partition by partition, in order."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, isolation_level="read_committed", max_partition_fetch_bytes=2**23
    )
    await consumer.start()
    try:
        places = [TopicPartition(topic, each) for each in sorted(consumer.partitions_for_topic(topic) or ())]
        places = places or [TopicPartition(topic, each) for each in await _partitions(consumer, topic)]
        consumer.assign(places)
        await consumer.seek_to_beginning()
        ends = await consumer.end_offsets(places)
        found: dict[TopicPartition, list[ConsumerRecord]] = {place: [] for place in places}
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for place, records in (await consumer.getmany(timeout_ms=20)).items():
                found[place] += records
        return [record for place in places for record in found[place]]
    finally:
        await consumer.stop()


async def _partitions(consumer: AIOKafkaConsumer, topic: str) -> list[int]:
    await consumer._client._wait_on_metadata(topic)
    return sorted(consumer.partitions_for_topic(topic))


async def send(
    bootstrap: str,
    topic: str,
    rows: Iterable[tuple[bytes | None, bytes | None]],
    partition: int | None = None,
) -> None:
    """Returns when the (key, value) rows are in the topic, each where its key belongs or in `partition`."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=5, max_request_size=2**24)
    await producer.start()
    try:
        sent = [await producer.send(topic, value, key, partition=partition) for key, value in rows]
        await asyncio.gather(*sent)
    finally:
        await producer.stop()
