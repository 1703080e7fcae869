"""One customer met by `step` as a worker would do it: timers first, orders at hand, bytes kept."""

from datetime import datetime
from hashlib import blake2b
from zoneinfo import ZoneInfo

from agents.accounts import order_key
from agents.cabinet import Cabinet
from engine.effects import Effect
from engine.events import (
    ORDER_EVENTS,
    Actor,
    Adjust,
    Cancel,
    Delivered,
    Engagement,
    Event,
    Happening,
    Line,
    Profile,
    Purchase,
    Redeem,
    RedeemReverse,
    ReferralClosed,
    ReferralOpened,
    Refund,
    TimerDue,
)
from engine.ids import digest_of_event
from engine.ledger import wallets
from engine.outcome import Duplicate, Early, Outcome, Rejected
from engine.rejecting import TYPES as COMMAND_TYPES
from engine.state import Account, Customer
from engine.step import step
from engine.timers import next_due
from engine.waiting import wait
from engine.wallet import wallet_mistake
from rules.compiled import Rulebook

HOUR_MS = 3_600_000
DAY_MS = 86_400_000
ENVELOPE = ("event", "source", "recorded", "backfill")
TIMERS_MAX = 200  # More are never due at one time.
NAME = "c42"
TYPES = {
    Purchase: "purchase.completed",
    Refund: "purchase.refunded",
    Cancel: "purchase.cancelled",
    Delivered: "purchase.delivered",
    Profile: "profile.updated",
    ReferralOpened: "referral.opened",
    ReferralClosed: "referral.closed",
    **COMMAND_TYPES,
}
BY = Actor("anna", "service")


def instant(text: str, zone: str = "UTC") -> int:
    """A local time such as "2026-03-01 10:00" as UTC milliseconds."""
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def line(line_id: str, price: int, **other: object) -> Line:
    """A line of an order, money in minor units."""
    return Line(line_id=line_id, unit_price=price, **other)  # type: ignore[arg-type]


class Shelf:
    """The bytes a worker keeps beside its memory."""

    def __init__(self) -> None:
        self.rows: dict[bytes, bytes] = {}

    def get_many(self, keys: list[bytes]) -> list[bytes | None]:
        """The values of the keys, None where there is none."""
        return [self.rows.get(key) for key in keys]

    def due(self, until_ms: int, limit: int) -> list[tuple[int, bytes]]:
        """Nothing: the shop asks its one customer."""
        return []


class Shop:
    """A customer of a programme. `forgetful` rebuilds the account from its stored bytes before each step."""

    def __init__(
        self, book: Rulebook, start: str = "2026-01-10 10:00", forgetful: bool = False, name: str = NAME
    ) -> None:
        self.book = book
        self.name = name
        self.now_ms = instant(start, book.timezone)
        self.shelf = Shelf()
        self.cabinet = Cabinet(self.shelf)
        self.account = Account(Customer(name))
        self.account.vault = self.cabinet
        self.effects: list[Effect] = []
        self.forgetful = forgetful
        self.number = 0

    @property
    def customer(self) -> Customer:
        """The row."""
        return self.account.customer

    @property
    def points(self) -> int:
        """The balance."""
        return self.customer.wallet.active

    @property
    def tier(self) -> str:
        """The code of the customer's level, "" before enrolment."""
        standing = self.customer.standings.get(self.book.tier_set.id)
        return self.book.tier_set.tiers[standing.rank].code if standing else ""

    def at(self, text: str) -> int:
        """A local time of the programme as UTC milliseconds."""
        return instant(text, self.book.timezone)

    def buy(self, price: int | list[Line], at: str | int = "", order: str = "", **other: object) -> Outcome:
        """An order of one amount or of lines; `other` are fields of Purchase, or of the event."""
        envelope = {key: other.pop(key) for key in ENVELOPE if key in other}
        lines = (line("1", price),) if isinstance(price, int) else tuple(price)
        name = order or f"o{self.number + 1}"
        order_currency = other.pop("currency", self.book.currency)
        data = Purchase(order_id=name, currency=order_currency, lines=lines, **other)  # type: ignore[arg-type]
        return self.send(data, at, **envelope)  # type: ignore[arg-type]

    def engage(self, kind: str, at: str | int = "", **other: object) -> Outcome:
        """An engagement; `other` are fields of Engagement, or of the event."""
        envelope = {key: other.pop(key) for key in ENVELOPE if key in other}
        return self.send(Engagement(kind, **other), at, **envelope)  # type: ignore[arg-type]

    def refund(self, order: str, amount: int | None = None, at: str | int = "", **other: object) -> Outcome:
        """A refund by amount, or by `lines`."""
        return self.send(Refund(f"r{self.number + 1}", order, amount=amount, **other), at)  # type: ignore[arg-type]

    def redeem(
        self, qty: int, redemption: str = "rd-1", at: str | int = "", wallet: str = "points"
    ) -> Outcome:
        """A redemption."""
        return self.send(Redeem(BY, redemption, qty, wallet), at)

    def reverse(self, redemption: str = "rd-1", qty: int | None = None, at: str | int = "") -> Outcome:
        """A redemption taken back, or part of it."""
        return self.send(RedeemReverse(BY, redemption, qty), at)

    def adjust(self, qty: int, at: str | int = "", **other: object) -> Outcome:
        """Points by hand."""
        return self.send(Adjust(BY, qty, "goodwill", **other), at)  # type: ignore[arg-type]

    def send(
        self,
        data: Happening,
        at: str | int = "",
        *,
        event: str = "",
        source: str = "pos",
        recorded: str | int = "",
        backfill: bool = False,
    ) -> Outcome:
        """What `step` answers; time moves to `recorded`, by default to `at`, but never back."""
        self.number += 1
        occurred_ms = self._instant(at) if at != "" else self.now_ms
        self.tick(self._instant(recorded) if recorded != "" else occurred_ms)
        id = event or ("" if self.name == NAME else f"{self.name}-") + f"e{self.number}"
        happened = Event(
            type=f"engagement.{data.kind}" if isinstance(data, Engagement) else TYPES[type(data)],
            source=source,
            id=id,
            customer=self.name,
            occurred_ms=occurred_ms,
            payload_hash=blake2b(repr((occurred_ms, data)).encode(), digest_size=8).digest(),
            digest=digest_of_event(source, id),
            data=data,
            backfill=backfill,
        )
        if isinstance(data, ORDER_EVENTS):
            order = (order_key(self.name.encode(), data.order_id), self.account, data.order_id)
            self.cabinet.bring_orders([order])
        return self._stepped(happened)

    def tick(self, until: str | int) -> list[Effect]:
        """Moves time and fires what is due, earliest first; the effects of the timers."""
        self.now_ms = max(self.now_ms, self._instant(until))
        first = len(self.effects)
        for _ in range(TIMERS_MAX):
            due_ms, kind = next_due(self.customer)
            if not 0 < due_ms <= self.now_ms:
                break
            self._stepped(TimerDue(kind, due_ms))
        else:
            raise AssertionError("a timer arms itself anew for an instant that has passed")
        return self.effects[first:]

    def said(self, effect_type: str) -> list[Effect]:
        """All effects of one type so far."""
        return [effect for effect in self.effects if effect.type == effect_type]

    def stored(self) -> dict[bytes, bytes]:
        """All bytes kept of the customer."""
        return dict(self.shelf.rows)

    def _stepped(self, event: Event | TimerDue) -> Outcome:
        if self.forgetful and self.shelf.rows:
            self._rebuild()
        if isinstance(event, Event):
            self.cabinet.bring_ids({self.name: self.account}, [event])
        outcome = step(self.account, event, self.book, self.now_ms)
        if isinstance(outcome, Early):
            assert isinstance(event, Event)
            outcome = wait(self.account, event, repr(event.data).encode(), self.now_ms)
        if isinstance(outcome, list):
            self.effects += outcome
            for wallet_id, wallet in wallets(self.customer):
                assert not wallet_mistake(wallet), f"{wallet_id}: {wallet_mistake(wallet)}"
            self.store()
        return outcome

    def store(self) -> None:
        """Keeps the bytes of the row and of what changed beside it, as a commit does."""
        self.account.due_ms = next_due(self.customer)[0]
        self.cabinet.put(self.account)
        for key, value in self.cabinet.rows.items():
            self.shelf.rows.pop(key, None)
            if value is not None:
                self.shelf.rows[key] = value
        self.cabinet = Cabinet(self.shelf)
        self.account.touched.clear()
        self.account.changed_ids.clear()
        self.account.changed_blocks = False
        self.account.waiting_changed = False

    def _rebuild(self) -> None:
        orders = self.account.orders
        account = self.cabinet.take([self.name])[self.name]
        assert account is not None
        account.orders = orders
        self.account = account

    def _instant(self, when: str | int) -> int:
        return when if isinstance(when, int) else self.at(when)


def only(outcome: Outcome, effect_type: str) -> Effect:
    """The one effect of a type in what `step` answered."""
    assert isinstance(outcome, list), outcome
    (found,) = [effect for effect in outcome if effect.type == effect_type]
    return found


def types(outcome: Outcome) -> list[str]:
    """The types of the effects in what `step` answered, in order."""
    assert isinstance(outcome, list), outcome
    return [effect.type for effect in outcome]


def reason(outcome: Outcome) -> str:
    """Why `step` refused: a dead letter's reason, or what it is a duplicate of."""
    assert isinstance(outcome, Duplicate | Rejected), outcome
    return outcome.of if isinstance(outcome, Duplicate) else outcome.reason
