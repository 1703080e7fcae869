"""A small process between a program and its broker: when the program is gone, so is the broker.

Started as `python -I broker_guard.py PARENT_PID FOLDER_TO_REMOVE COMMAND...`; prints the command's process
id. It ends the command when its input closes or its parent changes, which happens in whatever way the
parent ends; should the guard itself be killed, the system kills the command. PR_SET_PDEATHSIG set by the
program itself would not do: it follows the thread that started the broker, not the process.
"""

import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys

PR_SET_PDEATHSIG = 1
POLL_S = 0.1


def die_with_parent() -> None:
    """Asks the system to kill this process when the guard ends; runs between fork and exec."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def parent_is_gone(parent_pid: int) -> bool:
    """Whether the program that started the guard has ended, waiting a moment for that."""
    readable, _, _ = select.select([sys.stdin], [], [], POLL_S)
    return bool(readable) or os.getppid() != parent_pid


def main(parent_pid: int, folder: str, command: list[str]) -> int:
    """The command's exit code, or 0 after the parent's end; `folder` (if any) goes with the parent."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=2, preexec_fn=die_with_parent) as child:
        print(child.pid, flush=True)
        while (code := child.poll()) is None:
            if parent_is_gone(parent_pid):
                child.kill()
                child.wait()
                if folder:
                    shutil.rmtree(folder, ignore_errors=True)
                return 0
        return code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2], sys.argv[3:]))
