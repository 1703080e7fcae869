"""Asks to tell a customer of an effect, or says why not: consent, complaints, quiet hours, expiry, caps."""

from typing import Any, Final

from engine.asking import Look, ask_of
from engine.calendar import LocalDays
from engine.insight import fact
from engine.member import allows, field
from engine.notice_effects import NotifyRequested, NotifySuppressed, Suggestion
from engine.notice_state import Notices
from engine.notice_words import fits, text_of, value_of, values_for
from engine.personal import local_days
from engine.quiet import not_before_ms, note, over_ms, room
from engine.strategy import suggested
from engine.turn import Turn
from rules.notice_fields import ENDS, SUGGESTING
from rules.notices import Intent, Notifications
from rules.strategies import Action

MARKETING: Final = "marketing"
TRANSACTIONAL: Final = "transactional"
EMAIL: Final = "email"  # The channel that `engagement.unsubscribe` speaks of.


class Told:
    """What there is to tell: an effect's type, data and id; `changes` of a level may stand behind it."""

    __slots__ = ("changes", "data", "effect", "on")

    def __init__(self, on: str, data: Any, effect: str, changes: int = 1) -> None:
        self.on = on
        self.data = data
        self.effect = effect
        self.changes = changes


def tell(turn: Turn, rules: Notifications, told: Told) -> None:
    """Asks to tell the customer by the first intent that fits, or says why not."""
    for intent in rules.intents.get(told.on, ()):
        if fits(intent.bounds, told.data) and _is_for(turn, intent):
            _decide(turn, rules, intent, told)
            return


def suppress(turn: Turn, intent: Intent, cause: str, told: Told) -> None:
    """Says that the customer is not told, and why in a word."""
    word = NotifySuppressed(
        intent=intent.id,
        kind=intent.kind,
        cause=cause,
        dedupe_key=_key(intent, told),
        effect=told.effect,
        effect_type=told.on,
        rev=turn.customer.rev,
        changes=told.changes,
    )
    turn.emit(NotifySuppressed.TYPE, word)


def notices_of(turn: Turn) -> Notices:
    """What is kept to notify the customer, made when there is none."""
    notices = turn.customer.notices
    if notices is None:
        notices = turn.customer.notices = Notices()
    return notices


def _decide(turn: Turn, rules: Notifications, intent: Intent, told: Told) -> None:
    days, now_ms = local_days(turn), turn.now_ms
    at_ms = now_ms if intent.kind == TRANSACTIONAL else not_before_ms(rules, days, now_ms)
    expires_ms = _expires_ms(intent, told, now_ms)
    channels, marketing = intent.channels, intent.kind == MARKETING
    action = suggested(turn, _risk(turn)) if told.on in SUGGESTING else None
    if marketing:
        channels = tuple([channel for channel in channels if _agrees(turn, channel)])
    cause = ""
    if marketing and not channels:
        cause = "no_consent"
    elif marketing and _complains(turn, rules):
        cause = "complaint"
    elif at_ms >= expires_ms:
        cause = "expired"
    elif action is None and "action" in intent.names:
        cause = "no_action"
    elif marketing and not _takes_room(turn, rules, days, at_ms):
        cause = "capped"
    if cause:
        suppress(turn, intent, cause, told)
        return
    language = _language(turn, rules)
    values = values_for(turn, told.on, intent.names, told.data)
    if action is not None and "action" in intent.names:
        values["action"] = action.texts[language]
    word = NotifyRequested(
        intent=intent.id,
        kind=intent.kind,
        dedupe_key=_key(intent, told),
        not_before_ms=at_ms,
        expires_ms=expires_ms,
        priority=intent.priority,
        language=language,
        text=text_of(turn, told.on, intent.texts[language], values),
        values=values,
        effect=told.effect,
        effect_type=told.on,
        why=intent.why,
        rev=turn.customer.rev,
        channels=channels,
        suggestion=_suggestion(action, language),
        held_by="quiet_hours" if at_ms > now_ms else "",
        changes=told.changes,
    )
    turn.emit(NotifyRequested.TYPE, word)


def _is_for(turn: Turn, intent: Intent) -> bool:
    """Whether the customer is one whom the intent is for."""
    return intent.who is None or ask_of(intent.who).holds(Look(turn))


def _risk(turn: Turn) -> str:
    """The churn level raised now, "" for none."""
    level = fact(turn, "risk_level")
    return level if isinstance(level, str) else ""


def _key(intent: Intent, told: Told) -> str:
    return f"{intent.id}|{told.effect}"


def _expires_ms(intent: Intent, told: Told, now_ms: int) -> int:
    """When the word is no longer to be sent: after its time, or once what it warns of has come."""
    until_ms = now_ms + intent.expires_ms
    end_ms = value_of(told.data, ENDS[told.on]) if told.on in ENDS else 0
    assert isinstance(end_ms, int)
    return min(until_ms, end_ms) if end_ms else until_ms


def _agrees(turn: Turn, channel: str) -> bool:
    """Whether the customer agrees to marketing by this channel."""
    member, signals, scope = turn.customer.member, turn.customer.signals, f"marketing.{channel}"
    if not allows(turn.rulebook, member, scope):
        return False
    if channel != EMAIL or signals is None or not signals.unsubscribed_ms:
        return True
    choice = None if member is None else member.consents.get(scope)
    return choice is not None and choice.at_ms > signals.unsubscribed_ms  # Agreed again since.


def _complains(turn: Turn, rules: Notifications) -> bool:
    """Whether a complaint is open, or was resolved not long ago."""
    signals = turn.customer.signals
    if signals is None:
        return False
    return signals.complains() or turn.now_ms < over_ms(rules, signals.closed_ms)


def _takes_room(turn: Turn, rules: Notifications, days: LocalDays, at_ms: int) -> bool:
    """Counts one marketing message on the local day on which it may go; False when there is no room."""
    sent, day = notices_of(turn).sent, days.of(at_ms)
    if not room(rules, sent, day):
        return False
    note(sent, day)
    return True


def _language(turn: Turn, rules: Notifications) -> str:
    """The customer's language if there are texts in it ("zh-CN" is zh), else the programme's first."""
    wanted = field(turn.customer.member, "language")
    short = wanted[:2].lower() if isinstance(wanted, str) else ""
    return short if short in rules.languages else rules.languages[0]


def _suggestion(action: Action | None, language: str) -> Suggestion | None:
    return None if action is None else Suggestion(action.id, action.offer, action.texts[language])
