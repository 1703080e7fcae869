"""Conditions over numbers already read: whether they hold, nearly hold, and what is missing.

A shape is the formula of `rules.compiled_tiers.Condition`, "" when all must hold.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from rules.compiled_tiers import Leaf
from rules.facts import WindowKind

Step = tuple[int, int]  # (k, n): k of the n before must hold; or one of the two below.
LEAF: Final = (0, 0)
NOT: Final = (0, 1)


@lru_cache(maxsize=1024)
def steps_of(shape: str) -> tuple[Step, ...]:
    """The formula as steps."""
    steps = []
    for word in shape.split():
        if word in (".", "!"):
            steps.append(LEAF if word == "." else NOT)
        else:
            needed, count = word.split("/")
            steps.append((int(needed), int(count)))
    return tuple(steps)


def holds(shape: str, results: Sequence[bool]) -> bool:
    """Whether the condition holds when its numbers come out as `results`."""
    if not shape:
        return all(results)
    stack: list[bool] = []
    at = 0
    for step in steps_of(shape):
        if step == LEAF:
            stack.append(results[at])
            at += 1
        elif step == NOT:
            stack.append(not stack.pop())
        else:
            needed, count = step
            held = sum(stack[-count:]) >= needed
            del stack[-count:]
            stack.append(held)
    return stack[-1]


@lru_cache(maxsize=1024)
def negated(shape: str) -> frozenset[int]:
    """The places of the numbers that stand below a `not`."""
    found: set[int] = set()
    stack: list[tuple[int, ...]] = []
    at = 0
    for step in steps_of(shape):
        if step == LEAF:
            stack.append((at,))
            at += 1
        elif step == NOT:
            found.update(stack[-1])
        else:
            below = stack[-step[1] :]
            del stack[-step[1] :]
            stack.append(tuple(place for places in below for place in places))
    return frozenset(found)


def nearly(shape: str, leaves: Sequence[Leaf], values: Sequence[int], percent: int) -> bool:
    """Whether the condition would hold if its thresholds were `percent` of what they are.

    Numbers below a `not` are taken as they are.
    """
    exact = negated(shape)
    results = [
        value >= leaf.at_least if place in exact else value * 100 >= leaf.at_least * percent
        for place, (leaf, value) in enumerate(zip(leaves, values, strict=True))
    ]
    return holds(shape, results)


def for_life(shape: str, leaves: Sequence[Leaf], values: Sequence[int]) -> bool:
    """Whether the condition holds by its numbers over the whole life alone."""
    against = negated(shape)
    results = [
        value >= leaf.at_least if leaf.window is WindowKind.LIFETIME else place in against
        for place, (leaf, value) in enumerate(zip(leaves, values, strict=True))
    ]
    return holds(shape, results)


def missing(shape: str, leaves: Sequence[Leaf], values: Sequence[int]) -> dict[str, int]:
    """What each number lacks that keeps the condition from holding, by its text; empty when it holds."""
    gaps = [leaf.at_least - value for leaf, value in zip(leaves, values, strict=True)]
    if not shape:
        return {leaf.text: gap for leaf, gap in zip(leaves, gaps, strict=True) if gap > 0}
    stack: list[tuple[bool, tuple[int, ...]]] = []
    at = 0
    for step in steps_of(shape):
        if step == LEAF:
            stack.append((gaps[at] <= 0, (at,) if gaps[at] > 0 else ()))
            at += 1
        elif step == NOT:
            held, _ = stack.pop()
            stack.append((not held, ()))  # More of a number never helps here.
        else:
            below = stack[-step[1] :]
            del stack[-step[1] :]
            held = sum([part for part, _ in below]) >= step[0]
            lacking = () if held else tuple([place for _, places in below for place in places])
            stack.append((held, lacking))
    return {leaves[place].text: gaps[place] for place in stack[-1][1]}
