"""Who is told what: the values that `engine` reads, and how they are made of the file's keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any

from rules.compiled_facts import Asked
from rules.fact_compile import asked
from rules.notice_fields import CHANGES, FIELDS, JOINING
from rules.notice_keys import IntentKeys, NotificationsKeys
from rules.values import quoted

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text: words as they are (`name` ""), or what a field of the effect fills in."""

    words: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Bound:
    """What a field must be: one of `words` (None: a number), or from `low` to `high` (None: no bound)."""

    name: str
    words: frozenset[str] | None
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """What is told of one kind of effect, `on`, when `bounds` hold, to customers of whom `who` does.

    `texts` are by language; `names` are the fields that any of them names, in the order of the first. `why`
    is the effect and its bounds in words.
    """

    id: str
    on: str
    kind: str  # transactional | service | marketing
    priority: str
    channels: tuple[str, ...]
    expires_ms: int
    bounds: tuple[Bound, ...]
    texts: Mapping[str, tuple[Piece, ...]]
    names: tuple[str, ...]
    why: str
    who: Asked | None = None


@dataclass(frozen=True, slots=True)
class Notifications:
    """Intents by the effect they tell of, in the order written; quiet hours are minutes since midnight."""

    languages: tuple[str, ...]
    quiet_from: int
    quiet_to: int
    collapse_ms: int
    per_day: int
    per_7_days: int
    after_complaint_days: int
    intents: Mapping[str, tuple[Intent, ...]]
    tells_joining: bool  # These two are told after the collapse window.
    tells_changes: bool

    def audiences(self) -> tuple[Asked, ...]:
        """The conditions on whom something is for."""
        return tuple(one.who for some in self.intents.values() for one in some if one.who is not None)


def notifications(keys: NotificationsKeys | None, currency: str) -> Notifications | None:
    """The notifications of a file without mistakes; None where it has none."""
    if keys is None:
        return None
    intents = [_intent(one, currency) for one in keys.intents]
    return Notifications(
        languages=tuple(keys.languages),
        quiet_from=keys.quiet_hours.from_,
        quiet_to=keys.quiet_hours.to,
        collapse_ms=keys.collapse_seconds * 1000,
        per_day=keys.marketing.per_day,
        per_7_days=keys.marketing.per_7_days,
        after_complaint_days=keys.marketing.after_complaint_days,
        tells_joining=_told(intents, JOINING),
        tells_changes=any(one.on in CHANGES and one.on != JOINING for one in intents),
        intents={on: tuple(one for one in intents if one.on == on) for on in FIELDS if _told(intents, on)},
    )


def _told(intents: list[Intent], on: str) -> bool:
    return any(one.on == on for one in intents)


def _intent(keys: IntentKeys, currency: str) -> Intent:
    texts = {language: _pieces(text) for language, text in keys.texts.items()}
    names = dict.fromkeys(piece.name for pieces in texts.values() for piece in pieces if piece.name)
    bounds = tuple(_bound(name, asked) for name, asked in (keys.when or {}).items())
    return Intent(
        id=keys.id,
        on=keys.on,
        kind=keys.class_,
        priority=keys.priority,
        channels=tuple(keys.channels or ()),
        expires_ms=keys.expires_after * MINUTE_MS,
        bounds=bounds,
        texts=texts,
        names=tuple(names),
        who=None if keys.who is None else asked(keys.who, currency),
        why=" ".join([keys.on, *(["where"] if bounds else []), ", ".join(map(bound_words, bounds))]).strip(),
    )


def _pieces(text: str) -> tuple[Piece, ...]:
    """A text as words and fields, in turn."""
    pieces: list[Piece] = []
    for words, name, _, _ in Formatter().parse(text):
        if words:
            pieces.append(Piece(words))
        if name is not None:
            pieces.append(Piece("", name))
    return tuple(pieces)


def _bound(name: str, asked: Any) -> Bound:
    if isinstance(asked, list):
        return Bound(name, frozenset(asked))
    return Bound(name, None, asked.get("at_least"), asked.get("at_most"))


def bound_words(bound: Bound) -> str:
    """The bound as a message has it: `to is gold or silver`, `qty from 100 to 200`."""
    if bound.words is not None:
        return f"{bound.name} is {quoted(sorted(bound.words))}"
    if bound.low is None:
        return f"{bound.name} up to {bound.high}"
    return f"{bound.name} from {bound.low}" + (f" to {bound.high}" if bound.high is not None else "")
