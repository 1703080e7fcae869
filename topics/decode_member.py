"""What is told of a customer's profile, as read, to an engine event.

It comes on the topic of engagements, whose many types are one to the JSON reader.
"""

import re
from datetime import date
from typing import Final

from msgspec import DecodeError, Struct
from msgspec.json import Decoder

from engine.events import Profile, ProfileValue
from engine.member import ATTRIBUTE
from rules.zones import is_zone
from topics import limits, wire
from topics.complaints import Refused

_engaged: Final = Decoder(wire.Engaged).decode
_updated: Final = Decoder(wire.ProfileUpdated).decode


def _full(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.removeprefix("^").removesuffix("$"))


_TEXTS: Final = {
    "language": (_full(limits.LANGUAGE), "a language tag, like zh-Hans,"),
    "birthday": (_full(limits.BIRTHDAY), "month and day, like 02-29,"),
    "joined_on": (_full(limits.DATE), "a day, like 2019-05-01,"),
}
_ATTRIBUTE: Final = _full(limits.ATTRIBUTE)
_HASH: Final = _full(limits.HASH)


class _Type(Struct, gc=False):
    type: str = ""


_type: Final = Decoder(_Type).decode


def read_engagement(value: bytes) -> wire.Engaged | wire.ProfileUpdated:
    """What the record says, by its type. Raises as msgspec does."""
    # A name may be written with escapes; nothing else needs a second look.
    if (b"profile.u" in value or 92 in value) and _is_profile(value):
        return _updated(value)
    return _engaged(value)


def _is_profile(value: bytes) -> bool:
    try:
        return _type(value).type == limits.PROFILE_TYPE
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return False  # The reader of engagements says what is wrong.


def profile(wired: wire.ProfileUpdated) -> Profile:
    """The fields that the update names, in the contract's order. Raises Refused, which tells no value."""
    d = wired.data
    fields: list[tuple[str, ProfileValue]] = []
    if isinstance(d.zone, str) and not is_zone(d.zone):
        raise Refused("schema", "$.data.zone: an IANA time zone, like Asia/Shanghai, is expected")
    _add(fields, "zone", d.zone)
    for name, text in (("language", d.language), ("birthday", d.birthday), ("joined_on", d.joined_on)):
        if isinstance(text, str):
            _check(name, text)
        _add(fields, name, text)
    if isinstance(d.attributes, dict):
        for name, value in d.attributes.items():
            if _ATTRIBUTE.fullmatch(name) is None:
                what = "up to 32 small letters, digits and _ are expected, a letter first"
                raise Refused("schema", f"$.data.attributes: as the name of an attribute {what}")
            fields.append((ATTRIBUTE + name, value))
    else:
        _add(fields, "attributes", d.attributes)
    for kind, hashes in (("phone", d.phone_hashes), ("device", d.device_hashes), ("card", d.card_hashes)):
        if isinstance(hashes, tuple):
            fields.append((kind, _hashes(kind, hashes)))
        else:
            _add(fields, kind, hashes)
    return Profile(tuple(fields))


def _add(fields: list[tuple[str, ProfileValue]], name: str, value: object) -> None:
    """Adds a field if the update names it."""
    if value is None or isinstance(value, str):
        fields.append((name, value))


def _check(name: str, text: str) -> None:
    pattern, wanted = _TEXTS[name]
    good = pattern.fullmatch(text) is not None
    if good and name == "joined_on":
        try:
            date.fromisoformat(text)
        except ValueError:
            good = False
    if not good:
        raise Refused("schema", f"$.data.{name}: {wanted} is expected")


def _hashes(kind: str, hashes: tuple[str, ...]) -> tuple[str, ...]:
    """As many digits of each as are kept, each once, sorted."""
    for each in hashes:
        if _HASH.fullmatch(each) is None:
            what = "32 to 128 hexadecimal digits in small letters are expected, never the thing itself"
            raise Refused("schema", f"$.data.{kind}_hashes: {what}")
    return tuple(sorted({each[: limits.HASH_KEPT] for each in hashes}))
