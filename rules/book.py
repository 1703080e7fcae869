"""The rulebook file as pydantic models: every key, its type and its range.

A model knows one value at a time; what several keys must agree on is in `rules.checks`. The descriptions
and examples feed the JSON Schema and the messages, so each key has both.
"""

from decimal import Decimal
from typing import Annotated, Any, get_args

from pydantic import Discriminator, Field, Tag, WithJsonSchema, model_validator

from rules.errors import Refusal
from rules.facts import CHURN_LEVELS, ENGAGEMENT_KINDS, Period
from rules.keys import Keys
from rules.source import Path
from rules.tier_keys import TiersKeys
from rules.values import (
    Count,
    Enrolment,
    Money,
    Name,
    Names,
    Positive,
    Rounding,
    Text,
    Times,
    chooser,
)


class When(Keys):
    """On which lines a rule applies: every key given must match, by any value of its list."""

    channel: Names | None = Field(None, description="Channels of the order.", examples=[["web"]])
    store: Names | None = Field(None, description="Stores of the order.", examples=[["s-12"]])
    sku: Names | None = Field(None, description="Articles.", examples=[["LP-1001"]])
    category: Names | None = Field(None, description="Categories of the line.", examples=[["vinyl"]])
    brand: Names | None = Field(None, description="Brands.", examples=[["Verve"]])
    tag: Names | None = Field(None, description="Tags of the line.", examples=[["new"]])

    @model_validator(mode="before")
    @classmethod
    def _not_empty(cls, value: Any) -> Any:
        if value == {}:
            raise Refusal("no condition is given", "name at least one, or delete `when`")
        return value


class EarnRuleKeys(Keys):
    """So many points per so much money."""

    id: Name = Field(description="The rule's name in explanations.", examples=["base"])
    points: Count = Field(description="Points earned.", examples=[1])
    per: Money = Field(description="For so much money, in major units.", examples=[1.00])
    when: When | None = Field(
        None, description="Only on these lines; without it on all.", examples=[{"channel": ["web"]}]
    )


class MultiplierKeys(Keys):
    """So many times the points."""

    id: Name = Field(description="The multiplier's name in explanations.", examples=["double-vinyl"])
    group: Name | None = Field(
        None,
        description="Of one group only the best counts; groups add up. Default: its own id.",
        examples=["campaign"],
    )
    times: Times = Field(description="How many times the points, at least 1.", examples=[2])
    when: When | None = Field(
        None, description="Only on these lines; without it on all.", examples=[{"category": ["vinyl"]}]
    )


class EarnKeys(Keys):
    """How orders earn points."""

    rounding: Annotated[Rounding, chooser(get_args(Rounding))] = Field(
        "floor", description="How the points of one order become a whole number.", examples=["floor"]
    )
    rules: list[EarnRuleKeys] = Field(
        min_length=1,
        max_length=200,
        description="All rules that apply to a line add up.",
        examples=[[{"id": "base", "points": 1, "per": 1.00}]],
    )
    multipliers: list[MultiplierKeys] = Field(
        [], max_length=200, description="Campaigns.", examples=[[{"id": "double-vinyl", "times": 2}]]
    )


class CapKeys(Keys):
    """A bound per period: so many events, so many points, or both."""

    count: Count | None = Field(None, description="At most so many times.", examples=[1])
    points: Count | None = Field(None, description="At most so many points.", examples=[20])
    per: Annotated[Period, chooser(Period, ("rolling", "ref", "order", "order_line", "survey"))] = Field(
        description="The local period that the bound is for.", examples=["day"]
    )


def _one_or_many(value: Any) -> str:
    return "many" if isinstance(value, list) else "one"


Caps = Annotated[
    Annotated[CapKeys, Tag("one")] | Annotated[list[CapKeys], Field(min_length=1, max_length=5), Tag("many")],
    Discriminator(_one_or_many),
]


class EngagementKeys(Keys):
    """Points for one kind of engagement."""

    id: Name | None = Field(
        None, description="The rule's name in explanations. Default: the kind.", examples=["checkin"]
    )
    kind: Annotated[
        str, chooser(ENGAGEMENT_KINDS, ("birthday",)), WithJsonSchema({"enum": list(ENGAGEMENT_KINDS)})
    ] = Field(description="What the customer did.", examples=["checkin"])
    points: Count = Field(description="Points earned each time.", examples=[5])
    cap: Caps | None = Field(
        None, description="A bound, or a list of bounds.", examples=[{"count": 1, "per": "day"}]
    )
    qualifying: bool = Field(
        False, description="Whether the points also count as qualifying points.", examples=[True]
    )
    min_text_len: int = Field(
        0, ge=0, le=10_000, description="The text must have at least so many characters.", examples=[10]
    )

    @property
    def caps(self) -> list[CapKeys]:
        """The bounds as a list, whether one or many are written."""
        if self.cap is None:
            return []
        return self.cap if isinstance(self.cap, list) else [self.cap]


Sets = Annotated[
    Annotated[TiersKeys, Tag("one")]
    | Annotated[list[TiersKeys], Field(min_length=1, max_length=10), Tag("many")],
    Discriminator(_one_or_many),
]


class ChurnLevelsKeys(Keys):
    """When each level is raised, in times of the customer's own interval; they rise."""

    watch: Positive | None = Field(None, description="The mildest level.", examples=[1.5])
    at_risk: Positive | None = Field(None, description="The second level.", examples=[2])
    high: Positive | None = Field(None, description="The third level.", examples=[3])
    lost: Positive | None = Field(None, description="The last level.", examples=[6])

    @model_validator(mode="before")
    @classmethod
    def _not_empty(cls, value: Any) -> Any:
        if value == {}:
            raise Refusal("no level is given", "name at least one of watch, at_risk, high and lost")
        return value

    def given(self) -> list[tuple[str, Decimal]]:
        """The levels written, the mildest first, with their ratios."""
        every = [(name, getattr(self, name)) for name in CHURN_LEVELS]
        return [(name, ratio) for name, ratio in every if ratio is not None]


class ChurnKeys(Keys):
    """Alerts when a customer stays away longer than usual."""

    population_interval_days: Positive = Field(
        description="The usual number of days between two purchases of a customer.", examples=[30]
    )
    minimum_days: int = Field(
        14, ge=0, le=3650, description="No alert before so many days without a purchase.", examples=[14]
    )
    levels: ChurnLevelsKeys = Field(
        description="When each level is raised.",
        examples=[{"watch": 1.5, "at_risk": 2, "high": 3, "lost": 6}],
    )


class Book(Keys):
    """A loyalty programme of Tierline, one per file."""

    programme: Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]*$", max_length=64)] = Field(
        description="The programme's name, in small letters, digits and hyphens.", examples=["record-shop"]
    )
    version: Count = Field(description="Counts the editions of this file, from 1.", examples=[1])
    timezone: Text = Field(
        description="Whose days and months count: an IANA name.", examples=["America/New_York"]
    )
    currency: Text = Field(description="The ISO 4217 code of all money in the file.", examples=["USD"])
    enrolment: Annotated[Enrolment, chooser(get_args(Enrolment))] = Field(
        "first_event", description="What makes a customer a member.", examples=["first_event"]
    )
    earn: EarnKeys = Field(
        description="How orders earn points.",
        examples=[{"rules": [{"id": "base", "points": 1, "per": 1.00}]}],
    )
    tiers: Sets = Field(
        description="The levels of the programme, or a list of sets of levels.",
        examples=[{"levels": [{"code": "member", "name": "Member"}]}],
    )
    engagement: list[EngagementKeys] = Field(
        [],
        max_length=200,
        description="Points for what customers do besides buying.",
        examples=[[{"kind": "signup", "points": 100, "cap": {"count": 1, "per": "lifetime"}}]],
    )
    churn: ChurnKeys | None = Field(
        None,
        description="Alerts when a customer stays away longer than usual.",
        examples=[{"population_interval_days": 30, "levels": {"watch": 1.5}}],
    )

    @property
    def sets(self) -> list[tuple[Path, TiersKeys]]:
        """The sets of levels with their places, whether one or many are written."""
        if isinstance(self.tiers, list):
            return [(("tiers", at), one) for at, one in enumerate(self.tiers)]
        return [(("tiers",), self.tiers)]

    @property
    def multiplying(self) -> TiersKeys:
        """The set whose multipliers count: the one that says so, else the first."""
        every = [one for _, one in self.sets]
        return next((one for one in every if one.multiplies), every[0])


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a rulebook file, for completion and checks in editors."""
    described: dict[str, Any] = _without_null(Book.model_json_schema())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | described


def _without_null(node: Any) -> Any:
    """The schema without null: a key that is not wanted is left out, never empty."""
    if isinstance(node, list):
        return [_without_null(item) for item in node if item != {"type": "null"}]
    if not isinstance(node, dict):
        return node
    kept = {key: _without_null(item) for key, item in node.items() if not (key == "default" and item is None)}
    choices = kept.get("anyOf", [])
    return (
        {key: item for key, item in kept.items() if key != "anyOf"} | choices[0]
        if len(choices) == 1
        else kept
    )
