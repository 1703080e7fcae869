"""No broker outlives the program that owns it, and none dies too early."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from agents.broker_process import Guarded, identity

# The broker is started by a thread that ends: the broker must live on, but not longer than the program.
OWNER = """
import sys, threading, time
from agents.broker import ephemeral_broker
opened = []
def begin():
    opened.append(ephemeral_broker())
    broker = opened[0].__enter__()
    opened.append(broker)
thread = threading.Thread(target=begin)
thread.start()
thread.join()
time.sleep(0.3)
print(opened[1].pid, opened[1].directory, flush=True)
time.sleep(600)
"""


def gone(pid: int, seconds: float = 10) -> bool:
    """Whether the process ends within so many seconds."""
    deadline = time.monotonic() + seconds
    while identity(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return identity(pid) is None


def test_a_broker_is_gone_with_its_data_after_kill_9_of_its_program() -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid, directory = owner.stdout.readline().split()
        assert identity(int(pid))
        assert Path(directory).exists()
        owner.kill()
        assert gone(int(pid))
    deadline = time.monotonic() + 5
    while Path(directory).exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not Path(directory).exists()


def test_a_guarded_process_is_gone_after_kill_9_of_its_guard(tmp_path) -> None:
    guarded = Guarded(["sleep", "600"], tmp_path / "console", None)
    assert identity(guarded.pid)
    os.kill(guarded.guard.pid, signal.SIGKILL)
    assert gone(guarded.pid)
    guarded.wait(5)


def test_a_child_that_keeps_our_pipes_open_does_not_keep_the_process_alive(tmp_path) -> None:
    script = (
        "import os, time; from pathlib import Path; from agents.broker_process import Guarded\n"
        f"guarded = Guarded(['sleep', '600'], Path({str(tmp_path / 'console')!r}), None)\n"
        "child = os.fork() or time.sleep(600)\n"
        "print(guarded.pid, child, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        pid, child = map(int, owner.stdout.readline().split())
        owner.kill()
        assert gone(pid)
        assert identity(child)
        os.kill(child, signal.SIGKILL)
