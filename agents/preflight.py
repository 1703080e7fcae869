"""What has to be true of the state directory and of the cluster before a worker may start."""

import asyncio
import errno
import fcntl
from typing import IO

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError

from agents.access import Refused, wait_admitted
from agents.errors import UserError
from agents.exits import Exit
from agents.settings import WorkerSettings
from topics.catalogue import INPUTS, Catalogue

_TIMESTAMP_TYPE = "message.timestamp.type"
_ANSWER_S = 10.0
_REACH_S = 3.0
_UNKNOWN_TOPIC = 3


async def prepare(settings: WorkerSettings) -> IO[str]:
    """The lock on the state directory, once a broker answers and its topics fit.

    Raises UserError with a sentence for the operator and one of `Exit`.
    """
    lock = hold_state_dir(settings)
    try:
        await asyncio.to_thread(wait_admitted, settings.connection, _REACH_S)
    except Refused as error:
        raise UserError(str(error), Exit.REFUSED) from None
    except UserError as error:
        raise UserError(str(error), Exit.UNREACHABLE) from None
    await check_topics(settings)
    return lock


def hold_state_dir(settings: WorkerSettings) -> IO[str]:
    """The lock on the state directory, held until the process ends in whatever way.

    Raises UserError when another worker has it, or when it cannot be written.
    """
    folder = settings.state_dir / settings.app_id
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UserError(
            f"State directory {folder} is in use by another worker: stop it, or name another --state-dir.",
            Exit.STATE_IN_USE,
        ) from None
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise UserError(
            f"State directory {folder} cannot be used ({error.strerror}): name another --state-dir.",
            Exit.STATE_FULL if full else Exit.REFUSED,
        ) from None
    return lock


async def check_topics(settings: WorkerSettings) -> None:
    """Returns if the topics fit the settings. Raises UserError saying what does not, and the cure.

    A different number of partitions would move customers away from their state; a timestamp type that is
    not the clock's would let time be set by the wrong side.
    """
    admin = AIOKafkaAdminClient(**settings.connection.options)
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
