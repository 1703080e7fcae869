"""Types of single fields of the published inbound contract, and the envelope all its events share."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from topics import limits


def _real_time(text: str) -> str:
    """The text itself. Raises ValueError if no such day exists."""
    datetime.fromisoformat(text[:19].upper() + "+00:00")
    return text


def _positive_rate(text: str) -> str:
    if text and not text.strip("0."):
        raise ValueError("must be above zero")
    return text


Id = Annotated[str, Field(min_length=1, max_length=limits.ID_MAX, pattern=limits.NO_CONTROL)]
OptionalId = Annotated[str, Field(max_length=limits.ID_MAX, pattern=limits.NO_CONTROL)]
Word = Annotated[str, Field(max_length=limits.WORD_MAX)]
Words = Annotated[list[Word], Field(max_length=limits.WORDS_MAX)]
Text = Annotated[str, Field(max_length=limits.TEXT_MAX)]
Money = Annotated[int, Field(ge=0, le=limits.MONEY_MAX)]
Qty = Annotated[int, Field(ge=1, le=limits.QTY_MAX)]
Count = Annotated[int, Field(ge=0, le=limits.COUNT_MAX)]
Version = Annotated[int, Field(ge=1, le=limits.COUNT_MAX)]
Day = Annotated[int, Field(ge=-limits.DAY_MAX, le=limits.DAY_MAX)]
Counts = Annotated[list[tuple[Day, Count]], Field(max_length=limits.GROUPS_MAX)]
Sum = Annotated[int, Field(ge=0, le=limits.SUM_MAX)]
Signed = Annotated[int, Field(ge=-limits.MONEY_MAX, le=limits.MONEY_MAX)]
Points = Annotated[int, Field(ge=1, le=limits.MONEY_MAX)]
Currency = Annotated[str, Field(pattern=limits.CURRENCY)]
Rate = Annotated[str, Field(pattern=rf"^$|{limits.DECIMAL}"), AfterValidator(_positive_rate)]
Time = Annotated[
    str,
    Field(max_length=limits.TIME_TEXT_MAX, pattern=limits.RFC3339, json_schema_extra={"format": "date-time"}),
    AfterValidator(_real_time),
]


class Inbound(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class Envelope(Inbound):
    """The CloudEvents attributes. `subject` is the customer and equals the Kafka key."""

    specversion: Literal["1.0"] = Field("1.0", description="Version of CloudEvents.")
    id: Id = Field(description="With `source` unique for ever; a repeat is counted once.")
    source: Id = Field(description="System that sent the event.")
    time: Time = Field(description="When it happened, RFC 3339 with zone; cut to milliseconds.")
    subject: Id = Field(description="Customer id.")
    backfill: bool = Field(False, description="True: history being loaded; it raises no alert.")


class GivenBy(Inbound):
    """Who gave a command."""

    actor: Id = Field(description="Who gives the command: a person or a system.")
    role: Word = Field("", description="In which role.")
    reason: Text = Field("", description="Why, in words.")
