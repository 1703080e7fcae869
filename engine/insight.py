"""The facts: a customer's numbers and words as they are at one instant, by name.

A fact is an int, a str, or None where there is none of it yet: a condition over an absent fact is false.
Ratios and probabilities are whole numbers in parts per million. Days since something are whole days of 24
hours that are over: `days_since_purchase` becomes 90 one millisecond after 90 days, for a purchase at that
very instant prevents it.

A fact that moves with time alone has a second line, in `RISES` or `FALLS`: when it reaches a floor, or falls
below it, if nothing more happens. So a condition knows how long its answer stays.
"""

from collections.abc import Callable
from typing import Final

from engine import risk_facts, signals
from engine.calendar import DAY_MS
from engine.crossing import expected_days
from engine.member import ATTRIBUTE, allows, field
from engine.turn import Turn

CONSENT: Final = "consent."  # What the name of a consent begins with among the facts.
Fact = int | str | None
MILLION: Final = 1_000_000


def now_of(turn: Turn) -> int:
    """The instant of which facts are read: now, or when it happened if that is later."""
    return max(turn.now_ms, turn.occurred_ms)


def days_since(turn: Turn, instant_ms: int) -> int:
    """Whole days that are over since an instant."""
    return max(now_of(turn) - 1 - instant_ms, 0) // DAY_MS


def after(instant_ms: int, days: int) -> int:
    """The first instant at which so many days are over; 0 when the instant is 0, for never."""
    return instant_ms + days * DAY_MS + 1 if instant_ms else 0


def _days(instant_ms: int, turn: Turn) -> Fact:
    return days_since(turn, instant_ms) if instant_ms else None


def purchased_ms(turn: Turn) -> int:
    """When the last purchase was, 0 for never."""
    rhythm = turn.customer.rhythm
    return 0 if rhythm is None else rhythm.last_ms


def first_purchased_ms(turn: Turn) -> int:
    """When the local day of the first purchase began, 0 for never."""
    rhythm = turn.customer.rhythm
    return 0 if rhythm is None else turn.plan.days.start_ms(rhythm.first_day)


def engaged_ms(turn: Turn) -> int:
    """When the last engagement was that counts as activity, 0 for never."""
    found = turn.customer.signals
    return 0 if found is None else found.at_ms


def touched_ms(turn: Turn) -> int:
    """When the customer last bought, engaged or joined."""
    return max(purchased_ms(turn), engaged_ms(turn), turn.customer.enrolled_ms)


def stage_ms(turn: Turn) -> int:
    """When the stage began, 0 for none."""
    life = turn.customer.life
    return 0 if life is None else life.since_ms


def gap_reaches_ms(turn: Turn, floor_ppm: int) -> int:
    """When the time since the last purchase is so many expected intervals; 0 where there is no rhythm."""
    rhythm, churn = turn.customer.rhythm, turn.rulebook.churn
    if rhythm is None or churn is None:
        return 0
    num, den = expected_days(rhythm, churn)
    return rhythm.last_ms - (-floor_ppm * num * DAY_MS // (MILLION * den)) + 1


def _gap_ratio(turn: Turn) -> Fact:
    rhythm, churn = turn.customer.rhythm, turn.rulebook.churn
    if rhythm is None or churn is None:
        return None
    num, den = expected_days(rhythm, churn)
    return max(now_of(turn) - 1 - rhythm.last_ms, 0) * MILLION * den // (num * DAY_MS)


def _activity(turn: Turn) -> Fact:
    found = turn.customer.signals
    return 0 if found is None else signals.score_ppm(found, turn.rulebook.activity, now_of(turn))


def _activity_ratio(turn: Turn) -> Fact:
    found = turn.customer.signals
    return None if found is None else signals.ratio_ppm(found, turn.rulebook.activity, now_of(turn))


def _activity_falls(turn: Turn, floor_ppm: int) -> int:
    found = turn.customer.signals
    return 1 if found is None else signals.score_falls_ms(found, turn.rulebook.activity, floor_ppm)


def _activity_ratio_falls(turn: Turn, floor_ppm: int) -> int:
    found = turn.customer.signals
    return 0 if found is None else signals.ratio_falls_ms(found, turn.rulebook.activity, floor_ppm)


def _open_complaints(turn: Turn) -> Fact:
    found = turn.customer.signals
    return 0 if found is None else len(found.complaints) // 2


def _unsubscribed(turn: Turn) -> Fact:
    found = turn.customer.signals
    return 0 if found is None else int(found.unsubscribed_ms > 0)


def _usual_channel(turn: Turn) -> Fact:
    """The commonest channel of the last orders; of equally common ones the one used last."""
    life = turn.customer.life
    channels = [] if life is None else life.channels
    if not channels:
        return None
    most = max([channels.count(channel) for channel in channels])
    return next(channel for channel in reversed(channels) if channels.count(channel) == most)


def _tier(turn: Turn) -> Fact:
    return turn.tier().code


def _top_tier(turn: Turn) -> Fact:
    tiers = turn.rulebook.tier_set.tiers
    return int(len(tiers) > 1 and turn.tier().rank == len(tiers) - 1)


def _language(turn: Turn) -> Fact:
    language = field(turn.customer.member, "language")
    return language if isinstance(language, str) else None


def _attribute(turn: Turn, name: str) -> Fact:
    value = field(turn.customer.member, name)
    return None if isinstance(value, tuple) else value


def _stage(turn: Turn) -> Fact:
    life = turn.customer.life
    return None if life is None else life.stage or None


def _value(turn: Turn) -> Fact:
    life = turn.customer.life
    return None if life is None else life.value or None


def _bought_in_stage(turn: Turn) -> Fact:
    life = turn.customer.life
    return None if life is None else life.bought_in_stage


def _score(turn: Turn, place: int) -> Fact:
    """One of the three scores, the last of them at place 0; none before cut-offs, nor without consent."""
    rfm = turn.customer.rfm
    if rfm is None or not rfm.cell or not turn.agrees():
        return None
    score: int = rfm.cell // 10**place % 10
    return score


def _rfm_r(turn: Turn) -> Fact:
    return _score(turn, 2)


def _rfm_f(turn: Turn) -> Fact:
    return _score(turn, 1)


def _rfm_m(turn: Turn) -> Fact:
    return _score(turn, 0)


FACTS: Final[dict[str, Callable[[Turn], Fact]]] = {
    "days_since_purchase": lambda turn: _days(purchased_ms(turn), turn),
    "days_since_first_purchase": lambda turn: _days(first_purchased_ms(turn), turn),
    "days_since_engagement": lambda turn: _days(engaged_ms(turn), turn),
    "days_since_interaction": lambda turn: _days(touched_ms(turn), turn),
    "days_in_stage": lambda turn: _days(stage_ms(turn), turn),
    "purchase_days_in_stage": _bought_in_stage,
    "activity_ppm": _activity,
    "activity_ratio_ppm": _activity_ratio,
    "open_complaints": _open_complaints,
    "unsubscribed": _unsubscribed,
    "usual_channel": _usual_channel,
    "tier": _tier,
    "top_tier": _top_tier,
    "language": _language,
    "gap_ratio_ppm": _gap_ratio,
    "risk_level": risk_facts.risk_level,
    "risk_ppm": risk_facts.risk_ppm,
    "p_alive_ppm": risk_facts.p_alive_ppm,
    "clv_minor": risk_facts.clv_minor,
    "stage": _stage,
    "value": _value,
    "rfm_r": _rfm_r,
    "rfm_f": _rfm_f,
    "rfm_m": _rfm_m,
}
"""How each fact is read. Whoever knows more of a customer adds a line."""

RISES: Final[dict[str, Callable[[Turn, int], int]]] = {
    "days_since_purchase": lambda turn, floor: after(purchased_ms(turn), floor),
    "days_since_first_purchase": lambda turn, floor: after(first_purchased_ms(turn), floor),
    "days_since_engagement": lambda turn, floor: after(engaged_ms(turn), floor),
    "days_since_interaction": lambda turn, floor: after(touched_ms(turn), floor),
    "days_in_stage": lambda turn, floor: after(stage_ms(turn), floor),
    "gap_ratio_ppm": gap_reaches_ms,
    "risk_ppm": risk_facts.risk_reaches_ms,
}
"""Of facts that grow by themselves: the instant from which they are at least a floor; 0 when absent.

Where that is far off, an earlier instant at which to look again may stand for it.
"""

FALLS: Final[dict[str, Callable[[Turn, int], int]]] = {
    "activity_ppm": _activity_falls,
    "activity_ratio_ppm": _activity_ratio_falls,
    "p_alive_ppm": risk_facts.p_alive_falls_ms,
    "clv_minor": risk_facts.clv_falls_ms,
}
"""Of facts that shrink by themselves: from when they are below a positive floor; 0 when absent.

Where that is far off, an earlier instant at which to look again may stand for it.
"""


def reader_of(name: str) -> Callable[[Turn], Fact]:
    """What reads a fact. Raises KeyError for a name that is no fact."""
    if name.startswith(ATTRIBUTE):
        return lambda turn: _attribute(turn, name)
    if name.startswith(CONSENT):
        scope = name.removeprefix(CONSENT)
        return lambda turn: int(allows(turn.rulebook, turn.customer.member, scope))
    return FACTS[name]


def fact(turn: Turn, name: str) -> Fact:
    """The value of a fact now. Raises KeyError for a name that is no fact.

    Besides those of `FACTS` there are attribute.<name>, absent where the profile has none, and
    consent.<scope>, 1 or 0.
    """
    return reader_of(name)(turn)
