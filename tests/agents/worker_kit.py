"""Worker processes for tests: started, told, waited for, and ended whatever happens."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from agents.settings import PREFIX, WorkerSettings

T = TypeVar("T")
PATIENCE_S = 90.0  # Far more than needed: tests never measure time.


def environment(settings: WorkerSettings) -> dict[str, str]:
    """The environment of a worker with these settings and nothing inherited from this test's own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return clean | settings.environment()


class Process:
    """A started process and what it has said on stderr."""

    def __init__(self, command: list[str], env: dict[str, str], log: Path, pipe: int | None = None) -> None:
        self.log = log
        with log.open("ab") as file:
            self.popen = subprocess.Popen(
                command, env=env, stderr=file, stdin=pipe or subprocess.DEVNULL, stdout=pipe
            )

    @property
    def said(self) -> str:
        """All of its stderr so far."""
        return self.log.read_text()

    def ended(self) -> int:
        """Its exit code, once it has ended by itself."""
        return self.popen.wait(PATIENCE_S)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Its exit code after this signal."""
        self.popen.send_signal(number)
        return self.ended()


@contextmanager
def running(command: list[str], env: dict[str, str], log: Path) -> Iterator[Process]:
    """The process; it is gone when the block ends."""
    process = Process(command, env, log)
    try:
        yield process
    finally:
        if process.popen.poll() is None:
            process.popen.kill()
            process.popen.wait()


@contextmanager
def worker(settings: WorkerSettings, log: Path) -> Iterator[Process]:
    """One worker without a supervising parent."""
    with running([sys.executable, "-m", "agents.child"], environment(settings), log) as process:
        yield process


async def until(ask: Callable[[], Awaitable[T]], holds: Callable[[T], bool]) -> T:
    """The first answer for which `holds`; fails after a long while, showing the last answer."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        answer = await ask()
        if holds(answer):
            return answer
        await asyncio.sleep(0.2)
    raise AssertionError(f"still {answer!r}")


def purchases(
    customers: Iterable[str], label: str, amount: int = 1_000, at_ms: int = 0
) -> list[tuple[bytes, bytes]]:
    """(key, value) of one purchase per customer, with ids that begin with `label`; at `at_ms` or now."""
    at = datetime.fromtimestamp(at_ms / 1000, UTC) if at_ms else datetime.now(UTC)
    rows = []
    for number, customer in enumerate(customers):
        event = {
            "type": "purchase.completed", "source": "test", "id": f"{label}-{number}", "subject": customer,
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "data": {"order_id": f"o-{label}-{number}", "currency": "USD", "amount": amount},
        }  # fmt: skip
        rows.append((customer.encode(), json.dumps(event).encode()))
    return rows
