"""When a level of absence is reached: by the customer's own interval, by the model's risk, by both.

Everything that a level asks for begins to hold at one instant after the last purchase and holds from then on.
"""

from engine.calendar import DAY_MS
from engine.risk import NEVER_MS, Fitted, History, alive_until_ms, risk_reached_ms, threatens
from engine.state import Rhythm
from rules.compiled_churn import Churn, ChurnLevel


def expected_days(rhythm: Rhythm, churn: Churn) -> tuple[int, int]:
    """The expected interval in days as an exact ratio."""
    span = rhythm.last_day - rhythm.first_day
    num = span * churn.population_days_den + 2 * churn.population_days_num
    return num, (rhythm.days + 1) * churn.population_days_den


def gap_ratio_ppm(rhythm: Rhythm, churn: Churn, gap_ms: int) -> int:
    """The gap over the expected interval in parts per million, rounded down."""
    num, den = expected_days(rhythm, churn)
    return gap_ms * den * 1_000_000 // (num * DAY_MS)


def history_of(fitted: Fitted, rhythm: Rhythm) -> History:
    """The customer as the model sees them."""
    return History(fitted, rhythm.days, rhythm.last_day - rhythm.first_day)


def crossing_ms(fitted: Fitted | None, rhythm: Rhythm, churn: Churn, number: int) -> int:
    """The instant at which a level (1 = first) is crossed, rounded up to the millisecond; or NEVER_MS."""
    level, least_ms = churn.levels[number - 1], churn.minimum_days * DAY_MS
    gap_ms = max(_ratio_ms(rhythm, churn, level), least_ms) if level.ratio_num else NEVER_MS
    if fitted is not None and (level.risk_ppm or level.p_alive_ppm):
        gap_ms = _by_model_ms(fitted, rhythm, churn, level, gap_ms)
    return rhythm.last_ms + gap_ms if gap_ms < NEVER_MS else NEVER_MS


def crossed(fitted: Fitted | None, rhythm: Rhythm, churn: Churn, number: int, instant_ms: int) -> bool:
    """Whether a level was crossed before the instant: as `crossing_ms` says, without a search."""
    level, gap_ms = churn.levels[number - 1], instant_ms - 1 - rhythm.last_ms
    if gap_ms < churn.minimum_days * DAY_MS:
        return False
    found = _ratio_ms(rhythm, churn, level) <= gap_ms if level.ratio_num else level.all_of
    if fitted is None or found != level.all_of or not (level.risk_ppm or level.p_alive_ppm):
        return found
    history = history_of(fitted, rhythm)
    if level.p_alive_ppm:
        found = alive_until_ms(fitted, history, level.p_alive_ppm) <= gap_ms
    if level.risk_ppm and found == level.all_of:
        found = threatens(fitted, history, gap_ms, churn.horizon_days, level.risk_ppm)
    return found


def _ratio_ms(rhythm: Rhythm, churn: Churn, level: ChurnLevel) -> int:
    num, den = expected_days(rhythm, churn)
    return -(-level.ratio_num * num * DAY_MS // (level.ratio_den * den))


def _by_model_ms(fitted: Fitted, rhythm: Rhythm, churn: Churn, level: ChurnLevel, by_ratio_ms: int) -> int:
    """The gap at which a level is crossed that goes by the model, and perhaps by the interval too."""
    history, least_ms = history_of(fitted, rhythm), churn.minimum_days * DAY_MS
    found: list[int] = [by_ratio_ms] if level.ratio_num else []
    if level.p_alive_ppm:
        found.append(max(alive_until_ms(fitted, history, level.p_alive_ppm), least_ms))
    if level.risk_ppm:
        known = (max(found) if level.all_of else min(found)) if found else NEVER_MS
        found.append(_risk_ms(fitted, history, churn, level, known))
    return max(found) if level.all_of else min(found)


def _risk_ms(fitted: Fitted, history: History, churn: Churn, level: ChurnLevel, known_ms: int) -> int:
    """The gap at which the risk is reached; or `known_ms`, where what else is asked for decides."""
    least_ms = churn.minimum_days * DAY_MS
    if known_ms < NEVER_MS:
        if threatens(fitted, history, known_ms, churn.horizon_days, level.risk_ppm) == level.all_of:
            return known_ms
        if level.all_of:
            least_ms = known_ms
    return risk_reached_ms(fitted, history, level.risk_ppm, churn.horizon_days, least_ms)
