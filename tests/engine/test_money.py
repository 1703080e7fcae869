"""Exact arithmetic: shares that add up, one rounding, decimal ratios."""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.money import decimal_ratio, rounded, shares

WEIGHTS = st.lists(st.integers(0, 10**12), min_size=1, max_size=20)
MODES = {
    "floor": ROUND_FLOOR,
    "ceil": ROUND_CEILING,
    "half_up": ROUND_HALF_UP,
    "half_even": ROUND_HALF_EVEN,
}


@given(st.integers(0, 10**13), WEIGHTS)
def test_shares_add_up_and_each_is_within_one_of_its_exact_part(total: int, weights: list[int]) -> None:
    parts = shares(total, weights, [str(place) for place in range(len(weights))])
    assert sum(parts) == total
    if whole := sum(weights):
        assert all(abs(part - Fraction(total * w, whole)) < 1 for part, w in zip(parts, weights, strict=True))


@given(st.data(), WEIGHTS)
def test_a_share_of_no_more_than_the_whole_is_no_more_than_its_weight(
    data: st.DataObject, weights: list[int]
) -> None:
    total = data.draw(st.integers(0, sum(weights)))
    parts = shares(total, weights, [str(place) for place in range(len(weights))])
    assert all(0 <= part <= weight for part, weight in zip(parts, weights, strict=True))


@given(st.integers(0, 10**6), st.lists(st.integers(0, 50), min_size=2, max_size=6), st.randoms())
def test_shares_do_not_depend_on_the_order_of_the_lines(
    total: int, weights: list[int], chance: object
) -> None:
    named = [(f"line {place}", weight) for place, weight in enumerate(weights)]
    shuffled = list(named)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    parts = [
        dict(
            zip(
                [name for name, _ in rows],
                shares(total, [w for _, w in rows], [n for n, _ in rows]),
                strict=True,
            )
        )
        for rows in (named, shuffled)
    ]
    assert parts[0] == parts[1]


@pytest.mark.parametrize(
    ("total", "weights", "names", "parts"),
    [
        (1500, [9990, 5010], ["A", "B"], [999, 501]),
        (1000, [8991, 4509], ["A", "B"], [666, 334]),
        (2, [1, 1, 1], ["c", "b", "a"], [0, 1, 1]),
        (10, [0, 0], ["b", "a"], [0, 10]),
        (0, [0, 0], ["a", "b"], [0, 0]),
    ],
)
def test_equal_remainders_go_by_name(
    total: int, weights: list[int], names: list[str], parts: list[int]
) -> None:
    assert shares(total, weights, names) == parts


@given(st.integers(0, 10**18), st.integers(1, 10**4), st.sampled_from(sorted(MODES)))
def test_rounding_is_that_of_decimal_arithmetic(twentieths: int, tenths: int, mode: str) -> None:
    exact = Fraction(twentieths, 20 * tenths)
    below = Decimal(exact.numerator // exact.denominator)
    part = exact - int(below)
    step = (
        Decimal("0.25")
        if 0 < part < Fraction(1, 2)
        else Decimal("0.75")
        if part > Fraction(1, 2)
        else Decimal("0.5")
    )
    stand_in = below + (step if part else 0)
    wanted = stand_in.quantize(Decimal(1), rounding=MODES[mode], context=Context(prec=60))
    assert rounded(twentieths, 20 * tenths, mode) == int(wanted)


@given(st.integers(0, 10**12), st.integers(0, 12))
def test_a_decimal_text_is_the_ratio_it_says(number: int, digits: int) -> None:
    text = f"{Decimal(number).scaleb(-digits):f}"
    assert Fraction(*decimal_ratio(text)) == Fraction(text)
