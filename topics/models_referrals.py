"""The published contract of the two records that the engine sends itself for a referral."""

from typing import Annotated, Literal

from pydantic import Field

from topics import limits
from topics.fields import Envelope, Id, Inbound, Word

Hashes = Annotated[
    list[Annotated[str, Field(pattern=limits.KINDED_HASH)]],
    Field(
        max_length=3 * limits.HASHES_MAX,
        description="What is kept of the hashes of phones, devices and cards, each with its kind.",
    ),
]


class ReferralOpenedData(Inbound):
    """Who referred this customer."""

    referrer: Id = Field(description="The customer who refers.")
    line: Annotated[list[Annotated[str, Field(pattern=limits.MARK)]], Field(max_length=limits.LINE_MAX)] = (
        Field(description="Marks of those who referred the referrer, and before, the nearest first.")
    )
    hashes: Hashes


class ReferralClosedData(Inbound):
    """What became of a referral by this customer."""

    referee: Id = Field(description="The customer who was referred.")
    why: Word = Field(description="Why it gives nothing, in a word; empty when it does.")
    hashes: Hashes


class ReferralOpened(Envelope):
    """Sent by the engine alone: another customer refers this one."""

    type: Literal["referral.opened"]
    source: Literal["/tierline"]
    data: ReferralOpenedData


class ReferralClosed(Envelope):
    """Sent by the engine alone: a referral by this customer is decided."""

    type: Literal["referral.closed"]
    source: Literal["/tierline"]
    data: ReferralClosedData
