"""One worker process, without supervision: `python -m agents.child`, settings from the environment."""

import asyncio
import ctypes
import gc
import logging
import os
import signal
import sys

import faust
import uvloop
from aiokafka.errors import KafkaConnectionError

from agents.app import build_app, sentences_only
from agents.exits import Exit, leave
from agents.logs import set_up_logging
from agents.settings import WorkerSettings, worker_settings
from agents.settings_sources import PREFIX
from rules.churn_summary import churn_notes
from rules.compiled import Rulebook
from rules.load import load_rulebook

PARENT = "TIERLINE_PARENT"  # The parent's process id.
STOP_S = 30
_PR_SET_PDEATHSIG = 1
_M_ARENA_MAX = -8

log = logging.getLogger("tierline")


def die_with_parent() -> None:
    """Has the system kill this process when the one that started it ends, if that one asked for it."""
    parent = os.environ.pop(PARENT, "")
    if parent:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != int(parent):  # It ended before the line above.
            sys.exit(Exit.STOPPED)


def few_heaps() -> None:
    """Has RocksDB's threads share two heaps of glibc: one each keeps some 20 MB more, and is no faster."""
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        set_option(_M_ARENA_MAX, 2)


def asked_to_stop() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set; a worker that has not ended long after that is killed."""
    stop = asyncio.Event()

    def ask() -> None:
        stop.set()
        signal.alarm(STOP_S)

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ask)
    return stop


async def serve(app: faust.App) -> None:
    """Runs the application until a signal asks it to stop, or it crashes (then raises what crashed it)."""
    stop = asked_to_stop()
    started = asyncio.ensure_future(app.start())
    stopped = asyncio.ensure_future(stop.wait())
    crashed = asyncio.ensure_future(app._crashed.wait())
    await asyncio.wait([started, stopped, crashed], return_when=asyncio.FIRST_COMPLETED)
    if started.done():
        started.result()
        await asyncio.wait([stopped, crashed], return_when=asyncio.FIRST_COMPLETED)
    await app.stop()
    if app.crash_reason is not None and not stop.is_set():
        raise app.crash_reason


def leave_garbage_to_counting() -> None:
    """Stops Python's own search for reference cycles; the application's is rare enough for runs."""
    gc.collect()
    gc.freeze()
    gc.disable()


def _tell_who(settings: WorkerSettings, rulebook: Rulebook) -> None:
    """Has every line of a JSON log say whose it is, and writes the first one: a warning if hardly anybody
    may be watched."""
    rule_set = rulebook.ruleversion
    set_up_logging(
        settings.log_format, app_id=settings.app_id, instance=settings.instance_id, rule_set=rule_set,
        pid=os.getpid(),
    )  # fmt: skip
    churn = rulebook.churn
    level = logging.WARNING if churn is not None and churn.needs_consent else logging.INFO
    told = " ".join([f"Worker of {settings.app_id} starts with {rule_set}.", *churn_notes(churn)])
    log.log(level, told, extra={"change": "started"})


def run(settings: WorkerSettings) -> None:
    """One worker until it is stopped. Raises UserError or RuleError when its operator has to act."""
    rulebook = load_rulebook(settings.rules)
    _tell_who(settings, rulebook)
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    leave_garbage_to_counting()
    loop.run_until_complete(serve(build_app(settings, rulebook)))


def main() -> None:
    """Ends the process with one of `Exit`."""
    die_with_parent()
    few_heaps()
    set_up_logging("json" if os.environ.get(f"{PREFIX}LOG_FORMAT") == "json" else "text")
    try:
        with sentences_only():
            run(worker_settings())
    except KafkaConnectionError as error:
        leave(Exit.UNREACHABLE, f"Kafka went away while the worker started ({error}).")
    except Exception:
        log.exception("The worker stopped on a defect.")
        leave(Exit.DEFECT, "A defect stopped the worker; the lines above tell where.")
    log.info("Stopped.", extra={"change": "stopped"})
    logging.shutdown()
    os._exit(Exit.STOPPED)  # All is closed; threads of libraries are not waited for.


if __name__ == "__main__":
    main()
