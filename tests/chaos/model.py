"""What the programme of the fault tests promises: a model of its own, which shares nothing with the engine.

It knows orders with an amount, refunds of an amount, engagements, levels by lifetime spending with the
evidence rule, and churn alerts; `docs/semantics.md` is what it was written from.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from math import ceil
from typing import Any, NamedTuple

DAY_MS = 86_400_000
LEVELS = {"base": 0, "silver": 30_000, "gold": 80_000}  # Lifetime spending in cents, lowest first.
ENGAGEMENTS = {"signup": (50, 1, "lifetime"), "share": (5, 3, "day")}  # Points, how often, per what.
POPULATION_DAYS, MINIMUM_DAYS = 20, 5
ALERTS = {"watch": Fraction(3, 2), "lost": Fraction(6)}

RULEBOOK = f"""\
programme: chaos
version: 1
timezone: UTC
currency: USD
earn: {{rules: [{{id: base, points: 1, per: 1.00}}]}}
tiers:
  levels:
    - {{code: base, name: Base}}
    - code: silver
      name: Silver
      entry: [{{metric: spend_net, window: lifetime, at_least: {LEVELS["silver"] // 100}}}]
    - code: gold
      name: Gold
      entry: [{{metric: spend_net, window: lifetime, at_least: {LEVELS["gold"] // 100}}}]
engagement:
  - {{kind: signup, points: 50, cap: {{count: 1, per: lifetime}}}}
  - {{kind: share, points: 5, cap: {{count: 3, per: day}}}}
churn:
  population_interval_days: {POPULATION_DAYS}
  minimum_days: {MINIMUM_DAYS}
  levels: {{watch: 1.5, lost: 6}}
"""
CODES = list(LEVELS)


class Said(NamedTuple):
    """One effect, as far as the model knows it. `what` is quantity, levels or level."""

    topic: str
    customer: str
    kind: str
    time_ms: int
    cause: str
    what: tuple[Any, ...]


@dataclass
class Order:
    """An order; `rev` is the customer's when it was taken. Money in cents."""

    rev: int
    left: int
    clawable: int


@dataclass
class Grant:
    """Why a level was given: the spending then, less what was refunded of it since."""

    rev: int
    value: int


@dataclass
class Customer:
    """Everything that is known of a customer; a rank of -1 is nobody's yet."""

    name: str
    rev: int = 0
    balance: int = 0
    spend: int = 0
    rank: int = -1
    grants: dict[int, Grant] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)  # Events and refunds.
    early: dict[str, list[bytes]] = field(default_factory=dict)  # Refunds by the order they wait for.
    used: Counter[tuple[str, int]] = field(default_factory=Counter)
    days: set[int] = field(default_factory=set)
    last_ms: int = 0
    raised: int = 0
    alerted: bool = False
    due_ms: int = 0
    epoch: int = 0

    @property
    def level(self) -> str:
        return CODES[self.rank]

    @property
    def entitled(self) -> int:
        """The highest rank that the spending is enough for."""
        return max(rank for rank, code in enumerate(CODES) if self.spend >= LEVELS[code])

    def crossing_ms(self, number: int) -> int:
        """When the alert of this number (1 is the first) is crossed."""
        expected = Fraction(max(self.days) - min(self.days) + 2 * POPULATION_DAYS, len(self.days) + 1)
        gap_ms = ceil(list(ALERTS.values())[number - 1] * expected * DAY_MS)
        return self.last_ms + max(MINIMUM_DAYS * DAY_MS, gap_ms)

    def arm(self) -> None:
        """Waits for the next alert that was not raised."""
        due_ms = self.crossing_ms(self.raised + 1) + 1 if self.raised < len(ALERTS) else 0
        if due_ms != self.due_ms:
            self.due_ms = due_ms
            self.epoch += bool(due_ms)


class Programme:
    """All customers of one partition. `now_ms` never goes backwards."""

    def __init__(self) -> None:
        self.customers: dict[str, Customer] = {}
        self.now_ms = 0
        self.repeats = 0

    def pass_time(self, now_ms: int) -> Iterator[Said]:
        """The alerts that are due by then, of everybody."""
        self.now_ms = max(self.now_ms, now_ms)
        for customer in self.customers.values():
            yield from self._alerts(customer)

    def take(self, value: bytes, at_ms: int) -> Iterator[Said]:
        """What a good record says, recorded at this instant."""
        self.now_ms = max(self.now_ms, at_ms)
        event = json.loads(value)
        if event["type"] == "time.reached":
            return
        customer = self.customers.setdefault(event["subject"], Customer(event["subject"]))
        yield from self._alerts(customer)
        cause, data = f"{event['source']}|{event['id']}", event["data"]
        names = {cause, f"order {data.get('order_id')}"} if event["type"] == "purchase.completed" else {cause}
        if event["type"] == "purchase.refunded":
            names.add(f"refund {data['order_id']} {data['refund_id']}")
        if names & customer.known:
            self.repeats += 1
            return
        if event["type"] == "purchase.refunded" and data["order_id"] not in customer.orders:
            customer.early.setdefault(data["order_id"], []).append(value)
            return
        customer.known |= names
        customer.rev += 1
        yield from self._apply(customer, event, cause, ms_of(event["time"]))
        if event["type"] == "purchase.completed":
            for early in customer.early.pop(data["order_id"], ()):
                yield from self.take(early, at_ms)

    def _apply(self, customer: Customer, event: dict[str, Any], cause: str, at_ms: int) -> Iterator[Said]:
        kind, data = event["type"], event["data"]
        if kind == "purchase.completed":
            points = data["amount"] // 100
            customer.orders[data["order_id"]] = Order(customer.rev, data["amount"], points)
            customer.spend += data["amount"]
            yield self._booked(customer, "points.earned", at_ms, cause, points)
        elif kind == "purchase.refunded":
            yield from self._refund(customer, data, cause, at_ms)
        elif (name := kind.removeprefix("engagement.")) in ENGAGEMENTS:
            points, most, period = ENGAGEMENTS[name]
            used = (name, 0 if period == "lifetime" else at_ms // DAY_MS)
            customer.used[used] += 1
            yield self._booked(
                customer, "points.earned", at_ms, cause, points if customer.used[used] <= most else 0
            )
        yield from self._rise(customer, cause, at_ms)
        if kind == "purchase.completed":
            yield from self._bought(customer, cause, at_ms)

    def _booked(self, customer: Customer, kind: str, at_ms: int, cause: str, points: int) -> Said:
        customer.balance += points if kind == "points.earned" else -points
        return Said("points", customer.name, kind, at_ms, cause, (points, customer.balance, customer.rev))

    def _refund(self, customer: Customer, data: dict[str, Any], cause: str, at_ms: int) -> Iterator[Said]:
        order = customer.orders[data["order_id"]]
        back = min(data["amount"], order.left)
        order.left -= back
        customer.spend -= back
        clawed = order.clawable - order.left // 100
        order.clawable -= clawed
        yield self._booked(customer, "points.clawed_back", at_ms, cause, clawed)
        for grant in customer.grants.values():
            if order.rev <= grant.rev:
                grant.value -= back
        yield from self._fall(customer, cause, at_ms)

    def _carries(self, customer: Customer, rank: int) -> bool:
        grant = customer.grants.get(rank)
        return grant is not None and grant.value >= LEVELS[CODES[rank]]

    def _fall(self, customer: Customer, cause: str, at_ms: int) -> Iterator[Said]:
        if customer.rank <= 0 or self._carries(customer, customer.rank):
            return
        if customer.entitled >= customer.rank:
            customer.grants[customer.rank] = Grant(customer.rev, customer.spend)
            return
        before, rank = customer.level, customer.rank - 1
        while rank and not self._carries(customer, rank) and customer.entitled < rank:
            rank -= 1
        if rank and not self._carries(customer, rank):
            customer.grants[rank] = Grant(customer.rev, customer.spend)
        customer.grants = {at: grant for at, grant in customer.grants.items() if at <= rank}
        customer.rank = rank
        yield Said(
            "tiers",
            customer.name,
            "tier.downgraded",
            at_ms,
            cause,
            (before, customer.level, "refund", customer.rev),
        )

    def _rise(self, customer: Customer, cause: str, at_ms: int) -> Iterator[Said]:
        before, rank = customer.rank, max(customer.entitled, customer.rank)
        if rank == before:
            return
        for passed in range(max(before, 0) + 1, rank + 1):
            customer.grants[passed] = Grant(customer.rev, customer.spend)
        customer.rank = rank
        kind, left = ("tier.upgraded", CODES[before]) if before >= 0 else ("tier.enrolled", "")
        yield Said("tiers", customer.name, kind, at_ms, cause, (left, customer.level, "event", customer.rev))

    def _bought(self, customer: Customer, cause: str, at_ms: int) -> Iterator[Said]:
        customer.days.add(at_ms // DAY_MS)
        if at_ms >= customer.last_ms:
            if customer.alerted:
                yield Said(
                    "alerts", customer.name, "churn.recovered", at_ms, cause, (self._raised(customer),)
                )
            customer.last_ms, customer.raised, customer.alerted = at_ms, 0, False
        customer.arm()

    def _alerts(self, customer: Customer) -> Iterator[Said]:
        while customer.due_ms and customer.due_ms <= self.now_ms:
            due_ms, epoch, customer.due_ms = customer.due_ms, customer.epoch, 0
            crossed = sum(customer.crossing_ms(number) < due_ms for number in range(1, len(ALERTS) + 1))
            if crossed > customer.raised:
                customer.raised, customer.alerted = crossed, True
                cause = f"timer|{customer.name}|churn|{due_ms}|{epoch}"
                yield Said("alerts", customer.name, "churn.alert", due_ms, cause, (self._raised(customer),))
            customer.arm()

    def _raised(self, customer: Customer) -> str:
        return list(ALERTS)[customer.raised - 1]


def ms_of(text: str) -> int:
    """The instant of an RFC 3339 text in UTC milliseconds."""
    at = datetime.fromisoformat(text)
    return int(at.timestamp()) * 1000 + at.microsecond // 1000
