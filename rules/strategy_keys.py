"""The `strategy` of a rulebook file: what is suggested for whom, and what its keys must agree on."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from rules.errors import Refusal
from rules.facts import CHURN_LEVELS
from rules.keys import Keys
from rules.mistakes import Mistake, repeated
from rules.notice_fields import SUGGESTING
from rules.source import Path
from rules.values import Name, Text, chooser, in_words, nearest, quoted

if TYPE_CHECKING:
    from rules.book import Book

TEXT_MAX = 500
_ADD = "add `lifecycle: {}` to the file, or delete the key"


def _language(value: Any) -> str:
    """The value, when it is a language. Raises Refusal when it is none."""
    if isinstance(value, str) and re.fullmatch("[a-z]{2}", value):
        return value
    what = f"{in_words(value)} is not a language"
    raise Refusal(what, "use the two letters of ISO 639, such as zh or en")


Language = Annotated[
    str, BeforeValidator(_language), WithJsonSchema({"type": "string", "pattern": "^[a-z]{2}$"})
]


def _texts(value: Any) -> dict[str, str]:
    """Texts by language. Raises Refusal for anything else."""
    remedy = "write one for each language, such as `{zh: 您好, en: Hello}`"
    if not isinstance(value, dict) or not value:
        raise Refusal(f"{in_words(value) if value else 'nothing'} is no text by language", remedy)
    for language, text in value.items():
        _language(language)
        if not isinstance(text, str) or not 1 <= len(text) <= TEXT_MAX:
            raise Refusal(
                f"the text in {language} is not one of 1 to {TEXT_MAX} characters", "write one, in quotes"
            )
    return value


Texts = Annotated[
    dict[str, str],
    BeforeValidator(_texts),
    WithJsonSchema(
        {
            "type": "object",
            "propertyNames": {"pattern": "^[a-z]{2}$"},
            "additionalProperties": {"type": "string", "minLength": 1, "maxLength": TEXT_MAX},
            "minProperties": 1,
        }
    ),
]


class ActionKeys(Keys):
    """Something that staff or a campaign may do for a customer."""

    id: Name = Field(description="The action's name in messages.", examples=["manager_call"])
    offer: Name = Field(description="What class of offer it is.", examples=["care"])
    texts: Texts = Field(
        description="What it is, by language.",
        examples=[{"zh": "专属经理致电", "en": "A call from the personal manager"}],
    )


class RowKeys(Keys):
    """For whom which action is suggested; a key left out fits everybody."""

    value: list[Name] | None = Field(
        None, min_length=1, max_length=20, description="Of which value segments.", examples=[["high"]]
    )
    risk: list[Annotated[str, chooser(CHURN_LEVELS)]] | None = Field(
        None, min_length=1, max_length=4, description="At which churn levels.", examples=[["high", "lost"]]
    )
    stage: list[Name] | None = Field(
        None, min_length=1, max_length=20, description="In which stages of life.", examples=[["dormant"]]
    )
    action: Text = Field(description="Which action.", examples=["manager_call"])


class StrategyKeys(Keys):
    """What is suggested for whom, by value, churn level and stage of life."""

    actions: list[ActionKeys] = Field(
        min_length=1,
        max_length=100,
        description="The actions to choose from.",
        examples=[[{"id": "manager_call", "offer": "care", "texts": {"en": "A call"}}]],
    )
    rows: list[RowKeys] = Field(
        min_length=1,
        max_length=200,
        description="The first row that fits a customer counts.",
        examples=[[{"value": ["high"], "action": "manager_call"}]],
    )


def strategy_mistakes(book: "Book") -> Iterator[Mistake]:
    """Actions nobody knows, rows that never count, texts that are missing in a language."""
    strategy = book.strategy
    if strategy is None:
        return
    actions: list[tuple[Path, str]] = [
        (("strategy", "actions", at, "id"), action.id) for at, action in enumerate(strategy.actions)
    ]
    yield from repeated(actions, "the action")
    told = [one.on for one in book.notifications.intents] if book.notifications is not None else []
    if book.churn is None and not set(told) & set(SUGGESTING):
        remedy = f"add `churn:`, or an intent on {quoted(SUGGESTING[1:])}, or delete the section"
        yield ("strategy",), "nothing that the programme says carries a suggestion", remedy
    yield from untranslated(
        [(("strategy", "actions", at, "texts"), action.texts) for at, action in enumerate(strategy.actions)]
    )
    for at, row in enumerate(strategy.rows):
        yield from _row(book, ("strategy", "rows", at), row, [name for _, name in actions])
        hidden = next((n for n, before in enumerate(strategy.rows[:at], 1) if _covers(before, row)), None)
        if hidden is not None:
            what = f"this row never counts, for row {hidden} fits whoever fits it"
            yield ("strategy", "rows", at), what, f"put it before row {hidden}, or delete it"


def untranslated(found: Sequence[tuple[Path, Mapping[str, str]]]) -> Iterator[Mistake]:
    """Texts that lack a language which another of them has."""
    languages = list(dict.fromkeys(language for _, texts in found for language in texts))
    for path, texts in found:
        missing = [language for language in languages if language not in texts]
        if missing:
            yield path, f"the text in {quoted(missing)} is missing", "give every text in the same languages"


def _row(book: "Book", path: Path, row: RowKeys, actions: list[str]) -> Iterator[Mistake]:
    if row.action not in actions:
        near = nearest(row.action, actions)
        remedy = f"did you mean {near}?" if near else f"use {quoted(actions)}"
        yield (*path, "action"), f"{row.action} is not one of the actions", remedy
    raised = [name for name, _ in book.churn.levels.given()] if book.churn is not None else []
    for at, level in enumerate(row.risk or ()):
        if level not in raised:
            remedy = f"use {quoted(raised)}" if raised else "add `churn:` to the file, or delete `risk`"
            yield (*path, "risk", at), f"the programme never raises {level}", remedy
    lifecycle = book.lifecycle
    axes = (
        ("value", row.value, [] if lifecycle is None else lifecycle.value),
        ("stage", row.stage, [] if lifecycle is None else lifecycle.stages),
    )
    for key, asked, every in axes:
        codes = [one.code for one in every]
        for at, code in enumerate(asked or ()):
            if code not in codes:
                near = nearest(code, codes)
                remedy = f"did you mean {near}?" if near else f"use {quoted(codes)}" if codes else _ADD
                yield (*path, key, at), f"the programme has no {key} {code}", remedy


def _covers(before: RowKeys, row: RowKeys) -> bool:
    """Whether the earlier row fits everybody whom the later one fits."""
    pairs = [(before.value, row.value), (before.risk, row.risk), (before.stage, row.stage)]
    return all(wide is None or (narrow is not None and set(narrow) <= set(wide)) for wide, narrow in pairs)
