"""What engagements say beside their points: when the last one was, open complaints, an unsubscription.

A complaint is open until a ticket is resolved: the one with its `ref_id`, or any where one of the two names
none. Events may come in any order; an answer that is recorded before its complaint closes it too.
"""

from hashlib import sha1
from typing import Final

from engine.events import Engagement

COMPLAINTS_MAX: Final = 8  # Open at one time; of more the oldest are let go.
_FIXED: Final = 4  # Values before the open complaints.


class Signals:
    """Instants are UTC ms of when it happened, 0 for never.

    `complaints` are the open ones: the key of each one's `ref_id` (0: none given) and when it was made, and
    so on, the oldest first. `resolved_ms` is the newest answer, `resolved_key` the key of its `ref_id`.
    """

    __slots__ = ("complaints", "engaged_ms", "resolved_key", "resolved_ms", "unsubscribed_ms")

    def __init__(self) -> None:
        self.engaged_ms = 0
        self.unsubscribed_ms = 0
        self.resolved_ms = 0
        self.resolved_key = 0
        self.complaints: list[int] = []

    def complains(self) -> bool:
        """Whether a complaint is open."""
        return bool(self.complaints)


def note(signals: Signals, engagement: Engagement, occurred_ms: int) -> None:
    """Takes an engagement in."""
    kind = engagement.kind
    if kind == "complaint":
        _open(signals, _key(engagement.ref_id), occurred_ms)
    elif kind == "ticket_resolved":
        _resolve(signals, _key(engagement.ref_id), occurred_ms)
    elif kind == "unsubscribe":
        signals.unsubscribed_ms = max(signals.unsubscribed_ms, occurred_ms)
    elif kind != "ticket_opened":
        signals.engaged_ms = max(signals.engaged_ms, occurred_ms)


def _key(ref_id: str) -> int:
    """What stands for the ticket: above 0, or 0 when none is named."""
    if not ref_id:
        return 0
    return 1 + (int.from_bytes(sha1(ref_id.encode(), usedforsecurity=False).digest()[:8], "big") >> 2)


def _answers(answer: int, key: int) -> bool:
    return not answer or not key or answer == key


def _open(signals: Signals, key: int, occurred_ms: int) -> None:
    if occurred_ms <= signals.resolved_ms and _answers(signals.resolved_key, key):
        return
    found = signals.complaints
    at = len(found)
    while at > 0 and found[at - 1] > occurred_ms:
        at -= 2
    found[at:at] = [key, occurred_ms]
    if len(found) > 2 * COMPLAINTS_MAX:
        del found[:2]


def _resolve(signals: Signals, key: int, occurred_ms: int) -> None:
    if occurred_ms >= signals.resolved_ms:
        signals.resolved_ms, signals.resolved_key = occurred_ms, key
    left: list[int] = []
    found = signals.complaints
    for at in range(0, len(found), 2):
        if found[at + 1] > occurred_ms or not _answers(key, found[at]):
            left += found[at : at + 2]
    signals.complaints = left


def values_of_signals(signals: Signals | None) -> list[int]:
    """Signals as they are written, empty for none."""
    if signals is None:
        return []
    return [
        signals.engaged_ms,
        signals.unsubscribed_ms,
        signals.resolved_ms,
        signals.resolved_key,
        *signals.complaints,
    ]


def signals_from(values: list[int]) -> Signals:
    """The signals whose values these are."""
    signals = Signals()
    signals.engaged_ms, signals.unsubscribed_ms, signals.resolved_ms, signals.resolved_key = values[:_FIXED]
    signals.complaints = values[_FIXED:]
    return signals
