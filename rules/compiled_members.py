"""What a programme does for members as persons, compiled: days of care, and referrals."""

from collections.abc import Mapping
from dataclasses import dataclass

from rules.compiled_engagement import EngagementRule


@dataclass(frozen=True, slots=True)
class CareDay:
    """What a kind of day gives: `every` year, but in the `years` named what stands there. Points may be 0."""

    every: EngagementRule
    years: Mapping[int, EngagementRule]

    def of_years(self, years: int) -> EngagementRule:
        """What it gives after so many years."""
        return self.years.get(years, self.every)


@dataclass(frozen=True, slots=True)
class Care:
    """Birthdays and anniversaries, None for one that is not kept, at a minute of the customer's local day."""

    at_minute: int
    birthday: CareDay | None
    anniversary: CareDay | None


@dataclass(frozen=True, slots=True)
class ReferralRule:
    """What who refers and who is referred get when the first purchase has stood.

    It is judged when so many local days after the day of the purchase are over, and stands if at least
    `min_minor` of it is left. The caps are those of who refers.
    """

    referrer: EngagementRule
    referee: EngagementRule
    after_days: int
    min_minor: int
