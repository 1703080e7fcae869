"""Whatever goes wrong, all is applied once: 500 worlds, each from its seed, on the production's modules."""

import os
import subprocess
import sys

import pytest

from tests.simulation.seeds import first_broken, how_to_repeat, live

SEEDS = 500
BLOCK = 50
AGAIN = (3, 63, 102)


@pytest.mark.parametrize("start", range(0, SEEDS, BLOCK))
def test_nothing_is_lost_doubled_or_stuck(start: int) -> None:
    world = first_broken(range(start, start + BLOCK))
    assert world is None, how_to_repeat(world)


@pytest.mark.parametrize("seed", AGAIN)
def test_a_seed_is_the_same_world_every_time(seed: int) -> None:
    assert live(seed).digest == live(seed).digest


def test_a_seed_is_the_same_world_in_another_process() -> None:
    ends = {_end_of(AGAIN[0], hash_seed) for hash_seed in ("1", "2")}
    assert ends == {f"seed {AGAIN[0]}: all is well, digest {live(AGAIN[0]).digest}"}


def _end_of(seed: int, hash_seed: str) -> str:
    environment = {**os.environ, "SEED": str(seed), "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-m", "tests.simulation"]
    printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return printed.stdout.splitlines()[-1]


def test_other_seeds_are_other_worlds() -> None:
    assert len({live(seed).digest for seed in AGAIN}) == len(AGAIN)
