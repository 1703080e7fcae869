"""`tierline worker`: a parent without a Kafka connection that keeps its worker processes running.

The parent loads once all that a worker needs, a second's work, and each worker is a fork of it. Each has a
state directory and, if an instance id was given, an instance id of its own. A worker that was killed is
started again at once; one that another has fenced, that finds no broker, or whose state directory is taken or
full, after a growing pause; one that an operator has to help ends the parent too.
"""

import gc
import logging
import os
import signal
import sys
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.context import ForkProcess
from types import FrameType

from agents import compiled
from agents.cluster_options import add_config_option
from agents.exits import Exit, name_of, told
from agents.logs import set_up_logging
from agents.settings import PREFIX, WorkerSettings, worker_settings
from agents.settings_sources import FILE_VARIABLE

log = logging.getLogger("tierline.parent")

PAUSE_MIN_S = 1.0
PAUSE_MAX_S = 30.0
WELL_S = 60.0  # A worker that ran so long has recovered: its next pause is the shortest again.
STOP_S = 35.0  # Longer than a worker takes by itself.
_POLL_S = 0.05

_WHY = {
    Exit.STOPPED: "was stopped",
    Exit.DEFECT: "stopped on a defect",
    Exit.FENCED: "was fenced by another worker with the same partitions or instance id",
    Exit.UNREACHABLE: "found no Kafka broker",
    Exit.STATE_IN_USE: "found its state directory in use",
    Exit.STATE_DAMAGED: "found its state damaged",
    Exit.STATE_FULL: "found the disk of its state full",
    Exit.UNCERTAIN: "could not tell whether a commit went through",
}
_AT_ONCE = frozenset({Exit.STATE_DAMAGED, Exit.UNCERTAIN})


def pause_before_restart(code: int, failures: int) -> float:
    """Seconds until a worker that ended with `code` is started again, after so many failures in a row."""
    if code < 0 or code == Exit.STOPPED or (code in _AT_ONCE and failures <= 1):
        return 0.0
    return min(PAUSE_MIN_S * 2 ** (failures - 1), PAUSE_MAX_S)


@dataclass(slots=True)
class Child:
    """One worker process and when it is to be started again."""

    number: int
    environment: dict[str, str]
    process: ForkProcess | None = None
    failures: int = 0
    exits: Counter[str] = field(default_factory=Counter)
    started_at: float = 0.0
    start_at: float = field(default_factory=time.monotonic)

    def start(self) -> None:
        """Starts the process; it ends when this one does."""
        environment = self.environment | told(self.exits)
        self.process = get_context("fork").Process(target=work, args=(environment,))
        self.process.start()
        self.started_at = time.monotonic()

    def ended(self, code: int, say: Callable[[str], None]) -> None:
        """Plans the next start and says why one is needed."""
        self.process = None
        self.exits[name_of(code)] += 1
        now = time.monotonic()
        self.failures = 1 if now - self.started_at > WELL_S else self.failures + 1
        pause = pause_before_restart(code, self.failures)
        self.start_at = now + pause
        why = f"was ended by signal {-code}" if code < 0 else _WHY.get(Exit(code), "stopped")
        when = f"in {pause:.0f} s" if pause else "at once"
        say(f"Worker {self.number} {why}; starting it again {when}.")


class Supervisor:
    """Keeps the children running until it is asked to stop or one needs an operator."""

    def __init__(self, children: list[Child], tell: Callable[[str], None] | None = None) -> None:
        self.children = children
        self.tell = tell or say
        self.stopping = False

    def run(self) -> int:
        """The exit code for the parent: 0 after a requested stop, else that of the worker that gave up."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_stop)
        code = 0
        while not self.stopping and not code:
            code = self._look_after()
            time.sleep(_POLL_S)
        self._stop_all()
        return code

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _look_after(self) -> int:
        """Starts what is due and notes what ended: the exit code to end with, 0 to go on."""
        for child in self.children:
            if child.process is None:
                if time.monotonic() >= child.start_at:
                    child.start()
                continue
            code = child.process.exitcode
            if code == Exit.REFUSED:  # It has said what its operator has to do.
                child.process = None
                return code
            if code is not None:
                child.ended(code, self.tell)
        return 0

    def _stop_all(self) -> None:
        """Asks every child to stop and waits for it; one that does not is killed."""
        running = [child.process for child in self.children if child.process is not None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + STOP_S
        for process in running:
            process.join(max(deadline - time.monotonic(), 0.1))
            if process.exitcode is None:
                process.kill()
                process.join()


def load_once() -> None:
    """Loads what all workers will need, the compiled engine if there is one."""
    compiled.use()
    import_module("agents.child")
    gc.collect()
    gc.freeze()  # A worker's own collector need not touch, and so copy, what was loaded here.


def work(environment: dict[str, str]) -> None:
    """Becomes a worker with this environment."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(environment)
    import_module("agents.child").main()


def log_line(sentence: str) -> None:
    """Writes one line to the log, where that is JSON."""
    log.warning("%s", sentence, extra={"change": "worker_ended"})


def say(sentence: str) -> None:
    """Writes one line to stderr."""
    print(f"tierline: {sentence}", file=sys.stderr, flush=True)


def advertised(first: str, number: int) -> str:
    """HOST:PORT of worker `number`, where the first one's is this; "" stays."""
    host, _, port = first.rpartition(":")
    return f"{host}:{int(port) + number - 1}" if first else ""


def child_environment(settings: WorkerSettings, number: int, workers: int) -> dict[str, str]:
    """The environment of worker `number` of `workers`: with several, each gets its own state and id."""
    if workers > 1:
        settings = settings.model_copy(
            update={
                "state_dir": settings.state_dir / f"worker-{number}",
                "instance_id": settings.instance_id and f"{settings.instance_id}-{number}",
                "web_port": settings.web_port and settings.web_port + number - 1,
                "web_advertise": advertised(settings.web_advertise, number),
            }
        )
    others = (name for name in os.environ if not name.startswith(PREFIX) or name == FILE_VARIABLE)
    inherited = {name: os.environ[name] for name in others}
    own = settings.environment() | {"TIERLINE_PARENT": str(os.getpid())}
    return inherited | own


def configure(parser: ArgumentParser) -> None:
    """Adds the options; what is left out comes from the environment, `.env`, the file, then the defaults."""
    add_config_option(parser)
    add = parser.add_argument
    add("--rules", metavar="FILE", help="the rulebook (YAML)")
    add("--kafka", metavar="HOST:PORT,...", help="brokers to begin with (default: the embedded one)")
    add("--app-id", metavar="NAME", help="names the consumer group and the internal topics (tierline)")
    add("--prefix", metavar="NAME", help="first part of the topics' names (loyalty)")
    add("--partitions", type=int, metavar="N", help="partitions of the keyed topics (4)")
    add("--state-dir", metavar="DIR", help="where state is kept (.tierline/state)")
    add("--clock", choices=["wall", "log"], help="what moves time when nothing arrives (wall)")
    add("--workers", type=int, default=1, metavar="N", help="processes to run (%(default)s)")
    add("--instance-id", metavar="ID", help="a lasting name in the group: restarts move no partitions")
    add("--standbys", type=int, metavar="N", help="other workers that keep a copy of each partition (0)")
    add("--log-format", choices=["text", "json"], help="the log: lines for people, or JSON (text)")
    add("--web-port", type=int, metavar="N", help="serve HTTP there (one port per worker, from N on)")
    add("--web-host", metavar="HOST", help="address to serve HTTP at (127.0.0.1)")
    add("--web-advertise", metavar="HOST:PORT", help="where other workers reach that (the same)")
    add("--api-keys", metavar="FILE", help="API keys (`tierline api-key`): serve /v1 too")
    add("--api-rate", type=int, metavar="N", help="requests a second for each key (20)")
    add(
        "--accept-gap", action="append", metavar="TOPIC:PARTITION",
        help="go on although records of this input that were not applied are no longer in Kafka",
    )  # fmt: skip


def main(args: Namespace) -> int:
    """The exit code of the parent. Raises UserError when the settings are wrong."""
    named = {
        name: value
        for name, value in vars(args).items()
        if name in WorkerSettings.model_fields and value is not None
    }
    settings = worker_settings(**named)
    _ = settings.connection  # Refused here, it is refused once.
    numbers = range(1, args.workers + 1)
    children = [Child(number, child_environment(settings, number, args.workers)) for number in numbers]
    load_once()
    if settings.log_format == "json":
        set_up_logging("json", app_id=settings.app_id, pid=os.getpid())
        return Supervisor(children, log_line).run()
    return Supervisor(children).run()
