"""Local dates and instants, by the calendar alone: UTC milliseconds in, dates out, and back."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
MINUTE_MS = 60_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST, LAST = date.min, date.max
MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
Span = tuple[date, date]  # Local days, the second no longer inside.


class Clock:
    """The calendar of one time zone."""

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)

    def wall(self, at_ms: int) -> datetime:
        """What a clock on the wall shows."""
        return (EPOCH + timedelta(milliseconds=at_ms)).astimezone(self.zone).replace(tzinfo=None)

    def instant(self, wall: datetime) -> int:
        """When the wall clock shows it first, UTC ms; a skipped time counts on from before the gap."""
        return (wall.replace(tzinfo=self.zone, fold=0) - EPOCH) // timedelta(milliseconds=1)

    def day(self, at_ms: int) -> date:
        """The local date."""
        return self.wall(at_ms).date()

    def midnight(self, day: date) -> int:
        """The first instant of a local day."""
        return self.instant(datetime(day.year, day.month, day.day))


def months_later(day: date, months: int) -> date:
    """The same day of a later month, clipped to the month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def period_start(day: date, period: str) -> date:
    """The first day of the calendar month, quarter, half or year that holds a day."""
    months = MONTHS[period]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def period(day: date, name: str) -> Span:
    """The calendar day, week from Monday, month, quarter, half or year that holds a day."""
    if name == "day":
        return day, day + timedelta(days=1)
    if name == "week":
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=7)
    if name == "lifetime":
        return FIRST, LAST
    first = period_start(day, name)
    return first, months_later(first, MONTHS[name])


def year_of(joined: date, today: date) -> Span:
    """The year of membership that holds a day, from one anniversary of joining to the next."""
    years = today.year - joined.year
    if months_later(joined, 12 * years) > today:
        years -= 1
    return months_later(joined, 12 * years), months_later(joined, 12 * (years + 1))
