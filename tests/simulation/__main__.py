"""`make simulate`: as many seeds as SEEDS says, or the one that SEED names, with all that happened in it."""

import os
import sys
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.seeds import first_broken, how_to_repeat, live

AT_ONCE = 100


def broken_among(start: int, end: int) -> str:
    """The first broken seed of these and how to repeat it, "" if all are well."""
    world = first_broken(range(start, end))
    return how_to_repeat(world) if world else ""


def many(count: int) -> int:
    """Lives through seeds 0 to `count` - 1, on all processors; 1 as soon as one is broken."""
    starts = range(0, count, AT_ONCE)
    ends = [min(start + AT_ONCE, count) for start in starts]
    with ProcessPoolExecutor() as pool:
        for end, broken in zip(ends, pool.map(broken_among, starts, ends), strict=True):
            if broken:
                print(broken)
                pool.shutdown(cancel_futures=True)
                return 1
            if end % 5_000 == 0:
                print(f"{end} seeds", flush=True)
    print(f"simulation: seeds={count} broken=0")
    return 0


def one(seed: int) -> int:
    """Lives through one seed and prints all of it; 1 if it is broken."""
    world = live(seed)
    print("\n".join(world.trace))
    print(f"seed {seed}: {world.fault or 'all is well'}, digest {world.digest}")
    return 1 if world.fault else 0


def number(name: str, otherwise: str) -> int:
    """An environment variable that is a number; ends the program with a sentence if it is not one."""
    text = os.environ.get(name) or otherwise
    if not text.isdecimal():
        sys.exit(f"{name} is {text!r}: give a number, for example {name}={otherwise}")
    return int(text)


if __name__ == "__main__":
    sys.exit(one(number("SEED", "0")) if os.environ.get("SEED") else many(number("SEEDS", "500")))
