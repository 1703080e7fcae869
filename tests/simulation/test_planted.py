"""Each planted defect breaks one of the first 500 seeds, which is well without it."""

import pytest

from tests.simulation.planted import DEFECTS, planted
from tests.simulation.seeds import first_broken, how_to_repeat, live
from tests.simulation.test_seeds import SEEDS


@pytest.mark.parametrize("name", DEFECTS)
def test_a_planted_defect_is_found(name: str) -> None:
    with planted(name):
        world = first_broken(range(SEEDS))
    assert world is not None, f"{SEEDS} seeds did not find that {name}"
    assert f"SEED={world.seed} make simulate" in how_to_repeat(world)
    assert live(world.seed).fault == ""
