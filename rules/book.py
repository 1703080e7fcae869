"""The rulebook file as pydantic models: every key, its type and its range.

A model knows one value at a time; what several keys must agree on is in `rules.checks`. The descriptions
and examples feed the JSON Schema and the messages, so each key has both.
"""

from typing import Annotated, Any, get_args

from pydantic import Discriminator, Field, Tag

from rules.cap_keys import Caps, one_or_many
from rules.churn_keys import ChurnKeys
from rules.cycle_keys import CycleKeys
from rules.earn_keys import EarnKeys, EngagementKeys
from rules.keys import Keys
from rules.lifecycle_defaults import value_by_scores
from rules.lifecycle_keys import ActivityKeys, LifecycleKeys, StageKeys, Tags
from rules.member_keys import CareKeys, ConsentsKeys, ReferralKeys
from rules.notice_keys import NotificationsKeys
from rules.points_keys import MainKeys, WalletKeys
from rules.rfm_keys import RfmKeys
from rules.source import Path
from rules.strategy_keys import StrategyKeys
from rules.tier_keys import TiersKeys
from rules.values import (
    Count,
    Enrolment,
    OnOff,
    Text,
    chooser,
)

Sets = Annotated[
    Annotated[TiersKeys, Tag("one")]
    | Annotated[list[TiersKeys], Field(min_length=1, max_length=10), Tag("many")],
    Discriminator(one_or_many),
]


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
    profiles: Annotated[OnOff, chooser(get_args(OnOff))] = Field(
        "off", description="Whether the whole view of each customer is published.", examples=["on"]
    )
    earn: EarnKeys = Field(
        description="How orders earn points.",
        examples=[{"rules": [{"id": "base", "points": 1, "per": 1.00}]}],
    )
    cap: Caps | None = Field(
        None,
        description="A bound, or a list of bounds, on all points of a customer, from orders and engagement.",
        examples=[{"points": 10000, "per": "month"}],
    )
    tiers: Sets = Field(
        description="The levels of the programme, or a list of sets of levels.",
        examples=[{"levels": [{"code": "member", "name": "Member"}]}],
    )
    cycle: CycleKeys | None = Field(
        None,
        description="Periods of one length from a date on, for levels that go by them.",
        examples=[{"from": "2026-04-01", "every": "12 months"}],
    )
    engagement: list[EngagementKeys] = Field(
        [],
        max_length=200,
        description="Points for what customers do besides buying.",
        examples=[[{"kind": "signup", "points": 100, "cap": {"count": 1, "per": "lifetime"}}]],
    )
    points: MainKeys | None = Field(
        None,
        description="What becomes of points after they are earned.",
        examples=[{"expiry": {"after": "12 months", "round": "year"}}],
    )
    wallets: list[WalletKeys] = Field(
        [], max_length=20, description="Further wallets, apart from the points.", examples=[[{"id": "stars"}]]
    )
    churn: ChurnKeys | None = Field(
        None,
        description="Alerts when a customer stays away longer than usual.",
        examples=[{"population_interval_days": 30, "levels": {"watch": 1.5}}],
    )
    strategy: StrategyKeys | None = Field(
        None,
        description="What is suggested for whom, by value, churn level and stage of life.",
        examples=[
            {
                "actions": [{"id": "call", "offer": "care", "texts": {"en": "A call"}}],
                "rows": [{"value": ["high"], "action": "call"}],
            }
        ],
    )
    activity: ActivityKeys | None = Field(
        None,
        description="A score of how active a customer is.",
        examples=[{"fast": "30 days", "slow": "90 days"}],
    )
    lifecycle: LifecycleKeys | None = Field(
        None,
        description="The stage and the segment of value of each customer.",
        examples=[{"value": [{"code": "low"}]}],
    )
    tags: Tags | None = Field(
        None,
        description="Tags that customers get and lose by themselves.",
        examples=[
            [
                {
                    "tag": "silent-90",
                    "dimension": "behaviour",
                    "when": {"fact": "days_since_interaction", "at_least": 90},
                }
            ]
        ],
    )
    rfm: RfmKeys | None = Field(
        None,
        description="Scores of how lately, how often and for how much customers bought.",
        examples=[{"window_days": 365}],
    )

    notifications: NotificationsKeys | None = Field(
        None,
        description="Who is told what, when, and how often.",
        examples=[
            {
                "languages": ["en"],
                "intents": [{"id": "up", "on": "tier.upgraded", "class": "service", "texts": {"en": "Up!"}}],
            }
        ],
    )
    care: CareKeys | None = Field(
        None,
        description="What birthdays and anniversaries give.",
        examples=[{"at": "09:00", "birthday": {"points": 100}}],
    )
    referral: ReferralKeys | None = Field(
        None,
        description="What referring a friend gives.",
        examples=[{"points": 200, "after_days": 14, "cap": {"count": 20, "per": "year"}}],
    )
    consents: ConsentsKeys | None = Field(
        None,
        description="What customers agree to who have said nothing.",
        examples=[{"assumed": ["program", "marketing.sms"]}],
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

    @property
    def segments(self) -> list[StageKeys]:
        """The segments of value: as written, else by default, which reads scores where there are some."""
        if self.lifecycle is None:
            return []
        if self.rfm is None or "value" in self.lifecycle.model_fields_set:
            return self.lifecycle.value
        model = self.churn.model if self.churn is not None else None
        spend = model.spend if model is not None else None
        found = value_by_scores(
            None if spend is None else spend.top_fifth, None if model is None else model.risk_median
        )
        return [StageKeys.model_validate(each) for each in found]


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
