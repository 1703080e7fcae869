"""Levels by hand: what is shown instead of what was reached."""

from typing import TYPE_CHECKING

from engine.events import TierOverride, TierRelease
from tests.reference.reviews import end_override
from tests.reference.standing import Override

if TYPE_CHECKING:
    from tests.reference.member import Member


def obey(member: "Member", data: TierOverride | TierRelease) -> None:
    """Does what a command says of a level, or rejects it."""
    levels = next((one for one in member.sets if one.name == data.tier_set), None)
    why = ""
    if levels is None:
        why = "unknown_tier_set"
    elif not levels.code:
        why = "not_enrolled"
    elif isinstance(data, TierRelease):
        why = "" if levels.override else "no_override"
    elif data.tier not in levels.codes:
        why = "unknown_tier"
    elif data.until_ms and data.until_ms <= member.now_ms:
        why = "until_passed"
    if why or levels is None:
        member.say("command.rejected", why=why)
        return
    if isinstance(data, TierRelease):
        end_override(levels, "released")
        return
    shown = levels.shown
    levels.override = Override(data.tier, data.mode, data.until_ms)
    levels.say("tier.override_set", tier=data.tier, mode=data.mode, until_ms=data.until_ms)
    levels.tell(shown, "override", member.event_ms or member.as_of_ms)
