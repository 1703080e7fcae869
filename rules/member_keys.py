"""What the programme does for a member as a person: these sections of a rulebook file as pydantic models."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from rules.cap_keys import Caps
from rules.errors import Refusal
from rules.facts import MAIN, SCOPE, SCOPES_WANTED
from rules.keys import Keys
from rules.notice_keys import Clock
from rules.values import POINTS_MAX, Count, Money, Name, in_words

YEARS_MAX = 100
AFTER_DAYS_MAX = 400


def _scope(value: Any) -> str:
    """A scope of consent. Raises Refusal when it is none."""
    if isinstance(value, str) and re.fullmatch(SCOPE, value):
        return value
    raise Refusal(f"{in_words(value)} is not a scope of consent", f"write {SCOPES_WANTED}")


Scope = Annotated[str, BeforeValidator(_scope), WithJsonSchema({"type": "string", "pattern": SCOPE})]


class RewardKeys(Keys):
    """Points, and the wallet they go to."""

    points: Count | None = Field(
        None, description="Points; without it there is only the word.", examples=[100]
    )
    wallet: Name = Field(
        MAIN, description="The wallet that gets them; default the points.", examples=["stars"]
    )
    qualifying: bool = Field(
        False, description="Whether the points also count as qualifying points.", examples=[True]
    )


class BirthdayKeys(RewardKeys):
    """What a birthday gives, once in a local year."""


class YearKeys(Keys):
    """What the anniversary of so many years gives, in place of the usual."""

    years: Annotated[int, Field(ge=1, le=YEARS_MAX)] = Field(
        description="So many years after joining.", examples=[5]
    )
    points: Count = Field(description="Points.", examples=[500])


class AnniversaryKeys(RewardKeys):
    """What the anniversary of joining gives, once in a local year."""

    years: list[YearKeys] = Field(
        [],
        max_length=YEARS_MAX,
        description="Other points in some years.",
        examples=[[{"years": 5, "points": 500}]],
    )


class CareKeys(Keys):
    """Birthdays and anniversaries: a word of each, and points if wanted."""

    at: Clock = Field(
        description="The time of day at which they are due, where the customer is.", examples=["09:00"]
    )
    birthday: BirthdayKeys | None = Field(
        None,
        description="The birthday of the profile; without it it is not kept.",
        examples=[{"points": 100}],
    )
    anniversary: AnniversaryKeys | None = Field(
        None,
        description="The day of joining; without it it is not kept.",
        examples=[{"points": 50, "years": [{"years": 5, "points": 500}]}],
    )


class ReferralKeys(Keys):
    """Points for who refers a friend, and for the friend, once the first purchase has stood."""

    points: Count = Field(description="Points for who refers.", examples=[200])
    referee_points: Annotated[int, Field(ge=0, le=POINTS_MAX)] | None = Field(
        None, description="Points for who is referred, 0 for none; default as many.", examples=[100]
    )
    after_days: Annotated[int, Field(ge=0, le=AFTER_DAYS_MAX)] = Field(
        description="The return window: so many local days after the day of the purchase.", examples=[14]
    )
    min_spend: Money | None = Field(
        None,
        description="So much of the first purchase must be left, in major units; else the smallest coin.",
        examples=[50],
    )
    cap: Caps | None = Field(
        None,
        description="A bound, or a list of bounds, for who refers.",
        examples=[{"count": 20, "per": "year"}],
    )
    wallet: Name = Field(
        MAIN, description="The wallet that gets them; default the points.", examples=["stars"]
    )
    qualifying: bool = Field(
        False, description="Whether the points also count as qualifying points.", examples=[True]
    )


class ConsentsKeys(Keys):
    """What customers agree to who have said nothing here, such as those of a shop that has it on paper."""

    assumed: list[Scope] = Field(
        max_length=50,
        description="Scopes that customers agree to until they say otherwise; all others they do not.",
        examples=[["program", "marketing.sms"]],
    )
