"""The numbers of the churn model that make the past most likely: MBG/NBD, BG/NBD beside it, gamma-gamma.

The formulas are those of Batislam, Denizel and Filiztekin (2007), Fader, Hardie and Lee (2005) and Fader and
Hardie (2013). Time is in weeks. Scipy is needed here and nowhere else: `pip install 'tierline[model]'`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from agents.errors import UserError
from agents.model_past import Seen

REPEATED_MIN = 100
START = (1.0, 10.0, 1.0, 2.0)
_SETTLED = {"maxiter": 5000, "maxfev": 5000, "xatol": 1e-7, "fatol": 1e-10}
_DIGITS = 6


@dataclass(frozen=True)
class Found:
    """The fitted numbers; `spend` is (p, q, v in minor units), None where too little is known of money."""

    r: float
    alpha_weeks: float
    a: float
    b: float
    spend: tuple[float, float, float] | None


def fit(seen: Sequence[Seen]) -> Found:
    """The model of these customers. Raises UserError when they are too few, or scipy is missing."""
    repeated = sum(one.x > 0 for one in seen)
    if repeated < REPEATED_MIN:
        raise UserError(
            f"{repeated} customers bought on more than one day, which is too few to learn from: "
            f"a model needs {REPEATED_MIN}"
        )
    r, alpha, a, b = fit_mbg(seen)
    return Found(r, alpha, _not_one(a), b, _fit_spend(seen))


def fit_mbg(seen: Sequence[Seen]) -> tuple[float, ...]:
    """r, alpha in weeks, a and b of MBG/NBD, in which a customer may be lost after the first purchase too."""
    return _most_likely(seen, modified=True)


def fit_bg(seen: Sequence[Seen]) -> tuple[float, ...]:
    """The same of BG/NBD, which holds a customer without a second purchase for alive for ever."""
    return _most_likely(seen, modified=False)


def _most_likely(seen: Sequence[Seen], modified: bool) -> tuple[float, ...]:
    np, special, _ = _scipy()
    counted: dict[tuple[int, int, int], int] = {}
    for one in seen:
        key = one.x, one.span_days, one.age_days
        counted[key] = counted.get(key, 0) + 1
    x, span, age = (np.array(column, float) for column in zip(*counted, strict=True))
    often, span, age, gammaln = np.array(list(counted.values()), float), span / 7, age / 7, special.gammaln
    again = 1 if modified else 0

    def unlikely(logs: Any) -> float:
        r, alpha, a, b = np.exp(logs)
        common = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + gammaln(a + b) - gammaln(b)
        common += gammaln(b + x + again) - gammaln(a + b + x + again)
        alive = -(r + x) * np.log(alpha + age)
        after = b + x if modified else b + np.maximum(x, 1) - 1
        lost = np.log(a) - np.log(after) - (r + x) * np.log(alpha + span)
        if not modified:
            lost = np.where(x > 0, lost, -np.inf)
        return float(-(often * (common + np.logaddexp(alive, lost))).sum() / often.sum())

    return _minimum(unlikely, START)


def _fit_spend(seen: Sequence[Seen]) -> tuple[float, float, float] | None:
    """p, q and v of gamma-gamma, from those who spent again; None when they are too few or q says no mean."""
    np, special, _ = _scipy()
    known = [(one.x, one.repeat_minor / one.x) for one in seen if one.x > 0 and one.repeat_minor > 0]
    if len(known) < REPEATED_MIN:
        return None
    x, mean = (np.array(column, float) for column in zip(*known, strict=True))
    gammaln, usual = special.gammaln, float(mean.mean())
    mean = mean / usual  # Near to 1, where the search is at ease; v is scaled back.

    def unlikely(logs: Any) -> float:
        p, q, v = np.exp(logs)
        likely = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(v)
        likely += (p * x - 1) * np.log(mean) + p * x * np.log(x) - (p * x + q) * np.log(x * mean + v)
        return float(-likely.mean())

    p, q, v = _minimum(unlikely, (2.0, 4.0, 1.0))
    return (p, q, v * usual) if q > 1 and max(p, q) < 10_000 else None


def _minimum(unlikely: Callable[[Any], float], start: tuple[float, ...]) -> tuple[float, ...]:
    """Where the function of the numbers' logarithms is least."""
    np, _, optimize = _scipy()
    found = optimize.minimize(unlikely, np.log(start), method="Nelder-Mead", options=_SETTLED)
    numbers = tuple(float(number) for number in np.exp(found.x))
    if not found.success or not all(0 < number < 10_000 for number in numbers):
        raise UserError(
            "no model fits these purchases: the search ends nowhere; give a longer time, or more customers"
        )
    return numbers


def _not_one(a: float) -> float:
    """`a`, moved aside a thousandth where a rulebook would refuse it."""
    return (1.001 if a >= 1 else 0.999) if abs(a - 1) < 0.001 else a


def snippet(found: Found, version: str, minor_digits: int) -> dict[str, Any]:
    """The numbers as a rulebook has them below `churn: model:`, without what follows from them."""
    numbers: dict[str, Any] = {
        "version": version,
        "r": round(found.r, _DIGITS),
        "alpha_weeks": round(found.alpha_weeks, _DIGITS),
        "a": round(found.a, _DIGITS),
        "b": round(found.b, _DIGITS),
    }
    if found.spend is not None:
        p, q, v = found.spend
        money = round(v / 10**minor_digits, _DIGITS)
        numbers["spend"] = {"p": round(p, _DIGITS), "q": round(q, _DIGITS), "v": money}
    return numbers


def _scipy() -> tuple[Any, Any, Any]:
    """numpy, scipy.special and scipy.optimize. Raises UserError when they are not installed."""
    try:
        import numpy
        from scipy import optimize, special
    except ImportError:
        raise UserError(
            "fitting a model needs scipy, which is not installed: pip install 'tierline[model]'"
        ) from None
    return numpy, special, optimize
