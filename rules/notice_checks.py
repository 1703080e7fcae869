"""What the keys of `notifications` must agree on: among themselves, with effects and with the programme."""

from collections.abc import Iterator
from string import Formatter
from typing import TYPE_CHECKING, Any

from rules.fact_checks import condition_mistakes, has
from rules.fact_names import FACTS
from rules.mistakes import Mistake, repeated
from rules.notice_fields import FIELDS, NEEDS, SUGGESTING, placeholders
from rules.notice_keys import IntentKeys, NotificationsKeys
from rules.source import Path
from rules.values import in_words, nearest, quoted

if TYPE_CHECKING:
    from rules.book import Book

HERE = "notifications"
CARES = ("birthday", "anniversary")
WORDS = ("word", "level", "churn", "care", "tag", "axis", "stage")
AXES = ["stage", "value"]


def notice_mistakes(book: "Book") -> Iterator[Mistake]:
    """Intents that could never be told, or would be told wrongly."""
    keys = book.notifications
    if keys is None:
        return
    yield from _frame(book, keys)
    ids: list[tuple[Path, str]] = [
        ((HERE, "intents", at, "id"), one.id) for at, one in enumerate(keys.intents)
    ]
    yield from repeated(ids, "the intent")
    for at, intent in enumerate(keys.intents):
        path: Path = (HERE, "intents", at)
        yield from _intent(book, path, intent, keys)
        same = [one for one in keys.intents[:at] if one.on == intent.on]
        earlier = [one for one in same if one.when is None and one.who is None]
        if earlier:
            what = f"this is never told, for {earlier[0].id} is told of every {intent.on}"
            yield path, what, f"put it before {earlier[0].id}, or give that one a `when` or a `who`"


def _frame(book: "Book", keys: NotificationsKeys) -> Iterator[Mistake]:
    quiet, marketing = keys.quiet_hours, keys.marketing
    languages: list[tuple[Path, str]] = [
        ((HERE, "languages", at), it) for at, it in enumerate(keys.languages)
    ]
    yield from repeated(languages, "the language", "name it once")
    if quiet.from_ == quiet.to:
        yield (HERE, "quiet_hours", "to"), "quiet hours end when they begin", "write two times that differ"
    if marketing.per_day > marketing.per_7_days:
        what = f"{marketing.per_day} on one day are more than the {marketing.per_7_days} on seven days"
        yield (HERE, "marketing", "per_day"), what, f"write at most {marketing.per_7_days}"
    for at, action in enumerate(book.strategy.actions if book.strategy is not None else ()):
        yield from _languages(("strategy", "actions", at, "texts"), action.texts, keys)


def _intent(book: "Book", path: Path, intent: IntentKeys, keys: NotificationsKeys) -> Iterator[Mistake]:
    if intent.class_ == "marketing" and intent.channels is None:
        remedy = "name its `channels`, such as [sms, email]"
        yield (*path, "class"), "customers agree to marketing channel by channel", remedy
    channels: list[tuple[Path, str]] = [
        ((*path, "channels", at), name) for at, name in enumerate(intent.channels or ())
    ]
    yield from repeated(channels, "the channel", "name it once")
    silent = _never_said(book, intent.on)
    if silent is not None:
        yield (*path, "on"), *silent
    for name, asked in (intent.when or {}).items():
        yield from _condition(book, (*path, "when", name), intent.on, name, asked)
    if intent.who is not None:
        yield from condition_mistakes(book, intent.who, (*path, "who"), frozenset(FACTS))
    yield from _languages((*path, "texts"), intent.texts, keys)
    for language, text in intent.texts.items():
        yield from _text(book, (*path, "texts", language), intent.on, text)


def _languages(path: Path, texts: dict[str, str], keys: NotificationsKeys) -> Iterator[Mistake]:
    missing = [language for language in keys.languages if language not in texts]
    further = [language for language in texts if language not in keys.languages]
    if missing:
        yield (
            path,
            f"the text in {quoted(missing)} is missing",
            "write it, or take the language out of `languages`",
        )
    elif further:
        yield path, f"{quoted(further)} is none of the languages", "add it to `languages`, or delete the text"


def _never_said(book: "Book", effect: str) -> tuple[str, str] | None:
    """Why the programme never says this, and what to do; None when it does."""
    sets = [one for _, one in book.sets]
    wallets = [w for w in (book.points, *book.wallets) if w is not None]
    lasting = any(one.validity != "forever" for one in sets)
    needs = {
        "churn.alert": (book.churn is not None, "add `churn:`"),
        "churn.recovered": (book.churn is not None, "add `churn:`"),
        "care.due": (book.care is not None, "add `care:`"),
        "referral.refused": (book.referral is not None, "add `referral:`"),
        "lifecycle.changed": (book.lifecycle is not None, "add `lifecycle:`"),
        "tag.added": (bool(book.tags), "add `tags:`"),
        "tag.removed": (bool(book.tags), "add `tags:`"),
        "points.expiring": (any(w.reminders for w in wallets), "add `reminders:` to the points"),
        "points.expired": (any(w.expiry for w in wallets), "add `expiry:` to the points"),
        "points.pending": (any(w.pending for w in wallets), "add `pending:` to the points"),
        "points.activated": (any(w.pending for w in wallets), "add `pending:` to the points"),
        "tier.renewed": (lasting, "add `validity:` to the levels"),
        "tier.grace_started": (any(one.grace for one in sets), "add `grace:` to the levels"),
        "tier.downgrade_warning": (any(one.warnings for one in sets), "add `warnings:` to the levels"),
        "tier.progress": (any(one.progress for one in sets), "add `progress:` to the levels"),
    }
    said, remedy = needs.get(effect, (True, ""))
    return None if said else (f"the programme never says {effect}", f"{remedy}, or delete the intent")


def _condition(book: "Book", path: Path, effect: str, name: str, asked: Any) -> Iterator[Mistake]:
    kind = FIELDS[effect].get(name)
    if kind is None:
        yield path, f"{effect} has no {in_words(name)}", _choose(name, FIELDS[effect])
    elif name in NEEDS and not has(book, NEEDS[name]):
        yield path, *_missing(name)
    elif kind in WORDS and isinstance(asked, dict):
        yield path, f"{name} is a word", f"write the words it may be: `{name}: [...]`"
    elif kind not in WORDS and isinstance(asked, list):
        yield path, f"{name} is a number", f"write `{name}: {{at_least: ...}}`"
    elif isinstance(asked, list):
        known = _known(book, kind)
        for at, word in enumerate(asked):
            if known and word not in known:
                yield (
                    (*path, at),
                    f"{name} is never {in_words(word)}",
                    _choose(word, [each for each in known if each]),
                )
    elif asked.get("at_least", 0) > asked.get("at_most", asked.get("at_least", 0)):
        yield path, f"no {name} is at least {asked['at_least']} and at most {asked['at_most']}", "widen it"


def _known(book: "Book", kind: str) -> list[str]:
    """Every word that a field of this kind may be; none when it may be any."""
    if kind == "level":
        return [level.code for _, one in book.sets for level in one.levels]
    if kind == "churn" and book.churn is not None:
        return [name for name, _ in book.churn.levels.given()]
    if kind == "care" and book.care is not None:
        return [name for name in CARES if getattr(book.care, name) is not None]
    if kind == "tag":
        return [tag.tag for tag in book.tags or ()]
    if kind == "stage" and book.lifecycle is not None:
        return ["", *(one.code for one in (*book.lifecycle.stages, *book.segments))]
    return AXES if kind == "axis" else []


def _text(book: "Book", path: Path, effect: str, text: str) -> Iterator[Mistake]:
    """Placeholders that the effect does not have, or that no message could fill."""
    known = placeholders(effect)
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        yield path, "a brace stands alone", "write {{ or }} for a brace in the text"
        return
    for _, name, form, conversion in parts:
        if name is None:
            continue
        if name not in known:
            yield path, f"{effect} has no {{{in_words(name)}}}", _choose(name, known)
        elif name in NEEDS and not has(book, NEEDS[name]):
            what, remedy = _missing(name)
            yield path, what, f"{remedy}, or take {{{name}}} out"
        elif form or conversion:
            yield path, f"{{{name}}} is given a form", f"write {{{name}}} alone"
        elif name == "action" and book.strategy is None:
            yield path, "the programme suggests no action", "add `strategy:`, or take {action} out"
        else:
            continue
        return


def _missing(name: str) -> tuple[str, str]:
    """What is wrong with a field that the programme's effects never have, and what to do."""
    return f"{name} comes from {NEEDS[name]}, which is missing", f"add `{NEEDS[name]}`"


def _choose(word: str, known: Any) -> str:
    near = nearest(word, known)
    return f"did you mean {near}?" if near else f"use {quoted(known)}"


assert set(SUGGESTING) <= set(FIELDS)
