"""Why a worker process ends, as its exit code: what the supervising parent acts on."""

import logging
import os
from collections.abc import Mapping
from enum import IntEnum
from typing import NoReturn

_BEFORE = "TIERLINE_EXITS"

log = logging.getLogger("tierline")


class Exit(IntEnum):
    """Exit codes of a worker. Those from REFUSED on a restart alone does not cure."""

    STOPPED = 0
    DEFECT = 70
    FENCED = 71
    UNREACHABLE = 72
    STATE_IN_USE = 73
    STATE_DAMAGED = 74
    UNCERTAIN = 75
    STATE_FULL = 76
    REFUSED = 78


def name_of(code: int) -> str:
    """What an exit code is called: a signal is SIGNAL, a code of no meaning to us DEFECT."""
    if code < 0:
        return "SIGNAL"
    return Exit(code).name if code in list(Exit) else Exit.DEFECT.name


def told(exits: Mapping[str, int]) -> dict[str, str]:
    """The environment that tells a worker process how those before it ended, by name of the exit."""
    return {_BEFORE: ",".join(f"{name}:{count}" for name, count in sorted(exits.items()))} if exits else {}


def exits_before() -> dict[str, int]:
    """What `told` told this process."""
    pairs = [each.split(":") for each in os.environ.get(_BEFORE, "").split(",") if each]
    return {name: int(count) for name, count in pairs}


def leave(why: Exit, sentence: str) -> NoReturn:
    """Ends the process at once, saying why: nothing that is not committed can then become visible.

    Faust swallows exceptions in its hooks and acknowledges the event an agent failed on, so a worker
    that must not go on has to end itself.
    """
    log.critical("%s", sentence, extra={"change": "ended", "exit": why.name, "code": int(why)})
    logging.shutdown()
    os._exit(why)
