"""What a customer is worth, by the model and by what was spent so far.

It is read from the days that are kept when somebody asks, so that no event has to keep it.
"""

from engine.days import KEEP_DAYS, within
from engine.risk import Fitted, History, Spending, purchases, spend_minor, worth_minor
from engine.state import Account, Rhythm


def worth(account: Account, fitted: Fitted, spend: Spending, rhythm: Rhythm, gap_ms: int) -> int:
    """What the customer is worth within the model's horizon, so long after the last purchase: minor units."""
    history = History(fitted, rhythm.days, rhythm.last_day - rhythm.first_day)
    expected = purchases(fitted, history, gap_ms, spend.horizon_days)
    x, repeat_minor = history.x, account.customer.totals.spend_minor
    if x > 0:
        first = _first_minor(account, rhythm)
        repeat_minor = repeat_minor * x // rhythm.days if first is None else repeat_minor - first
    return worth_minor(spend, expected, spend_minor(spend, x, repeat_minor))


def _first_minor(account: Account, rhythm: Rhythm) -> int | None:
    """What was spent on the first purchase day; None when that day is not kept any more."""
    days = account.customer.days
    if not days or rhythm.first_day < days[-1].day - KEEP_DAYS:
        return None
    found, _ = within(account, rhythm.first_day, rhythm.first_day + 1, whole=False)
    return found[0].spend_minor if found else None
