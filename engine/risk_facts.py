"""What the model says of a customer now, for conditions: risk, being alive, worth; and when that turns."""

from typing import Final

from engine.calendar import DAY_MS
from engine.crossing import history_of
from engine.fixed import FRAC, ppm
from engine.risk import (
    NEVER_MS,
    Fitted,
    History,
    Spending,
    alive_until_ms,
    p_alive,
    risk,
    risk_reached_ms,
    threatens,
)
from engine.state import Account, Rhythm
from engine.turn import Turn
from engine.wallet import NEVER
from engine.worth_ahead import likely_minor, worth, worth_after
from rules.compiled_churn import Churn

_FORTNIGHT: Final = 14  # Days.


def _known(turn: Turn) -> tuple[Fitted, History, Rhythm] | None:
    """The model and the customer as it sees them; None without either, or without consent to profiling."""
    fitted, rhythm, churn = turn.plan.fitted, turn.customer.rhythm, turn.rulebook.churn
    if fitted is None or rhythm is None or churn is None or not turn.agrees():
        return None
    return fitted, history_of(fitted, rhythm), rhythm


def _gap_ms(turn: Turn, rhythm: Rhythm) -> int:
    """How long the last purchase is over; a purchase at this very instant would still prevent it."""
    return max(max(turn.now_ms, turn.occurred_ms) - 1 - rhythm.last_ms, 0)


def judged(
    account: Account, fitted: Fitted, rhythm: Rhythm, churn: Churn, gap_ms: int
) -> tuple[int, int, int | None]:
    """What the model says so long after the last purchase: risk, chance of being a customer still, worth.

    The first two in parts per million, the last in minor units and None where the model knows no spending.
    """
    history, spend = history_of(fitted, rhythm), fitted.spend
    return (
        ppm(risk(fitted, history, gap_ms, churn.horizon_days)),
        ppm(p_alive(fitted, history, gap_ms)),
        None if spend is None else worth(account, fitted, spend, rhythm, gap_ms),
    )


def risk_level(turn: Turn) -> str | None:
    """The churn level raised now; None for none, and without consent to profiling."""
    rhythm, churn = turn.customer.rhythm, turn.rulebook.churn
    if rhythm is None or churn is None or not rhythm.level or not turn.agrees():
        return None
    return churn.levels[min(rhythm.level, len(churn.levels)) - 1].name


def risk_ppm(turn: Turn) -> int | None:
    """The risk within the rulebook's horizon, rounded down."""
    known, churn = _known(turn), turn.rulebook.churn
    if known is None or churn is None:
        return None
    fitted, history, rhythm = known
    return risk(fitted, history, _gap_ms(turn, rhythm), churn.horizon_days) * 1_000_000 >> FRAC


def p_alive_ppm(turn: Turn) -> int | None:
    """The probability of being still a customer, rounded down."""
    known = _known(turn)
    if known is None:
        return None
    fitted, history, rhythm = known
    return p_alive(fitted, history, _gap_ms(turn, rhythm)) * 1_000_000 >> FRAC


def clv_minor(turn: Turn) -> int | None:
    """What the customer is worth within the horizon of `spend`."""
    known = _known(turn)
    if known is None or known[0].spend is None:
        return None
    fitted, _, rhythm = known
    return worth(turn.account, fitted, known[0].spend, rhythm, _gap_ms(turn, rhythm))


def risk_reaches_ms(turn: Turn, floor_ppm: int) -> int:
    """When the risk is so much, if no purchase comes; 0 where there is none.

    It only rises. While it is far from so much, the answer is an instant at which to look again, without a
    search: most customers buy before.
    """
    known, churn = _known(turn), turn.rulebook.churn
    if known is None or churn is None:
        return 0
    fitted, history, rhythm = known
    if floor_ppm >= 1_000_000:
        return NEVER
    low = _gap_ms(turn, rhythm)
    if threatens(fitted, history, low, churn.horizon_days, floor_ppm):
        return rhythm.last_ms
    high = 2 * low + _FORTNIGHT * DAY_MS
    if not threatens(fitted, history, high, churn.horizon_days, floor_ppm):
        return rhythm.last_ms + high + 1
    gap_ms = risk_reached_ms(fitted, history, floor_ppm, churn.horizon_days, low)
    return rhythm.last_ms + gap_ms + 1 if gap_ms < NEVER_MS else NEVER


def p_alive_falls_ms(turn: Turn, floor_ppm: int) -> int:
    """When being alive is no likelier than that, if no purchase comes; 0 where there is none."""
    known = _known(turn)
    if known is None:
        return 0
    fitted, history, rhythm = known
    if floor_ppm >= 1_000_000:
        return rhythm.last_ms
    gap_ms = alive_until_ms(fitted, history, floor_ppm)
    return rhythm.last_ms + gap_ms + 1 if gap_ms < NEVER_MS else NEVER


def clv_falls_ms(turn: Turn, floor_minor: int) -> int:
    """When the worth falls below so much, if no purchase comes; 0 where there is none.

    It only falls. So the whole days since the purchase bound it from above and from below, and what is worked
    out for them serves for all customers alike. While it does not fall on the present day, the answer is the
    last day's begin on which it still holds, or a nearer one: soon enough to look again. So the millisecond
    is searched once, on the very day.
    """
    known = _known(turn)
    if known is None or known[0].spend is None:
        return 0
    fitted, _, rhythm = known
    spend, passed = known[0].spend, _gap_ms(turn, rhythm) // DAY_MS
    likely = likely_minor(turn.account, spend, rhythm)
    if worth_after(fitted, spend, rhythm, likely, passed) < floor_minor:
        return rhythm.last_ms
    if worth_after(fitted, spend, rhythm, likely, passed + 1) < floor_minor:
        return rhythm.last_ms + _clv_gap_ms(turn, fitted, spend, rhythm, floor_minor) + 1
    low, high = passed + 1, 2 * passed + _FORTNIGHT
    if worth_after(fitted, spend, rhythm, likely, high) >= floor_minor:
        return rhythm.last_ms + high * DAY_MS + 1
    while high - low > 1:
        tried = (low + high) // 2
        if worth_after(fitted, spend, rhythm, likely, tried) < floor_minor:
            high = tried
        else:
            low = tried
    return rhythm.last_ms + low * DAY_MS + 1


def _clv_gap_ms(turn: Turn, fitted: Fitted, spend: Spending, rhythm: Rhythm, floor_minor: int) -> int:
    """The gap, on the present day since the purchase, from which on the worth is below the floor."""
    low = _gap_ms(turn, rhythm)
    if worth(turn.account, fitted, spend, rhythm, low) < floor_minor:
        return low
    high = (low // DAY_MS + 1) * DAY_MS
    while high - low > 1:
        tried = (low + high) // 2
        if worth(turn.account, fitted, spend, rhythm, tried) < floor_minor:
            high = tried
        else:
            low = tried
    return high
