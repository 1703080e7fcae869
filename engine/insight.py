"""The facts: a customer's numbers and words as they are at one instant, by name.

A fact is an int, a str, or None where there is none of it yet: a condition over an absent fact is false.
Ratios and probabilities are whole numbers in parts per million. Days since something are whole days of 24
hours that are over: `days_since_purchase` becomes 90 one millisecond after 90 days, for a purchase at that
very instant prevents it.
"""

from collections.abc import Callable
from typing import Final

from engine.calendar import DAY_MS
from engine.member import ATTRIBUTE, allows, field
from engine.turn import Turn

CONSENT: Final = "consent."  # What the name of a consent begins with among the facts.
Fact = int | str | None


def now_of(turn: Turn) -> int:
    """The instant of which facts are read: now, or when it happened if that is later."""
    return max(turn.now_ms, turn.occurred_ms)


def days_since(turn: Turn, instant_ms: int) -> int:
    """Whole days that are over since an instant."""
    return max(now_of(turn) - 1 - instant_ms, 0) // DAY_MS


def purchased_ms(turn: Turn) -> int:
    """When the last purchase was, 0 for never."""
    rhythm = turn.customer.rhythm
    return 0 if rhythm is None else rhythm.last_ms


def engaged_ms(turn: Turn) -> int:
    """When the last engagement was that counts as activity, 0 for never."""
    signals = turn.customer.signals
    return 0 if signals is None else signals.engaged_ms


def touched_ms(turn: Turn) -> int:
    """When the customer last bought, engaged or joined."""
    return max(purchased_ms(turn), engaged_ms(turn), turn.customer.enrolled_ms)


def _days_since_purchase(turn: Turn) -> Fact:
    last_ms = purchased_ms(turn)
    return days_since(turn, last_ms) if last_ms else None


def _days_since_engagement(turn: Turn) -> Fact:
    last_ms = engaged_ms(turn)
    return days_since(turn, last_ms) if last_ms else None


def _days_since_interaction(turn: Turn) -> Fact:
    return days_since(turn, touched_ms(turn))


def _open_complaints(turn: Turn) -> Fact:
    signals = turn.customer.signals
    return 0 if signals is None else len(signals.complaints) // 2


def _unsubscribed(turn: Turn) -> Fact:
    signals = turn.customer.signals
    return 0 if signals is None else int(signals.unsubscribed_ms > 0)


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


FACTS: Final[dict[str, Callable[[Turn], Fact]]] = {
    "days_since_purchase": _days_since_purchase,
    "days_since_engagement": _days_since_engagement,
    "days_since_interaction": _days_since_interaction,
    "open_complaints": _open_complaints,
    "unsubscribed": _unsubscribed,
    "tier": _tier,
    "top_tier": _top_tier,
    "language": _language,
}
"""How each fact is read. Whoever knows more of a customer adds a line."""


def fact(turn: Turn, name: str) -> Fact:
    """The value of a fact now. Raises KeyError for a name that is no fact.

    Besides those of `FACTS` there are attribute.<name>, absent where the profile has none, and
    consent.<scope>, 1 or 0.
    """
    if name.startswith(ATTRIBUTE):
        return _attribute(turn, name)
    if name.startswith(CONSENT):
        return int(allows(turn.rulebook, turn.customer.member, name.removeprefix(CONSENT)))
    return FACTS[name](turn)
