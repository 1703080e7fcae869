"""What is asked of whoever notifies customers; see `engine.effects`."""

from typing import ClassVar, Final

from msgspec import Struct

NoticeValue = str | int
CAUSES: Final = ("no_consent", "complaint", "expired", "capped", "undone", "no_action")  # Of silence.


class Suggestion(Struct, frozen=True, gc=False):
    """What the rulebook's strategy suggests for the customer: the action, its class of offer, what it is."""

    action: str
    offer: str
    text: str


class NotifyRequested(Struct, frozen=True, omit_defaults=True, rename={"kind": "class"}):
    """`notify.requested`: the customer is to be told, not before one instant and not from another on.

    `effect` is the id of what it tells of, `effect_type` its type, `why` that and the rulebook's condition.
    `values` are the fields that the texts name, for templates of one's own. `dedupe_key` is the same for
    whatever tells of the same effect. `changes` of a level are told in one. `held_by`: why it has to wait.
    """

    TYPE: ClassVar[str] = "notify.requested"
    intent: str
    kind: str  # transactional | service | marketing
    dedupe_key: str
    not_before_ms: int
    expires_ms: int
    priority: str
    language: str
    text: str
    values: dict[str, NoticeValue]
    effect: str
    effect_type: str
    why: str
    rev: int
    channels: tuple[str, ...] = ()  # The best first; of marketing those that the customer agreed to.
    suggestion: Suggestion | None = None
    held_by: str = ""  # quiet_hours
    changes: int = 1


class NotifySuppressed(Struct, frozen=True, gc=False, omit_defaults=True, rename={"kind": "class"}):
    """`notify.suppressed`: what the customer is not told, and why in a word."""

    TYPE: ClassVar[str] = "notify.suppressed"
    intent: str
    kind: str
    cause: str  # no_consent | complaint | expired | capped | undone | no_action
    dedupe_key: str
    effect: str
    effect_type: str
    rev: int
    changes: int = 1


NoticeData = NotifyRequested | NotifySuppressed

NOTICE_CODES = {NotifyRequested.TYPE: 0x58, NotifySuppressed.TYPE: 0x59}
