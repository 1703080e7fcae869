"""One throughput run: an engine from its first answer in the log to its last, seen from outside.

Nothing inside an engine measures. What a partition had when its first answers were seen is not counted, for
it was in the making before the clock ran.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import TopicPartition

from agents.broker import EphemeralBroker
from agents.errors import UserError
from benchmarks.peers.cluster import Ends, Ways
from benchmarks.peers.engines import PARTITIONS, Engine
from benchmarks.peers.expected import Answers
from benchmarks.peers.meter import Share, Shared, cpu_s, peak_mb, tree
from benchmarks.peers.outputs import Outputs, places, read_back
from benchmarks.peers.starting import Started, started

LOOK_S = 0.03
UNCHANGED_S = 1.0
STALLED_S = 60.0


@dataclass(frozen=True, slots=True)
class Run(Shared):
    """What one run took. Rates are events per second; CPU is microseconds per event, user and system."""

    engine: str
    events: int
    rate: float
    committed_rate: float
    cpu_us: float
    broker_cpu_us: float
    peak_mb: float

    def __str__(self) -> str:
        return (
            f"{self.engine}, {self.events:,} events: {self.rate:,.0f} ev/s, "
            f"{self.committed_rate:,.0f} to the last commit, CPU {self.cpu_us:.1f} us, "
            f"broker {self.broker_cpu_us:.1f} us, {self.peak_mb:.0f} MB, others {self.others_cores:.2f} cores"
        )


@dataclass(frozen=True, slots=True)
class Look:
    """The clock, the ends of the answers' topic and the CPU used, at one look."""

    at_s: float
    written: int
    committed: int
    cpu_s: float
    broker_cpu_s: float


def measure(
    engine: Engine,
    broker: EphemeralBroker,
    prefix: str,
    inputs: Sequence[str],
    events: int,
    expected: Answers,
) -> Run:
    """One run on the events under `prefix`. Raises UserError when the answers are not the expected ones."""
    with started(engine, broker.bootstrap, prefix, inputs) as work:
        topics = engine.answers(work.task)
        ways = Ways(broker.bootstrap, places(topics[:1], PARTITIONS))
        begin_s, first = _first_answers(work, ways)
        pids = tree(work.process.pid)
        share = Share([*pids, broker.pid])
        begin = Look(begin_s, sum(first.values()), 0, cpu_s(pids), cpu_s([broker.pid]))
        looks = [begin, *_follow(work, ways, pids, broker.pid, expected, first)]
        others, peak = share.cores(), peak_mb(pids)
        ways.close()
    outputs = Outputs(first)
    read_back(broker.bootstrap, topics, PARTITIONS, outputs)
    if outputs.repeats or outputs.answers != expected:
        raise UserError(f"{engine.name} answered {outputs.answers}, expected {expected}")
    if outputs.early == events:
        raise UserError(f"{events:,} events are too few to tell {engine.name}'s rate: take 100,000 or more.")
    return summary(engine.name, events, events - outputs.early, looks, peak, others)


def _first_answers(work: Started, ways: Ways) -> tuple[float, dict[TopicPartition, int]]:
    """When the first answers are there, and the ends of the partitions that have them."""
    deadline = time.monotonic() + STALLED_S
    while time.monotonic() < deadline:
        if found := _begun(ways.written()):
            return time.monotonic(), found
        time.sleep(LOOK_S)
        work.must_run()
    raise work.failure(f"answered nothing in {STALLED_S:.0f} s")


def _begun(ends: Ends) -> dict[TopicPartition, int]:
    """The ends of the partitions that have any answers."""
    return {place: end for place, end in ends.items() if end}


def _follow(
    work: Started,
    ways: Ways,
    pids: Sequence[int],
    broker_pid: int,
    expected: Answers,
    first: dict[TopicPartition, int],
) -> list[Look]:
    """Looks until everything expected is committed and nothing more comes.

    Adds to `first` the ends of the other partitions when their first answers are there.
    """
    looks: list[Look] = []
    changed_s = time.monotonic()
    while True:
        committed = ways.committed()  # First, for it may not overtake what is written.
        ends = ways.written()
        first |= _begun(ends) | first
        written = sum(ends.values())
        look = Look(time.monotonic(), written, committed, cpu_s(pids), cpu_s([broker_pid]))
        if not looks or (look.written, look.committed) != (looks[-1].written, looks[-1].committed):
            changed_s = look.at_s
        looks.append(look)
        still_s = look.at_s - changed_s
        if still_s > UNCHANGED_S and look.committed == look.written >= expected.earning:
            return looks
        if still_s > STALLED_S:
            raise work.failure(f"stood still at {look.committed:,} committed records")
        time.sleep(LOOK_S)
        work.must_run()


def summary(name: str, events: int, done: int, looks: list[Look], peak: float, others: float) -> Run:
    """The run from its looks; `done` events were answered after the first of them.

    The last answer is in when only the markers that close the last transactions are missing.
    """
    begin, end = looks[0], looks[-1]
    last = next(look for look in looks if look.written >= end.written - PARTITIONS)
    committed = next(look for look in looks if look.committed == end.committed)
    return Run(
        engine=name,
        events=events,
        rate=done / (last.at_s - begin.at_s),
        committed_rate=done / (committed.at_s - begin.at_s),
        cpu_us=(last.cpu_s - begin.cpu_s) / done * 1e6,
        broker_cpu_us=(last.broker_cpu_s - begin.broker_cpu_s) / done * 1e6,
        peak_mb=peak,
        others_cores=others,
    )
