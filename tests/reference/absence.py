"""When a customer has been away longer than usual: each crossing from all purchases, with exact fractions."""

from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Any

from tests.reference.clock import DAY_MS
from tests.reference.orders import exactly

if TYPE_CHECKING:
    from tests.reference.member import Member

LEVELS = ["watch", "at_risk", "high", "lost"]


class Absence:
    """The churn alerts of one customer. `raised` is the highest level passed since the last purchase."""

    def __init__(self, member: "Member", keys: dict[str, Any]) -> None:
        self.member, self.keys = member, keys
        self.names = [name for name in LEVELS if name in keys["levels"]]
        self.raised = ""
        self.alerted = False

    def due(self) -> list[tuple[int, str]]:
        """The next crossing; a purchase at that very instant prevents it, so it is due 1 ms later."""
        if self.member.bought and self.member.joined_ms is not None and self._ahead():
            return [(self._crossing(self._ahead()[0]) + 1, "churn")]
        return []

    def cross(self) -> None:
        """Raises all levels crossed at this instant as one alert."""
        instant = self._crossing(self._ahead()[0])
        before, self.raised = self.raised, [n for n in self._ahead() if self._crossing(n) == instant][-1]
        self.alerted = True
        self.member.say("churn.alert", level=self.raised, previous=before, crossed_ms=instant)

    def bought(self, latest: bool, backfill: bool, joins: bool) -> None:
        """After an order: the latest one clears the level."""
        if latest:
            if self.alerted and not backfill:
                self.member.say("churn.recovered", previous=self.raised)
            self.raised, self.alerted = "", False
        if backfill or joins:
            self.pass_silently()

    def pass_silently(self) -> None:
        """What lies in the past counts as raised."""
        if self.member.bought:
            passed = [n for n in self._ahead() if self._crossing(n) < self.member.now_ms]
            self.raised = passed[-1] if passed else self.raised

    def _ahead(self) -> list[str]:
        return self.names[self.names.index(self.raised) + 1 if self.raised else 0 :]

    def _crossing(self, name: str) -> int:
        days = sorted({self.member.clock.day(at_ms) for at_ms in self.member.bought})
        usual = 2 * exactly(self.keys["population_interval_days"])
        interval = ((days[-1] - days[0]).days + usual) / (len(days) + 1)
        wait = max(Fraction(self.keys.get("minimum_days", 14)), exactly(self.keys["levels"][name]) * interval)
        return max(self.member.bought) + ceil(wait * DAY_MS)
