"""Commands as read, to engine events; also the records that the engine sends itself."""

import re
from collections.abc import Callable
from typing import Any, Final

from engine.events import (
    Actor,
    Adjust,
    Happening,
    Lot,
    Redeem,
    RedeemReverse,
    ReferralClosed,
    ReferralOpened,
    SetConsent,
    TagAdd,
    TagRelease,
    TagRemove,
    TierOverride,
    TierRelease,
    Transfer,
    TransferBack,
    TransferIn,
)
from rules.facts import SCOPE, SCOPES_WANTED
from topics import limits, wire
from topics.complaints import Refused
from topics.instants import parse_ms
from topics.wire_base import CommandIn, Envelope
from topics.wire_tags import TagAdded, TagReleased, TagRemoved

_MARK: Final = re.compile(limits.MARK.strip("^$"))
_HASH: Final = re.compile(limits.KINDED_HASH.strip("^$"))
_SCOPE: Final = re.compile(SCOPE.strip("^$")).fullmatch
ENGINE: Final = "/tierline"  # The source of what the engine sends itself.


def _actor(d: CommandIn) -> Actor:
    return Actor(d.actor, d.role, d.reason)


def _instant(text: str | None, name: str) -> int:
    """UTC ms, 0 for none. Raises Refused for a text that is no time."""
    if text is None:
        return 0
    try:
        return parse_ms(text)
    except ValueError:
        raise Refused("schema", f"$.data.{name}: an {limits.TIME_WANTED}") from None


def _redeem(wired: wire.Redeemed) -> Redeem:
    d = wired.data
    return Redeem(_actor(d), d.redemption_id, d.qty, d.wallet, d.reward)


def _reverse(wired: wire.Reversed) -> RedeemReverse:
    d = wired.data
    return RedeemReverse(_actor(d), d.redemption_id, d.qty)


def _adjust(wired: wire.Adjusted) -> Adjust:
    d = wired.data
    if d.qty == 0:
        raise Refused("schema", "$.data.qty: 0 adjusts nothing; above 0 gives points, below 0 takes them")
    expires_ms = _instant(d.expires, "expires")
    return Adjust(_actor(d), d.qty, d.reason_code, d.wallet, expires_ms, d.second_actor, d.qualifying)


def _transfer(wired: wire.Transferred) -> Transfer:
    d = wired.data
    if d.to == wired.subject:
        raise Refused("schema", "$.data.to: it is the customer who gives; another one is expected")
    return Transfer(_actor(d), d.transfer_id, d.to, d.qty, d.wallet)


def _override(wired: wire.Overridden) -> TierOverride:
    d = wired.data
    return TierOverride(_actor(d), d.tier_set, d.tier, d.mode, _instant(d.until, "until"))


def _release(wired: wire.Released) -> TierRelease:
    return TierRelease(_actor(wired.data), wired.data.tier_set)


def _consent(wired: wire.Consented) -> SetConsent:
    d = wired.data
    if _SCOPE(d.scope) is None:
        raise Refused("schema", f"$.data.scope: {SCOPES_WANTED} is expected")
    return SetConsent(_actor(d), d.scope, d.granted)


def _tag_add(wired: TagAdded) -> TagAdd:
    d = wired.data
    return TagAdd(_actor(d), d.tag, d.dimension, d.group, _instant(d.until, "until"))


def _tag_remove(wired: TagRemoved) -> TagRemove:
    d = wired.data
    return TagRemove(_actor(d), d.tag, _instant(d.until, "until"))


def _tag_release(wired: TagReleased) -> TagRelease:
    return TagRelease(_actor(wired.data), wired.data.tag)


def _received(wired: wire.Received) -> TransferIn:
    _sent_by_engine(wired)
    d = wired.data
    return TransferIn(_actor(d.by), d.transfer_id, d.sender, d.wallet, _lots(d.lots))


def _returned(wired: wire.Returned) -> TransferBack:
    _sent_by_engine(wired)
    d = wired.data
    return TransferBack(_actor(d.by), d.transfer_id, d.receiver, d.wallet, _lots(d.lots), d.why)


def _opened(wired: wire.Opened) -> ReferralOpened:
    _sent_by_engine(wired)
    d = wired.data
    _each("line", d.line, _MARK)
    _each("hashes", d.hashes, _HASH)
    return ReferralOpened(d.referrer, d.line, d.hashes)


def _closed(wired: wire.Closed) -> ReferralClosed:
    _sent_by_engine(wired)
    d = wired.data
    _each("hashes", d.hashes, _HASH)
    return ReferralClosed(d.referee, d.why, d.hashes)


def _each(name: str, texts: tuple[str, ...], pattern: re.Pattern[str]) -> None:
    """Raises Refused for a text that does not have the pattern."""
    for text in texts:
        if pattern.fullmatch(text) is None:
            raise Refused("schema", f"$.data.{name}[...]: {pattern.pattern} is expected")


def _lots(wired: tuple[wire.LotIn, ...]) -> tuple[Lot, ...]:
    return tuple(Lot(w.qty, w.expires_ms) for w in wired)


def _sent_by_engine(wired: Envelope) -> None:
    if wired.source != ENGINE:
        raise Refused("schema", f"$.source: only the engine sends this type, as {ENGINE}")


COMMANDS: Final[dict[type[Envelope], tuple[str, Callable[[Any], Happening]]]] = {
    wire.Redeemed: ("command.points.redeem", _redeem),
    wire.Reversed: ("command.points.redeem_reverse", _reverse),
    wire.Adjusted: ("command.points.adjust", _adjust),
    wire.Transferred: ("command.points.transfer", _transfer),
    wire.Overridden: ("command.tier.override", _override),
    wire.Released: ("command.tier.release", _release),
    wire.Consented: ("command.consent.set", _consent),
    TagAdded: ("command.tag.add", _tag_add),
    TagRemoved: ("command.tag.remove", _tag_remove),
    TagReleased: ("command.tag.release", _tag_release),
    wire.Received: ("transfer.received", _received),
    wire.Returned: ("transfer.returned", _returned),
    wire.Opened: ("referral.opened", _opened),
    wire.Closed: ("referral.closed", _closed),
}
"""The event's type, and what makes its data, by what was read."""
