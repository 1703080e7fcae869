"""The keys below `activity:`, `lifecycle:` and `tags:`."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from rules.errors import Refusal
from rules.fact_keys import FactCondition
from rules.facts import ENGAGEMENT_KINDS
from rules.keys import Keys
from rules.lifecycle_defaults import DEFAULTS, WEIGHTS
from rules.values import Duration, DurationText, Name, choice, exact

STAGES_MAX = 30
TAGS_MAX = 100


def _weights(value: Any) -> Any:
    """The weights by kind of engagement. Raises Refusal for a kind or a weight there cannot be."""
    if not isinstance(value, dict):
        raise Refusal("this is no group of keys", "write `kind: weight` lines, such as `login: 1`")
    kinds = {kind: kind for kind in ENGAGEMENT_KINDS}
    found = {}
    for kind, weight in value.items():
        number = exact(weight)
        if not 0 <= number <= 1000 or number != round(number, 6):
            raise Refusal(f"{kind}: {weight} is no weight", "write 0 to 1000, with at most six decimals")
        found[choice(kind, kinds)] = number
    return found


Weights = Annotated[
    dict[str, Decimal],
    BeforeValidator(_weights),
    WithJsonSchema(
        {
            "type": "object",
            "propertyNames": {"enum": list(ENGAGEMENT_KINDS)},
            "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1000},
        }
    ),
]


class ActivityKeys(Keys):
    """A score of how active a customer is: engagements add to it, and it halves with time."""

    fast: DurationText = Field(
        Duration(0, 30), description="After so many days the score is half.", examples=["30 days"]
    )
    slow: DurationText = Field(
        Duration(0, 90),
        description="The same of a slower score, which tells how active the customer was before.",
        examples=["90 days"],
    )
    weights: Weights = Field(
        {},
        description="What kinds of engagement count; those not named count as by default.",
        examples=[{"login": 1, "review": 5}],
    )

    def every_weight(self) -> dict[str, Decimal]:
        """What each kind counts."""
        return {kind: self.weights.get(kind, Decimal(WEIGHTS.get(kind, 0))) for kind in ENGAGEMENT_KINDS}


class StageKeys(Keys):
    """One stage, or one segment; the first of the list that holds is the customer's."""

    code: Name = Field(description="Its name in messages.", examples=["dormant"])
    entry: FactCondition | None = Field(
        None,
        description="What must hold to enter; of a list all. Only the last has none.",
        examples=[[{"fact": "gap_ratio", "at_least": 3}]],
    )
    exit: FactCondition | None = Field(
        None,
        description="What ends it, where that is not the end of `entry`.",
        examples=[{"fact": "days_in_stage", "at_least": 60}],
    )
    leave_after: DurationText | None = Field(
        None, description="It ends only when it has not held for so long.", examples=["7 days"]
    )


Stages = Annotated[list[StageKeys], Field(min_length=1, max_length=STAGES_MAX)]


def _default(key: str) -> list[StageKeys]:
    return [StageKeys.model_validate(each) for each in DEFAULTS[key]]


class LifecycleKeys(Keys):
    """Where each customer stands: a stage, and a segment of value."""

    stages: Stages = Field(
        default_factory=lambda: _default("stages"),
        description="The stages, tried from the first; without it the nine of docs/rulebook.md.",
        examples=[[{"code": "prospect"}]],
    )
    value: Stages = Field(
        default_factory=lambda: _default("value"),
        description="The segments of value, tried from the first; without it high, potential and low, "
        "which go by the scores of `rfm` too where there are some.",
        examples=[[{"code": "low"}]],
    )


class TagKeys(Keys):
    """A tag that customers get and lose by themselves."""

    tag: Name = Field(description="The tag.", examples=["silent-90"])
    dimension: Name = Field(description="What it is about.", examples=["behaviour"])
    group: Name | None = Field(
        None, description="Of one group a customer has one tag; the first that holds.", examples=["channel"]
    )
    when: FactCondition = Field(
        description="What must hold; of a list all.",
        examples=[{"fact": "days_since_interaction", "at_least": 90}],
    )
    ttl: DurationText | None = Field(
        None, description="How long it stays when that no longer holds.", examples=["30 days"]
    )


Tags = Annotated[list[TagKeys], Field(min_length=1, max_length=TAGS_MAX)]
