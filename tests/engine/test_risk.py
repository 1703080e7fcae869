"""What the model says of a customer: the worked example, another implementation, numbers of any size."""

import warnings
from decimal import Decimal, localcontext
from random import Random

import pytest

from engine.fixed import ONE, ppm
from engine.risk import (
    NEVER_MS,
    Fitted,
    History,
    alive_until_ms,
    p_alive,
    purchases,
    risk,
    risk_reached_ms,
    spend_minor,
    threatens,
    worth_minor,
)
from rules.compiled_churn import ChurnModel, SpendModel

with warnings.catch_warnings():  # The package btyd has this code too, word for word, and is no third opinion.
    warnings.simplefilter("ignore")
    from lifetimes import GammaGammaFitter, ModifiedBetaGeoFitter

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
GROCERY = (Decimal("0.777"), Decimal("10.18"), Decimal("0.1025"), Decimal("1.4364"))
CDNOW = (Decimal("0.525"), Decimal("6.183"), Decimal("0.891"), Decimal("1.614"))
STEEP = (Decimal("3.2"), Decimal("40.5"), Decimal("2.75"), Decimal("6.125"))
MODELS = (GROCERY, CDNOW, STEEP)
SLIGHTLY = Decimal(2) ** -46
RANDOM = Random(7)
# (purchase days, days from first to last, ms since the last)
CUSTOMERS = [(1, 0, 0), (1, 0, 400 * DAY_MS), (6, 140, 0), (2000, 4000, 0), (2000, 1999, 90 * DAY_MS)] + [
    (1 + (x := RANDOM.randrange(1, 60)), x + RANDOM.randrange(900), RANDOM.randrange(800 * DAY_MS))
    for _ in range(40)
]


def fitted(model: tuple[Decimal, ...], spend: SpendModel | None = None) -> Fitted:
    """The model as the engine has it."""
    r, alpha, a, b = (number.as_integer_ratio() for number in model)
    return Fitted(ChurnModel("m", r, alpha, a, b, spend))


def customer(model: Fitted, days: int, span_days: int) -> History:
    return History(model, days, span_days)


class Exact:
    """The formulas as they are written, with a hundred digits."""

    def __init__(self, model: tuple[Decimal, ...], days: int, span_days: int) -> None:
        self.r, self.alpha, self.a, self.b = model
        self.x = days - 1
        self.span = Decimal(span_days) / 7

    def odds(self, gap_ms: int) -> Decimal:
        total = self.span + Decimal(gap_ms) / WEEK_MS
        grown = ((self.alpha + total) / (self.alpha + self.span)) ** (self.r + self.x)
        return self.a / (self.b + self.x) * grown

    def p_alive(self, gap_ms: int) -> Decimal:
        return 1 / (1 + self.odds(gap_ms))

    def risk(self, gap_ms: int, horizon_days: int) -> Decimal:
        total = self.alpha + self.span + Decimal(gap_ms) / WEEK_MS
        later = total + Decimal(horizon_days) / 7
        return 1 - self.p_alive(gap_ms) * (1 - (total / later) ** (self.r + self.x))

    def purchases(self, gap_ms: int, horizon_days: int) -> Decimal:
        """By the untransformed 2F1, whose terms may grow to hundreds of digits first."""
        total, t = self.alpha + self.span + Decimal(gap_ms) / WEEK_MS, Decimal(horizon_days) / 7
        z, power = t / (total + t), self.r + self.x
        p, q, c = power, self.b + self.x + 1, self.a + self.b + self.x
        term = series = Decimal(1)
        n = 0
        while term > series / 10**30 or n < 10:
            term *= (p + n) * (q + n) / ((c + n) * (n + 1)) * z
            series += term
            n += 1
        few = (total / (total + t)) ** power * series
        return (self.a + self.b + self.x) / (self.a - 1) * (1 - few) / (1 + self.odds(gap_ms))

    def alive_until_ms(self, p: Decimal) -> Decimal:
        grown = ((1 / p - 1) * (self.b + self.x) / self.a) ** (1 / (self.r + self.x))
        return max(((self.alpha + self.span) * grown - self.alpha - self.span) * WEEK_MS, Decimal(0))


@pytest.fixture(autouse=True)
def _hundred_digits():
    with localcontext() as context:
        context.prec = 100
        yield


def test_the_worked_example_of_a_grocery_is_met_to_the_last_digit() -> None:
    model = fitted(GROCERY)
    five = customer(model, 6, 140)
    interval_ms = (20 + 2 * Decimal("4.29")) / 7 * WEEK_MS
    gaps = [round(times * interval_ms) for times in (0, Decimal("1.5"), 3, 6)]
    assert [ppm(p_alive(model, five, gap)) for gap in gaps] == [984_325, 955_745, 897_704, 669_690]
    assert [ppm(risk(model, five, gap, 180)) for gap in gaps] == [43_661, 87_588, 160_432, 402_550]
    assert round(20 + Decimal(alive_until_ms(model, five, 500_000)) / WEEK_MS, 4) == Decimal("51.6130")


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("days", "span", "gap"), CUSTOMERS)
def test_probabilities_and_purchases_are_those_of_the_formulas_with_a_hundred_digits(
    model: tuple[Decimal, ...], days: int, span: int, gap: int
) -> None:
    made, exact = fitted(model), Exact(model, days, span)
    history = customer(made, days, span)
    assert abs(Decimal(p_alive(made, history, gap)) / ONE - exact.p_alive(gap)) < Decimal("1e-11")
    for horizon in (30, 180, 730):
        assert abs(Decimal(risk(made, history, gap, horizon)) / ONE - exact.risk(gap, horizon)) < Decimal(
            "1e-11"
        )
        expected = exact.purchases(gap, horizon)
        found = Decimal(purchases(made, history, gap, horizon)) / ONE
        assert abs(found - expected) <= expected / 10**6 + Decimal("1e-8")


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("days", "span"), sorted({(days, span) for days, span, _ in CUSTOMERS}))
def test_the_instants_of_crossing_are_exact_to_the_millisecond(
    model: tuple[Decimal, ...], days: int, span: int
) -> None:
    made, exact = fitted(model), Exact(model, days, span)
    history = customer(made, days, span)
    for share in (Decimal("0.2"), Decimal("0.5"), Decimal("0.9")):
        wanted = exact.alive_until_ms(share)
        found = alive_until_ms(made, history, int(share * 10**6))
        if wanted >= 1 << 44:
            assert found == NEVER_MS
        else:  # The next whole one, by a calculation that errs by less than 1 / 250 ms in 500 years.
            assert wanted - Decimal("0.004") <= found < wanted + Decimal("1.004")
        reached = risk_reached_ms(made, history, int(share * 10**6), 180, 0)
        if reached < NEVER_MS:
            assert reached == 0 or exact.risk(reached - 1, 180) < share + SLIGHTLY
            assert exact.risk(reached, 180) >= share - SLIGHTLY
            assert threatens(made, history, reached, 180, int(share * 10**6))
        else:
            assert exact.risk((1 << 44) - 1, 180) < share


def test_a_search_begins_where_it_is_told_to() -> None:
    model = fitted(CDNOW)
    history = customer(model, 3, 60)
    free = risk_reached_ms(model, history, 700_000, 180, 0)
    assert risk_reached_ms(model, history, 700_000, 180, free - 1) == free
    assert risk_reached_ms(model, history, 700_000, 180, free + 5) == free + 5


def test_the_risk_of_a_one_time_buyer_rises_all_the_time() -> None:
    model = fitted(CDNOW)
    once = customer(model, 1, 0)
    risks = [risk(model, once, day * DAY_MS, 180) for day in range(0, 1000, 10)]
    assert risks == sorted(set(risks))


def test_two_thousand_purchases_and_a_hundred_years_overflow_nothing() -> None:
    model = fitted(GROCERY)
    for days, span in ((2000, 2000), (36_500, 36_500), (2, 36_500)):
        history = customer(model, days, span)
        for gap_days in (0, 1, 36_500, 3_650_000):
            gap = gap_days * DAY_MS
            assert 0 <= p_alive(model, history, gap) <= ONE
            assert 0 <= risk(model, history, gap, 3650) <= ONE
            assert purchases(model, history, gap, 3650) >= 0
        assert alive_until_ms(model, history, 500_000) > 0


def test_extreme_models_have_values_too() -> None:
    tiny, huge = Decimal("0.000001"), Decimal(1000)
    for r in (tiny, huge):
        for a in (tiny, Decimal("0.999"), Decimal("1.001"), huge):
            for b in (tiny, huge):
                numbers = (r, Decimal("0.5"), a, b)
                model = fitted(numbers)
                for days, span, gap in ((1, 0, 0), (40, 900, 30 * DAY_MS)):
                    history, exact = customer(model, days, span), Exact(numbers, days, span)
                    for found, wanted in (
                        (p_alive(model, history, gap), exact.p_alive(gap)),
                        (risk(model, history, gap, 180), exact.risk(gap, 180)),
                        (purchases(model, history, gap, 180), exact.purchases(gap, 180)),
                    ):
                        assert abs(Decimal(found) / ONE - wanted) <= wanted / 10**5 + Decimal("1e-7")
                    assert risk_reached_ms(model, history, 500_000, 180, 0) >= 0


def test_scores_are_those_of_another_implementation() -> None:
    other = ModifiedBetaGeoFitter()
    for numbers in MODELS:
        r, alpha, a, b = map(float, numbers)
        other.params_ = {"r": r, "alpha": alpha, "a": a, "b": b}
        made = fitted(numbers)
        for days, span, gap in CUSTOMERS:
            if days > 1000:  # Beyond what it can: floats overflow.
                continue
            history = customer(made, days, span)
            x, recency, age = days - 1, span / 7, span / 7 + gap / WEEK_MS
            theirs = other.conditional_probability_alive(x, recency, age)
            assert p_alive(made, history, gap) / ONE == pytest.approx(float(theirs.item()), abs=1e-9)
            expected = other.conditional_expected_number_of_purchases_up_to_time(180 / 7, x, recency, age)
            assert purchases(made, history, gap, 180) / ONE == pytest.approx(
                float(expected), rel=1e-6, abs=1e-8
            )


def test_what_a_customer_spends_is_that_of_another_implementation() -> None:
    model = SpendModel((625, 100), (374, 100), (1544, 1), (3, 10), 365)
    spend = fitted(CDNOW, model).spend
    assert spend is not None
    other = GammaGammaFitter()
    other.params_ = {"p": 6.25, "q": 3.74, "v": 1544.0}
    for x, repeat in ((0, 0), (1, 4500), (7, 29_935), (2000, 12_345_678)):
        theirs = float(other.conditional_expected_average_profit(max(x, 0), repeat / max(x, 1)))
        assert spend_minor(spend, x, repeat) / ONE == pytest.approx(theirs, rel=1e-9)
    # A customer whose repeat purchases all came back is as little known as one without any.
    assert spend_minor(spend, 3, 0) == spend_minor(spend, 3, -50) == spend_minor(spend, 0, 0)
    assert worth_minor(spend, 2 * ONE, 1050 * ONE) == 630
    assert worth_minor(spend, ONE // 2, 1050 * ONE) == 158  # 157.5 goes up.
