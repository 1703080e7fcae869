"""What a customer is worth, by the model and by what was spent so far.

It is read from the days that are kept when somebody asks, so that no event has to keep it.
"""

from typing import Final

from engine.calendar import DAY_MS
from engine.days import KEEP_DAYS, within
from engine.risk import Fitted, History, Spending, purchases, spend_minor, worth_minor
from engine.state import Account, Rhythm

KNOWN_MAX: Final = 20_000


def worth(account: Account, fitted: Fitted, spend: Spending, rhythm: Rhythm, gap_ms: int) -> int:
    """What the customer is worth within the model's horizon, so long after the last purchase: minor units."""
    expected = purchases(fitted, _history(fitted, rhythm), gap_ms, spend.horizon_days)
    return worth_minor(spend, expected, likely_minor(account, spend, rhythm))


def worth_after(fitted: Fitted, spend: Spending, rhythm: Rhythm, likely: int, days: int) -> int:
    """The same so many whole days after the last purchase, with the likely spend at hand.

    Most customers of a shop bought once, so one answer serves for many.
    """
    key = (rhythm.days, rhythm.last_day - rhythm.first_day, days)
    expected = fitted.known.get(key)
    if expected is None:
        expected = purchases(fitted, _history(fitted, rhythm), days * DAY_MS, spend.horizon_days)
        if len(fitted.known) >= KNOWN_MAX:
            fitted.known.clear()
        fitted.known[key] = expected
    return worth_minor(spend, expected, likely)


def likely_minor(account: Account, spend: Spending, rhythm: Rhythm) -> int:
    """What the customer is likely to spend on a purchase day, fixed minor units."""
    x, repeat_minor = rhythm.days - 1, account.customer.totals.spend_minor
    if x > 0:
        first = _first_minor(account, rhythm)
        repeat_minor = repeat_minor * x // rhythm.days if first is None else repeat_minor - first
    return spend_minor(spend, x, repeat_minor)


def _history(fitted: Fitted, rhythm: Rhythm) -> History:
    return History(fitted, rhythm.days, rhythm.last_day - rhythm.first_day)


def _first_minor(account: Account, rhythm: Rhythm) -> int | None:
    """What was spent on the first purchase day; None when that day is not kept any more."""
    days = account.customer.days
    if not days or rhythm.first_day < days[-1].day - KEEP_DAYS:
        return None
    found, _ = within(account, rhythm.first_day, rhythm.first_day + 1, whole=False)
    return found[0].spend_minor if found else None
