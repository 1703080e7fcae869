"""One customer by the book: every happening is kept, and every number is worked out anew from all of them."""

from dataclasses import replace
from datetime import date
from typing import Any

from engine.events import (
    INTERNAL,
    Cancel,
    Delivered,
    Engagement,
    Profile,
    Purchase,
    ReferralClosed,
    ReferralOpened,
    Refund,
    TierOverride,
    TierRelease,
)
from tests.reference import buying, by_hand, commands, qualifying, reviews
from tests.reference.absence import Absence
from tests.reference.caps import Caps
from tests.reference.clock import DAY_MS, MINUTE_MS, Clock
from tests.reference.engaging import engage
from tests.reference.ledger import Redemption, Wallet
from tests.reference.levels import Levels
from tests.reference.orders import Keys, Order, Refused
from tests.reference.persons import Persons
from tests.reference.sent import Sent

AFTER_ORDER = (Refund, Cancel, Delivered)


class Member:
    """A customer of a programme, given as the plain keys of its rulebook file."""

    def __init__(self, keys: Keys, now_ms: int) -> None:
        self.keys, self.currency = keys, keys["currency"]
        self.clock = Clock(keys["timezone"])
        self.now_ms = self.as_of_ms = now_ms
        self.event_ms: int | None = None  # Of the event in hand.
        self.had: dict[tuple[str, str], tuple[Sent, int]] = {}  # And the UTC day of it.
        self.orders: dict[str, Order] = {}
        self.bought: list[int] = []
        self.engaged: list[tuple[date, int, int]] = []  # Day, points, qualifying points.
        self.caps = Caps(keys, self.clock)
        self.rows: dict[str, set[date]] = {}  # Days with an engagement, by the rule of a streak.
        self.referrals: list[date] = []
        self.by_hand: list[tuple[date, int]] = []  # Qualifying points given or taken by a command.
        self.waiting: list[Sent] = []  # Came before their order.
        self.joined_ms: int | None = None
        listed = [{"id": "points"} | keys.get("points", {}), *keys.get("wallets", [])]
        self.wallets = {one["id"]: Wallet(self, one["id"], one) for one in listed}
        self.points = self.wallets["points"]  # What orders and engagements fill.
        self.redemptions: dict[str, Redemption] = {}
        self.done_ms = now_ms  # All that was due by then is done.
        self.said: list[dict[str, Any]] = []
        tiers = keys["tiers"]
        self.sets = [Levels(self, one) for one in (tiers if isinstance(tiers, list) else [tiers])]
        marked = [one for one in self.sets if one.keys.get("multiplies")]
        self.multiplying = (marked or self.sets)[0]
        self.absence = Absence(self, keys["churn"]) if "churn" in keys else None
        self.persons = Persons(self)

    # What others ask

    def say(self, effect: str, **numbers: Any) -> None:
        """Notes an effect with what must be in it; None: no matter."""
        wanted = {name: value for name, value in numbers.items() if value is not None}
        self.said.append({"type": effect, **wanted})

    def today(self) -> date:
        """The local day of now, or of the event in hand when that is later."""
        return self.clock.day(max(self.as_of_ms, self.event_ms or self.as_of_ms))

    def purchase_days(self) -> set[date]:
        """Days with an order of which something is left."""
        return {order.day(self.clock) for order in self.orders.values() if order.counts}

    # Time

    def advance(self, until_ms: int) -> None:
        """Moves time, doing all that falls due on the way in the order of its instants."""
        self.event_ms = None
        self.now_ms = max(self.now_ms, until_ms)
        for _ in range(1000):
            ahead = sorted(self._due())
            if not ahead or ahead[0][0] > self.now_ms:
                break
            self.as_of_ms, kind = ahead[0]
            self._fire(kind)
            if kind == "points":
                self.done_ms = self.as_of_ms
        else:
            raise AssertionError("time does not move on")
        self.as_of_ms = self.done_ms = self.now_ms

    def _due(self) -> list[tuple[int, str]]:
        found = [row for one in self.sets for row in one.due()]
        points = [at_ms for wallet in self.wallets.values() for at_ms in wallet.due()] + qualifying.due(self)
        found += [(at_ms, "points") for at_ms in points if at_ms > self.done_ms]
        found += [(sent.recorded_ms + 7 * DAY_MS, "waiting") for sent in self.waiting]
        return found + self.persons.due() + (self.absence.due() if self.absence else [])

    def _fire(self, kind: str) -> None:
        if kind == "churn" and self.absence:
            self.absence.cross()
        elif kind == "points":
            qualifying.fire(self)
        elif kind == "care":
            self.persons.keep()
        elif kind == "referral":
            self.persons.decide()
        elif kind == "waiting":
            for sent in [one for one in self.waiting if one.recorded_ms + 7 * DAY_MS <= self.as_of_ms]:
                self.waiting.remove(sent)
                self.say("dead_letter", reason="unknown_order")
        for one in self.sets:
            if kind == f"tier:{one.name}":
                reviews.fire(one)

    # Events

    def take(self, sent: Sent) -> str:
        """What becomes of an event: "repeat", the reason of its dead letter, or "" when it is applied."""
        self.advance(sent.recorded_ms)
        key, data = (sent.source, sent.event), sent.data
        today = self.now_ms // DAY_MS
        had, day = self.had.get(key, (sent, 0))
        if day >= today - 91:
            return self._same(had, sent)
        try:
            if self._is_repeat(data):
                return "repeat"
            if isinstance(data, INTERNAL):
                pass
            elif sent.at_ms > self.now_ms + 5 * MINUTE_MS:
                return "from_future"
            elif sent.at_ms < self.now_ms - 90 * DAY_MS and not sent.backfill:
                return "too_late"
            if isinstance(data, AFTER_ORDER) and data.order_id not in self.orders:
                waits = [one for one in self.waiting if (one.source, one.event) == key]
                self.waiting += [] if waits else [sent]
                return self._same(waits[0], sent) if waits else ""
            self.event_ms = sent.at_ms
            self._apply(sent)
        except Refused as refused:
            return str(refused)
        self.had[key] = sent, today
        if isinstance(data, Purchase):
            self._bring_in(data.order_id)
        return ""

    def _same(self, had: Sent, sent: Sent) -> str:
        return "repeat" if (had.data, had.at_ms) == (sent.data, sent.at_ms) else "id_conflict"

    def _bring_in(self, order_id: str) -> None:
        """Applies what waited for an order, in the order received."""
        for sent in [one for one in self.waiting if one.data.order_id == order_id]:
            self.waiting.remove(sent)
            answer = self.take(replace(sent, recorded_ms=self.now_ms))
            if answer not in ("", "repeat"):
                self.say("dead_letter", reason=answer)

    def _is_repeat(self, data: Any) -> bool:
        if isinstance(data, Purchase):
            order = self.orders.get(data.order_id)
            return order is not None and data.order_version <= order.version
        if isinstance(data, AFTER_ORDER) and data.order_id in self.orders:
            order = self.orders[data.order_id]
            if isinstance(data, Cancel):
                return order.cancelled
            if isinstance(data, Refund):
                if data.refund_id in order.refunds:
                    return True
                if any(wanted.line_id not in order.parts for wanted in data.lines):
                    raise Refused("unknown_order")
        return False

    def _apply(self, sent: Sent) -> None:
        data, at_ms = sent.data, sent.at_ms
        new = isinstance(data, Purchase) and data.order_id not in self.orders
        match data:
            case Purchase() if data.order_id in self.orders:
                buying.update(self, data, at_ms)
            case Purchase():
                buying.buy(self, data, at_ms)
            case Refund() | Cancel():
                buying.take_back(self, data)
            case Engagement():
                self._join(at_ms, data.kind)
                if data.kind == "referral_purchase" and "referral" not in self.keys:
                    self.referrals.append(self.clock.day(at_ms))
                engage(self, data, at_ms)
                for wallet in self.wallets.values():
                    wallet.stir(f"engagement.{data.kind}", self.clock.day(at_ms))
                if data.kind == "referral_signup":
                    self.persons.invite(data, at_ms)
            case Profile():
                self.persons.update(data, at_ms)
                return
            case ReferralOpened():
                self.persons.opened(data, at_ms)
                return
            case ReferralClosed():
                self.persons.closed(data, at_ms)
                return
            case Delivered():
                qualifying.deliver(self, self.orders[data.order_id], at_ms)
            case TierOverride() | TierRelease():
                by_hand.obey(self, data)
                return
            case _:
                commands.obey(self, data)
                return
        before = self.multiplying.code
        if self.joined_ms is not None:
            for one in self.sets:
                one.judge("event", at_ms)
        if new:
            buying.grant(self, self.orders[data.order_id], before)
            self.persons.bought(self.orders[data.order_id], at_ms)
            latest = at_ms >= max(self.bought)
            for wallet in self.wallets.values():
                wallet.stir("purchase", self.clock.day(at_ms))
            if self.absence:
                self.absence.bought(latest, sent.backfill, False)

    def _join(self, at_ms: int, kind: str) -> None:
        if self.keys.get("enrolment", "first_event") == "first_event" or kind == "signup":
            first = self.joined_ms is None
            self.joined_ms = at_ms if self.joined_ms is None else min(self.joined_ms, at_ms)
            if first and self.absence:
                self.absence.pass_silently()

    def is_member(self, at_ms: int) -> bool:
        """Whether what occurred then earns."""
        return self.joined_ms is not None and at_ms >= self.joined_ms
