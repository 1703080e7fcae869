"""Days of care and referrals by the book: all that was told is kept, each is worked out from all of it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from engine.events import Engagement, Profile, ReferralClosed, ReferralOpened
from tests.reference.clock import DAY_MS, Clock, months_later
from tests.reference.engaging import reward
from tests.reference.orders import Order

if TYPE_CHECKING:
    from tests.reference.member import Member

Days = dict[str, date]  # By what is kept.


@dataclass
class First:
    """A purchase, by its own time, and the local day on which both it and the word of it had come."""

    at_ms: int
    day: date
    order: Order


class Persons:
    """What the programme does for one customer as a person."""

    def __init__(self, member: "Member") -> None:
        self.member = member
        self.care: dict[str, Any] = member.keys.get("care", {})
        self.rule: dict[str, Any] | None = member.keys.get("referral")
        self.told: list[tuple[int, str, Any]] = []
        self.kept: set[tuple[str, int]] = set()
        self.bought_before = False
        self.first: First | None = None
        self.by: ReferralOpened | None = None
        self.by_ms = 0
        self.open = False
        self.invited: list[str] = []

    # What is told

    def update(self, data: Profile, at_ms: int) -> None:
        """Fields of the profile, in whatever order they come."""
        self.told += [(at_ms, name, value) for name, value in data.fields]

    def value(self, name: str) -> Any:
        """What was said last of a field, of two words at one instant the one that came last."""
        said = [(at_ms, place, value) for place, (at_ms, of, value) in enumerate(self.told) if of == name]
        return max(said, key=lambda each: each[:2])[2] if said else None

    def hashes(self) -> list[tuple[str, str]]:
        """Phones, devices and cards."""
        kinds = ("phone", "device", "card")
        return [(kind, each) for kind in kinds for each in self.value(kind) or ()]

    def _same(self, others: tuple[str, ...]) -> str:
        return next((f"same_{kind}" for kind, each in self.hashes() if f"{kind}:{each}" in others), "")

    # Days of care

    def clock(self) -> Clock:
        """The calendar where the customer is."""
        zone = self.value("zone")
        return Clock(zone) if zone else self.member.clock

    def origins(self) -> Days:
        """The days that come round, of those that the programme keeps."""
        found: Days = {}
        birthday, joined_on = self.value("birthday"), self.value("joined_on")
        if "birthday" in self.care and birthday:
            found["birthday"] = date.fromisoformat(f"2000-{birthday}")
        if "anniversary" in self.care and self.member.joined_ms is not None:
            own = self.clock().day(self.member.joined_ms)
            found["anniversary"] = date.fromisoformat(joined_on) if joined_on else own
        return found

    def days_of(self, year: int) -> dict[str, int]:
        """The instants of a year's days that were not kept yet."""
        found = {}
        for kind, origin in self.origins().items():
            if (kind, year) in self.kept or max([0, *[y for k, y in self.kept if k == kind]]) > year:
                continue
            if kind == "anniversary" and year <= origin.year:
                continue
            day = months_later(origin, 12 * (year - origin.year))
            hour, minute = map(int, self.care["at"].split(":"))
            found[kind] = self.clock().instant(datetime(day.year, day.month, day.day, hour, minute))
        return found

    def due(self) -> list[tuple[int, str]]:
        """Days of care after all that is done, and the end of a return window."""
        found = [(self.judged_ms(), "referral")] if self.open and self.first else []
        if self.member.joined_ms is None:
            return found
        year = self.clock().day(self.member.done_ms).year
        ahead = [at for each in range(year, year + 3) for at in self.days_of(each).values()]
        return found + [(at_ms, "care") for at_ms in ahead if at_ms > self.member.done_ms]

    def keep(self) -> None:
        """Says which days are due at this instant, and gives their points."""
        at_ms = self.member.as_of_ms
        day = self.clock().day(at_ms)
        given = False
        for kind in [kind for kind, due_ms in self.days_of(day.year).items() if due_ms == at_ms]:
            years = day.year - self.origins()[kind].year if kind == "anniversary" else 0
            self.kept.add((kind, day.year))
            rule = self.care[kind]
            points = [each["points"] for each in rule.get("years", []) if each["years"] == years]
            qty = points[0] if points else rule.get("points", 0)
            self.member.say("care.due", kind=kind, day=day.isoformat(), years=years, points=qty)
            if qty:
                given = True
                reward(self.member, rule | {"points": qty}, kind, at_ms)
        if given:
            self._judge()

    def _judge(self) -> None:
        for one in self.member.sets:
            one.judge("event", self.member.as_of_ms)

    # Referrals

    def invite(self, data: Engagement, at_ms: int) -> None:
        """This customer refers somebody."""
        if self.rule is None:
            return
        friend, why = data.referee_id, ""
        if not friend:
            why = "no_referee"
        elif friend == "c42":
            why = "self"
        elif not self.member.is_member(at_ms):
            why = "not_enrolled"
        if why:
            self.member.say("referral.refused", referee=friend, why=why)
            return
        self.invited.append(friend)
        self.member.say("referral.opened", referrer="c42", hashes=[":".join(each) for each in self.hashes()])

    def opened(self, data: ReferralOpened, at_ms: int) -> None:
        """Somebody refers this customer."""
        why = self._same(data.hashes)
        if self.rule is None:
            why = "no_programme"
        elif self.by:
            why = "already_referred"
        elif data.referrer in self.invited:
            why = "circular"
        elif self.bought_before and (self.first is None or self.first.at_ms < at_ms):
            why = "already_customer"
        if why:
            self.member.say("referral.closed", why=why)
        else:
            self.by, self.by_ms, self.open = data, at_ms, True

    def bought(self, order: Order, at_ms: int) -> None:
        """An order that is new."""
        if self.rule is None:
            return
        known, old = self.first, self.member.now_ms - 90 * DAY_MS
        if not self.bought_before or (known and at_ms < known.at_ms):
            self.first = First(at_ms, self.member.today(), order)
            if self.open and at_ms < self.by_ms:
                self._close("already_customer")
        elif known and not self.open and known.at_ms < old:
            self.first = None
        self.bought_before = True

    def judged_ms(self) -> int:
        """The midnight that ends the return window."""
        assert self.first is not None
        return self.member.clock.midnight(
            self.first.day + timedelta(days=(self.rule or {})["after_days"] + 1)
        )

    def decide(self) -> None:
        """The return window is over."""
        assert self.first is not None
        assert self.by is not None
        assert self.rule is not None
        left = self.first.order.money
        why = self._same(self.by.hashes)
        if self.member.joined_ms is None:
            why = "not_enrolled"
        elif left < max(1, int(100 * self.rule.get("min_spend", 0))):
            why = "too_little" if left else "returned"
        self._close(why)
        points = self.rule.get("referee_points", self.rule["points"])
        if not why and points:
            reward(self.member, self.rule | {"points": points}, "referral", self.member.as_of_ms, bound=False)
            self._judge()

    def _close(self, why: str) -> None:
        self.member.say("referral.closed", why=why, hashes=[":".join(each) for each in self.hashes()])
        self.open, self.first = False, None

    def closed(self, data: ReferralClosed, at_ms: int) -> None:
        """What became of a referral by this customer."""
        why = data.why or self._same(data.hashes)
        if why or self.rule is None:
            self.member.say("referral.refused", referee=data.referee, why=why or "no_programme")
            return
        self.member.referrals.append(self.member.clock.day(at_ms))
        reward(self.member, self.rule, "referral", at_ms)
        if self.member.joined_ms is not None:
            for one in self.member.sets:
                one.judge("event", at_ms)
