"""Who a customer is, as far as the programme has to know: the profile, and what they agreed to.

Every field and every consent remembers since when it holds, so that what comes late does not undo what was
said later. `engine.personal` edits it.
"""

from typing import Final

from engine.events import ProfileValue
from engine.history import Choice, Kept, Referral
from rules.compiled import Rulebook

ATTRIBUTE: Final = "attribute."  # What the name of an attribute begins with among the fields.
MemberValues = tuple[
    dict[str, Kept],  # fields
    dict[str, Choice],  # consents
    list[int],  # care
    Referral | None,
]
"""How a member is written."""


class Member:
    """The profile's `fields`, by their names in `engine.events.Profile`, and `consents` by scope.

    `care` holds the last local year whose birthday, and whose anniversary, was kept; and which kinds of days
    the programme kept when the next was looked for, see `engine.care`.
    """

    __slots__ = ("care", "consents", "fields", "referral")

    def __init__(self) -> None:
        self.fields: dict[str, Kept] = {}
        self.consents: dict[str, Choice] = {}
        self.care = [0, 0, 0]
        self.referral: Referral | None = None

    def empty(self) -> bool:
        """Whether nothing is kept."""
        return not (self.fields or self.consents or any(self.care) or self.referral)


def values_of_member(member: Member | None) -> MemberValues | None:
    """The values to store; what is in them is the member's own."""
    if member is None:
        return None
    return member.fields, member.consents, member.care, member.referral


def member_from(values: MemberValues | None) -> Member | None:
    """The member whose values these are."""
    if values is None:
        return None
    member = Member()
    member.fields, member.consents, member.care, member.referral = values
    return member


def field(member: Member | None, name: str) -> ProfileValue:
    """A field of the profile, None where there is none."""
    kept = None if member is None else member.fields.get(name)
    return None if kept is None else kept.value


def allows(rulebook: Rulebook, member: Member | None, scope: str) -> bool:
    """Whether the customer agrees to a scope: as they said, else as the programme holds, else not."""
    choice = None if member is None else member.consents.get(scope)
    return scope in (rulebook.consents or ()) if choice is None else choice.granted
