"""When a customer may be told: quiet hours by the customer's own clock, and room for marketing."""

from typing import Final

from engine.calendar import DAY_MS, LocalDays
from rules.notices import MINUTE_MS, Notifications

WEEK: Final = 7


def not_before_ms(rules: Notifications, days: LocalDays, instant_ms: int) -> int:
    """The instant itself, or the end of the quiet hours that it falls into."""
    begins, ends = rules.quiet_from, rules.quiet_to
    day, clock_ms = days.clock(instant_ms)
    minute = clock_ms // MINUTE_MS
    if begins < ends:
        if not begins <= minute < ends:
            return instant_ms
    elif ends <= minute < begins:
        return instant_ms
    elif minute >= begins:
        day += 1
    end_ms = days.at_ms(day, ends)
    # Where clocks are set back that time of day comes twice: the first may be over.
    return end_ms if end_ms > instant_ms else days.at_ms(day, ends, second=True)


def room(rules: Notifications, sent: list[int], day: int) -> bool:
    """Whether one more may be sent on a local day, `sent` being the days of those before."""
    if sent.count(day) >= rules.per_day:
        return False
    for first in range(day - WEEK + 1, day + 1):
        if len([each for each in sent if first <= each < first + WEEK]) >= rules.per_7_days:
            return False
    return True


def note(sent: list[int], day: int) -> None:
    """Counts one sent on a local day, and forgets those that no window with a later day holds.

    Another time zone may take a customer one day back, so that one day more is kept.
    """
    sent.append(day)
    sent[:] = [each for each in sent if each >= day - WEEK]


def over_ms(rules: Notifications, resolved_ms: int) -> int:
    """Until when a complaint that was resolved at an instant keeps marketing away."""
    return resolved_ms + rules.after_complaint_days * DAY_MS
