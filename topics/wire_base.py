"""What all inbound JSON shares: types of single values, the envelope, and what every command says."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from topics import limits

Id = Annotated[str, Meta(min_length=1, max_length=limits.ID_MAX)]
Word = Annotated[str, Meta(max_length=limits.WORD_MAX)]
Text = Annotated[str, Meta(max_length=limits.TEXT_MAX)]
Time = Annotated[str, Meta(max_length=limits.TIME_TEXT_MAX)]


class Envelope(Struct, gc=False, frozen=True, kw_only=True):
    """CloudEvents attributes; the Kafka key must equal `subject`."""

    source: Id
    id: Id
    time: Time
    subject: Id
    specversion: Literal["1.0"] = "1.0"
    backfill: bool = False


class CommandIn(Struct, gc=False, frozen=True, kw_only=True):
    """What every command says: who gave it, in which role, and why."""

    actor: Id
    role: Word = ""
    reason: Text = ""
