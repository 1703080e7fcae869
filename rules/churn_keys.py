"""The keys below `churn:`: when a customer is in danger of being lost, and the model that says so."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import Discriminator, Field, GetJsonSchemaHandler, Tag, model_validator
from pydantic_core import CoreSchema

from rules.errors import Refusal
from rules.facts import CHURN_LEVELS
from rules.keys import Keys
from rules.values import Money, Parameter, Positive, Share, Text, chooser

FILE: Final = "file"  # The key of a model that stands in a file of its own.


def _number_or_keys(value: Any) -> str:
    """Which form a level has: a number, or keys."""
    return "criteria" if isinstance(value, dict | Keys) else "number"


class CriteriaKeys(Keys):
    """What raises a level, where it is more than the customer's own interval."""

    ratio: Positive | None = Field(
        None, description="So many of the customer's intervals without a purchase.", examples=[2]
    )
    risk: Share | None = Field(
        None, description="So likely is it that no purchase comes within `horizon_days`.", examples=[0.6]
    )
    p_alive: Share | None = Field(
        None, description="The customer is still one with no more than this probability.", examples=[0.5]
    )
    match: Annotated[Literal["any", "all"], chooser(("any", "all"))] = Field(
        "any", description="Whether any of these is enough, or all must hold.", examples=["all"]
    )

    @model_validator(mode="before")
    @classmethod
    def _not_empty(cls, value: Any) -> Any:
        if isinstance(value, dict) and not value.keys() - {"match"}:
            raise Refusal("nothing is asked for", "name at least one of ratio, risk and p_alive")
        return value


Level = Annotated[
    Annotated[Positive, Tag("number")] | Annotated[CriteriaKeys, Tag("criteria")],
    Discriminator(_number_or_keys),
]


class ChurnLevelsKeys(Keys):
    """When each level is raised, in times of the customer's own interval, or by criteria; they rise."""

    watch: Level | None = Field(None, description="The mildest level.", examples=[1.5])
    at_risk: Level | None = Field(None, description="The second level.", examples=[2])
    high: Level | None = Field(None, description="The third level.", examples=[3])
    lost: Level | None = Field(None, description="The last level.", examples=[6])

    @model_validator(mode="before")
    @classmethod
    def _not_empty(cls, value: Any) -> Any:
        if value == {}:
            raise Refusal("no level is given", "name at least one of watch, at_risk, high and lost")
        return value

    def given(self) -> list[tuple[str, CriteriaKeys]]:
        """The levels written, the mildest first, with what each asks for."""
        every = [(name, getattr(self, name)) for name in CHURN_LEVELS]
        return [
            (name, level if isinstance(level, CriteriaKeys) else CriteriaKeys.model_construct(ratio=level))
            for name, level in every
            if level is not None
        ]

    def written(self) -> Iterator[tuple[str, str, str, Decimal]]:
        """Each number of each level: (level, criterion, the key below the level or "", number)."""
        for name, level in self.given():
            short = not isinstance(getattr(self, name), CriteriaKeys)
            for criterion in ("ratio", "risk", "p_alive"):
                number = getattr(level, criterion)
                if number is not None:
                    yield name, criterion, "" if short else criterion, number


class SpendKeys(Keys):
    """What customers spend on a purchase day: a gamma-gamma model."""

    p: Parameter = Field(description="The shape of one customer's purchases.", examples=[6.25])
    q: Parameter = Field(description="The shape of the customers, more than 1.", examples=[3.74])
    v: Money = Field(description="Their scale, in the programme's currency.", examples=[15.44])
    margin: Share | None = Field(
        None, description="The part of the money that is earned; all of it when left out.", examples=[0.3]
    )
    horizon_days: int = Field(
        365, ge=1, le=3650, description="How far ahead a customer's worth looks.", examples=[365]
    )
    top_fifth: Money | None = Field(
        None, description="From this worth on, customers are of the fifth worth most.", examples=[250.00]
    )


class ModelKeys(Keys):
    """How the programme's customers buy and stay away (MBG/NBD): the numbers, or `file` with them."""

    version: Text = Field(description="Its name in what goes out.", examples=["2026-07"])
    r: Parameter = Field(description="How alike customers are in how often they buy.", examples=[0.525])
    alpha_weeks: Parameter = Field(description="The scale of how often, in weeks.", examples=[6.183])
    a: Parameter = Field(description="With `b`, how easily customers stay away for good.", examples=[0.891])
    b: Parameter = Field(description="With `a`, how easily customers stay away for good.", examples=[1.614])
    risk_median: Share | None = Field(
        None, description="The risk that half of the customers are below.", examples=[0.43]
    )
    spend: SpendKeys | None = Field(
        None, description="What they spend.", examples=[{"p": 6.25, "q": 3.74, "v": 15.44}]
    )

    @model_validator(mode="before")
    @classmethod
    def _out_of_file(cls, value: Any) -> Any:
        """The numbers of `file`, which `rules.load` has read into the text."""
        if not isinstance(value, dict) or FILE not in value:
            return value
        if len(value) > 1:
            raise Refusal("`file` stands beside numbers", "keep the file, or the numbers")
        if not isinstance(value[FILE], dict):
            raise Refusal("no file can be read here", "write the numbers of the model themselves")
        return value[FILE]

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        numbers = handler.resolve_ref_schema(handler(core))
        path = {"type": "string", "description": "A file beside the rulebook with these numbers, as JSON."}
        file = {
            "type": "object",
            "properties": {FILE: path},
            "required": [FILE],
            "additionalProperties": False,
        }
        return {"description": numbers.pop("description"), "anyOf": [numbers, file]}


class ModifierKeys(Keys):
    """What makes the level of a customer who stays away one higher, and never two."""

    complaint: bool = Field(True, description="An open complaint.", examples=[True])
    unsubscribed: bool = Field(
        True, description="The customer has unsubscribed from e-mail.", examples=[True]
    )
    refunds_above: Share | None = Field(
        None, description="More than this part of the last five orders' money came back.", examples=[0.3]
    )
    activity_below: Share | None = Field(
        None, description="Activity of late is below this part of activity of before.", examples=[0.4]
    )
    alone: bool = Field(
        False,
        description="Whether they raise the first level too, after `minimum_days` without a purchase.",
        examples=[True],
    )


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
    horizon_days: int = Field(
        180, ge=1, le=3650, description="The risk is that of no purchase within so many days.", examples=[180]
    )
    modifiers: ModifierKeys | None = Field(
        None,
        description="What makes the level of a customer who stays away one higher.",
        examples=[{"complaint": True, "refunds_above": 0.3}],
    )
    repeat_days: int | None = Field(
        None, ge=1, le=3650, description="A level that lasts is told again every so many days.", examples=[30]
    )
    model: ModelKeys | None = Field(
        None,
        description="How the programme's customers buy and stay away.",
        examples=[{"version": "2026-07", "r": 0.525, "alpha_weeks": 6.183, "a": 0.891, "b": 1.614}],
    )
