"""Local days and periods. A day is a number: days since 1970-01-01 in the programme's time zone."""

from calendar import isleap
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from rules.facts import Period, WindowKind
from rules.values import Cycle

DAY_MS: Final = 86_400_000
QUARTER_HOUR_MS: Final = 900_000  # Time zones change their offset on these only.
EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
FOREVER: Final = (-(10**7), 10**7)
CACHE_LIMIT: Final = 100_000


class LocalDays:
    """Turns instants into local days, remembering the zone's offset per quarter of an hour, and midnights.

    `cycle` is the programme's own, None where it has none.
    """

    def __init__(self, zone: ZoneInfo, cycle: Cycle | None = None) -> None:
        self.zone = zone
        self.cycle = cycle
        self.offsets: dict[int, int] = {}
        self.starts: dict[int, int] = {}

    def of(self, instant_ms: int) -> int:
        """The local day that holds the instant."""
        quarter = instant_ms // QUARTER_HOUR_MS
        offset_ms = self.offsets.get(quarter)
        if offset_ms is None:
            offset_ms = self._offset_ms(quarter)
        return (instant_ms + offset_ms) // DAY_MS

    def start_ms(self, day: int) -> int:
        """The instant of local midnight that opens the day."""
        found = self.starts.get(day)
        if found is None:
            if len(self.starts) >= CACHE_LIMIT:
                self.starts.clear()
            midnight = datetime.combine(date_of(day), datetime.min.time(), self.zone)
            self.starts[day] = found = (midnight - EPOCH) // timedelta(milliseconds=1)
        return found

    def clock(self, instant_ms: int) -> tuple[int, int]:
        """The local day that holds the instant, and the milliseconds that its clock shows since midnight."""
        day = self.of(instant_ms)
        return day, instant_ms + self.offsets[instant_ms // QUARTER_HOUR_MS] - day * DAY_MS

    def at_ms(self, day: int, minute: int, second: bool = False) -> int:
        """The instant at which the clock shows so many minutes since midnight on the day.

        The `second` one where clocks are set back over it; a time that they skip counts on past the skip.
        """
        shown = datetime.combine(date_of(day), time(minute // 60, minute % 60, fold=int(second)), self.zone)
        return (shown - EPOCH) // timedelta(milliseconds=1)

    def _offset_ms(self, quarter: int) -> int:
        start = EPOCH + timedelta(milliseconds=quarter * QUARTER_HOUR_MS)
        offset = start.astimezone(self.zone).utcoffset()
        assert offset is not None
        if len(self.offsets) >= CACHE_LIMIT:
            self.offsets.clear()
        self.offsets[quarter] = offset_ms = offset // timedelta(milliseconds=1)
        return offset_ms


def date_of(day: int) -> date:
    """The calendar date of a day number."""
    return date.fromordinal(day + EPOCH_ORDINAL)


def day_of(when: date) -> int:
    """The day number of a calendar date."""
    return when.toordinal() - EPOCH_ORDINAL


@lru_cache(maxsize=4096)
def window_days(kind: WindowKind, length: int, today: int) -> tuple[int, int]:
    """The local days [from, to) that a window reads on `today`; `length` counts for rolling only."""
    if kind is WindowKind.LIFETIME:
        return FOREVER
    if kind is WindowKind.ROLLING:
        return today - length + 1, today + 1
    months = {WindowKind.MONTH: 1, WindowKind.QUARTER: 3, WindowKind.HALF: 6, WindowKind.YEAR: 12}[kind]
    when = date_of(today)
    first_month = (when.month - 1) // months * months
    year, month = divmod(when.year * 12 + first_month + months, 12)
    return day_of(date(when.year, first_month + 1, 1)), day_of(date(year, month + 1, 1))


@lru_cache(maxsize=4096)
def year_of_membership(joined: int, today: int) -> tuple[int, int]:
    """The local days [from, to) from the last anniversary of the day of joining to the next one.

    Who joined on 29 February has it on 28 February in other years.
    """
    year = date_of(today).year
    if anniversary(joined, year) > today:
        year -= 1
    return anniversary(joined, year), anniversary(joined, year + 1)


def anniversary(joined: int, year: int) -> int:
    """The day of a year on which the day of joining comes round again."""
    when = date_of(joined)
    if when.month == 2 and when.day == 29 and not isleap(year):
        return day_of(date(year, 2, 28))
    return day_of(when.replace(year=year))


@lru_cache(maxsize=4096)
def period_start(period: Period, day: int) -> int:
    """The first day of the period that holds the day (weeks start on Monday; lifetime starts at 0)."""
    when = date_of(day)
    if period is Period.DAY:
        return day
    if period is Period.WEEK:
        return day - when.weekday()
    if period is Period.MONTH:
        return day_of(when.replace(day=1))
    if period is Period.YEAR:
        return day_of(when.replace(month=1, day=1))
    return 0
