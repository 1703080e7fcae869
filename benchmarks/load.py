"""The plain job's events: purchases of customers whose activity is skewed, as bare CloudEvents JSON."""

import asyncio
import random
import time
from collections.abc import Iterator

import orjson
from aiokafka import AIOKafkaProducer

from topics.instants import format_ms
from topics.partitioner import home

STEP_MS = 50
BATCH_BYTES = 900_000
SEED = 7


def purchases(count: int, customers: int, currency: str) -> Iterator[tuple[str, bytes]]:
    """(customer, event) pairs: amounts log-normal around 55.00, customers by the square of a uniform draw."""
    draw = random.Random(SEED)
    start_ms = int(time.time() * 1000) - count * STEP_MS  # Events of long ago would be too late.
    for i in range(count):
        customer = f"c{int(customers * draw.random() ** 2):07d}"
        amount = round(draw.lognormvariate(4, 1) * 100)
        channel, store = draw.choice(["pos", "web", "app"]), draw.randrange(200)
        yield (
            customer,
            orjson.dumps(
                {
                    "type": "purchase.completed",
                    "source": f"pos-{store}",
                    "id": f"{i:032x}",
                    "time": format_ms(start_ms + i * STEP_MS).decode(),
                    "subject": customer,
                    "data": {
                        "order_id": f"o-{i}",
                        "currency": currency,
                        "amount": amount,
                        "channel": channel,
                        "store_id": f"s{store}",
                    },
                }
            ),
        )


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
