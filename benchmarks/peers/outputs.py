"""What an engine has committed, read back and summed up as the expected answers are."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.structs import ConsumerRecord

from agents.reading import consumer
from benchmarks.peers.expected import Answers, answers
from topics.connection import Connection

CAUSE = "ce_causationid"


class Answer(NamedTuple):
    """One answer: the purchase that caused it, and its points or, if not "", the customer's new tier."""

    event_id: str
    points: int
    tier: str


class _Body(msgspec.Struct):
    """An answer of a peer, or the data of an effect of Tierline's."""

    id: str = ""
    points: int = 0
    tier: str = ""
    qty: int = 0
    to: str = ""


_body_of = msgspec.json.Decoder(_Body).decode


def answer_of(record: ConsumerRecord) -> Answer:
    """The answer in a record, whichever engine wrote it."""
    body = _body_of(record.value)
    for name, value in record.headers:
        if name == CAUSE:
            return Answer(value.decode().rpartition("|")[2], body.qty, body.to)
    return Answer(body.id, body.points, body.tier)


class Outputs:
    """The answers of one run. `early` counts those before the clock ran, at offsets below `first`."""

    def __init__(self, first: Mapping[TopicPartition, int]) -> None:
        self.first = first
        self.points: dict[str, int] = {}
        self.tiers: dict[str, str] = {}
        self.repeats = 0
        self.early = 0

    @property
    def answers(self) -> Answers:
        """All of it, to be compared with what was expected."""
        return answers(self.points, self.tiers)

    def add(self, place: TopicPartition, records: Sequence[ConsumerRecord]) -> None:
        """Takes in what one partition brought, in order."""
        first = self.first.get(place, 0)
        for record in records:
            event_id, points, tier = answer_of(record)
            if tier:
                self.tiers[event_id] = tier  # Who joins and rises at once stands where he rose to.
                continue
            self.repeats += event_id in self.points
            self.points[event_id] = points
            self.early += record.offset < first


def read_back(bootstrap: str, topics: Sequence[str], partitions: int, outputs: Outputs) -> None:
    """Adds everything committed on the topics to `outputs`."""
    asyncio.run(_read_back(bootstrap, places(topics, partitions), outputs))


def places(topics: Sequence[str], partitions: int) -> list[TopicPartition]:
    """Every partition of the topics."""
    return [TopicPartition(topic, number) for topic in topics for number in range(partitions)]


def committed(
    bootstrap: str, everywhere: Sequence[TopicPartition]
) -> AbstractAsyncContextManager[AIOKafkaConsumer]:
    """A read_committed consumer of these partitions from their beginning."""
    return consumer(Connection((bootstrap,)), everywhere)


async def _read_back(bootstrap: str, everywhere: Sequence[TopicPartition], outputs: Outputs) -> None:
    async with committed(bootstrap, everywhere) as client:
        ends = await client.end_offsets(everywhere)
        left = {place for place in everywhere if ends[place]}
        while left:
            for place, records in (await client.getmany(*left, timeout_ms=200)).items():
                outputs.add(place, records)
            left = {place for place in left if await client.position(place) < ends[place]}
