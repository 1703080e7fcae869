"""Churn alerts by the customer's own rhythm and the population's model, at the computed instant of crossing.

The expected interval is I = (days from first to last purchase day + 2 * population interval) /
(purchase days + 1). Level k is crossed at last purchase + max(minimum, ratio_k * I), or when the model's risk
is reached (`engine.crossing`); a purchase at that very instant still prevents it, so the timer is due one
millisecond later.
"""

from typing import Final

from msgspec.structs import replace

from engine.calendar import DAY_MS
from engine.churn_effects import ChurnAlert
from engine.crossing import crossed, crossing_ms, expected_days, gap_ratio_ppm, history_of
from engine.days import bucket
from engine.effects import ChurnRecovered, Ref
from engine.fixed import ppm
from engine.risk import NEVER_MS, Fitted, p_alive, risk
from engine.state import Account, Rhythm
from engine.strategy import suggested
from engine.timers import arm
from engine.turn import Turn
from engine.worth_ahead import worth
from rules.compiled_churn import Churn

KIND: Final = "churn"


def purchased(turn: Turn, order_id: str) -> None:
    """Moves the rhythm on: counts the day, clears a raised level, and waits for the next crossing."""
    rhythm, churn = _count(turn), turn.rulebook.churn
    gap_start_ms = rhythm.last_ms
    newer = turn.occurred_ms >= gap_start_ms
    if newer:
        rhythm.last_ms = turn.occurred_ms
    if churn is None or turn.customer.enrolled_ms < 0:
        return
    if newer:
        if rhythm.alerted and not turn.backfill:
            _recovered(turn, rhythm, churn, order_id, gap_start_ms)
        rhythm.level, rhythm.alerted = 0, False
    if turn.backfill:
        _pass_over(turn, rhythm, churn)
    _arm(turn, rhythm, churn)


def enrolled(turn: Turn) -> None:
    """Begins to watch a customer who may have bought before joining."""
    rhythm, churn = turn.customer.rhythm, turn.rulebook.churn
    if rhythm is not None and churn is not None:
        _pass_over(turn, rhythm, churn)
        _arm(turn, rhythm, churn)


def due(turn: Turn) -> None:
    """Raises the highest level whose instant has passed and waits for the next one."""
    rhythm, churn = turn.customer.rhythm, turn.rulebook.churn
    arm(turn.customer, KIND, 0)
    if rhythm is None or churn is None:
        return  # The rulebook no longer asks for alerts.
    level = _level_at(turn, rhythm, churn, turn.occurred_ms)
    if level > rhythm.level:
        previous, rhythm.level, rhythm.alerted = rhythm.level, level, True
        _alert(turn, rhythm, churn, previous)
    _arm(turn, rhythm, churn)


def _count(turn: Turn) -> Rhythm:
    day = turn.day
    today, rhythm = bucket(turn.account, day), turn.customer.rhythm
    if rhythm is None:
        rhythm = turn.customer.rhythm = Rhythm(0, day, day, turn.occurred_ms)
    if not today.bought:
        today.bought = True
        rhythm.days += 1
        rhythm.first_day = min(rhythm.first_day, day)
        rhythm.last_day = max(rhythm.last_day, day)
    return rhythm


def _level_at(turn: Turn, rhythm: Rhythm, churn: Churn, instant_ms: int) -> int:
    """The highest level crossed before the instant."""
    for level in range(len(churn.levels), 0, -1):
        if crossed(turn.plan.fitted, rhythm, churn, level, instant_ms):
            return level
    return 0


def _pass_over(turn: Turn, rhythm: Rhythm, churn: Churn) -> None:
    """Counts levels crossed in the past as raised: what is learned only later alerts nobody."""
    rhythm.level = max(rhythm.level, _level_at(turn, rhythm, churn, turn.now_ms))


def _arm(turn: Turn, rhythm: Rhythm, churn: Churn) -> None:
    arm(turn.customer, KIND, _next_ms(turn, rhythm, churn))


def _next_ms(turn: Turn, rhythm: Rhythm, churn: Churn) -> int:
    """When to look again: 1 ms after the next level is crossed, 0 for never.

    Where levels go by the model, the search for that instant waits until the least number of days has passed
    without a purchase: most customers buy before, and no level is crossed earlier.
    """
    above = range(rhythm.level + 1, len(churn.levels) + 1)
    fitted = turn.plan.fitted
    if not above:
        return 0
    if not turn.plan.by_model:
        return crossing_ms(fitted, rhythm, churn, above[0]) + 1
    least_ms = rhythm.last_ms + churn.minimum_days * DAY_MS + 1
    if turn.now_ms < least_ms:
        return least_ms
    soonest_ms = min([crossing_ms(fitted, rhythm, churn, level) for level in above])
    return soonest_ms + 1 if soonest_ms < NEVER_MS else 0


def _alert(turn: Turn, rhythm: Rhythm, churn: Churn, previous: int) -> None:
    level, fitted = churn.levels[rhythm.level - 1], turn.plan.fitted
    crossed_ms = crossing_ms(fitted, rhythm, churn, rhythm.level)
    action = suggested(turn, level.name)
    alert = ChurnAlert(
        level=level.name,
        previous=_name(churn, previous),
        ratio=level.text,
        crossed_ms=crossed_ms,
        last_purchase_ms=rhythm.last_ms,
        gap_days=turn.day - rhythm.last_day,
        expected_gap_days=expected_days(rhythm, churn),
        purchase_days=rhythm.days,
        tier=turn.tier().code,
        rev=turn.customer.rev,
        suggested_action=action.id if action is not None else "",
    )
    if fitted is not None:
        alert = _scored(turn.account, alert, fitted, rhythm, churn)
    turn.emit(ChurnAlert.TYPE, alert)


def _scored(account: Account, alert: ChurnAlert, fitted: Fitted, rhythm: Rhythm, churn: Churn) -> ChurnAlert:
    """The alert with what the model says of the customer as of its crossing."""
    history, gap_ms = history_of(fitted, rhythm), alert.crossed_ms - rhythm.last_ms
    spend = fitted.spend
    return replace(
        alert,
        gap_ratio_ppm=gap_ratio_ppm(rhythm, churn, gap_ms),
        risk_ppm=ppm(risk(fitted, history, gap_ms, churn.horizon_days)),
        horizon_days=churn.horizon_days,
        p_alive_ppm=ppm(p_alive(fitted, history, gap_ms)),
        clv_minor=None if spend is None else worth(account, fitted, spend, rhythm, gap_ms),
        clv_days=0 if spend is None else spend.horizon_days,
        model_version=fitted.version,
    )


def _recovered(turn: Turn, rhythm: Rhythm, churn: Churn, order_id: str, gap_start_ms: int) -> None:
    turn.emit(
        ChurnRecovered.TYPE,
        ChurnRecovered(
            previous=_name(churn, rhythm.level),
            gap_days=turn.day - turn.plan.days.of(gap_start_ms),
            tier=turn.tier().code,
            ref=Ref(order_id=order_id),
            rev=turn.customer.rev,
        ),
    )


def _name(churn: Churn, level: int) -> str:
    return churn.levels[min(level, len(churn.levels)) - 1].name if level else ""
