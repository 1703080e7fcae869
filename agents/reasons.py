"""Events and decisions in one plain sentence each, in English and Chinese, for whoever asks why.

The sentences are made of what the message itself says, so they are as true as it is: the rule as the rulebook
writes it, and the numbers it was held against.
"""

from collections.abc import Callable, Mapping
from typing import Final

from agents import reasons_events as events
from agents import reasons_levels as levels
from agents import reasons_lives as lives
from agents import reasons_points as points
from agents.reasons_said import Said
from agents.reasons_words import Data, Shop

HISTORY: Final = Said(" (loaded as history)", "（历史数据）")


def reason_of(kind: str, data: Data, shop: Shop) -> Said:
    """What a message of this type says, in the money and the time of the programme."""
    teller = TELLERS.get(kind) or _FAMILIES.get(kind.partition(".")[0], _plainly)
    try:
        said = teller(kind, data, shop)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):  # Of another version.
        said = _plainly(kind, data, shop)
    if data.get("backfill") is True:
        said = Said(said.en[:-1] + HISTORY.en + ".", said.zh[:-1] + HISTORY.zh + "。")
    return said


def _plainly(kind: str, data: Data, shop: Shop) -> Said:
    """The words and numbers of a message as they are called there."""
    what = {key: value for key, value in data.items() if isinstance(value, str | int) and key != "rev"}
    shown = ", ".join(f"{key} {value}" for key, value in what.items() if value not in ("", False))
    name, told = kind.replace(".", " ").replace("_", " "), f": {shown}" if shown else ""
    return Said(f"{name.capitalize()}{told}.", f"{kind}{told}。")


Teller = Callable[[str, Data, Shop], Said]

TELLERS: Final[Mapping[str, Teller]] = {
    "points.earned": points.earned,
    "points.pending": points.earned,
    "points.clawed_back": points.clawed,
    "points.redeem_rejected": points.rejected,
    **dict.fromkeys(points.ENTRIES, points.entry),
    **dict.fromkeys(levels.MOVES, levels.moved),
    "tier.renewed": levels.renewed,
    "tier.grace_started": levels.grace,
    "tier.downgrade_warning": levels.warning,
    "tier.progress": levels.progress,
    "tier.override_set": levels.override,
    "tier.override_released": levels.override,
    "churn.alert": lives.alert,
    "churn.recovered": lives.recovered,
    "lifecycle.changed": lives.stage,
    **dict.fromkeys(lives.TAGGED, lives.tag),
    "notify.requested": lives.requested,
    "notify.suppressed": lives.suppressed,
    "consent.recorded": lives.consent,
    "care.due": lives.care,
    "referral.refused": lives.referral,
    "command.rejected": events.rejected,
    "profile.updated": events.profile,
    **dict.fromkeys(events.ORDERS, events.purchase),
    "purchase.completed": events.purchase,
    **dict.fromkeys(events.COMMANDS, events.command),
    "referral.closed": events.closed,
}
"""What tells each type."""

_FAMILIES: Final[Mapping[str, Teller]] = {"engagement": events.engagement, "dead_letter": events.letter}
