"""The points ledger by the book: every batch is kept for ever, and the balance is the sum over all."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from engine.events import Lot
from tests.reference.clock import months_later, period

if TYPE_CHECKING:
    from tests.reference.member import Member

NEVER = 10**18
Keys = dict[str, Any]


def later(day: date, words: str) -> date:
    """A day and a length such as "12 months"."""
    number, unit = words.split()
    if unit.startswith(("day", "week")):
        return day + timedelta(days=int(number) * (7 if unit.startswith("week") else 1))
    return months_later(day, int(number) * (12 if unit.startswith("year") else 1))


@dataclass
class Batch:
    """Points given together: so many wait, so many can be spent, so many lapsed unspent."""

    origin: str  # The order, or "".
    earned: date
    pending: int = 0
    active: int = 0
    lapsed: int = 0
    activates_ms: int = NEVER  # NEVER: with the delivery.
    expires_ms: int = NEVER


@dataclass
class Redemption:
    """Points that were spent together, in the order they were taken; what is left of each part."""

    wallet: str
    taken: list[tuple[Batch, int]]

    @property
    def left(self) -> int:
        return sum(qty for _, qty in self.taken)

    def last(self, qty: int) -> list[tuple[Batch, int]]:
        """Takes the last so many out, in the order they had been taken."""
        parts: list[tuple[Batch, int]] = []
        while qty:
            batch, had = self.taken.pop()
            part = min(qty, had)
            parts.insert(0, (batch, part))
            qty -= part
            if had > part:
                self.taken.append((batch, had - part))
        return parts


class Wallet:
    """One wallet of a customer."""

    def __init__(self, member: "Member", name: str, keys: Keys) -> None:
        self.member, self.name, self.keys = member, name, keys
        self.expiry: Keys = keys.get("expiry", {})
        self.batches: list[Batch] = []
        self.debt = 0
        self.alive_ms = 0  # Until when the last activity keeps all points, with `inactivity`.

    # What there is

    @property
    def active(self) -> int:
        return sum(batch.active for batch in self.batches)

    def balance(self) -> dict[str, int]:
        """The balance as effects show it; what waits and what is owed only when it is not 0."""
        pending = sum(batch.pending for batch in self.batches)
        shown = {"active": self.active, "pending": pending, "debt": self.debt}
        return {key: value for key, value in shown.items() if value or key == "active"}

    def say(self, effect: str, **numbers: Any) -> None:
        """Notes an entry with the balance after it."""
        self.member.say(effect, wallet=self.name, balance=self.balance(), **numbers)

    # Giving

    def give(self, qty: int, day: date, origin: str, delivered: bool, **numbers: Any) -> None:
        """Points of an order or an engagement, booked on a day."""
        clock, pending = self.member.clock, self.keys.get("pending", {})
        batch = Batch(origin, day)
        self.batches.append(batch)
        starts = day + timedelta(days=pending.get("days", 0))
        if "on" in pending and origin and not delivered:
            batch.pending = qty
        elif clock.midnight(starts) > self.member.as_of_ms and starts > day:
            batch.pending, batch.activates_ms = qty, clock.midnight(starts)
        else:
            batch.active, batch.expires_ms = qty, self._lapses(day, starts)
            self.say("points.earned", qty=qty, **numbers)
            self.arrived([batch], "late")
            return
        self.say("points.pending", qty=qty, **numbers)

    def put(self, lots: list[tuple[int, int]]) -> list[Batch]:
        """Active points with an expiry of their own, not yet said."""
        today = self.member.clock.day(self.member.now_ms)
        batches = [Batch("", today, active=qty, expires_ms=expires_ms) for qty, expires_ms in lots]
        self.batches += batches
        return batches

    def arrived(self, batches: list[Batch], why: str = "") -> None:
        """Points became active: what is past its time lapses, the rest repays what is owed."""
        self.lapse(batches, why)
        self.repay(batches)

    def returned(self, batches: list[Batch]) -> None:
        """Points of a redemption are back: they repay what is owed, the rest lapses if its time is past."""
        self.repay(batches)
        self.lapse(batches, "")

    def repay(self, batches: list[Batch]) -> None:
        """What is owed is taken of these first."""
        repaid = 0
        for batch in sorted(batches, key=lambda batch: batch.expires_ms):
            part = min(self.debt, batch.active)
            batch.active, self.debt, repaid = batch.active - part, self.debt - part, repaid + part
        if repaid:
            self.say("points.debt_repaid", qty=repaid)

    def delivered(self, order: str, day: date, qualifying: int) -> None:
        """The goods arrived: what waited for them can be spent, and counts."""
        waiting = [b for b in self.batches if b.origin == order and b.pending and b.activates_ms == NEVER]
        if waiting or qualifying:
            self._activate(waiting, day, qualifying)

    def stir(self, what: str, day: date) -> None:
        """An activity moves all active points on, never back."""
        if what not in self.expiry.get("by", ["purchase"]) or "inactivity" not in self.expiry:
            return
        until_ms = self._after(later(day, self.expiry["inactivity"]))
        self.alive_ms = max(self.alive_ms, until_ms)
        for batch in self.batches:
            if batch.active and batch.expires_ms != NEVER:
                batch.expires_ms = max(batch.expires_ms, until_ms)

    def _activate(self, batches: list[Batch], day: date, qualifying: int) -> None:
        qty = sum(batch.pending for batch in batches)
        for batch in batches:
            batch.active, batch.pending = batch.active + batch.pending, 0
            batch.expires_ms = self._lapses(batch.earned, day)
        self.say("points.activated", qty=qty, qualifying=qualifying)
        self.arrived(batches)

    # Lapsing

    def _after(self, last: date) -> int:
        return self.member.clock.midnight(last + timedelta(days=1))

    def _lapses(self, earned: date, activated: date) -> int:
        """When points lapse that were earned and became active on these days."""
        day = earned if self.expiry.get("anchor") == "earn" else activated
        if "after" in self.expiry:
            last = later(day, self.expiry["after"])
            return self.member.clock.midnight(period(last, self.expiry.get("round", "day"))[1])
        if "inactivity" in self.expiry:
            return max(self._after(later(day, self.expiry["inactivity"])), self.alive_ms)
        if "yearly" in self.expiry:
            old = later(day, self.expiry["min_age"]) if "min_age" in self.expiry else day
            month, number = map(int, self.expiry["yearly"].split("-"))
            days = [months_later(date(year, 1, 31), month - 1) for year in (old.year, old.year + 1)]
            lasts = [day.replace(day=min(number, day.day)) for day in days]
            return self._after(next(last for last in lasts if last >= old))
        return NEVER

    def lapse(self, batches: list[Batch], why: str) -> None:
        """What of these is past its time lapses at once."""
        late = [batch for batch in batches if batch.active and batch.expires_ms <= self.member.as_of_ms]
        if late:
            self._expire(late, why)

    def _expire(self, batches: list[Batch], why: str) -> None:
        qty = sum(batch.active for batch in batches)
        for batch in batches:
            batch.lapsed, batch.active = batch.lapsed + batch.active, 0
        self.say("points.expired", qty=qty, why=why)

    # Taking

    def in_order(self) -> list[Batch]:
        """What can be spent, first to lapse first, then first given."""
        return sorted((batch for batch in self.batches if batch.active), key=lambda batch: batch.expires_ms)

    def take(self, qty: int) -> list[tuple[Batch, int]]:
        """Takes active points, at most as many as there are."""
        taken = []
        for batch in self.in_order():
            part = min(qty, batch.active)
            if part:
                batch.active, qty = batch.active - part, qty - part
                taken.append((batch, part))
        return taken

    def claw(self, qty: int, origin: str, **numbers: Any) -> None:
        """A refund asks for points of an order."""
        own = [batch for batch in self.batches if batch.origin == origin]
        own.sort(key=lambda batch: (batch.expires_ms, batch.activates_ms))
        if not self.expiry:  # Points that never lapse are alike.
            own += [b for b in self.batches if b.active and b.expires_ms == NEVER and b not in own]
        left = qty
        parts = dict.fromkeys(("pending", "lapsed", "active"), 0)
        for kind in parts:
            for batch in own:
                part = min(left, getattr(batch, kind)) if kind == "active" or batch.origin == origin else 0
                setattr(batch, kind, getattr(batch, kind) - part)
                parts[kind], left = parts[kind] + part, left - part
        left -= sum(part for _, part in self.take(left))
        policy = self.keys.get("shortfall", "debt")
        room = {"debt": NEVER, "write_off": 0}[policy] if isinstance(policy, str) else policy["limit"]
        owed = min(left, max(room - self.debt, 0))
        self.debt += left
        self.say(
            "points.clawed_back",
            qty=qty,
            from_pending=parts["pending"],
            from_expired=parts["lapsed"],
            **numbers,
        )
        if left > owed:
            self.debt -= left - owed
            self.say("points.written_off", qty=left - owed, order_id=origin)

    def bring_back(self, taken: list[tuple[Batch, int]]) -> list[Batch]:
        """Points of a redemption come back with the expiry they had, or with the days of grace."""
        now_ms, grace = self.member.now_ms, self.keys.get("reinstate_grace_days", 0)
        back = []
        for batch, qty in taken:
            expires_ms = batch.expires_ms
            if "inactivity" in self.expiry and expires_ms != NEVER:
                expires_ms = max(self.alive_ms, expires_ms)
            if expires_ms <= now_ms and grace:
                expires_ms = self._after(self.member.clock.day(now_ms) + timedelta(days=grace))
            if expires_ms == batch.expires_ms:
                batch.active += qty
                back.append(batch)
            else:
                back.append(replace(batch, pending=0, active=qty, lapsed=0, expires_ms=expires_ms))
                self.batches.append(back[-1])
        return back

    # Time

    def due(self) -> list[int]:
        """Every instant at which something activates, lapses or is spoken of."""
        found = [batch.activates_ms for batch in self.batches if batch.pending]
        for batch in self.batches:
            if batch.active:
                found += [batch.expires_ms, *self._reminders(batch)]
        return [at_ms for at_ms in found if at_ms != NEVER]

    def fire(self, qualifying: int) -> None:
        """Does what is due at this instant; so many qualifying points begin to count."""
        as_of_ms = self.member.as_of_ms
        late = [batch for batch in self.batches if batch.active and batch.expires_ms <= as_of_ms]
        if late:
            self._expire(late, "")
        ripe = [batch for batch in self.batches if batch.pending and batch.activates_ms <= as_of_ms]
        if ripe or qualifying:
            self._activate(ripe, self.member.clock.day(as_of_ms), qualifying)
        near = [batch for batch in self.batches if batch.active and as_of_ms in self._reminders(batch)]
        if near:
            self.say("points.expiring", qty=sum(batch.active for batch in near))

    def _reminders(self, batch: Batch) -> list[int]:
        if batch.expires_ms == NEVER:
            return []
        clock = self.member.clock
        day = clock.day(batch.expires_ms)
        return [clock.midnight(day - timedelta(days=days)) for days in self.keys.get("reminders", [])]

    def lots(self, taken: list[tuple[Batch, int]]) -> list[Lot]:
        """Points under way to another customer, those of one expiry together."""
        found: dict[int, int] = {}
        for batch, qty in taken:
            expires_ms = 0 if batch.expires_ms == NEVER else batch.expires_ms
            found[expires_ms] = found.get(expires_ms, 0) + qty
        return [Lot(qty, expires_ms) for expires_ms, qty in found.items()]
