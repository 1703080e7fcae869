"""The `points` and `wallets` of a rulebook file as pydantic models: when points activate and lapse."""

import re
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, WithJsonSchema

from rules.errors import Refusal
from rules.facts import ENGAGEMENT_KINDS
from rules.keys import Keys
from rules.values import Count, DurationText, Name, chooser, in_words

Round = Literal["day", "month", "quarter", "year"]
Anchor = Literal["activation", "earn"]
QualifyingAt = Literal["purchase", "activation"]
ROUNDS, ANCHORS = get_args(Round), get_args(Anchor)
DAYS_MAX = 3650
POLICIES = ("debt", "write_off")
MOVERS = ("purchase", *(f"engagement.{kind}" for kind in ENGAGEMENT_KINDS))


class PendingKeys(Keys):
    """How long points wait before they can be spent."""

    days: Annotated[int, Field(ge=1, le=400)] | None = Field(
        None, description="For so many local days; active from local midnight on.", examples=[14]
    )
    on: Annotated[Literal["delivered"], chooser(("delivered",))] | None = Field(
        None, description="Until the order is delivered.", examples=["delivered"]
    )


def _yearly(value: Any) -> tuple[int, int]:
    """(month, day) of "MM-DD". Raises Refusal when no year has that day."""
    found = re.fullmatch("([0-9]{2})-([0-9]{2})", value) if isinstance(value, str) else None
    month, day = (int(found[1]), int(found[2])) if found else (0, 0)
    longest = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    if not (1 <= month <= 12 and 1 <= day <= longest[month - 1]):
        raise Refusal(f"{in_words(value)} is not a day of the year", 'write month and day like "02-28"')
    return month, day


def _shortfall(value: Any) -> int:
    """How much debt a customer may have: -1 without bound, 0 none. Raises Refusal for anything else."""
    if value == "debt":
        return -1
    if value == "write_off":
        return 0
    if isinstance(value, dict) and set(value) == {"limit"}:
        limit = value["limit"]
        if isinstance(limit, int) and not isinstance(limit, bool) and 1 <= limit <= 10**9:
            return limit
    raise Refusal(f"{in_words(value)} is not known here", "use debt, write_off or {limit: 500}")


YearDay = Annotated[
    tuple[int, int],
    BeforeValidator(_yearly),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{2}-[0-9]{2}$"}),
]
Shortfall = Annotated[
    int,
    BeforeValidator(_shortfall),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": list(POLICIES)},
                {
                    "type": "object",
                    "properties": {"limit": {"type": "integer", "minimum": 1}},
                    "required": ["limit"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]


class ExpiryKeys(Keys):
    """When points lapse: one of `after`, `yearly` and `inactivity`."""

    after: DurationText | None = Field(
        None, description="So long after the anchor, then to the end of `round`.", examples=["12 months"]
    )
    round: Annotated[Round, chooser(ROUNDS)] = Field(
        "day", description="To the end of which local period they last.", examples=["year"]
    )
    anchor: Annotated[Anchor, chooser(ANCHORS)] = Field(
        "activation", description="What the time counts from: activation, or earn.", examples=["activation"]
    )
    yearly: YearDay | None = Field(
        None, description="The last day of the points that are old enough, every year.", examples=["02-28"]
    )
    min_age: DurationText | None = Field(
        None, description="How old points must be to lapse on the yearly day.", examples=["12 months"]
    )
    inactivity: DurationText | None = Field(
        None, description="So long after the last activity, all of them together.", examples=["18 months"]
    )
    by: list[Annotated[str, chooser(MOVERS)]] | None = Field(
        None,
        min_length=1,
        max_length=50,
        description="What counts as activity. Default: purchase.",
        examples=[["purchase", "engagement.checkin"]],
    )


class PointsKeys(Keys):
    """What becomes of points after they are earned."""

    pending: PendingKeys | None = Field(
        None, description="How long they wait; without it they are active at once.", examples=[{"days": 14}]
    )
    expiry: ExpiryKeys | None = Field(
        None,
        description="When they lapse; without it never.",
        examples=[{"after": "12 months", "round": "year"}],
    )
    reminders: (
        Annotated[list[Annotated[int, Field(ge=1, le=DAYS_MAX)]], Field(min_length=1, max_length=10)] | None
    ) = Field(
        None, description="So many days before points lapse the customer is told.", examples=[[30, 7, 1]]
    )
    reinstate_grace_days: int = Field(
        0,
        ge=0,
        le=DAYS_MAX,
        description="Days that points live which come back from a redemption after they lapsed; 0: none.",
        examples=[30],
    )
    shortfall: Shortfall = Field(
        -1,
        validate_default=False,
        description="What a refund of points already spent leads to: debt, write_off, or debt up to a limit.",
        examples=["debt"],
    )
    second_actor_above: Count | None = Field(
        None, description="Adjustments of more points need a second actor.", examples=[1000]
    )


class MainKeys(PointsKeys):
    """What becomes of the points that orders and engagements earn, and of the qualifying points with them."""

    qualifying_at: Annotated[QualifyingAt, chooser(get_args(QualifyingAt))] = Field(
        "purchase",
        description="When qualifying points count: at the purchase, or when the points become active.",
        examples=["activation"],
    )
    adjustments_qualify: bool = Field(
        False,
        description="Whether points by hand count as qualifying points, unless the command says otherwise.",
        examples=[True],
    )


class WalletKeys(PointsKeys):
    """A further wallet, apart from the points."""

    id: Name = Field(description="The wallet's name in rules, commands and messages.", examples=["stars"])
