"""From sending a purchase to reading its committed answers, at a steady rate and with the same settings."""

import asyncio
import math
import multiprocessing
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event as Signal

from aiokafka import AIOKafkaConsumer

from agents.broker import EphemeralBroker
from agents.errors import UserError
from benchmarks.peers.engines import PARTITIONS, Engine
from benchmarks.peers.meter import Share, Shared, cpu_s, tree
from benchmarks.peers.outputs import answer_of, committed, places
from benchmarks.peers.pace import Pace, Window, pace, sent_ns
from benchmarks.peers.starting import Started, started

PREFIX = "latency"
RATE = 2_000
WARM_S = 15.0
MEASURED_S = 20.0
STALLED_S = 60.0
REST_S = 12.0  # More than twice any engine's commit interval.
POLL_MS = 50


@dataclass(frozen=True, slots=True)
class Latency(Shared):
    """Milliseconds from sending to reading, over all answers of the window; CPU in cores.

    `missing` counts purchases of the window whose points had not come `REST_S` after its end.
    """

    engine: str
    p50_ms: float
    p99_ms: float
    max_ms: float
    missing: int
    cores: float

    def __str__(self) -> str:
        return (
            f"{self.engine} at {RATE:,} events/s: p50 {self.p50_ms:.0f} ms, p99 {self.p99_ms:.0f} ms, "
            f"max {self.max_ms:.0f} ms, {self.missing} missing, {self.cores:.2f} cores, "
            f"others {self.others_cores:.2f} cores"
        )


def measure(engine: Engine, broker: EphemeralBroker) -> Latency:
    """One run on topics of its own. Raises UserError when answers are missing.

    An engine that is given fewer events than others, being slow, need not keep up.
    """
    spawn = multiprocessing.get_context("spawn")
    answered, (result, sender_result) = spawn.Event(), spawn.Pipe()
    topic = f"{PREFIX}.{engine.form}"
    plan = Pace(broker.bootstrap, topic, engine.form, PARTITIONS, RATE, WARM_S, MEASURED_S)
    sender = spawn.Process(target=pace, args=(plan, answered, sender_result), daemon=True)
    with started(engine, broker.bootstrap, PREFIX, ()) as work:
        sender.start()
        try:
            ours = [broker.pid, sender.pid or 0]
            found = asyncio.run(_Watch(work, ours, answered, result).run(engine.answers(work.task)))
        finally:
            sender.kill()
            sender.join()
    if found.missing and engine.events is None:
        raise UserError(f"{engine.name} left {found.missing} events at {RATE:,} events/s unanswered.")
    return found


class _Watch:
    """Reads an engine's committed answers as they come: when each was sent, and when it was read."""

    def __init__(self, work: Started, ours: Sequence[int], answered: Signal, result: Connection) -> None:
        self.work = work
        self.ours = ours
        self.answered = answered
        self.result = result
        self.points: list[tuple[int, int]] = []
        self.tiers: list[tuple[int, int]] = []

    async def run(self, topics: Sequence[str]) -> Latency:
        """The latencies, once everything sent has come back or `REST_S` has passed."""
        async with committed(self.work.task.bootstrap, places(topics, PARTITIONS)) as client:
            if not await self._read(client, lambda: bool(self.points), STALLED_S):
                raise self.work.failure(f"answered nothing in {STALLED_S:.0f} s")
            self.answered.set()
            await self._read(client, lambda: False, WARM_S)
            pids = tree(self.work.process.pid)
            share, begin_s, cpu = Share([*pids, *self.ours]), time.monotonic(), cpu_s(pids)
            if not await self._read(client, self.result.poll, MEASURED_S + STALLED_S):
                raise UserError(f"{RATE:,} events/s are more than this machine can send: run on a faster one")
            cores, others = (cpu_s(pids) - cpu) / (time.monotonic() - begin_s), share.cores()
            window: Window = self.result.recv()
            await self._read(client, lambda: self._missing(window) == 0, REST_S)
        took_ms = sorted((read - sent) / 1e6 for sent, read in self._in(window, self.points + self.tiers))
        took_ms = took_ms or [math.inf]
        middle, most = len(took_ms) // 2, len(took_ms) * 99 // 100
        return Latency(
            self.work.engine.name,
            *(took_ms[middle], took_ms[most], took_ms[-1]),
            self._missing(window),
            cores,
            others_cores=others,
        )

    async def _read(self, client: AIOKafkaConsumer, done: Callable[[], bool], seconds: float) -> bool:
        """Reads until it is done; False when that is not so after so many seconds."""
        deadline = time.monotonic() + seconds
        while not done():
            if time.monotonic() > deadline:
                return False
            self.work.must_run()
            batches = await client.getmany(timeout_ms=POLL_MS)
            read_ns = time.time_ns()
            for record in (record for records in batches.values() for record in records):
                answer = answer_of(record)
                kept = self.tiers if answer.tier else self.points if answer.points else None
                if kept is not None:
                    kept.append((sent_ns(answer.event_id), read_ns))
        return True

    def _in(self, window: Window, came: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        return [each for each in came if window.begin_ns <= each[0] <= window.end_ns]

    def _missing(self, window: Window) -> int:
        return window.earning - len(self._in(window, self.points))
