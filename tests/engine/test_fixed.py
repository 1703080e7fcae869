"""Fixed-point mathematics keeps the bounds it states, beside decimal numbers of sixty digits."""

import math
import random
from collections.abc import Iterator
from decimal import Context, Decimal, localcontext

import pytest

from engine import fixed
from engine.fixed import FRAC, ONE

UNIT = Context(prec=60).divide(Decimal(1), 2**FRAC)
RANDOM = random.Random(20260101)
# Around every entry of the tables, and anything between.
EDGES = [(256 + at) * 2**44 + near for at in range(256) for near in (-1, 0, 1)]
WIDE = [RANDOM.getrandbits(RANDOM.randrange(1, 400)) | 1 for _ in range(2000)]
EXPONENTS = [RANDOM.randrange(-60 * ONE, 60 * ONE) for _ in range(2000)] + [
    at * (ONE >> 8) + near for at in range(-300, 300) for near in (-1, 0, 1)
]


@pytest.fixture(autouse=True)
def _sixty_digits() -> Iterator[None]:
    with localcontext() as context:
        context.prec = 60
        yield


def value(a: int) -> Decimal:
    """What a fixed number stands for."""
    return a * UNIT


def test_the_constants_are_those_of_sixty_digits() -> None:
    two = Decimal(2)
    assert round(two.ln() * 2**80) == fixed.LN2_80
    assert round(1 / two.ln() * 2**80) == fixed.LOG2E_80


def test_logarithms_are_off_by_less_than_one_unit() -> None:
    two = Decimal(2).ln()
    for n in EDGES + WIDE:
        assert abs(value(fixed.log2_int(n)) - Decimal(n).ln() / two) < UNIT
        assert abs(value(fixed.log2(n)) - value(n).ln() / two) < UNIT
        assert abs(value(fixed.ln(n)) - value(n).ln()) < UNIT


def test_the_logarithm_of_a_ratio_is_off_by_less_than_two_units() -> None:
    two = Decimal(2).ln()
    for num, den in zip(WIDE, reversed(WIDE), strict=True):
        exact = (Decimal(num).ln() - Decimal(den).ln()) / two
        assert abs(value(fixed.log2_ratio(num, den)) - exact) < 2 * UNIT


def test_the_logarithm_of_a_power_of_two_is_exact() -> None:
    assert [fixed.log2_int(1 << power) for power in range(500)] == [power * ONE for power in range(500)]
    assert fixed.log2(ONE) == fixed.ln(ONE) == 0


def test_logarithms_never_fall_when_their_argument_rises() -> None:
    for n in EDGES + WIDE:
        assert fixed.log2_int(n) <= fixed.log2_int(n + 1) <= fixed.log2_int(n + 1 + n // 1000)


def test_powers_are_off_by_less_than_half_of_one_unit_and_a_tiny_share() -> None:
    two = Decimal(2).ln()
    for a in EXPONENTS:
        exact = (value(a) * two).exp()
        assert abs(value(fixed.exp2(a)) - exact) <= UNIT / 2 + exact / 2**54
        exact = value(a).exp()
        assert abs(value(fixed.exp(a)) - exact) <= UNIT / 2 + exact / 2**52
    for a in (700 * ONE, 1024 * ONE, 1023 * ONE + 12345):
        exact = value(a).exp()
        assert abs(value(fixed.exp(a)) - exact) <= exact / 2**52


def test_whole_powers_of_two_are_exact_and_tiny_ones_are_0() -> None:
    assert [fixed.exp2(power * ONE) for power in range(-52, 900)] == [
        1 << (FRAC + power) for power in range(-52, 900)
    ]
    assert fixed.exp2(-54 * ONE) == fixed.exp2(-(10**9) * ONE) == fixed.exp(-(10**9) * ONE) == 0


def test_powers_never_fall_when_their_argument_rises() -> None:
    for a in EXPONENTS:
        assert fixed.exp2(a) <= fixed.exp2(a + 1) <= fixed.exp2(a + ONE // 1000)


def test_results_agree_with_the_machines_own_floats() -> None:
    for n in EDGES[::7]:
        assert math.isclose(fixed.log2(n) / ONE, math.log2(n / ONE), rel_tol=1e-14, abs_tol=1e-15)
        assert math.isclose(fixed.ln(n) / ONE, math.log(n / ONE), rel_tol=1e-14, abs_tol=1e-15)
    for a in EXPONENTS:
        assert math.isclose(fixed.exp2(a) / ONE, 2.0 ** (a / ONE), rel_tol=1e-14, abs_tol=2**-53)


def test_products_and_quotients_are_rounded_to_the_nearest() -> None:
    for _ in range(3000):
        a, b = RANDOM.randrange(-(2**70), 2**70), RANDOM.randrange(1, 2 ** RANDOM.randrange(2, 70))
        assert abs(value(fixed.mul(a, b)) - value(a) * value(b)) <= UNIT / 2
        assert abs(value(fixed.div(a, b)) - value(a) / value(b)) <= UNIT / 2
        assert abs(value(fixed.of(a, b)) - Decimal(a) / b) <= UNIT / 2
    assert (fixed.mul(1, ONE // 2), fixed.mul(-1, ONE // 2), fixed.div(1, 2 * ONE)) == (1, 0, 1)


def test_parts_per_million_round_a_half_up() -> None:
    assert [fixed.ppm(fixed.of(*share)) for share in ((1, 1), (1, 3), (2, 3), (0, 1), (984_325, 10**6))] == [
        1_000_000,
        333_333,
        666_667,
        0,
        984_325,
    ]
    assert fixed.ppm(ONE >> 7) == 7_813  # 7,812.5 exactly.


def test_only_a_positive_number_has_a_logarithm() -> None:
    for n in (0, -1):
        with pytest.raises(AssertionError):
            fixed.log2_int(n)
