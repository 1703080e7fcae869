"""`make bench`: the plain points-and-tier job on the shipped worker, exactly once, and where the time goes.

One point per unit of money, lifetime spend, two tiers above the base, 300,000 purchases of 30,000 customers
in 4 partitions on an embedded broker that shares the machine. The worker is the one everybody runs.
"""

import logging
import os
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from dataclasses import dataclass
from pathlib import Path

import psutil
from kafka import KafkaConsumer, TopicPartition

from agents.broker import ephemeral_broker
from benchmarks.budget import budget
from benchmarks.load import RULES, load, purchases
from topics.admin import apply
from topics.catalogue import Catalogue, Role

CUSTOMERS = 30_000
PARTITIONS = 4
TIMEOUT_S = 120


@dataclass(frozen=True)
class Result:
    """What one run took. `wall_s` is from the first commit seen to the last; so many events between them."""

    events: int
    wall_s: float
    start_s: float
    cpu_s: float
    broker_cpu_s: float
    rss_mb: float

    @property
    def rate(self) -> float:
        """Events per second, from the first committed run to the last."""
        return self.events / self.wall_s


class Watch:
    """How many events are committed, as a read_committed reader would find them."""

    def __init__(self, bootstrap: str, catalogue: Catalogue) -> None:
        self.consumer = KafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed")
        name = catalogue.name(Role.POINTS)
        self.places = [TopicPartition(name, number) for number in range(catalogue.partitions)]

    def end(self) -> int:
        """The sum of the committed ends: outputs, plus one marker per transaction and partition."""
        return sum(self.consumer.end_offsets(self.places).values())


def run(bootstrap: str, broker_pid: int, events: int, workers: int, folder: Path) -> Result:
    """Loads the input, starts the worker, and waits until every event's points are committed."""
    catalogue = Catalogue("bench", "bench", PARTITIONS)
    apply(bootstrap, catalogue)
    print(f"loading {events:,} purchases of {CUSTOMERS:,} customers", flush=True)
    load(bootstrap, catalogue.name(Role.PURCHASES), PARTITIONS, purchases(events, CUSTOMERS, "USD"))
    watch = Watch(bootstrap, catalogue)
    broker = psutil.Process(broker_pid)
    started = time.monotonic()
    process = start_worker(bootstrap, workers, folder)
    try:
        return _follow(watch, psutil.Process(process.pid), broker, events, started, folder)
    finally:
        process.terminate()
        process.wait(30)


def start_worker(bootstrap: str, workers: int, folder: Path) -> subprocess.Popen[bytes]:
    """The shipped worker, as a user starts it."""
    command = [sys.executable, "-m", "agents.cli", "worker", "--rules", str(RULES), "--kafka", bootstrap]
    command += ["--app-id", "bench", "--prefix", "bench", "--state-dir", str(folder / "state")]
    command += ["--partitions", str(PARTITIONS), "--workers", str(workers)]
    return subprocess.Popen(command, stderr=open(folder / "worker.log", "wb"))


def _follow(
    watch: Watch,
    parent: psutil.Process,
    broker: psutil.Process,
    events: int,
    started: float,
    folder: Path,
) -> Result:
    first = end = 0
    first_at = last_at = cpu = broker_cpu = 0.0
    while time.monotonic() < started + TIMEOUT_S:
        now, seen = time.monotonic(), watch.end()
        if seen and not first:
            first, first_at, cpu, broker_cpu = seen, now, cpu_s(parent), cpu_s(broker)
        if seen > end:
            end, last_at = seen, now
        if end >= events and now > last_at + 1.0:
            break
        time.sleep(0.01)
    else:
        log = (folder / "worker.log").read_text()[-3000:]
        raise SystemExit(f"only {end:,} of {events:,} events were committed in {TIMEOUT_S} s:\n{log}")
    rss = sum(child.memory_info().rss for child in parent.children(recursive=True))
    return Result(
        events=events - first,
        wall_s=last_at - first_at,
        start_s=first_at - started,
        cpu_s=cpu_s(parent) - cpu,
        broker_cpu_s=cpu_s(broker) - broker_cpu,
        rss_mb=rss / 2**20,
    )


def cpu_s(process: psutil.Process) -> float:
    """User and system seconds of a process and all below it."""
    total = 0.0
    for each in [process, *process.children(recursive=True)]:
        times = each.cpu_times()
        total += times.user + times.system
    return total


def show_budget(per_event: float) -> None:
    """Prints where a worker's CPU time goes."""
    stages, compiled = budget(RULES, CUSTOMERS, PARTITIONS)
    known = sum(each for name, each in stages if not name.startswith(" "))
    how = "compiled, as in a worker" if compiled else "on the Python source, as in a worker"
    print(f"budget, us CPU per event, in one process, {how}:")
    for name, each in [*stages, ("all of these", known)]:
        print(f"  {name:40}{each:6.1f}")
    print(f"worker processes took {per_event:.1f}; what is left is sending, waiting and Faust")


def main() -> int:
    """Prints the run and, last, the line that other measurements are compared with."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # Brand-new topics take a moment to be led.
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=300_000)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ephemeral_broker() as broker:
        result = run(broker.bootstrap, broker.pid, args.events, args.workers, Path(folder))
    print(f"first commit {result.start_s:.1f} s after the start, then {result.wall_s:.1f} s for the rest")
    print(f"broker {result.broker_cpu_s:.1f} s CPU, worker {result.rss_mb:.0f} MB resident")
    per_event = result.cpu_s / result.events * 1e6
    show_budget(per_event)
    print(f"{args.workers} worker processes; the broker shares the machine's {os.cpu_count()} cores")
    print(f"plain job: {result.rate:,.0f} events/s, {per_event:.1f} us CPU per event, exactly once")
    return 0


if __name__ == "__main__":
    sys.exit(main())
