"""Small reads and writes with a real client, for the broker's tests."""

import asyncio
from collections.abc import Iterable

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

LIMIT = 17 * 2**20


async def make_topic(bootstrap: str, topic: str, **config: str) -> None:
    """Returns when the topic, of one partition, is there."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 1, 1, topic_configs=config)])
    finally:
        await admin.close()


async def send(bootstrap: str, topic: str, values: Iterable[bytes], commit: bool = True) -> None:
    """Returns when the values are sent in one transaction, which was committed or aborted."""
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, transactional_id=topic, max_request_size=LIMIT, compression_type="lz4"
    )
    await producer.start()
    try:
        await producer.begin_transaction()
        await asyncio.gather(*[await producer.send(topic, value) for value in values])
        await (producer.commit_transaction() if commit else producer.abort_transaction())
    finally:
        await producer.stop()


async def read_all(bootstrap: str, topic: str) -> list[bytes]:
    """Every committed value of the topic, in order."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, isolation_level="read_committed", auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        end = (await consumer.end_offsets([partition]))[partition]
        values: list[bytes] = []
        while await consumer.position(partition) < end:
            batches = await consumer.getmany(timeout_ms=50)
            values += [record.value for record in batches.get(partition, [])]
        return values
    finally:
        await consumer.stop()
