"""A command goes into the commands topic, and its answer is waited for on the topics that carry it."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from agents.answers import ANSWERS, Answer, answer_of
from agents.reading import consumer
from engine.effects import CommandRejected
from topics.catalogue import Catalogue, Role
from topics.connection import Connection
from topics.partitioner import home

CARRIERS = (Role.POINTS, Role.TIERS, Role.LIFECYCLE, Role.DEAD_LETTERS)
POLL_MS = 100
Sent = tuple[int, int]  # Offset and timestamp of the command in its partition.


class NotAsked(Exception):
    """The command cannot be given: one sentence."""


async def ask(
    connection: Connection, prefix: str, event: dict[str, Any], wait_s: float, again: bool
) -> Answer | None:
    """The answer to the command, or None when none came within `wait_s`.

    `again`: it may be in the log already; it is then not sent, and its own answer is looked for. Raises
    NotAsked when another command of its source and id is there, or when there is no such topic.
    """
    key, value = event["subject"].encode(), msgspec.json.encode(event)
    catalogue = Catalogue(prefix)
    topic = catalogue.name(Role.COMMANDS)
    number = await _partition(connection, topic, key)
    places = [TopicPartition(catalogue.name(role), number) for role in CARRIERS]
    async with consumer(connection, places) as client:
        ends = await client.end_offsets(places)
        sent = await _given_before(connection, TopicPartition(topic, number), event) if again else None
        before = sent is not None
        if sent is None:
            for place, end in ends.items():
                client.seek(place, end)
            sent = await _send(connection, topic, number, key, value)
        else:
            await _seek_to_time(client, places, ends, sent[1])
        answer = await _wait(client, catalogue, event, sent, wait_s)
    return answer if answer is None or not before else msgspec.structs.replace(answer, before=True)


async def _partition(connection: Connection, topic: str, key: bytes) -> int:
    """Where the customer lives."""
    admin = AIOKafkaAdminClient(**connection.options)
    await admin.start()
    try:
        (found,) = await admin.describe_topics([topic])
    finally:
        await admin.close()
    if found["error_code"]:
        raise NotAsked(f"there is no topic {topic}: give the --prefix of the installation")
    return home(key, len(found["partitions"]))


async def _given_before(connection: Connection, place: TopicPartition, event: dict[str, Any]) -> Sent | None:
    """Where a command of this source and id stands, if it was given before. Commands are few."""
    async with consumer(connection, [place]) as client:
        end = (await client.end_offsets([place]))[place]
        while await client.position(place) < end:
            for record in (await client.getmany(place, timeout_ms=POLL_MS)).get(place, []):
                found = _event(record.value)
                if (found.get("source"), found.get("id")) == (event["source"], event["id"]):
                    if any(found.get(name) != event[name] for name in ("type", "subject", "data")):
                        raise NotAsked(f"--id {event['id']} was given before, with another command")
                    return record.offset, record.timestamp
    return None


def _event(value: bytes | None) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


async def _seek_to_time(
    client: AIOKafkaConsumer,
    places: Sequence[TopicPartition],
    ends: dict[TopicPartition, int],
    timestamp: int,
) -> None:
    """Goes to the first records of this time; an answer carries the partition's time when it was given."""
    found = await client.offsets_for_times(dict.fromkeys(places, timestamp))
    for place in places:
        at = found.get(place)
        client.seek(place, ends[place] if at is None else at.offset)


async def _send(connection: Connection, topic: str, number: int, key: bytes, value: bytes) -> Sent:
    producer = AIOKafkaProducer(**connection.options, acks="all", enable_idempotence=True)
    await producer.start()
    try:
        told = await producer.send_and_wait(topic, value, key, partition=number)
        return told.offset, told.timestamp
    finally:
        await producer.stop()


async def _wait(
    client: AIOKafkaConsumer, catalogue: Catalogue, event: dict[str, Any], sent: Sent, wait_s: float
) -> Answer | None:
    deadline = time.monotonic() + wait_s
    while (left := deadline - time.monotonic()) > 0:
        found = await client.getmany(timeout_ms=max(1, min(POLL_MS, int(left * 1000))))
        for records in found.values():
            for record in records:
                if _answers(record, catalogue, event, sent):
                    return answer_of(record)
        await asyncio.sleep(0)
    return None


def _answers(record: ConsumerRecord, catalogue: Catalogue, event: dict[str, Any], sent: Sent) -> bool:
    """Whether this is the answer: an effect of the command that answers it, or its dead letter."""
    headers = dict(record.headers)
    if record.topic == catalogue.name(Role.DEAD_LETTERS):
        where = (headers.get("__connect.errors.topic"), headers.get("__connect.errors.offset"))
        return where == (catalogue.name(Role.COMMANDS).encode(), str(sent[0]).encode())
    cause = f"{event['source']}|{event['id']}".encode()
    kinds = (CommandRejected.TYPE, *ANSWERS[event["type"]])
    return headers.get("ce_causationid") == cause and headers.get("ce_type", b"").decode() in kinds
