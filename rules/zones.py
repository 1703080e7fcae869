"""Time zones by their IANA names, each read once."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

_NOT_ZONES = frozenset(("Factory", "localtime"))  # Names of files that stand for no place.


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones()) - _NOT_ZONES


def is_zone(name: str) -> bool:
    """Whether this is the IANA name of a time zone."""
    return name in _names()


@cache
def zone_of(name: str) -> ZoneInfo:
    """The zone of a name that `is_zone` knows."""
    return ZoneInfo(name)
