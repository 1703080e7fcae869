"""An engine at work: started on fresh topics on a machine at rest, and gone when its run is over."""

import os
import signal
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from agents.broker_process import Guarded
from agents.errors import UserError
from benchmarks.peers.cluster import create, delete_all_but
from benchmarks.peers.engines import PARTITIONS, Engine, Task
from benchmarks.peers.meter import settle, tree
from topics.admin import apply
from topics.catalogue import Catalogue

END_S = 10.0

_numbers = count(1)


class Started:
    """An engine that was started on a task."""

    def __init__(self, engine: Engine, task: Task, log: Path) -> None:
        self.engine = engine
        self.task = task
        self.log = log
        self.process = Guarded(engine.command(task), log, None)

    def must_run(self) -> None:
        """Raises UserError with its last words when it has ended."""
        if self.process.poll() is not None:
            raise self.failure("ended by itself")

    def failure(self, what: str) -> UserError:
        """The error that says what the engine did, and the end of what it said."""
        said = self.log.read_text(errors="replace")[-3000:].strip() or "nothing"
        return UserError(f"{self.engine.name} {what}; it said: {said}")

    def end(self) -> None:
        """Ends it by kill -9, with all below it: nothing of it is needed any more."""
        for pid in tree(self.process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(END_S)


@contextmanager
def started(engine: Engine, bootstrap: str, prefix: str, inputs: Sequence[str]) -> Iterator[Started]:
    """The engine, on the events under `prefix`; all topics but the `inputs` are new, and so is its state."""
    with tempfile.TemporaryDirectory(prefix="tierline-peers-", ignore_cleanup_errors=True) as scratch:
        task = Task(bootstrap, prefix, f"{engine.name}-{next(_numbers)}", Path(scratch) / "state")
        delete_all_but(bootstrap, inputs)
        if engine.is_tierline:
            apply(bootstrap, Catalogue(prefix, task.app, PARTITIONS))
        else:
            needed = {f"{prefix}.{engine.form}", *engine.answers(task)}
            create(bootstrap, needed.difference(inputs), PARTITIONS)
        settle()
        work = Started(engine, task, Path(scratch) / "console.log")
        try:
            yield work
        finally:
            work.end()
