"""What several outbound contracts share: the base of all, types of numbers, and who gave a command."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Fraction = Annotated[list[int], Field(min_length=2, max_length=2)]  # [numerator, denominator]
Fifths = Annotated[list[int], Field(min_length=4, max_length=4)]
Minor = Annotated[int, Field(description="Minor units of the programme's currency.")]
Ms = Annotated[int, Field(description="UTC milliseconds since 1970.")]
Rev = Annotated[int, Field(ge=1, description="The customer's count of accepted events; grows by 1.")]
Backfill = Annotated[bool, Field(description="True: caused by loading history; do not notify.")]


class Outbound(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, populate_by_name=True)


class Actor(Outbound):
    """Who gave the command that caused it."""

    actor: str = Field(description="A person or a system.")
    role: str = Field("", description="In which role.")
    reason: str = Field("", description="Why, in words.")
