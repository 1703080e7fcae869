"""A shop's day as records: orders, refunds and engagements, with repeats, poison and strays, from a seed."""

import json
from collections import Counter
from collections.abc import Iterable
from random import Random
from typing import Any, NamedTuple

from topics.catalogue import Role
from topics.instants import format_ms
from topics.partitioner import home

DAY_MS = 86_400_000
SPAN_DAYS = 80  # Events may be 90 days old when they arrive.
EVENTS_PER_CUSTOMER = 25
REPEATED_SHARE = 0.05
STRAY_SHARE = 0.002
POISON = 100
FIRST_ALERT_MS = 30 * DAY_MS + 1  # After the only purchase of a customer.
SHARE_POINTS, SHARES_PER_DAY, SIGNUP_POINTS = 5, 3, 50

RULEBOOK = f"""\
programme: proof
version: 1
timezone: UTC
currency: USD
earn: {{rules: [{{id: base, points: 1, per: 1.00}}]}}
tiers:
  levels:
    - {{code: base, name: Base}}
    - code: silver
      name: Silver
      entry: [{{metric: spend_net, window: rolling 30 days, at_least: 300}}]
    - code: gold
      name: Gold
      entry:
        - {{metric: spend_net, window: lifetime, at_least: 800}}
        - {{metric: purchase_days, window: rolling 365 days, at_least: 4}}
engagement:
  - {{kind: signup, points: {SIGNUP_POINTS}, cap: {{count: 1, per: lifetime}}}}
  - {{kind: share, points: {SHARE_POINTS}, cap: {{count: {SHARES_PER_DAY}, per: day}}}}
churn: {{population_interval_days: 20, minimum_days: 5, levels: {{watch: 1.5, lost: 6}}}}
profiles: on
"""


class Sent(NamedTuple):
    """A record to send; `event` is None for poison. `partition` None means that the key decides."""

    role: Role
    key: bytes | None
    value: bytes | None
    event: dict[str, Any] | None
    partition: int | None = None


def cause(event: dict[str, Any]) -> str:
    """What the effects of an event name as their cause."""
    return f"{event['source']}|{event['id']}"


class Shop:
    """Makes events of customers who buy, return some of it, and share; `end_ms` is after the last one."""

    def __init__(self, chance: Random, count: int, end_ms: int, partitions: int) -> None:
        self.chance = chance
        self.count = count
        self.start_ms = end_ms - SPAN_DAYS * DAY_MS
        self.partitions = partitions
        self.names = [f"c{number}" for number in range(max(count // EVENTS_PER_CUSTOMER, 1))]
        self.left: dict[str, dict[str, int]] = {name: {} for name in self.names}  # Cents by refundable order.

    def records(self) -> list[Sent]:
        """`count` records of which 5 % are repeats, and the poison, in the order to send."""
        chance = self.chance
        repeats = round(self.count * REPEATED_SHARE)
        first = [self._record(number) for number in range(self.count - repeats)]
        placed = [(float(at), record) for at, record in enumerate(first)]
        again = chance.choices(range(len(first)), k=repeats)
        placed += [(chance.uniform(at, min(at + 5_000, len(first))), first[at]) for at in again]
        bought = [at for at, each in enumerate(first) if b'"amount"' in each.value and each.partition is None]
        spoilt = chance.choices(bought, k=min(POISON, self.count // 20))
        spoils = [SPOILS[number % len(SPOILS)] for number in range(len(spoilt))]
        placed += [(at + 0.5, spoil(first[at])) for at, spoil in zip(spoilt, spoils, strict=True)]
        return [record for _, record in sorted(placed, key=lambda pair: pair[0])]

    def _record(self, number: int) -> Sent:
        customer = self.chance.choice(self.names)
        draw = self.chance.random()
        if draw < 0.22:
            kind = self.chance.choice(("signup", "login", "share", "share", "share"))
            return self._sent(number, Role.ENGAGEMENTS, f"engagement.{kind}", customer, {})
        if draw < 0.32 and self.left[customer]:
            return self._sent(number, Role.PURCHASES, "purchase.refunded", customer, self._refund(customer))
        stray = self.chance.random() < STRAY_SHARE
        order = {"order_id": f"o{number}", "currency": "USD", "amount": self.chance.randrange(20_000)}
        if not stray:  # One that comes late could come after its refund.
            self.left[customer][order["order_id"]] = order["amount"]
        sent = self._sent(number, Role.PURCHASES, "purchase.completed", customer, order)
        return sent._replace(partition=self._elsewhere(customer)) if stray else sent

    def _refund(self, customer: str) -> dict[str, Any]:
        orders = self.left[customer]
        order_id = self.chance.choice(list(orders))
        amount = self.chance.choice((orders[order_id], self.chance.randint(0, orders[order_id])))
        orders[order_id] -= amount
        if not orders[order_id]:
            del orders[order_id]
        return {"refund_id": f"r{self.chance.getrandbits(64)}", "order_id": order_id, "amount": amount}

    def _sent(self, number: int, role: Role, kind: str, customer: str, data: dict[str, Any]) -> Sent:
        at_ms = self.start_ms + number * SPAN_DAYS * DAY_MS // self.count
        event = {
            "type": kind, "source": "shop", "id": f"e{number}", "subject": customer,
            "time": format_ms(at_ms).decode(), "data": data,
        }  # fmt: skip
        return Sent(role, customer.encode(), json.dumps(event).encode(), event)

    def _elsewhere(self, customer: str) -> int:
        return (home(customer.encode(), self.partitions) + 1) % self.partitions


def _spoilt(record: Sent, **changed: Any) -> Sent:
    return record._replace(**changed, event=None, partition=None)


SPOILS = (
    lambda record: _spoilt(record, value=record.value[:-9]),
    lambda record: _spoilt(record, value=record.value.replace(b"shop", b"\xff\xfe\xfd")),
    lambda record: _spoilt(record, value=record.value.replace(b'"amount": ', b'"amount": "x", "was": ')),
    lambda record: _spoilt(record, value=None),
    lambda record: _spoilt(record, key=b"someone else"),
    lambda record: _spoilt(record, value=record.value.replace(b'"amount": ', b'"amount": 9')),  # Id reused.
    lambda record: _spoilt(record, role=Role.ENGAGEMENTS),
)


def recount(records: Iterable[Sent]) -> dict[str, int]:
    """The points that each event has to book, by cause: counted from the records alone."""
    points: dict[str, int] = {}
    left: Counter[str] = Counter()
    times: Counter[tuple[str, ...]] = Counter()
    for event in (record.event for record in records if record.event):
        kind, data = event["type"], event["data"]
        if cause(event) in points:
            continue
        if kind == "purchase.completed":
            left[data["order_id"]] = data["amount"]
            points[cause(event)] = data["amount"] // 100
        elif kind == "purchase.refunded":
            before = left[data["order_id"]]
            left[data["order_id"]] -= data["amount"]
            points[cause(event)] = left[data["order_id"]] // 100 - before // 100
        elif kind != "engagement.login":
            once = kind == "engagement.signup"
            capped = (kind, event["subject"], "" if once else event["time"][:10])
            times[capped] += 1
            full = times[capped] > (1 if once else SHARES_PER_DAY)
            points[cause(event)] = 0 if full else SIGNUP_POINTS if once else SHARE_POINTS
    return points
