"""What a level asks for: trees of numbers to reach."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from tests.reference.orders import decimals, exactly

Keys = dict[str, Any]


def leaves(condition: Any) -> Iterator[Keys]:
    """Every number that a condition asks for."""
    if isinstance(condition, list):
        for part in condition:
            yield from leaves(part)
    elif condition and "metric" in condition:
        yield condition
    elif condition:
        (value,) = condition.values()
        yield from leaves(value["of"] if "k" in value else value)


def holds(condition: Any, reached: Any) -> bool:
    """Whether a condition tree holds when `reached` says so of its leaves."""
    if isinstance(condition, list):
        return all(holds(part, reached) for part in condition)
    if "metric" in condition:
        return bool(reached(condition))
    if "all" in condition:
        return holds(condition["all"], reached)
    if "any" in condition:
        return any(holds(part, reached) for part in condition["any"])
    if "not" in condition:
        return not holds(condition["not"], reached)
    wanted = condition["at_least"]
    return sum(holds(part, reached) for part in wanted["of"]) >= wanted["k"]


def bound(leaf: Keys, currency: str) -> int:
    """The number to reach; money in minor units."""
    wanted = exactly(leaf["at_least"])
    return int(wanted * 10 ** decimals(currency)) if leaf["metric"] == "spend_net" else int(wanted)


def progress(condition: Any, part: Callable[[Keys], Fraction]) -> Fraction:
    """Which part of a condition is reached; `part` says so of its leaves. Below a `not` there is no part."""
    if isinstance(condition, list):
        return min(progress(one, part) for one in condition)
    if "metric" in condition:
        return part(condition)
    if "all" in condition:
        return progress(condition["all"], part)
    if "any" in condition:
        return max(progress(one, part) for one in condition["any"])
    if "not" in condition:
        return Fraction(not holds(condition["not"], lambda leaf: part(leaf) >= 1))
    wanted = condition["at_least"]
    return sorted((progress(one, part) for one in wanted["of"]), reverse=True)[wanted["k"] - 1]
