"""What has to be true of the cluster before a worker may start."""

import asyncio

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from agents.errors import UserError
from agents.exits import Exit
from agents.settings import WorkerSettings
from topics.catalogue import INPUTS, Catalogue

_TIMESTAMP_TYPE = "message.timestamp.type"
_ANSWER_S = 10.0
_UNKNOWN_TOPIC = 3


async def check_topics(settings: WorkerSettings) -> None:
    """Returns if the topics fit the settings. Raises UserError saying what does not, and the cure.

    A different number of partitions would move customers away from their state; a timestamp type that is
    not the clock's would let time be set by the wrong side.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.servers)
    catalogue = settings.catalogue
    try:
        async with asyncio.timeout(_ANSWER_S):
            await admin.start()
            counts = await _partition_counts(admin, catalogue)
            _check_counts(catalogue, counts)
            _check_clock(catalogue, await _timestamp_types(admin, catalogue))
    except (KafkaError, TimeoutError) as error:
        why = f"Kafka at {settings.kafka} did not describe its topics ({type(error).__name__})."
        raise UserError(why, Exit.UNREACHABLE) from None
    finally:
        await admin.close()


async def _partition_counts(admin: AIOKafkaAdminClient, catalogue: Catalogue) -> dict[str, int]:
    """Partitions by topic, of those that exist."""
    described = await admin.describe_topics([topic.name for topic in catalogue.topics])
    found = [each for each in described if each["error_code"] != _UNKNOWN_TOPIC]
    return {each["topic"]: len(each["partitions"]) for each in found}


async def _timestamp_types(admin: AIOKafkaAdminClient, catalogue: Catalogue) -> dict[str, str]:
    """`message.timestamp.type` of each input."""
    asked = [
        ConfigResource(ConfigResourceType.TOPIC, name, {_TIMESTAMP_TYPE: ""}) for name in catalogue.inputs
    ]
    return {
        resource[3]: entry[1]
        for answer in await admin.describe_configs(asked)
        for resource in answer.resources
        for entry in resource[4]
        if entry[0] == _TIMESTAMP_TYPE
    }


def _check_counts(catalogue: Catalogue, counts: dict[str, int]) -> None:
    missing = [topic.name for topic in catalogue.topics if topic.name not in counts]
    if missing:
        raise UserError(
            f"Missing topics: {', '.join(missing)}. Create them with `tierline topics apply`.", Exit.REFUSED
        )
    wrong = [
        f"{topic.name} has {counts[topic.name]} instead of {topic.partitions}"
        for topic in catalogue.topics
        if counts[topic.name] != topic.partitions
    ]
    if wrong:
        raise UserError(
            f"Wrong partition counts: {', '.join(wrong)}. Start with the --partitions the topics were made "
            "with; all keyed topics must have the same number.",
            Exit.REFUSED,
        )


def _check_clock(catalogue: Catalogue, types: dict[str, str]) -> None:
    for role in INPUTS:
        topic = catalogue.topic(role)
        needed, found = topic.configs[_TIMESTAMP_TYPE], types.get(topic.name)
        if found != needed:
            raise UserError(
                f"{topic.name} has {_TIMESTAMP_TYPE} {found}, but --clock {catalogue.clock} needs {needed}: "
                "change the topic's setting (see `tierline topics plan`) or start with the other clock.",
                Exit.REFUSED,
            )
