"""Churn alerts by the customer's own rhythm and the population's model, at the computed instant of crossing.

The expected interval is I = (days from first to last purchase day + 2 * population interval) /
(purchase days + 1). Level k is crossed at last purchase + max(minimum, ratio_k * I), or when the model's risk
is reached (`engine.crossing`); a purchase at that very instant still prevents it, so the timer is due one
millisecond later.
"""

from hashlib import sha1
from typing import Final

from msgspec.structs import replace

from engine import watch
from engine.calendar import DAY_MS
from engine.churn_effects import ChurnAlert
from engine.crossing import crossed, crossing_ms, expected_days, gap_ratio_ppm
from engine.days import bucket
from engine.effects import ChurnRecovered, Ref
from engine.events import Happening
from engine.risk import NEVER_MS, Fitted
from engine.risk_facts import judged
from engine.state import Account, Rhythm
from engine.strategy import suggested
from engine.timers import arm
from engine.turn import Turn
from rules.compiled_churn import Churn

KIND: Final = "churn"
SPREAD_DAYS: Final = 7


def purchased(turn: Turn, order_id: str) -> None:
    """Moves the rhythm on: counts the day, clears a raised level, and waits for the next crossing."""
    rhythm, churn = _count(turn), turn.rulebook.churn
    gap_start_ms = rhythm.last_ms
    newer = turn.occurred_ms >= gap_start_ms
    if newer:
        rhythm.last_ms = turn.occurred_ms
    if churn is None or turn.customer.enrolled_ms < 0:
        return
    if not turn.agrees():
        _rest(turn, rhythm)
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
    if rhythm is not None and churn is not None and turn.agrees():
        _pass_over(turn, rhythm, churn)
        _arm(turn, rhythm, churn)


def consented(turn: Turn) -> None:
    """Watches a customer who has agreed to it from now on, and no longer who has withdrawn that."""
    rhythm, churn = turn.customer.rhythm, turn.rulebook.churn
    if rhythm is None or churn is None or turn.customer.enrolled_ms < 0:
        return
    if turn.agrees():
        _pass_over(turn, rhythm, churn)
        _arm(turn, rhythm, churn)
    else:
        _rest(turn, rhythm)


def _rest(turn: Turn, rhythm: Rhythm) -> None:
    """Raises no level and waits for none."""
    rhythm.level, rhythm.alerted = 0, False
    arm(turn.customer, KIND, 0)


def due(turn: Turn) -> None:
    """Raises the highest level whose instant has passed, tells one that lasts again, waits for the next."""
    rhythm, churn = turn.customer.rhythm, turn.rulebook.churn
    arm(turn.customer, KIND, 0)
    if rhythm is None or churn is None:
        return  # The rulebook no longer asks for alerts.
    if not turn.agrees():
        _rest(turn, rhythm)
        return
    level = _level_at(turn, rhythm, churn, turn.occurred_ms)
    if level > rhythm.level:
        previous, rhythm.level, rhythm.alerted = rhythm.level, level, True
        _alert(turn, rhythm, churn, previous, turn.occurred_ms - 1)
    elif 0 < _again_ms(turn, rhythm, churn) < turn.occurred_ms:
        _alert(turn, rhythm, churn, rhythm.level, turn.occurred_ms - 1)
    _arm(turn, rhythm, churn)


def follow(turn: Turn, data: Happening | None) -> None:
    """Moves the level by what makes it higher; `data` is the event's, None for a timer."""
    rhythm, churn = turn.customer.rhythm, turn.rulebook.churn
    if rhythm is not None and rhythm.level and churn is not None and not turn.agrees():
        _rest(turn, rhythm)  # A new rulebook asks for a consent that there is not.
    if data is None or churn is None or churn.modifiers is None:
        return
    if churn.modifiers.refunds_ppm:
        watch.note(turn, data)
    if rhythm is None or turn.customer.enrolled_ms < 0 or not (rhythm.level or churn.modifiers.alone):
        return
    if not turn.agrees():
        return
    if base_level(turn, rhythm, churn, turn.now_ms) > rhythm.level:
        # The timer that is armed tells it at its instant; none is where the rulebook has changed since.
        timer = turn.customer.timers.get(KIND)
        if timer is None or not timer.due_ms:
            arm(turn.customer, KIND, turn.now_ms + 1 + _spread_ms(turn.customer.id))
        return
    level = _level_at(turn, rhythm, churn, turn.now_ms)
    if level > rhythm.level:
        previous, rhythm.level = rhythm.level, level
        if not turn.backfill:
            rhythm.alerted = True
            _alert(turn, rhythm, churn, previous, turn.now_ms)
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


def base_level(turn: Turn, rhythm: Rhythm, churn: Churn, instant_ms: int) -> int:
    """The highest level crossed before the instant by absence alone."""
    for level in range(len(churn.levels), 0, -1):
        if crossed(turn.plan.fitted, rhythm, churn, level, instant_ms):
            return level
    return 0


def _level_at(turn: Turn, rhythm: Rhythm, churn: Churn, instant_ms: int) -> int:
    """The level reached before the instant: one higher than by absence alone while a modifier holds."""
    level, modifiers = base_level(turn, rhythm, churn, instant_ms), churn.modifiers
    if modifiers is None or level == len(churn.levels) or not (level or modifiers.alone):
        return level
    if not level and instant_ms <= _least_ms(rhythm, churn):
        return 0
    return level + (watch.from_when_ms(turn, modifiers) < instant_ms)


def _pass_over(turn: Turn, rhythm: Rhythm, churn: Churn) -> None:
    """Counts levels crossed in the past as raised: what is learned only later alerts nobody."""
    rhythm.level = max(rhythm.level, _level_at(turn, rhythm, churn, turn.now_ms))


def _arm(turn: Turn, rhythm: Rhythm, churn: Churn) -> None:
    arm(turn.customer, KIND, _next_ms(turn, rhythm, churn))


def _next_ms(turn: Turn, rhythm: Rhythm, churn: Churn) -> int:
    """When to look again: 1 ms after the next level is reached or this one is told again, 0 for never.

    Where levels go by the model, the search for that instant waits until the least number of days has passed
    without a purchase: most customers buy before, and no level is crossed earlier.
    """
    above, soonest_ms = range(rhythm.level + 1, len(churn.levels) + 1), NEVER_MS
    if above:
        if turn.plan.by_model and turn.now_ms <= _least_ms(rhythm, churn):
            return _least_ms(rhythm, churn) + 1
        modifiers = churn.modifiers
        from_ms = NEVER_MS if modifiers is None else watch.from_when_ms(turn, modifiers)
        for level in above if turn.plan.by_model else above[:1]:
            # Levels seldom overtake each other: whether one does is asked before its instant is searched.
            if soonest_ms == NEVER_MS or crossed(turn.plan.fitted, rhythm, churn, level, soonest_ms):
                soonest_ms = min(soonest_ms, _reached_ms(turn, rhythm, churn, level, from_ms))
    again_ms = _again_ms(turn, rhythm, churn)
    if again_ms:
        soonest_ms = min(soonest_ms, again_ms)
    return soonest_ms + 1 if soonest_ms < NEVER_MS else 0


def ahead(turn: Turn, rhythm: Rhythm, churn: Churn) -> tuple[int, int]:
    """The level that is raised next if nothing more happens, and when it is reached; (0, 0) for none."""
    modifiers, found, soonest_ms = churn.modifiers, 0, NEVER_MS
    from_ms = NEVER_MS if modifiers is None else watch.from_when_ms(turn, modifiers)
    for level in range(rhythm.level + 1, len(churn.levels) + 1):
        reached_ms = _reached_ms(turn, rhythm, churn, level, from_ms)
        if reached_ms < NEVER_MS and reached_ms <= soonest_ms:
            found, soonest_ms = level, reached_ms
    return (found, soonest_ms) if found else (0, 0)


def _reached_ms(turn: Turn, rhythm: Rhythm, churn: Churn, level: int, from_ms: int) -> int:
    """When a level is reached: by absence, or from the one below it once a modifier holds (`from_ms`)."""
    by_absence_ms = crossing_ms(turn.plan.fitted, rhythm, churn, level)
    if from_ms >= by_absence_ms:
        return by_absence_ms
    if level > 1:
        below_ms = crossing_ms(turn.plan.fitted, rhythm, churn, level - 1)
    else:
        assert churn.modifiers is not None, "only a modifier holds from a time on"
        below_ms = _least_ms(rhythm, churn) if churn.modifiers.alone else NEVER_MS
    return min(by_absence_ms, max(below_ms, from_ms))


def _least_ms(rhythm: Rhythm, churn: Churn) -> int:
    """Before which no level is reached."""
    return rhythm.last_ms + churn.minimum_days * DAY_MS


def _again_ms(turn: Turn, rhythm: Rhythm, churn: Churn) -> int:
    """When the level that is raised is told again, 0 for never."""
    kept = turn.customer.watch
    if not churn.repeat_days or not rhythm.alerted or kept is None or not kept.said_ms:
        return 0
    return kept.said_ms + churn.repeat_days * DAY_MS


def _spread_ms(customer: str) -> int:
    """A part of a week that follows from the id, so that a new rulebook alerts nobody in a crowd."""
    digest = sha1(customer.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:8], "big") % (SPREAD_DAYS * DAY_MS)


def _alert(turn: Turn, rhythm: Rhythm, churn: Churn, previous: int, at_ms: int) -> None:
    """Tells the level raised; it is reached at `at_ms`, unless absence alone reached it before."""
    level, fitted, modifiers = churn.levels[rhythm.level - 1], turn.plan.fitted, churn.modifiers
    just = crossed(fitted, rhythm, churn, rhythm.level, at_ms + 1)
    if just and not crossed(fitted, rhythm, churn, rhythm.level, at_ms):
        crossed_ms = at_ms  # As nearly always, and without a search.
    else:
        crossed_ms = crossing_ms(fitted, rhythm, churn, rhythm.level)
    lifted = crossed_ms > at_ms
    if lifted or previous == rhythm.level:
        crossed_ms = at_ms
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
        value_segment="" if turn.customer.life is None else turn.customer.life.value,
        suggested_action=action.id if action is not None else "",
        gap_ratio_ppm=gap_ratio_ppm(rhythm, churn, crossed_ms - rhythm.last_ms),
        factors=watch.factors(turn, modifiers, lifted),
    )
    if fitted is not None:
        alert = _scored(turn.account, alert, fitted, rhythm, churn)
    turn.emit(ChurnAlert.TYPE, alert)
    if churn.repeat_days:
        watch.watch_of(turn).said_ms = at_ms


def _scored(account: Account, alert: ChurnAlert, fitted: Fitted, rhythm: Rhythm, churn: Churn) -> ChurnAlert:
    """The alert with what the model says of the customer as of its crossing."""
    gap_ms, spend = alert.crossed_ms - rhythm.last_ms, fitted.spend
    risk_ppm, p_alive_ppm, clv_minor = judged(account, fitted, rhythm, churn, gap_ms)
    return replace(
        alert,
        risk_ppm=risk_ppm,
        horizon_days=churn.horizon_days,
        p_alive_ppm=p_alive_ppm,
        clv_minor=clv_minor,
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
