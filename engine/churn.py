"""Churn alerts by the customer's own rhythm, raised at the computed instant of crossing.

The expected interval is I = (days from first to last purchase day + 2 * population interval) /
(purchase days + 1). Level k is crossed at last purchase + max(minimum, ratio_k * I); a purchase at that very
instant still prevents it, so the timer is due one millisecond later.
"""

from typing import Final

from engine.calendar import DAY_MS
from engine.days import bucket
from engine.effects import ChurnAlert, ChurnRecovered, Ref
from engine.state import Rhythm
from engine.strategy import suggested
from engine.timers import arm
from engine.turn import Turn
from rules.compiled import Churn

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


def crossed(turn: Turn) -> None:
    """Raises the highest level whose instant has passed and waits for the next one."""
    rhythm, churn = turn.customer.rhythm, turn.rulebook.churn
    arm(turn.customer, KIND, 0)
    if rhythm is None or churn is None:
        return  # The rulebook no longer asks for alerts.
    level = _level_at(rhythm, churn, turn.occurred_ms)
    if level > rhythm.level:
        previous, rhythm.level, rhythm.alerted = rhythm.level, level, True
        _alert(turn, rhythm, churn, previous)
    _arm(turn, rhythm, churn)


def crossing_ms(rhythm: Rhythm, churn: Churn, level: int) -> int:
    """The instant at which a level (1 = first) is crossed, rounded up to the millisecond."""
    ratio = churn.levels[level - 1]
    num, den = expected_days(rhythm, churn)
    gap_ms = -(-ratio.ratio_num * num * DAY_MS // (ratio.ratio_den * den))
    return rhythm.last_ms + max(churn.minimum_days * DAY_MS, gap_ms)


def expected_days(rhythm: Rhythm, churn: Churn) -> tuple[int, int]:
    """The expected interval in days as an exact ratio."""
    span = rhythm.last_day - rhythm.first_day
    num = span * churn.population_days_den + 2 * churn.population_days_num
    return num, (rhythm.days + 1) * churn.population_days_den


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


def _level_at(rhythm: Rhythm, churn: Churn, instant_ms: int) -> int:
    """The highest level crossed before the instant."""
    for level in range(len(churn.levels), 0, -1):
        if crossing_ms(rhythm, churn, level) < instant_ms:
            return level
    return 0


def _pass_over(turn: Turn, rhythm: Rhythm, churn: Churn) -> None:
    """Counts levels crossed in the past as raised: what is learned only later alerts nobody."""
    rhythm.level = max(rhythm.level, _level_at(rhythm, churn, turn.now_ms))


def _arm(turn: Turn, rhythm: Rhythm, churn: Churn) -> None:
    following = rhythm.level + 1
    arm(
        turn.customer,
        KIND,
        crossing_ms(rhythm, churn, following) + 1 if following <= len(churn.levels) else 0,
    )


def _alert(turn: Turn, rhythm: Rhythm, churn: Churn, previous: int) -> None:
    level = churn.levels[rhythm.level - 1]
    action = suggested(turn, level.name)
    turn.emit(
        ChurnAlert.TYPE,
        ChurnAlert(
            level=level.name,
            previous=_name(churn, previous),
            ratio=level.text,
            crossed_ms=crossing_ms(rhythm, churn, rhythm.level),
            last_purchase_ms=rhythm.last_ms,
            gap_days=turn.day - rhythm.last_day,
            expected_gap_days=expected_days(rhythm, churn),
            purchase_days=rhythm.days,
            tier=turn.tier().code,
            rev=turn.customer.rev,
            suggested_action=action.id if action is not None else "",
        ),
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
