"""The conditions over facts: in stages, segments and tags. The same forms as those of levels."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema, model_validator

from rules.errors import Refusal
from rules.fact_names import fact_name
from rules.facts import Metric
from rules.keys import Keys
from rules.source import Path
from rules.values import AMOUNT_MAX, Count, Percent, Text, WindowText, chooser, exact

Number = Annotated[
    Decimal,
    BeforeValidator(exact),
    Field(ge=0, le=AMOUNT_MAX),
    WithJsonSchema({"type": "number", "minimum": 0}),
]
GROUPS = ("all", "any", "not")


class FactKeys(Keys):
    """A fact of the customer, or a number over a window, against a bound."""

    other_forms: ClassVar[tuple[str, ...]] = GROUPS

    fact: Annotated[str, BeforeValidator(fact_name)] | None = Field(
        None, description="Which fact.", examples=["gap_ratio"]
    )
    metric: Annotated[Metric, chooser(Metric)] | None = Field(
        None, description="Or which number, as in the entry of a level.", examples=["purchase_days"]
    )
    window: WindowText | None = Field(
        None, description="Of a number: over which local days.", examples=["rolling 90 days"]
    )
    at_least: Number | None = Field(None, description="So much or more.", examples=[3])
    at_most: Number | None = Field(None, description="So much or less.", examples=[3])
    below: Number | None = Field(None, description="Less than so much.", examples=[0.4])
    grown_by: Percent | None = Field(
        None,
        description="Of a number over a rolling window: so much more than over the window before.",
        examples=["50 %"],
    )
    is_: Text | None = Field(None, alias="is", description="Of a word: this one.", examples=["dormant"])
    one_of: Annotated[list[Text], Field(min_length=1, max_length=100)] | None = Field(
        None, description="Of a word: one of these.", examples=[["dormant", "lost"]]
    )

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if (self.fact is None) == (self.metric is None):
            raise Refusal(
                "a condition reads one fact or one metric", "write `fact:` or `metric:`, one of them"
            )
        if not self.bounds() and not self.words():
            raise Refusal(
                "the condition has no bound", "add `at_least`, `at_most`, `below`, `is` or `one_of`"
            )
        return self

    def bounds(self) -> dict[str, Any]:
        """The bounds on a number that are written, by key."""
        every = {
            "at_least": self.at_least,
            "at_most": self.at_most,
            "below": self.below,
            "grown_by": self.grown_by,
        }
        return {key: bound for key, bound in every.items() if bound is not None}

    def words(self) -> tuple[str, ...]:
        """The words of which one is asked for; none for a number."""
        return tuple(self.one_of or ()) + (() if self.is_ is None else (self.is_,))


class AllFacts(Keys):
    """Conditions that must all hold."""

    all: list["FactPart"] = Field(min_length=1, max_length=20, description="All of these must hold.")


class AnyFacts(Keys):
    """Conditions of which one must hold."""

    any: list["FactPart"] = Field(min_length=1, max_length=20, description="One of these must hold.")


class CountOfFacts(Keys):
    """So many, of which conditions."""

    k: Count = Field(description="So many of them must hold.", examples=[2])
    of: list["FactPart"] = Field(min_length=1, max_length=20, description="The conditions to choose from.")


class AtLeastFacts(Keys):
    """Conditions of which several must hold."""

    at_least: CountOfFacts = Field(description="How many of which conditions must hold.")


class NotFacts(Keys):
    """A condition that must not hold."""

    not_: "FactPart" = Field(alias="not", description="This must not hold.")


def _form(value: Any) -> str:
    """The name of the branch that a condition is written in; a fact when nothing else is named."""
    if not isinstance(value, dict) or "metric" in value or "fact" in value:
        return "a fact"
    if isinstance(value.get("at_least"), dict):
        return "several of"
    return next((f"{form} of" for form in GROUPS if form in value), "a fact")


def _list_or_form(value: Any) -> str:
    return "a list" if isinstance(value, list) else "a condition"


FactPart = Annotated[
    Annotated[FactKeys, Tag("a fact")]
    | Annotated[AllFacts, Tag("all of")]
    | Annotated[AnyFacts, Tag("any of")]
    | Annotated[AtLeastFacts, Tag("several of")]
    | Annotated[NotFacts, Tag("not of")],
    Discriminator(_form),
]
FactCondition = Annotated[
    Annotated[FactPart, Tag("a condition")]
    | Annotated[list[FactPart], Field(min_length=1, max_length=20), Tag("a list")],
    Discriminator(_list_or_form),
]
for _group in (AllFacts, AnyFacts, CountOfFacts, AtLeastFacts, NotFacts):
    _group.model_rebuild()

AnyFact = FactKeys | AllFacts | AnyFacts | AtLeastFacts | NotFacts
FactTree = AnyFact | list[AnyFact]


def fact_parts(tree: FactTree) -> tuple[Path, list[AnyFact]]:
    """A group's keys down to its parts, and the parts."""
    match tree:
        case list():
            return (), tree
        case AllFacts():
            return ("all",), tree.all
        case AnyFacts():
            return ("any",), tree.any
        case AtLeastFacts():
            return ("at_least", "of"), tree.at_least.of
        case NotFacts():
            return ("not",), [tree.not_]
    raise AssertionError("a fact has no parts")


def fact_groups(tree: FactTree, path: Path) -> Iterator[tuple[Path, FactTree]]:
    """The condition and every one within it, with its place."""
    yield path, tree
    if not isinstance(tree, FactKeys):
        below, children = fact_parts(tree)
        for at, child in enumerate(children):
            inside: Path = () if isinstance(tree, NotFacts) else (at,)
            yield from fact_groups(child, (*path, *below, *inside))


def fact_leaves(tree: FactTree, path: Path) -> Iterator[tuple[Path, FactKeys]]:
    """Every fact that a condition asks for, with its place."""
    for place, part in fact_groups(tree, path):
        if isinstance(part, FactKeys):
            yield place, part
