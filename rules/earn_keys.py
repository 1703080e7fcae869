"""How orders and engagements earn: these sections of a rulebook file as pydantic models."""

from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, WithJsonSchema, model_validator

from rules.cap_keys import Caps
from rules.errors import Refusal
from rules.facts import ENGAGEMENT_KINDS, MAIN
from rules.keys import Keys
from rules.values import Count, Money, Name, Names, Rounding, Times, chooser

RefundWay = Literal["re_earn", "proportional"]
MultiplierTier = Literal["before", "after"]
_ELSEWHERE = MappingProxyType({"birthday": "care", "anniversary": "care", "referral": "referral"})


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


class RankedKeys(Keys):
    """What every rule of an order has to say beside its points."""

    priority: int = Field(
        0,
        ge=-1000,
        le=1000,
        description="Of equal rules of a group the higher counts; caps serve it first.",
        examples=[10],
    )
    stop: bool = Field(
        False,
        description="Where this rule applies, those of its group with lower priority do not.",
        examples=[True],
    )
    wallet: Name = Field(
        MAIN, description="The wallet that gets what the rule gives; default the points.", examples=["stars"]
    )
    cap: Caps | None = Field(
        None,
        description="A bound, or a list of bounds, on what the rule gives.",
        examples=[{"points": 500, "per": "month"}],
    )


class EarnRuleKeys(RankedKeys):
    """So many points per so much money."""

    id: Name = Field(description="The rule's name in explanations.", examples=["base"])
    points: Count = Field(description="Points earned.", examples=[1])
    per: Money = Field(description="For so much money, in major units.", examples=[1.00])
    when: When | None = Field(
        None, description="Only on these lines; without it on all.", examples=[{"channel": ["web"]}]
    )
    group: Name | None = Field(
        None,
        description="Of the rules of one group the best of a line counts. Default: its own id.",
        examples=["base"],
    )


class MultiplierKeys(RankedKeys):
    """So many times the points."""

    id: Name = Field(description="The multiplier's name in explanations.", examples=["double-vinyl"])
    group: Name | None = Field(
        None,
        description="Of one group only the best counts; groups add up. Default: its own id.",
        examples=["campaign"],
    )
    times: Times = Field(description="How many times the points, at least 1.", examples=[2])
    qualifying: bool = Field(
        False, description="Whether what it adds counts as qualifying points too.", examples=[True]
    )
    when: When | None = Field(
        None, description="Only on these lines; without it on all.", examples=[{"category": ["vinyl"]}]
    )


class BonusKeys(RankedKeys):
    """So many points once for an order."""

    id: Name = Field(description="The bonus's name in explanations.", examples=["big-basket"])
    group: Name | None = Field(
        None,
        description="Of the bonuses of one group only the best counts. Default: its own id.",
        examples=["basket"],
    )
    points: Count = Field(description="Points for the order; no level multiplies them.", examples=[50])
    min_spend: Money | None = Field(
        None,
        description="From so much money on, in major units; without it from the smallest coin on.",
        examples=[200],
    )
    qualifying: bool = Field(
        False, description="Whether the points count as qualifying points too.", examples=[True]
    )
    when: When | None = Field(
        None, description="Only the money on these lines; without it on all.", examples=[{"brand": ["Verve"]}]
    )


class GroupKeys(Keys):
    """A bound on what the rules of a group give together."""

    id: Name = Field(description="A `group` of rules, multipliers or bonuses.", examples=["campaign"])
    cap: Caps = Field(
        description="A bound, or a list of bounds.", examples=[{"points": 1000, "per": "month"}]
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
    bonuses: list[BonusKeys] = Field(
        [],
        max_length=200,
        description="Points once for an order.",
        examples=[[{"id": "big-basket", "points": 50, "min_spend": 200}]],
    )
    groups: list[GroupKeys] = Field(
        [],
        max_length=200,
        description="Bounds on groups.",
        examples=[[{"id": "campaign", "cap": {"points": 1000, "per": "month"}}]],
    )
    refund: Annotated[RefundWay, chooser(get_args(RefundWay))] = Field(
        "re_earn", description="How a refund finds the points it takes back.", examples=["proportional"]
    )
    multiplier_tier: Annotated[MultiplierTier, chooser(get_args(MultiplierTier))] = Field(
        "before",
        description="Whether the order that lifts a customer earns at the old level or the new one.",
        examples=["after"],
    )


class StreakKeys(Keys):
    """More points for every so many local days in a row."""

    days: int = Field(ge=2, le=31, description="So many days in a row.", examples=[7])
    points: Count = Field(description="So many points more.", examples=[30])


class EngagementKeys(Keys):
    """Points for one kind of engagement."""

    id: Name | None = Field(
        None, description="The rule's name in explanations. Default: the kind.", examples=["checkin"]
    )
    kind: Annotated[
        str, chooser(ENGAGEMENT_KINDS, _ELSEWHERE), WithJsonSchema({"enum": list(ENGAGEMENT_KINDS)})
    ] = Field(description="What the customer did.", examples=["checkin"])
    points: Count = Field(description="Points earned each time.", examples=[5])
    wallet: Name = Field(
        MAIN, description="The wallet that gets them; default the points.", examples=["stars"]
    )
    cap: Caps | None = Field(
        None, description="A bound, or a list of bounds.", examples=[{"count": 1, "per": "day"}]
    )
    qualifying: bool = Field(
        False, description="Whether the points also count as qualifying points.", examples=[True]
    )
    min_text_len: int = Field(
        0, ge=0, le=10_000, description="The text must have at least so many characters.", examples=[10]
    )
    streak: StreakKeys | None = Field(
        None, description="More points for days in a row.", examples=[{"days": 7, "points": 30}]
    )
