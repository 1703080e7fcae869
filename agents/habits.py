"""What a customer counts for among the rates: active, bought, bought again, by the fixed definitions.

A member is active with a purchase or an engagement that gave points within 90 local days, today included;
a customer has bought, or bought again, with one or two purchase days within 365. A day whose orders were all
returned is no purchase day.
"""

from dataclasses import dataclass

from engine.days import within
from engine.state import Account

ACTIVE_DAYS = 90
BOUGHT_DAYS = 365


@dataclass(slots=True)
class Habits:
    """How many customers are members, active, bought, bought again."""

    members: int = 0
    active: int = 0
    bought: int = 0
    again: int = 0

    def add(self, account: Account, today: int) -> None:
        """Counts one customer, on a local day."""
        days, _ = within(account, today + 1 - BOUGHT_DAYS, today + 1, whole=False)
        purchases = sum(day.orders > 0 for day in days)
        self.bought += purchases > 0
        self.again += purchases > 1
        if account.customer.enrolled_ms >= 0:
            self.members += 1
            recent = [day for day in days if day.day > today - ACTIVE_DAYS]
            self.active += any(day.orders > 0 or day.engagement_points > 0 for day in recent)
