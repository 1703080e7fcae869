"""RFC 3339 text <-> UTC milliseconds, exact, with small caches because every event needs one."""

import re
from datetime import date
from typing import Final, TypeVar

from topics import limits

_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_MINUTE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([01][0-9]|2[0-3]):([0-5][0-9]):").fullmatch
_SECOND: Final = re.compile(
    r"([0-5][0-9])(?:\.([0-9]+))?(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))"
).fullmatch
_CACHE_MAX: Final = 65_536
K = TypeVar("K")
V = TypeVar("V")


class _MinuteStarts(dict[str, int]):
    """Milliseconds at "YYYY-MM-DDTHH:MM:", as if UTC."""

    def __missing__(self, text: str) -> int:
        if (match := _MINUTE(text)) is None:
            raise ValueError(text)
        year, month, day, hour, minute = map(int, match.groups())
        if not limits.YEAR_MIN <= year <= limits.YEAR_MAX:
            raise ValueError(text)
        days = date(year, month, day).toordinal() - _EPOCH_DAY
        return _keep(self, text, ((days * 24 + hour) * 60 + minute) * 60_000)


class _Remainders(dict[str, int]):
    """Milliseconds that "SS.fffZ" or "SS.fff+HH:MM" add to the minute; digits below a millisecond are cut."""

    def __missing__(self, text: str) -> int:
        if (match := _SECOND(text)) is None:
            raise ValueError(text)
        second, fraction, sign, hours, minutes = match.groups()
        offset = int(f"{sign}1") * (int(hours) * 60 + int(minutes)) * 60_000 if sign else 0
        millis = int((fraction or "")[:3].ljust(3, "0"))
        return _keep(self, text, int(second) * 1000 + millis - offset)


class _MinuteTexts(dict[int, bytes]):
    """b"YYYY-MM-DDTHH:MM:" of a minute since the epoch."""

    def __missing__(self, minutes: int) -> bytes:
        days, minute = divmod(minutes, 1440)
        day = date.fromordinal(days + _EPOCH_DAY)
        text = f"{day.year:04}-{day.month:02}-{day.day:02}T{minute // 60:02}:{minute % 60:02}:"
        return _keep(self, minutes, text.encode())


def _keep(cache: dict[K, V], key: K, value: V) -> V:
    if len(cache) >= _CACHE_MAX:
        cache.clear()
    cache[key] = value
    return value


minute_starts: Final = _MinuteStarts()
remainders: Final = _Remainders()
_minute_texts: Final = _MinuteTexts()
_seconds: Final = tuple(b"%02d." % second for second in range(60))
_millis: Final = tuple(b"%03dZ" % milli for milli in range(1000))


def parse_ms(text: str) -> int:
    """UTC milliseconds of an RFC 3339 time with zone, floor. Raises ValueError for any other text.

    The year as written is 1971 to 9998, so that the result and its local day exist in every zone.
    """
    return minute_starts[text[:17]] + remainders[text[17:]]


def format_ms(time_ms: int) -> bytes:
    """RFC 3339 text in UTC with three digits of a second: b"2026-01-10T03:04:05.678Z"."""
    minutes = time_ms // 60_000
    return _minute_texts[minutes] + _seconds[time_ms // 1000 % 60] + _millis[time_ms % 1000]
