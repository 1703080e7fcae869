"""Java processes: one that outlives us, one that dies with us, and how to recognise one later."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Protocol

GUARD = Path(__file__).with_name("broker_guard.py")


class Process(Protocol):
    """A started broker: its process id, and its exit code once it has ended."""

    pid: int

    def poll(self) -> int | None: ...


def spawn_detached(command: list[str], console: Path) -> Process:
    """A process of its own session, which stays when we and our terminal are gone."""
    with console.open("ab") as output:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )


class Guarded:
    """A process that ends when we do, even by kill -9; `folder` (if any) is then removed too."""

    def __init__(self, command: list[str], console: Path, folder: Path | None) -> None:
        guard = [sys.executable, "-I", str(GUARD), str(os.getpid()), str(folder or ""), *command]
        with console.open("ab") as output:
            self.guard = subprocess.Popen(
                guard, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, start_new_session=True
            )
        assert self.guard.stdout is not None
        self.pid = int(self.guard.stdout.readline())

    def poll(self) -> int | None:
        """The exit code, None while it runs."""
        return self.guard.poll()

    def wait(self, seconds: float) -> None:
        """Returns when the process has ended; raises TimeoutExpired after so many seconds."""
        self.guard.wait(seconds)
        assert self.guard.stdin is not None
        assert self.guard.stdout is not None
        self.guard.stdin.close()
        self.guard.stdout.close()


def identity(pid: int) -> str | None:
    """What tells this process from a later one with the same id: the boot and its start tick.

    None when there is no such process, or only what is left of it until its parent looks (a zombie).
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    if fields[0] in "ZX":
        return None
    return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()}:{fields[19]}"
