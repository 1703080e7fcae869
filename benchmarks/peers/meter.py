"""What a run uses of the machine, and what others use of it meanwhile."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
QUIET_CORES = 0.35
QUIET_WAIT_S = 10.0
LOOK_S = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """A result of a machine that others used as well, with so many cores on average."""

    others_cores: float

    @property
    def noisy(self) -> bool:
        """Whether others used so much of the machine meanwhile that the run says little."""
        return self.others_cores > QUIET_CORES


def tree(pid: int) -> list[int]:
    """The process and all below it, as they are now; [] when it has ended."""
    try:
        return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    except psutil.NoSuchProcess:
        return []


def cpu_s(pids: Sequence[int]) -> float:
    """User and system seconds of these processes, all threads; one that has ended counts nothing."""
    return sum(map(_cpu_s, pids))


def _cpu_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def peak_mb(pids: Sequence[int]) -> float:
    """The most memory each of these processes ever had resident, added up."""
    return sum(map(_peak_kb, pids)) / 1024


def _peak_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def busy_s() -> float:
    """Seconds that all cores together have worked since the machine's start."""
    times = psutil.cpu_times()
    return sum(times) - times.idle - times.iowait - times.guest - times.guest_nice


def settle() -> None:
    """Returns when the machine is at rest, or after a while in any case."""
    deadline = time.monotonic() + QUIET_WAIT_S
    while time.monotonic() < deadline:
        busy, begun = busy_s(), time.monotonic()
        time.sleep(LOOK_S)
        if (busy_s() - busy) / (time.monotonic() - begun) < QUIET_CORES:
            return


class Share:
    """What processes other than these and this one have used, in cores, since it was made."""

    def __init__(self, pids: Sequence[int]) -> None:
        self.pids = [*pids, os.getpid()]
        self._begun = time.monotonic()
        self._others = self._others_s()

    def cores(self) -> float:
        """Cores in use by others, on average so far."""
        return max(self._others_s() - self._others, 0.0) / (time.monotonic() - self._begun)

    def _others_s(self) -> float:
        return busy_s() - cpu_s(self.pids)
