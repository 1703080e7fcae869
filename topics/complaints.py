"""What is wrong with an inbound record: a reason code and one plain sentence with the JSON path."""

import re

from msgspec import DecodeError, Struct, ValidationError
from msgspec.json import Decoder

from rules.facts import ENGAGEMENT_KINDS
from topics import limits
from topics.catalogue import Role

REASONS = {
    "bad_json": "The value is not JSON in UTF-8.",
    "schema": "A field is missing, has another type, or does not fit the contract.",
    "unknown_type": "The type is unknown, or belongs on another topic.",
    "no_customer": "Key or subject is missing or empty, or they differ.",
    "bad_money": "An amount is negative or too large.",
    "negative_qty": "A quantity is below 1.",
}

_HOMES = (
    dict.fromkeys(limits.PURCHASE_TYPES, Role.PURCHASES)
    | {f"engagement.{kind}": Role.ENGAGEMENTS for kind in ENGAGEMENT_KINDS}
    | {limits.PROFILE_TYPE: Role.ENGAGEMENTS}
    | dict.fromkeys(limits.COMMAND_TYPES, Role.COMMANDS)
)
_MONEY = re.compile(
    r"(?:\.(?:amount|unit_price|discount|tax|order_discount|paid_with_giftcard|shipping|shipping_refunded)"
    r"|\.paid_with_points\.(?:value|points))$"
).search
_MESSAGE = re.compile(r"(?P<what>.*?)(?: - at `(?P<path>[^`]*)`)?", re.DOTALL).fullmatch
_RANGE = re.compile(r"Expected `int[^`]*` [<>]=|Integer value out of range").match
_SHOWN_MAX = 60


class Undecodable(Struct, frozen=True, gc=False):
    """A record nobody could read: one of `REASONS`, and one sentence."""

    reason: str
    message: str


class Refused(Exception):
    """Raised while a record is read, and caught there: reason and sentence as in `Undecodable`."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class _OnlyType(Struct, gc=False):
    type: str


_only_type = Decoder(_OnlyType).decode


def unknown_type(text: str, role: Role) -> Refused:
    """The complaint about a type that this input does not carry; says where it belongs, if anywhere."""
    home = _HOMES.get(text)
    shown = repr(text[:_SHOWN_MAX])
    if home is None or home is role:
        return Refused("unknown_type", f"$.type: the type {shown} is unknown")
    return Refused("unknown_type", f"$.type: the type {shown} belongs on the {home} topic, not on {role}")


def explain(error: Exception, role: Role, value: bytes | None) -> Undecodable:
    """What the JSON reader's error means for the sender."""
    if isinstance(error, RecursionError):
        return Undecodable("bad_json", "$: it is nested too deeply")
    if isinstance(error, UnicodeDecodeError):
        return Undecodable("bad_json", f"$: it is not UTF-8 at byte {error.start}")
    if not isinstance(error, ValidationError):
        return Undecodable("bad_json", f"$: {_plain(str(error))}")
    match = _MESSAGE(str(error))
    assert match is not None  # The pattern fits any text.
    what, path = match["what"], match["path"] or "$"
    if path == "$.type" and (text := _type_of(value)) is not None:
        refused = unknown_type(text, role)
        return Undecodable(refused.reason, refused.message)
    return Undecodable(_reason(what, path), f"{path}: {_plain(what)}")


def _type_of(value: bytes | None) -> str | None:
    try:
        return None if value is None else _only_type(value).type
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _reason(what: str, path: str) -> str:
    """The code for a value that does not fit; a wrong type is `schema` wherever it is."""
    if path == "$.subject" or (path == "$" and what.endswith("`subject`")):
        return "no_customer"
    if _RANGE(what) and _MONEY(path):
        return "bad_money"
    if path.endswith(".qty") and what.startswith("Expected `int") and ">= 1" in what:
        return "negative_qty"
    return "schema"


def _plain(what: str) -> str:
    """The reader's words as part of our sentence: no back-quotes, no capital, never long."""
    text = what.replace("`", "").replace(" | null", "").replace("Object missing", "missing the")
    return text[:1].lower() + text[1:200]
