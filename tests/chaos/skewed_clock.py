"""A worker whose machine's clock is off by CHAOS_SKEW_S seconds, and is set by CHAOS_STEP_S at some moment.

The moment is when the file named by CHAOS_STEP appears. The monotonic clock goes on as it does.
"""

import os
import time
from pathlib import Path
from typing import Any

from aiokafka.producer.message_accumulator import BatchBuilder

SKEW_S, STEP_S = float(os.environ["CHAOS_SKEW_S"]), float(os.environ.get("CHAOS_STEP_S", "0"))
STEP = Path(os.environ.get("CHAOS_STEP", "/nowhere"))
_right = time.time
_append = BatchBuilder.append


def wrong() -> float:
    """The time that this machine believes it is."""
    return _right() + SKEW_S + (STEP_S if STEP_S and STEP.exists() else 0.0)


def append(self: BatchBuilder, *, timestamp: int | None, **record: Any) -> Any:
    """Stamps what has no timestamp, as the compiled batches do by the system's clock."""
    stamp = int(wrong() * 1000) if timestamp is None else timestamp
    return _append(self, timestamp=stamp, **record)


def main() -> None:
    """Runs the worker."""
    time.time = wrong
    time.time_ns = lambda: int(wrong() * 1e9)
    BatchBuilder.append = append
    from agents import child  # Only now, so that no module has the right clock in hand.

    child.main()


if __name__ == "__main__":
    main()
