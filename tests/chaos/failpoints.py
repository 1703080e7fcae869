"""Workers that kill themselves at one step of a commit: `python -m tests.chaos.failpoints`.

Each line on stdin, "POINT SKIP SIGNAL", starts one: POINT names the step, SKIP says how often it is passed
first. The answer on stdout is its exit code. A send is passed when the broker has acknowledged it;
`commit:during` is the moment between asking for the commit and hearing of it.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from multiprocessing import get_context
from typing import Any

from aiokafka import AIOKafkaProducer

from agents import child
from agents.store import Store

SENDS = ("points", "tiers", "alerts", "dead-letters", "journal", "customers-changelog")
POINTS = (
    "begin:before", "begin:after", *(f"send:{role}" for role in SENDS),
    "commit:before", "commit:during", "commit:after", "write:before", "write:after",
)  # fmt: skip
ON_ITS_WAY_S = 0.001


class Point:
    """The chosen step, and how often it will still be survived."""

    def __init__(self, name: str, skip: int, blow: signal.Signals) -> None:
        self.name = name
        self.skip = skip
        self.blow = blow

    def passed(self, name: str) -> None:
        """Strikes if this is the step and its turn has come."""
        if name == self.name:
            self.skip -= 1
            if self.skip == -1:
                os.kill(os.getpid(), self.blow)


def around(point: Point, step: str, method: Callable[..., Any]) -> Callable[..., Any]:
    """The producer's method with a point before, during and after it."""

    @wraps(method)
    async def stepped(*args: Any, **kwargs: Any) -> Any:
        point.passed(f"{step}:before")
        working = asyncio.ensure_future(method(*args, **kwargs))
        if point.name == f"{step}:during":
            await asyncio.wait([working], timeout=ON_ITS_WAY_S)
            point.passed(f"{step}:during")
        answer = await working
        point.passed(f"{step}:after")
        return answer

    return stepped


def acknowledged(point: Point, method: Callable[..., Any]) -> Callable[..., Any]:
    """`send_batch` with a point behind the acknowledgement of what goes to the topic that it names."""

    @wraps(method)
    async def sent(producer: AIOKafkaProducer, batch: Any, topic: str, *, partition: int) -> Any:
        future = await method(producer, batch, topic, partition=partition)
        role = next((each for each in SENDS if topic.endswith(each)), "")
        if point.name == f"send:{role}":
            await asyncio.wait([future])
            point.passed(f"send:{role}")
        return future

    return sent


def written(point: Point, method: Callable[..., None]) -> Callable[..., None]:
    """`Store.write` with a point before and after it."""

    @wraps(method)
    def write(*args: Any) -> None:
        point.passed("write:before")
        method(*args)
        point.passed("write:after")

    return write


def work(point: Point) -> None:
    """Becomes a worker as ever, but for the point."""
    os.environ[child.PARENT] = str(os.getppid())
    producer: Any = AIOKafkaProducer
    producer.begin_transaction = around(point, "begin", AIOKafkaProducer.begin_transaction)
    producer.commit_transaction = around(point, "commit", AIOKafkaProducer.commit_transaction)
    producer.send_batch = acknowledged(point, AIOKafkaProducer.send_batch)
    store: Any = Store
    store.write = written(point, Store.write)
    child.main()


def main() -> None:
    """One worker for each line."""
    for line in sys.stdin:
        name, skip, blow = line.split()
        point = Point(name, int(skip), signal.Signals[blow])
        worker = get_context("fork").Process(target=work, args=(point,))
        worker.start()
        worker.join()
        print(worker.exitcode, flush=True)


if __name__ == "__main__":
    main()
