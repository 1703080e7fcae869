"""Exact integer arithmetic: shares that add up, and the one rounding."""

from collections.abc import Sequence


def rounded(numerator: int, denominator: int, mode: str) -> int:
    """`numerator / denominator` as an integer, by `floor`, `ceil`, `half_up` or `half_even`. Not negative."""
    if mode == "floor":
        return numerator // denominator
    whole, rest = divmod(numerator, denominator)
    if rest == 0:
        return whole
    if mode == "ceil":
        return whole + 1
    twice = 2 * rest
    if twice == denominator:
        return whole + (1 if mode == "half_up" else whole % 2)
    return whole + (twice > denominator)


def shares(total: int, weights: Sequence[int], names: Sequence[str]) -> list[int]:
    """`total` divided in proportion to `weights` by largest remainder, so that the parts sum to it.

    Equal remainders go by `names`. With no weight at all, the first name takes everything.
    """
    whole = sum(weights)
    if whole == 0:
        weights, whole = [1 if name == min(names) else 0 for name in names], 1
    parts = [total * weight // whole for weight in weights]
    missing = total - sum(parts)
    if missing:
        order = sorted(range(len(parts)), key=lambda i: (-(total * weights[i] % whole), names[i], i))
        for i in order[:missing]:
            parts[i] += 1
    return parts


def decimal_ratio(text: str) -> tuple[int, int]:
    """A decimal string such as "7.1025" as an exact ratio of integers."""
    whole, _, fraction = text.partition(".")
    return int(whole + fraction), 10 ** len(fraction)
