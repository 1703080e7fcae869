"""Worlds by their number: living through one and judging it, and looking for one that is broken."""

from collections.abc import Iterable

from tests.simulation.install import simulated
from tests.simulation.judge import judge
from tests.simulation.trouble import Shape, Trouble
from tests.simulation.world import Broken, World


def live(seed: int, shape: Shape | None = None, trouble: type[Trouble] = Trouble) -> World:
    """The world of a seed after it is over. What is broken is its `fault`; "" if nothing is."""
    with simulated():
        world = World(seed, shape, trouble)
        try:
            world.run()
            judge(world)
        except Broken as broken:
            world.fault = str(broken)
    return world


def first_broken(seeds: Iterable[int]) -> World | None:
    """The first world of these that is broken, None if all are well."""
    return next((world for world in map(live, seeds) if world.fault), None)


def how_to_repeat(world: World) -> str:
    """What is broken in a world, and the command that lives through exactly it again."""
    return f"seed {world.seed}: {world.fault}\nrepeat it with: SEED={world.seed} make simulate"
