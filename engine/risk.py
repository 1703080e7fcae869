"""What the model of the population (MBG/NBD) says of one customer: still one, at risk, purchases to come.

A customer is x purchase days after the first, the days from the first to the last, and the gap since the last
purchase. Probabilities are fixed numbers (`engine.fixed`). Time is in units of 1/625 ms, in which a week with
nine decimals is a whole number; so alpha is exact, and instants are exact to the millisecond.

    odds against = a / (b + x) * ((alpha + T) / (alpha + t)) ** (r + x)      p_alive = 1 / (1 + odds)
    risk         = 1 - p_alive * (1 - ((alpha + T) / (alpha + T + H)) ** (r + x))
"""

from math import isqrt
from typing import Final

from engine.calendar import DAY_MS
from engine.fixed import FRAC, HALF, ONE, div, exp2, log2, log2_ratio, mul, of
from rules.compiled_churn import ChurnModel, SpendModel

UNITS: Final = 625  # Per millisecond.
WEEK: Final = 7 * DAY_MS * UNITS
DAY: Final = DAY_MS * UNITS
NEVER_MS: Final = 1 << 60  # Far beyond any instant.
_CENTURIES: Final = 1 << 44  # Milliseconds: 557 years.
_FAR: Final = 64 * ONE
_CERTAIN: Final = 60 * ONE  # Odds above 2 ** 60 leave no probability that a fixed number can show.
_MORE: Final = 20  # So many more bits while a series is summed up.
_SMALL: Final = 1 << 26  # A term below 2 ** -46 adds nothing that is ever shown.
_TERMS_MAX: Final = 100_000


class Spending:
    """The numbers of the model of money as fixed ones; `v` in minor units."""

    __slots__ = ("horizon_days", "margin", "p", "q", "v")

    def __init__(self, spend: SpendModel) -> None:
        self.horizon_days = spend.horizon_days
        self.p = of(spend.p[0], spend.p[1])
        self.q = of(spend.q[0], spend.q[1])
        self.v = of(spend.v_minor[0], spend.v_minor[1])
        self.margin = of(spend.margin[0], spend.margin[1])


class Fitted:
    """The model's numbers as fixed ones; `alpha` in units of time.

    `known` remembers expected purchases of customers alike (`engine.worth_ahead`): a memo of a pure function.
    """

    __slots__ = ("a", "alpha", "b", "known", "r", "spend", "version")

    def __init__(self, model: ChurnModel) -> None:
        weeks, per = model.alpha_weeks
        self.version = model.version
        self.r = of(model.r[0], model.r[1])
        self.a = of(model.a[0], model.a[1])
        self.b = of(model.b[0], model.b[1])
        self.alpha = weeks * WEEK // per
        self.spend = Spending(model.spend) if model.spend else None
        self.known: dict[tuple[int, int, int], int] = {}


class History:
    """A customer as the model sees them: x, the fixed r + x, and alpha plus the span in units of time."""

    __slots__ = ("age", "power", "x")

    def __init__(self, model: Fitted, purchase_days: int, span_days: int) -> None:
        self.x = purchase_days - 1
        self.power = model.r + self.x * ONE
        self.age = model.alpha + span_days * DAY


def p_alive(model: Fitted, history: History, gap_ms: int) -> int:
    """The probability that the customer is still one, so long after the last purchase."""
    return div(ONE, ONE + _odds(model, history, history.age + gap_ms * UNITS))


def risk(model: Fitted, history: History, gap_ms: int, horizon_days: int) -> int:
    """The probability that no purchase comes within the horizon, so long after the last one."""
    now = history.age + gap_ms * UNITS
    alive = div(ONE, ONE + _odds(model, history, now))
    longer = log2_ratio(now + horizon_days * DAY, now)
    silent = exp2(-((history.power * longer) >> FRAC))
    return ONE - mul(alive, ONE - silent)


def threatens(model: Fitted, history: History, gap_ms: int, horizon_days: int, risk_ppm: int) -> bool:
    """Whether the risk is at least so many parts per million."""
    return risk(model, history, gap_ms, horizon_days) >= _at_least(risk_ppm)


def _at_least(share_ppm: int) -> int:
    """The least fixed number that is so many parts per million."""
    return -(-(share_ppm << FRAC) // 1_000_000)


def _odds(model: Fitted, history: History, now: int) -> int:
    """The odds against being alive; 2 ** 60 stands for all above."""
    grown = (history.power * log2_ratio(now, history.age)) >> FRAC
    if grown > _CERTAIN:
        return 1 << (60 + FRAC)
    return mul(div(model.a, model.b + history.x * ONE), exp2(grown))


def alive_until_ms(model: Fitted, history: History, p_ppm: int) -> int:
    """The gap at which p_alive falls to so many parts per million, rounded up; NEVER_MS for never."""
    against = log2_ratio(1_000_000 - p_ppm, p_ppm) + log2(model.b + history.x * ONE) - log2(model.a)
    if against <= 0:
        return 0
    grown = (against << FRAC) // history.power
    if grown > _FAR:
        return NEVER_MS
    gap_ms = -(-(history.age * (exp2(grown) - ONE)) // (UNITS << FRAC))
    return gap_ms if gap_ms < _CENTURIES else NEVER_MS


def risk_reached_ms(model: Fitted, history: History, risk_ppm: int, horizon_days: int, from_ms: int) -> int:
    """The gap, at least `from_ms`, at which the risk reaches so many parts per million, to the millisecond.

    The risk only rises with the gap, and is at least that of not being alive, which bounds the search.
    NEVER_MS when it takes centuries.
    """
    wanted = _at_least(risk_ppm)
    low, below = from_ms, risk(model, history, from_ms, horizon_days) - wanted
    if below >= 0:
        return from_ms
    high = max(alive_until_ms(model, history, 1_000_000 - risk_ppm), from_ms + 1)
    high = min(high, _CENTURIES)
    above = risk(model, history, high, horizon_days) - wanted
    while above < 0:  # By less than the arithmetic shows, or in centuries.
        if high >= _CENTURIES:
            return NEVER_MS
        low, below, high = high, above, high + 1 + (high - low)
        above = risk(model, history, high, horizon_days) - wanted
    while high - low > 1:
        tried, half_ms = (low + high) // 2, (high - low) // 2
        reached = risk(model, history, tried, horizon_days) - wanted
        # Ridders: a straight line through the three after an exponential is taken off them.
        better = tried - half_ms * reached // (isqrt(reached * reached - below * above) + 1)
        if reached < 0:
            low, below = tried, reached
        else:
            high, above = tried, reached
        if high - low > 1:
            better = min(max(better, low + 1), high - 1)
            reached = risk(model, history, better, horizon_days) - wanted
            if reached < 0:
                low, below = better, reached
            else:
                high, above = better, reached
    return high


def purchases(model: Fitted, history: History, gap_ms: int, horizon_days: int) -> int:
    """How many purchase days are to be expected within the horizon, a fixed number.

    They are (a + b + x) / (a - 1) * (1 - few) * p_alive, where z is the horizon's part of alpha + T + horizon
    and few = (1 - z) ** (r + x) * 2F1(r + x, b + x + 1; a + b + x; z). There x makes terms grow beyond all
    bounds. By Euler few is also (1 - z) ** (a - 1) * 2F1(a + b - r, a - 1; a + b + x; z), where x makes them
    smaller. That form is taken, unless a large r makes its terms cancel each other.
    """
    now = history.age + gap_ms * UNITS
    ahead = horizon_days * DAY
    whole, z = model.a + model.b + history.x * ONE, of(ahead, now + ahead)
    if model.r <= model.a + model.b + 2 * ONE:
        power, series = model.a - ONE, _series(model.a + model.b - model.r, model.a - ONE, whole, z)
    else:
        power, series = history.power, _series(history.power, whole - model.a + ONE, whole, z)
    few = exp2(log2(series) + ((power * log2_ratio(now, now + ahead)) >> FRAC))
    return max(mul(whole * (ONE - few) // (model.a - ONE), p_alive(model, history, gap_ms)), 0)


def _series(p: int, q: int, c: int, z: int) -> int:
    """2F1(p, q; c; z) of fixed numbers, z below 1, until what follows adds less than is ever shown."""
    term = total = ONE << _MORE
    enough = mul(_SMALL, ONE - z)  # What follows a term is about 1 / (1 - z) times as much.
    for n in range(_TERMS_MAX):
        at, before = n * ONE, term
        grown = term * ((p + at) * (q + at) // (c + at) * z >> FRAC)
        # Toward zero, so that terms of either sign come to an end.
        term = grown // ((n + 1) * ONE) if grown > 0 else -(-grown // ((n + 1) * ONE))
        total += term
        if abs(term) < enough and abs(term) <= abs(before):
            break
    return total >> _MORE


def spend_minor(spend: Spending, x: int, repeat_minor: int) -> int:
    """What the customer is likely to spend on a purchase day, fixed minor units.

    `repeat_minor` is what was spent on the x purchase days after the first.
    """
    if x < 1 or repeat_minor <= 0:
        return div(mul(spend.v, spend.p), spend.q - ONE)
    return div(mul(spend.p, spend.v + repeat_minor * ONE), spend.p * x + spend.q - ONE)


def worth_minor(spend: Spending, expected: int, likely_minor: int) -> int:
    """What so many purchase days of so much money are worth, in whole minor units."""
    return (mul(mul(expected, likely_minor), spend.margin) + HALF) >> FRAC
