"""The keys below `tiers:`: levels, the conditions they ask for, and how long they last."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import Discriminator, Field, Tag

from rules.facts import Metric
from rules.keys import Keys
from rules.source import Path
from rules.values import Count, Money, Name, Text, Times, WindowText, chooser


class ConditionKeys(Keys):
    """A number of the customer that must reach a threshold."""

    other_forms: ClassVar[tuple[str, ...]] = ("all", "any", "not")

    metric: Annotated[Metric, chooser(Metric)] = Field(description="Which number.", examples=["spend_net"])
    window: WindowText = Field(
        description="Over which local days, today included.", examples=["rolling 365 days"]
    )
    at_least: Money = Field(
        description="The threshold; money in major units, else a whole number.", examples=[1000]
    )


class AllKeys(Keys):
    """Conditions that must all hold."""

    all: list["Part"] = Field(min_length=1, max_length=20, description="All of these must hold.")


class AnyKeys(Keys):
    """Conditions of which one must hold."""

    any: list["Part"] = Field(min_length=1, max_length=20, description="One of these must hold.")


class CountOfKeys(Keys):
    """So many, of which conditions."""

    k: Count = Field(description="So many of them must hold.", examples=[2])
    of: list["Part"] = Field(min_length=1, max_length=20, description="The conditions to choose from.")


class AtLeastKeys(Keys):
    """Conditions of which several must hold."""

    at_least: CountOfKeys = Field(description="How many of which conditions must hold.")


class NotKeys(Keys):
    """A condition that must not hold."""

    not_: "Part" = Field(alias="not", description="This must not hold.")


def _form(value: Any) -> str:
    """The name of the branch that a condition is written in; a number to reach when nothing else is named."""
    if not isinstance(value, dict) or "metric" in value:
        return "a number"
    if isinstance(value.get("at_least"), dict):
        return "several of"
    return next((f"{form} of" for form in ConditionKeys.other_forms if form in value), "a number")


def _list_or_form(value: Any) -> str:
    return "a list" if isinstance(value, list) else "a condition"


Part = Annotated[
    Annotated[ConditionKeys, Tag("a number")]
    | Annotated[AllKeys, Tag("all of")]
    | Annotated[AnyKeys, Tag("any of")]
    | Annotated[AtLeastKeys, Tag("several of")]
    | Annotated[NotKeys, Tag("not of")],
    Discriminator(_form),
]
Condition = Annotated[
    Annotated[Part, Tag("a condition")]
    | Annotated[list[Part], Field(min_length=1, max_length=20), Tag("a list")],
    Discriminator(_list_or_form),
]
TAGS = frozenset({"a number", "all of", "any of", "several of", "not of", "a condition", "a list"})
"""Names of branches, which are no part of a place in the file."""

for _group in (AllKeys, AnyKeys, CountOfKeys, AtLeastKeys, NotKeys):
    _group.model_rebuild()

AnyPart = ConditionKeys | AllKeys | AnyKeys | AtLeastKeys | NotKeys


class LevelKeys(Keys):
    """One level of the programme."""

    code: Name = Field(description="The level's name in messages.", examples=["silver"])
    name: Text = Field(description="The level's name for people.", examples=["Silver"])
    multiplier: Times = Field(Decimal(1), description="How many times the points.", examples=[1.1])
    entry: Condition | None = Field(
        None,
        description="What must hold to reach the level; of a list all.",
        examples=[[{"metric": "spend_net", "window": "rolling 365 days", "at_least": 1000}]],
    )


class TiersKeys(Keys):
    """The levels customers rise through."""

    id: Name = Field("main", description="The name of the set of levels in messages.", examples=["main"])
    levels: list[LevelKeys] = Field(
        min_length=1,
        max_length=50,
        description="The levels, lowest first; the first has no entry.",
        examples=[[{"code": "member", "name": "Member"}]],
    )
    multiplies: bool | None = Field(
        None,
        description="Whether this set's multipliers count; of several sets the first does by default.",
        examples=[True],
    )


def leaves(
    condition: AnyPart | list[AnyPart] | None, path: Path, negated: bool = False
) -> Iterator[tuple[Path, ConditionKeys, bool]]:
    """Every number that a condition asks for: its path, itself, and whether a `not` stands above it."""
    if condition is None:
        return
    if isinstance(condition, ConditionKeys):
        yield path, condition, negated
        return
    below, negates, children = parts(condition)
    for at, child in enumerate(children):
        inside: Path = () if isinstance(condition, NotKeys) else (at,)
        yield from leaves(child, (*path, *below, *inside), negated or negates)


def parts(condition: AnyPart | list[AnyPart]) -> tuple[Path, bool, list[AnyPart]]:
    """A group's keys down to its parts, whether it negates, and the parts."""
    match condition:
        case list():
            return (), False, condition
        case AllKeys():
            return ("all",), False, condition.all
        case AnyKeys():
            return ("any",), False, condition.any
        case AtLeastKeys():
            return ("at_least", "of"), False, condition.at_least.of
        case NotKeys():
            return ("not",), True, [condition.not_]
    raise AssertionError("a number has no parts")
