"""Exact amounts: money in minor units, and rates over a common denominator."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from math import lcm


def money_text(minor: int, digits: int) -> str:
    """An amount in minor units as digits in major units: 500000 with 2 digits -> "5000.00"."""
    return f"{Decimal(minor).scaleb(-digits):f}"


def scale_of(values: Iterable[Fraction]) -> int:
    """The least number that makes every value whole."""
    return lcm(*(value.denominator for value in values))


def scaled(value: Fraction, scale: int) -> int:
    """The value times `scale`, which must be a whole number."""
    product = value * scale
    assert product.denominator == 1
    return product.numerator


def minor_of(amount: Decimal, digits: int) -> int:
    """The amount in minor units; `rules.checks` has made sure that it is whole."""
    return scaled(Fraction(amount), 10**digits)
