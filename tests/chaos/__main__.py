"""`make chaos`: every fault, or those of FAULTS=F1,F2; SEED= repeats a run."""

import asyncio
import logging
import os
import sys
import tempfile
import time
from pathlib import Path

from agents.broker import EphemeralBroker, ephemeral_broker
from agents.errors import UserError
from tests.chaos import (  # noqa: F401  They register their faults.
    faults_broker,
    faults_clock,
    faults_groups,
    faults_input,
    faults_kills,
    faults_storage,
)
from tests.chaos.harness import FAULTS, Tally, run_fault


def chosen() -> list[str]:
    """The faults to run, in the order of their numbers. Raises UserError for a name that there is not."""
    every = sorted(FAULTS, key=lambda name: int(name[1:]))
    asked = [name for name in os.environ.get("FAULTS", "").split(",") if name] or every
    unknown = [name for name in asked if name not in FAULTS]
    if unknown:
        raise UserError(f"FAULTS names {', '.join(unknown)}: choose from {', '.join(every)}.")
    return asked


def seed() -> int:
    """SEED, or one that the clock gives. Raises UserError when it is not a number."""
    text = os.environ.get("SEED") or str(time.time_ns() // 1000 % 10**9)
    if not text.isdecimal():
        raise UserError(f"SEED is {text!r}: give a whole number.")
    return int(text)


async def run(names: list[str], number: int, broker: EphemeralBroker) -> Tally:
    """What all of the faults came to."""
    tally = Tally()
    for name in names:
        with tempfile.TemporaryDirectory(prefix="tierline-chaos-") as folder:
            await run_fault(name, number, broker, Path(folder), tally)
    return tally


def main() -> int:
    """0 if nothing was different."""
    try:
        names, number = chosen(), seed()
    except UserError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # Its retries are part of the plan.
    with ephemeral_broker() as broker:
        tally = asyncio.run(run(names, number, broker))
    print(
        f"faults={','.join(names)} kills={tally.kills} rebalances={tally.rebalances} "
        f"broker_bounces={tally.broker_bounces} {tally.verdict.line}"
    )
    return 0 if tally.verdict.clean else 1


if __name__ == "__main__":
    sys.exit(main())
