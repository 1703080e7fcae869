"""The published contract of what is told of a customer's profile."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from rules.zones import is_zone
from topics import limits
from topics.fields import Envelope, Inbound, Signed


def _real_zone(text: str) -> str:
    """The text itself. Raises ValueError if there is no such zone."""
    if not is_zone(text):
        raise ValueError("no such time zone")
    return text


def _real_date(text: str) -> str:
    """The text itself. Raises ValueError if no such day exists."""
    date.fromisoformat(text)
    return text


Zone = Annotated[str, AfterValidator(_real_zone)]
Language = Annotated[str, Field(pattern=limits.LANGUAGE)]
Birthday = Annotated[str, Field(pattern=limits.BIRTHDAY)]
Date = Annotated[str, Field(pattern=limits.DATE), AfterValidator(_real_date)]
Attribute = Annotated[str, Field(max_length=limits.ATTRIBUTE_MAX)] | Signed | None
Attributes = Annotated[
    dict[Annotated[str, Field(pattern=limits.ATTRIBUTE)], Attribute],
    Field(max_length=limits.ATTRIBUTES_MAX),
]
Hashes = Annotated[list[Annotated[str, Field(pattern=limits.HASH)]], Field(max_length=limits.HASHES_MAX)]


class ProfileData(Inbound):
    """What is new of a customer. A field that is left out stays as it was; null removes it."""

    zone: Zone | None = Field(None, description="Time zone, an IANA name; without it the programme's.")
    language: Language | None = Field(None, description="Language as a tag, such as zh-Hans or en.")
    birthday: Birthday | None = Field(None, description="Month and day, MM-DD; a year is not wanted.")
    joined_on: Date | None = Field(
        None, description="Day of joining for anniversaries, where it was before the first event here."
    )
    attributes: Attributes | None = Field(
        None, description="What rules may ask for, by name: texts and integers; null removes one."
    )
    phone_hashes: Hashes | None = Field(
        None, description="Hashes of the phone numbers, to find who refers themselves. Never the number."
    )
    device_hashes: Hashes | None = Field(None, description="The same of the customer's devices.")
    card_hashes: Hashes | None = Field(None, description="The same of the customer's payment cards.")


class ProfileUpdated(Envelope):
    """Part of a customer's profile is new; it moves no tier."""

    type: Literal["profile.updated"]
    data: ProfileData
