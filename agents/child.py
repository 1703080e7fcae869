"""One worker process, without supervision: `python -m agents.child`, settings from the environment."""

import asyncio
import ctypes
import fcntl
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import IO

import faust
import uvloop

from agents.app import build_app
from agents.broker_probe import wait_reachable
from agents.errors import UserError
from agents.exits import Exit, leave
from agents.logs import set_up_logging
from agents.metrics import Metrics
from agents.preflight import check_topics
from agents.settings import WorkerSettings, worker_settings
from rules.load import RuleError, load_rulebook

PARENT = "TIERLINE_PARENT"  # The parent's process id.
REACH_S = 3.0
STOP_S = 30
_PR_SET_PDEATHSIG = 1

log = logging.getLogger("tierline")


def die_with_parent() -> None:
    """Has the system kill this process when the one that started it ends, if that one asked for it."""
    parent = os.environ.pop(PARENT, "")
    if parent:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != int(parent):  # It ended before the line above.
            sys.exit(Exit.STOPPED)


def hold_state_dir(settings: WorkerSettings) -> IO[str]:
    """The lock on the state directory, held until the process ends in whatever way.

    Raises UserError when another worker has it, or when it cannot be written.
    """
    folder = settings.state_dir / settings.app_id
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UserError(
            f"State directory {folder} is in use by another worker: stop it, or name another --state-dir.",
            Exit.STATE_IN_USE,
        ) from None
    except OSError as error:
        raise UserError(
            f"State directory {folder} cannot be used ({error.strerror}): name another --state-dir.",
            Exit.REFUSED,
        ) from None
    return lock


@asynccontextmanager
async def stopping_on_signals() -> AsyncIterator[asyncio.Event]:
    """An event set by SIGTERM or SIGINT; a worker that has not ended long after that is killed."""
    stop = asyncio.Event()

    def ask() -> None:
        stop.set()
        signal.alarm(STOP_S)

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ask)
    yield stop


async def serve(app: faust.App) -> None:
    """Runs the application until a signal asks it to stop, or it crashes (then raises what crashed it)."""
    async with stopping_on_signals() as stop:
        started = asyncio.ensure_future(app.start())
        stopped = asyncio.ensure_future(stop.wait())
        crashed = asyncio.ensure_future(app._crashed.wait())
        await asyncio.wait([started, stopped], return_when=asyncio.FIRST_COMPLETED)
        if started.done():
            started.result()
            await asyncio.wait([stopped, crashed], return_when=asyncio.FIRST_COMPLETED)
        await app.stop()
        if app.crash_reason is not None and not stop.is_set():
            raise app.crash_reason


def run(settings: WorkerSettings) -> None:
    """One worker until it is stopped. Raises UserError for what its operator has to put right."""
    try:
        rulebook = load_rulebook(settings.rules)
    except RuleError as error:
        raise UserError("\n".join(map(str, error.all())), Exit.REFUSED) from None
    lock = hold_state_dir(settings)
    try:
        wait_reachable(settings.kafka, REACH_S)
    except UserError as error:
        raise UserError(str(error), Exit.UNREACHABLE) from None
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(check_topics(settings))
    app = build_app(settings, rulebook, Metrics())
    loop.run_until_complete(serve(app))
    lock.close()


def main() -> None:
    """Ends the process with one of `Exit`."""
    die_with_parent()
    set_up_logging()
    try:
        run(worker_settings())
    except UserError as error:
        leave(Exit(error.exit_code) if error.exit_code in list(Exit) else Exit.REFUSED, str(error))
    except Exception:
        log.exception("The worker stopped on a defect.")
        leave(Exit.DEFECT, "A defect stopped the worker; the lines above tell where.")
    log.info("Stopped.")
    logging.shutdown()
    os._exit(Exit.STOPPED)  # All is closed; threads of libraries are not waited for.


if __name__ == "__main__":
    main()
