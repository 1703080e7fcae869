"""The `notifications` of a rulebook file as pydantic models: who is told what, when, and how often."""

import re
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, WithJsonSchema

from rules.errors import Refusal
from rules.fact_keys import FactCondition
from rules.keys import Keys
from rules.notice_fields import FIELDS
from rules.strategy_keys import Language, Texts
from rules.values import Name, chooser, in_words

Class = Literal["transactional", "service", "marketing"]
Priority = Literal["high", "normal", "low"]
CLASSES: tuple[str, ...] = get_args(Class)
PRIORITIES: tuple[str, ...] = get_args(Priority)
MINUTES = {"minute": 1, "hour": 60, "day": 24 * 60}
LENGTH_MAX = 400 * 24 * 60
NUMBER_MAX = 10**15


def _clock(value: Any) -> int:
    """Minutes since midnight of "22:00". Raises Refusal for what is no time of day."""
    found = re.fullmatch("([0-9]{2}):([0-9]{2})", value) if isinstance(value, str) else None
    hour, minute = (int(found[1]), int(found[2])) if found else (24, 0)
    if hour > 23 or minute > 59:
        remedy = 'write hours and minutes with two digits each, like "08:00"'
        raise Refusal(f"{in_words(value)} is not a time of day", remedy)
    return hour * 60 + minute


def _length(value: Any) -> int:
    """Minutes of "12 hours". Raises Refusal for what is no length of time."""
    found = re.fullmatch("([0-9]{1,6}) (minute|hour|day)s?", value) if isinstance(value, str) else None
    if not found:
        remedy = "write a number and a unit, like 12 hours; the units are minutes, hours and days"
        raise Refusal(f"{in_words(value)} is not a length of time", remedy)
    minutes = int(found[1]) * MINUTES[found[2]]
    if not 1 <= minutes <= LENGTH_MAX:
        raise Refusal(f"{value} is not between 1 minute and 400 days", "choose a length in between")
    return minutes


def _conditions(value: Any) -> dict[str, Any]:
    """What an effect must be like, by field: the words of which it is one, or bounds.

    Raises Refusal for anything else; whether the effect has such a field is not seen here.
    """
    remedy = "write `to: [gold, diamond]` for words and `qty: {at_least: 100}` for numbers"
    if not isinstance(value, dict) or not value:
        raise Refusal(f"{in_words(value) if value else 'nothing'} is no condition", remedy)
    for name, asked in value.items():
        words = isinstance(asked, list) and 1 <= len(asked) <= 50 and all(isinstance(w, str) for w in asked)
        bounds = isinstance(asked, dict) and asked and set(asked) <= {"at_least", "at_most"}
        if bounds:
            bounds = all(type(n) is int and abs(n) <= NUMBER_MAX for n in asked.values())
        if not words and not bounds:
            raise Refusal(f"what {in_words(name)} must be is neither words nor bounds", remedy)
    return value


Clock = Annotated[
    int, BeforeValidator(_clock), WithJsonSchema({"type": "string", "pattern": "^[0-9]{2}:[0-9]{2}$"})
]
Length = Annotated[
    int,
    BeforeValidator(_length),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,6} (minute|hour|day)s?$"}),
]
_BOUND = {"type": "integer"}
When = Annotated[
    dict[str, Any],
    BeforeValidator(_conditions),
    WithJsonSchema(
        {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {
                "anyOf": [
                    {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 50},
                    {
                        "type": "object",
                        "properties": {"at_least": _BOUND, "at_most": _BOUND},
                        "additionalProperties": False,
                        "minProperties": 1,
                    },
                ]
            },
        }
    ),
]
Channel = Annotated[str, Field(pattern="^[a-z0-9_]+$", max_length=32)]


class QuietKeys(Keys):
    """From when to when nobody is disturbed, by the customer's own clock; transactional words go out."""

    from_: Clock = Field(
        22 * 60,
        validate_default=False,
        alias="from",
        description="From this time of day on.",
        examples=["22:00"],
    )
    to: Clock = Field(
        "08:00", validate_default=True, description="Until this one, when it is sent.", examples=["08:00"]
    )


class MarketingKeys(Keys):
    """How much marketing a customer gets at most, in local days of the customer's own."""

    per_day: int = Field(1, ge=1, le=100, description="At most so many on one day.", examples=[1])
    per_7_days: int = Field(
        3, ge=1, le=100, description="At most so many on any seven days in a row.", examples=[3]
    )
    after_complaint_days: int = Field(
        7,
        ge=0,
        le=365,
        description="None while a complaint is open, nor so many days after it is resolved.",
        examples=[7],
    )


class IntentKeys(Keys):
    """What a customer is told of one kind of effect."""

    id: Name = Field(description="The intent's name in messages.", examples=["tier_up"])
    on: Annotated[str, chooser(FIELDS)] = Field(
        description="Which effect it tells of.", examples=["tier.upgraded"]
    )
    when: When | None = Field(
        None,
        description="What the effect must be like: the words a field may be, or bounds of a number.",
        examples=[{"to": ["gold", "diamond"]}],
    )
    who: FactCondition | None = Field(
        None,
        description="What the customer must be like, by facts as in `lifecycle`; of a list all.",
        examples=[{"fact": "value", "is": "high"}],
    )
    class_: Annotated[Class, chooser(CLASSES)] = Field(
        alias="class",
        description="Transactional: the answer to what they did; service: about what they have; marketing.",
        examples=["service"],
    )
    priority: Annotated[Priority, chooser(PRIORITIES)] = Field(
        "normal", description="How urgent it is: high, normal or low.", examples=["high"]
    )
    channels: Annotated[list[Channel], Field(min_length=1, max_length=10)] | None = Field(
        None, description="By which channels, the best first.", examples=[["wechat", "sms"]]
    )
    expires_after: Length = Field(
        "3 days",
        validate_default=True,
        description="After so long it is not to be sent any more.",
        examples=["12 hours"],
    )
    texts: Texts = Field(
        description="What is said, by language; {field} stands for a field of the effect.",
        examples=[{"zh": "恭喜升级为{to_name}！", "en": "You are {to_name} now!"}],
    )


class NotificationsKeys(Keys):
    """Who is told what, when, and how often."""

    languages: list[Language] = Field(
        min_length=1,
        max_length=20,
        description="The languages of every text; who has none of them gets the first.",
        examples=[["zh", "en"]],
    )
    quiet_hours: QuietKeys = Field(
        {},
        validate_default=True,
        description="When nobody is disturbed.",
        examples=[{"from": "22:00", "to": "08:00"}],
    )
    collapse_seconds: int = Field(
        5,
        ge=0,
        le=60,
        description="Changes of a level within so many seconds are told once, and not at all if undone.",
        examples=[5],
    )
    marketing: MarketingKeys = Field(
        {},
        validate_default=True,
        description="How much marketing there may be.",
        examples=[{"per_day": 1}],
    )
    intents: list[IntentKeys] = Field(
        min_length=1,
        max_length=200,
        description="Of those on one effect the first that fits is told.",
        examples=[[{"id": "up", "on": "tier.upgraded", "class": "service", "texts": {"en": "Up!"}}]],
    )
