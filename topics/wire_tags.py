"""Commands about tags as typed structs, see `topics.wire`."""

from topics.wire_base import CommandIn, Envelope, Id, Time, Word


class TagAddIn(CommandIn, gc=False, frozen=True, kw_only=True):
    tag: Id
    dimension: Word = ""
    group: Word = ""
    until: Time | None = None


class TagRemoveIn(CommandIn, gc=False, frozen=True, kw_only=True):
    tag: Id
    until: Time | None = None


class TagReleaseIn(CommandIn, gc=False, frozen=True, kw_only=True):
    tag: Id


class TagAdded(Envelope, frozen=True, tag_field="type", tag="command.tag.add"):
    data: TagAddIn


class TagRemoved(Envelope, frozen=True, tag_field="type", tag="command.tag.remove"):
    data: TagRemoveIn


class TagReleased(Envelope, frozen=True, tag_field="type", tag="command.tag.release"):
    data: TagReleaseIn
