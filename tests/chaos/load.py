"""Seeded records of both inputs, with repeats and poison, and their way into Kafka."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from itertools import groupby
from random import Random

from aiokafka import AIOKafkaProducer

from agents.settings import WorkerSettings
from tests.agents.support_events import Shop
from tests.chaos.given import Given
from topics.catalogue import Role
from topics.instants import parse_ms
from topics.partitioner import home

AGO_MS = 60_000  # The newest event happened so long ago.
CHUNK = 5_000
PACE_S = 0.02
BATCH_BYTES = 2**20
LARGEST = 2**24


def shop_records(chance: Random, count: int, partitions: int, clock: str) -> list[Given]:
    """Records of customers who buy, return and share; 5 % are repeats, up to 100 are poison.

    With `clock: wall` a few stand on the wrong partition; with `clock: log` none do, and the timestamps
    make the order of all inputs the order of this list.
    """
    end_ms = time.time_ns() // 1_000_000 - AGO_MS
    now_ms = 0
    found = []
    for each in Shop(chance, count, end_ms, partitions).records():
        if each.event:
            now_ms = max(now_ms, parse_ms(each.event["time"]))
        place = each.partition
        if place is None or clock == "log":
            place = home(each.key or b"", partitions)
        at_ms = now_ms if clock == "log" else 0
        found.append(Given(each.role, place, each.key, each.value, each.event is not None, at_ms))
    return found


def strays(records: Iterable[Given], partitions: int) -> int:
    """How many of the good records stand where their customer does not live, and will be forwarded."""
    return sum(
        each.good and bool(each.key) and each.partition != home(each.key or b"", partitions)
        for each in records
    )


class Sender:
    """A producer for the inputs of an installation, in a `with` block."""

    def __init__(self, settings: WorkerSettings) -> None:
        self.names = {role.value: settings.catalogue.name(role) for role in Role}
        self.producer = AIOKafkaProducer(
            bootstrap_servers=settings.servers,
            enable_idempotence=True,
            max_batch_size=BATCH_BYTES,
            max_request_size=LARGEST,
        )

    async def __aenter__(self) -> "Sender":
        await self.producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.producer.stop()

    async def put(self, records: Sequence[Given]) -> None:
        """Returns when all of the records are in Kafka, each partition's in this order."""
        for at in range(0, len(records), CHUNK):
            await self._chunk(records[at : at + CHUNK])

    async def trickle(
        self, records: Sequence[Given], per_s: float, until: asyncio.Event | None = None
    ) -> int:
        """Puts the records at this pace, until told to stop; how many it were."""
        began, size = time.monotonic(), max(round(per_s * PACE_S), 1)
        for at in range(0, len(records), size):
            await asyncio.sleep(began + at / per_s - time.monotonic())
            if until is not None and until.is_set():
                return at
            await self._chunk(records[at : at + size])
        return len(records)

    async def _chunk(self, records: Sequence[Given]) -> None:
        sent = []
        by_place = sorted(records, key=lambda each: (each.role, each.partition))  # Stable.
        for (role, partition), rows in groupby(by_place, key=lambda each: (each.role, each.partition)):
            for batch in self._batches(rows):
                sent.append(await self.producer.send_batch(batch, self.names[role], partition=partition))
        await asyncio.gather(*sent)

    def _batches(self, rows: Iterable[Given]) -> list:
        batches = [self.producer.create_batch()]
        for each in rows:
            row = {
                "key": each.key,
                "value": each.value,
                "headers": list(each.headers),
                "timestamp": each.at_ms or None,
            }
            if batches[-1].append(**row) is None:
                batches.append(self.producer.create_batch())
                batches[-1].append(**row)
        return batches
