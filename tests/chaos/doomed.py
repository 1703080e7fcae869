"""Workers that strike themselves at a step of their commits, started one after another by one process."""

import asyncio
import subprocess
import sys
from pathlib import Path

import psutil

from agents.settings import WorkerSettings
from tests.agents.worker_kit import Process, environment, until


class Doomed(Process):
    """The process that starts them; all have these settings. It ends when its input is closed."""

    def __init__(self, settings: WorkerSettings, log: Path) -> None:
        command = [sys.executable, "-m", "tests.chaos.failpoints"]
        super().__init__(command, environment(settings), log, subprocess.PIPE)

    def start(self, point: str, skip: int, blow: str = "SIGKILL") -> None:
        """Starts a worker that sends itself the signal at this point, passed so often before."""
        assert self.popen.stdin is not None
        self.popen.stdin.write(f"{point} {skip} {blow}\n".encode())
        self.popen.stdin.flush()

    async def worker(self) -> psutil.Process:
        """The worker that was started last."""

        async def ask() -> list[psutil.Process]:
            return psutil.Process(self.popen.pid).children()

        return (await until(ask, bool))[0]

    async def outcome(self) -> int:
        """The exit code of the worker that was started last, once it has ended."""
        assert self.popen.stdout is not None
        return int(await asyncio.to_thread(self.popen.stdout.readline))
