"""Purchases at a steady rate from a process of their own; each id begins with the instant it was sent."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event as Signal

from aiokafka import AIOKafkaProducer

from benchmarks.load import Purchase, draw
from benchmarks.peers.events import CURRENCY, CUSTOMERS, FORMATS
from topics.partitioner import home

TRICKLE_S = 0.05
ENDLESS = 10**9
MINOR_PER_POINT = 100


@dataclass(frozen=True, slots=True)
class Pace:
    """What is sent where: a trickle until the engine answers, then `rate` a second for so long."""

    bootstrap: str
    topic: str
    form: str
    partitions: int
    rate: int
    warm_s: float
    measured_s: float


@dataclass(frozen=True, slots=True)
class Window:
    """The measured part: from when to when, how many sent in it earn points, and how late the latest was."""

    begin_ns: int
    end_ns: int
    earning: int
    late_s: float


def sent_ns(event_id: str) -> int:
    """The instant at which the event with this id was sent."""
    return int(event_id[:16], 16)


def pace(plan: Pace, answered: Signal, result: Connection) -> None:
    """Sends by the plan, from the signal on at full rate; gives the window to `result`."""
    result.send(asyncio.run(_pace(plan, answered)))


async def _pace(plan: Pace, answered: Signal) -> Window:
    write = FORMATS[plan.form]
    purchases = draw(ENDLESS, CUSTOMERS, 0)
    producer = AIOKafkaProducer(bootstrap_servers=plan.bootstrap, linger_ms=0)
    await producer.start()

    async def send(purchase: Purchase) -> bool:
        now_ns = time.time_ns()
        purchase = purchase._replace(time_ms=now_ns // 1_000_000)
        value = write(purchase, f"{now_ns:016x}{purchase.number:016x}", CURRENCY)
        key = purchase.customer.encode()
        await producer.send(plan.topic, value, key, home(key, plan.partitions))
        return purchase.amount_minor >= MINOR_PER_POINT

    try:
        while not answered.is_set():
            await send(next(purchases))
            await asyncio.sleep(TRICKLE_S)
        return await _at_full_rate(plan, lambda: send(next(purchases)))
    finally:
        await producer.stop()


async def _at_full_rate(plan: Pace, send: Callable[[], Awaitable[bool]]) -> Window:
    """Sends each event when it is due, however long the ones before it took."""
    warm, total = int(plan.rate * plan.warm_s), int(plan.rate * (plan.warm_s + plan.measured_s))
    begin, begin_ns, earning, late_s = time.perf_counter(), 0, 0, 0.0
    for number in range(total):
        while (wait_s := begin + number / plan.rate - time.perf_counter()) > 0:
            await asyncio.sleep(wait_s)
        if number < warm:
            await send()
            continue
        begin_ns = begin_ns or time.time_ns()
        late_s = max(late_s, -wait_s)
        earning += await send()
    return Window(begin_ns, time.time_ns(), earning, late_s)
