"""Caps in a rulebook file: a bound, or a list of bounds, wherever one may be written."""

import re
from typing import Annotated, Any, NamedTuple

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema

from rules.errors import Refusal
from rules.facts import Period
from rules.keys import Keys
from rules.values import ROLLING_DAYS_MAX, Count, choice, in_words


class Span(NamedTuple):
    """What a cap is for; `days` is the length of a rolling period, else 0."""

    period: Period
    days: int

    @property
    def text(self) -> str:
        """The span as a rulebook writes it, short."""
        return f"rolling {self.days}" if self.days else self.period.value


_NAMED = {str(period): period for period in Period if period is not Period.ROLLING}


def _span(value: Any) -> Span:
    """`day` or `rolling 30 days` -> Span. Raises Refusal when it is neither."""
    if isinstance(value, str) and (rolling := re.fullmatch("rolling ([0-9]{1,9}) days?", value)):
        if 1 <= (days := int(rolling[1])) <= ROLLING_DAYS_MAX:
            return Span(Period.ROLLING, days)
        what = f"a rolling period has 1 to {ROLLING_DAYS_MAX} days, not {days}"
        raise Refusal(what, "choose a length in between")
    if value == "rolling" or isinstance(value, dict | list):
        raise Refusal(
            f"{in_words(value)} is not a period", "write `rolling 30 days`, or one word such as day"
        )
    return Span(choice(value, _NAMED), 0)


_SCHEMA = {
    "anyOf": [
        {"enum": list(_NAMED)},
        {"type": "string", "pattern": "^rolling [0-9]{1,3} days?$"},
    ]
}


class CapKeys(Keys):
    """A bound per period: so many times, so many points, or both."""

    count: Count | None = Field(None, description="At most so many times.", examples=[1])
    points: Count | None = Field(None, description="At most so many points.", examples=[20])
    per: Annotated[Span, BeforeValidator(_span), WithJsonSchema(_SCHEMA)] = Field(
        description="The local period, the last days, or the thing that the bound is for.", examples=["day"]
    )


def one_or_many(value: Any) -> str:
    """Which form a key has that takes one thing or a list of them."""
    return "many" if isinstance(value, list) else "one"


Caps = Annotated[
    Annotated[CapKeys, Tag("one")] | Annotated[list[CapKeys], Field(min_length=1, max_length=5), Tag("many")],
    Discriminator(one_or_many),
]


def listed(cap: CapKeys | list[CapKeys] | None) -> list[CapKeys]:
    """The bounds as a list, whether none, one or many are written."""
    if cap is None:
        return []
    return cap if isinstance(cap, list) else [cap]
