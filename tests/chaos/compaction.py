"""A changelog that is compacted at once, in place of a day later."""

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from agents.settings import WorkerSettings
from tests.agents.cluster_kit import read_committed
from tests.agents.worker_kit import until
from topics.catalogue import Role

AT_ONCE = {"min.compaction.lag.ms": "0", "min.cleanable.dirty.ratio": "0.001", "segment.ms": "200"}


async def compact_at_once(settings: WorkerSettings) -> None:
    """Has the broker compact the changelog whenever it looks, all but the newest records."""
    topic = settings.catalogue.topic(Role.CHANGELOG)
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.servers)
    await admin.start()
    try:
        resource = ConfigResource(ConfigResourceType.TOPIC, topic.name, {**topic.configs, **AT_ONCE})
        await admin.alter_configs([resource])
    finally:
        await admin.close()


async def compacted(settings: WorkerSettings, below: int) -> int:
    """How many records the changelog has left, once they are fewer than `below`."""

    async def ask() -> int:
        return len(await read_committed(settings.kafka, settings.catalogue.name(Role.CHANGELOG)))

    return await until(ask, lambda count: count < below)
