"""Why a worker process ends, as its exit code: what the supervising parent acts on."""

import logging
import os
from enum import IntEnum
from typing import NoReturn

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


def leave(why: Exit, sentence: str) -> NoReturn:
    """Ends the process at once, saying why: nothing that is not committed can then become visible.

    Faust swallows exceptions in its hooks and acknowledges the event an agent failed on, so a worker
    that must not go on has to end itself.
    """
    log.critical("%s", sentence, extra={"change": "ended", "exit": why.name, "code": int(why)})
    logging.shutdown()
    os._exit(why)
