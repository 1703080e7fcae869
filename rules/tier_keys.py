"""The keys below `tiers:`: levels, the conditions they ask for, and how long they last."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import Discriminator, Field, Tag

from rules.facts import Metric
from rules.keys import Keys
from rules.source import Path
from rules.values import Count, Duration, DurationText, Money, Name, Percent, Text, Times, WindowText, chooser

Ends = Literal["forever", "end_of_period", "end_of_next_period", "anniversary"]
Upgrades = Literal["immediate", "next_period"]
Falls = Literal["qualified", "one_down", "base"]
RefundTier = Literal["at_once", "at_review"]
Rounds = Literal["none", "day", "month", "quarter", "year"]
Periods = Literal["month", "quarter", "half", "year", "cycle"]


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


def _percent_or_tree(value: Any) -> str:
    return "conditions" if isinstance(value, dict | list) else "a percentage"


def _word_or_duration(value: Any) -> str:
    return "a duration" if isinstance(value, dict) else "a word"


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
Keep = Annotated[
    Annotated[Percent, Tag("a percentage")] | Annotated[Condition, Tag("conditions")],
    Discriminator(_percent_or_tree),
]
_FORMS = ("a number", "all of", "any of", "several of", "not of", "a condition", "a list")
TAGS = frozenset({*_FORMS, "a percentage", "conditions", "a word", "a duration"})
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
    keep: Keep | None = Field(
        None,
        description="What must hold at a review to keep the level: a part of `entry`, or conditions.",
        examples=["80 %"],
    )


class ValidityKeys(Keys):
    """A level lasts so long from when it began."""

    for_: DurationText = Field(alias="for", description="How long.", examples=["12 months"])
    round: Annotated[Rounds, chooser(get_args(Rounds))] = Field(
        "none", description="Up to the end of which local day, month, quarter or year.", examples=["month"]
    )


Validity = Annotated[
    Annotated[Annotated[Ends, chooser(get_args(Ends))], Tag("a word")]
    | Annotated[ValidityKeys, Tag("a duration")],
    Discriminator(_word_or_duration),
]


class DowngradeKeys(Keys):
    """How far a customer falls who does not keep a level."""

    to: Annotated[Falls, chooser(get_args(Falls))] = Field(
        "qualified",
        description="To what still holds, one level down, or to the lowest.",
        examples=["one_down"],
    )
    soft_landing: int | None = Field(
        None, ge=1, le=50, description="At most so many levels at one review.", examples=[1]
    )


class ProgressKeys(Keys):
    """A word to customers who are close to the next level."""

    at: Percent = Field(90, description="From how much of every condition on.", examples=["90 %"])
    cool_down: DurationText = Field(
        Duration(0, 7), description="At least so long between two words.", examples=["7 days"]
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
    upgrade: Annotated[Upgrades, chooser(get_args(Upgrades))] = Field(
        "immediate",
        description="Whether a level begins at once or with the next period.",
        examples=["next_period"],
    )
    period: Annotated[Periods, chooser(get_args(Periods))] | None = Field(
        None, description="Which local periods `upgrade` and `validity` go by.", examples=["quarter"]
    )
    validity: Validity = Field(
        "forever", description="How long a level lasts until it is reviewed.", examples=["end_of_period"]
    )
    extended_by: DurationText | None = Field(
        None, description="How much longer than to the end of the period.", examples=["1 month"]
    )
    min_hold: DurationText | None = Field(
        None, description="A level is not lost sooner by review.", examples=["3 months"]
    )
    grace: DurationText | None = Field(
        None, description="How long a level that was not kept lasts on.", examples=["30 days"]
    )
    downgrade: DowngradeKeys | None = Field(
        None, description="How far a level falls that was not kept.", examples=[{"to": "one_down"}]
    )
    reset_points: bool = Field(
        False, description="The points that can be spent lapse after each review.", examples=[True]
    )
    real_time_downgrade: bool = Field(
        False, description="Levels end as soon as less than 95 % of their entry holds.", examples=[True]
    )
    refund_tier: Annotated[RefundTier, chooser(get_args(RefundTier))] = Field(
        "at_once", description="When a refund takes a level away.", examples=["at_review"]
    )
    warnings: (
        Annotated[list[Annotated[int, Field(ge=1, le=365)]], Field(min_length=1, max_length=10)] | None
    ) = Field(None, description="So many days before a review that would fail.", examples=[[60, 30, 7]])
    progress: ProgressKeys | None = Field(
        None, description="Tell those who are close to the next level.", examples=[{"at": "90 %"}]
    )
    lifetime_floor: bool = Field(
        False, description="Nobody falls below what holds by lifetime numbers alone.", examples=[True]
    )

    def keeps(self, level: LevelKeys) -> Condition | int | None:
        """What a review asks of a level; its entry unless it says otherwise."""
        return level.keep if level.keep is not None else level.entry


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
