"""The production modules with the simulation under them: the code is theirs, what they import is not."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NoReturn

import pytest

from agents import batches, cabinet, commit, holdings, opening, outbox, restore, run, session, standby
from agents.exits import Exit
from tests.simulation.clients import Consumer, Producer
from tests.simulation.disk import Store
from tests.simulation.loop import Died, here

EPOCH_S = 1_800_000_000.0
SMALLER = [  # So that few customers are enough for what only many would bring about.
    (run, "TIMERS_PER_COMMIT", 2),
    (outbox, "AT_ONCE", 2),
    (cabinet, "HELD_BYTES", 2_000),
    (restore, "_INDEX_ROWS", 2),
]


class Clock:
    """Stands where the module `time` does: seconds as they pass for processes and requests."""

    def monotonic(self) -> float:
        """Seconds since the world began."""
        return here().world.loop.time()

    def time(self) -> float:
        """The time of day in seconds."""
        world = here().world
        return EPOCH_S + world.loop.time() + world.shift_s


class ShopClock:
    """The same where the passing of days decides what is due: the shop's pace, a clock that may be wrong."""

    def monotonic(self) -> float:
        """Seconds; days of them in one."""
        return here().world.clock() / 1000

    perf_counter = monotonic

    def time(self) -> float:
        """The machine's time of day in seconds."""
        return here().time_ms() / 1000


def ends_of(bodies: Sequence[bytes], room: int) -> list[int]:
    """Where to cut batches: after as few records as this world's take, so that commits have several."""
    rows = here().world.batch_rows
    return [min(start + rows, len(bodies)) for start in range(0, len(bodies), rows)]


def leave(why: Exit, sentence: str) -> NoReturn:
    """Ends the process that calls it, as `agents.exits.leave` does."""
    process = here()
    process.world.left(process, why, sentence)
    raise Died


class _Notes(logging.Handler):
    """What a process logs becomes part of the trace."""

    def emit(self, record: logging.LogRecord) -> None:
        process = here()
        process.world.note(f"{process.name} says: {self.format(record)}")


@contextmanager
def simulated() -> Iterator[None]:
    """Inside, the agents run on the simulation."""
    notes, log = _Notes(), logging.getLogger("tierline")
    stands: list[tuple[Any, str, Any]] = [
        (commit, "AIOKafkaProducer", Producer),
        (opening, "AIOKafkaConsumer", Consumer),
        (restore, "AIOKafkaConsumer", Consumer),
        (opening, "Store", Store),
        (batches, "ends_of", ends_of),
        (standby, "Store", Store),
        *[(module, "time", Clock()) for module in (commit, holdings, opening, restore, standby)],
        (session, "time", ShopClock()),
        *[(module, "leave", leave) for module in (holdings, opening, session, standby)],
        *SMALLER,
    ]
    level, propagate = log.level, log.propagate
    log.addHandler(notes)
    log.setLevel(logging.INFO)
    log.propagate = False
    try:
        with pytest.MonkeyPatch.context() as patch:
            for stand in stands:
                patch.setattr(*stand)
            yield
    finally:
        log.removeHandler(notes)
        log.setLevel(level)
        log.propagate = propagate
