"""The plain job's events: purchases of customers whose activity is skewed, as bare CloudEvents JSON."""

import asyncio
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import orjson
from aiokafka import AIOKafkaProducer

from topics.instants import format_ms
from topics.partitioner import home

RULES = Path("rules/programs/plain.yaml")
STEP_MS = 50
BATCH_BYTES = 900_000
SEED = 7


class Purchase(NamedTuple):
    """One purchase, before it is written in anybody's format."""

    number: int
    customer: str
    time_ms: int
    amount_minor: int
    channel: str
    store: int


def draw(count: int, customers: int, start_ms: int) -> Iterator[Purchase]:
    """Purchases from `start_ms` on: amounts log-normal around 55.00, few customers with many of them."""
    chance = random.Random(SEED)
    for i in range(count):
        customer = f"c{int(customers * chance.random() ** 2):07d}"
        amount = round(chance.lognormvariate(4, 1) * 100)
        channel, store = chance.choice(["pos", "web", "app"]), chance.randrange(200)
        yield Purchase(i, customer, start_ms + i * STEP_MS, amount, channel, store)


def cloud_event(purchase: Purchase, event_id: str, currency: str) -> bytes:
    """The purchase as Tierline takes it: bare CloudEvents JSON."""
    return orjson.dumps(
        {
            "type": "purchase.completed",
            "source": f"pos-{purchase.store}",
            "id": event_id,
            "time": format_ms(purchase.time_ms).decode(),
            "subject": purchase.customer,
            "data": {
                "order_id": f"o-{purchase.number}",
                "currency": currency,
                "amount": purchase.amount_minor,
                "channel": purchase.channel,
                "store_id": f"s{purchase.store}",
            },
        }
    )


def lately(count: int) -> int:
    """When `count` purchases begin that end now: events of long ago would be too late."""
    return int(time.time() * 1000) - count * STEP_MS


def purchases(count: int, customers: int, currency: str) -> Iterator[tuple[str, bytes]]:
    """(customer, event) pairs, the last of about now."""
    for each in draw(count, customers, lately(count)):
        yield each.customer, cloud_event(each, f"{each.number:032x}", currency)


def load(bootstrap: str, topic: str, partitions: int, events: Iterator[tuple[str, bytes]]) -> int:
    """Writes the events to the topic, each customer on its own partition; how many there were."""
    return asyncio.run(_load(bootstrap, topic, partitions, events))


async def _load(bootstrap: str, topic: str, partitions: int, events: Iterator[tuple[str, bytes]]) -> int:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, compression_type="lz4", linger_ms=20)
    await producer.start()
    batches = [producer.create_batch() for _ in range(partitions)]
    count = 0
    for customer, value in events:
        key = customer.encode()
        place = home(key, partitions)
        if batches[place].append(key=key, value=value, timestamp=None) is None:
            await producer.send_batch(batches[place], topic, partition=place)
            batches[place] = producer.create_batch()
            batches[place].append(key=key, value=value, timestamp=None)
        count += 1
    for place, batch in enumerate(batches):
        await producer.send_batch(batch, topic, partition=place)
    await producer.stop()
    return count
