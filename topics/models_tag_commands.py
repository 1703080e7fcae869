"""The published contract of commands about tags."""

from typing import Literal

from pydantic import Field

from topics.fields import Envelope, GivenBy, Id, Time, Word


class TagAddData(GivenBy):
    """A tag to give by hand."""

    tag: Id = Field(description="The tag.")
    dimension: Word = Field(
        "", description="What it is about; of a tag in the rulebook as it says there, else manual."
    )
    group: Word = Field("", description="Its group, of which a customer has one; in the rulebook as there.")
    until: Time | None = Field(None, description="When it ends; without it at the release.")


class TagRemoveData(GivenBy):
    """A tag to take by hand."""

    tag: Id = Field(description="The tag.")
    until: Time | None = Field(
        None, description="When the rules may give it again; without it at the release."
    )


class TagReleaseData(GivenBy):
    """A tag to leave to the rules again."""

    tag: Id = Field(description="The tag.")


class TagAdd(Envelope):
    """Give a customer a tag by hand, above all rules."""

    type: Literal["command.tag.add"]
    data: TagAddData


class TagRemove(Envelope):
    """Take a tag from a customer by hand; no rule gives it again before it is released."""

    type: Literal["command.tag.remove"]
    data: TagRemoveData


class TagRelease(Envelope):
    """Leave a tag that was given or taken by hand to the rules again."""

    type: Literal["command.tag.release"]
    data: TagReleaseData


TAG_COMMANDS: tuple[type[Envelope], ...] = (TagAdd, TagRemove, TagRelease)
