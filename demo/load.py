"""`tierline load`: a shop that never closes. Purchases, refunds, engagements and commands at a steady rate.

Among them is what senders get wrong: events sent twice, a refund without its order, one that is months old,
one that is no JSON. So every number of the metrics has something to show. Their source is called `load`.
"""

import asyncio
import json
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from agents.cluster_options import add_cluster_options, settings_of
from agents.settings import InstallationSettings
from demo.kafka import producer
from topics.catalogue import Role
from topics.partitioner import home

SOURCE = "load"
_LATE_DAYS = 120
_KINDS = ("checkin", "share", "review", "signup", "profile_completed", "survey")


class Sent(NamedTuple):
    """One record of the load."""

    role: Role
    key: bytes
    value: bytes


class Shop:
    """Events from a seed, one after another; `run` keeps the ids of two starts apart."""

    def __init__(self, seed: int, customers: int, currency: str, run: str) -> None:
        self.chance = Random(seed)
        self.customers = customers
        self.currency = currency
        self.run = run
        self.orders: list[tuple[str, str, int]] = []  # Customer, order, amount; the newest last.
        self.redeemed: list[tuple[str, str]] = []
        self._number = 0

    def next(self, now: datetime) -> Iterator[Sent]:
        """The next event, and with it, seldom, its repeat."""
        made = self._made(now)
        yield made
        if self.chance.random() < 0.03:
            yield made

    def _made(self, now: datetime) -> Sent:
        draw = self.chance.random()
        if draw < 0.6 or not self.orders:
            return self._purchase(now)
        if draw < 0.64:
            return self._refund(now)
        if draw < 0.92:
            return self._engagement(now)
        if draw < 0.97:
            return self._command(now)
        return self._mistake(now)

    def _event(self, role: Role, kind: str, customer: str, at: datetime, data: dict[str, Any]) -> Sent:
        self._number += 1
        event = {
            "type": kind,
            "source": SOURCE,
            "id": f"{self.run}-{self._number}",
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "subject": customer,
            "data": data,
        }
        return Sent(role, customer.encode(), json.dumps(event).encode())

    def _customer(self) -> str:
        return f"load-{int(self.customers * self.chance.random() ** 2)}"  # Some come much more often.

    def _purchase(self, now: datetime) -> Sent:
        customer, amount = self._customer(), int(self.chance.lognormvariate(10, 1))
        order = f"{self.run}-o{self._number}"
        self.orders = [*self.orders[-500:], (customer, order, amount)]
        data = {"order_id": order, "currency": self.currency, "amount": amount}
        return self._event(Role.PURCHASES, "purchase.completed", customer, now, data)

    def _refund(self, now: datetime) -> Sent:
        customer, order, amount = self.chance.choice(self.orders)
        if self.chance.random() < 0.1:  # Its order never comes.
            order += "-unknown"
        part = {"line_id": "1", "amount": max(amount // 2, 1)}
        data: dict[str, Any] = {
            "refund_id": f"{self.run}-r{self._number}",
            "order_id": order,
            "lines": [part],
        }
        if self.chance.random() < 0.5:
            return self._event(Role.PURCHASES, "purchase.cancelled", customer, now, {"order_id": order})
        return self._event(Role.PURCHASES, "purchase.refunded", customer, now, data)

    def _engagement(self, now: datetime) -> Sent:
        kind = self.chance.choice(_KINDS)
        data = {"ref_id": f"{self.run}-x{self._number}", "text_len": self.chance.randrange(60)}
        return self._event(Role.ENGAGEMENTS, f"engagement.{kind}", self._customer(), now, data)

    def _command(self, now: datetime) -> Sent:
        by = {"actor": "load", "role": "service", "reason": "load"}
        if self.redeemed and self.chance.random() < 0.2:
            customer, redemption = self.redeemed.pop()
            data = by | {"redemption_id": redemption}
            return self._event(Role.COMMANDS, "command.points.redeem_reverse", customer, now, data)
        customer, redemption = self.chance.choice(self.orders)[0], f"{self.run}-m{self._number}"
        qty = self.chance.choice((50, 200, 5_000))  # Who has 5,000 is seldom found.
        self.redeemed = [*self.redeemed[-100:], (customer, redemption)]
        data = by | {"redemption_id": redemption, "wallet": "points", "qty": qty, "reward": "mug"}
        return self._event(Role.COMMANDS, "command.points.redeem", customer, now, data)

    def _mistake(self, now: datetime) -> Sent:
        draw, good = self.chance.random(), self._purchase(now)
        if draw < 0.4:
            return good._replace(value=good.value[:-7])
        if draw < 0.6:
            return good._replace(key=b"somebody-else")
        old = now - timedelta(days=_LATE_DAYS)
        return self._event(Role.ENGAGEMENTS, "engagement.checkin", self._customer(), old, {})


async def send(args: Namespace, settings: InstallationSettings) -> int:
    """How many records were sent until the time was over."""
    catalogue = settings.catalogue
    shop = Shop(args.seed, args.customers, args.currency, f"{time.time_ns() // 1_000_000:x}")
    began, count = time.monotonic(), 0
    async with producer(settings.connection, linger_ms=5) as client:
        while not args.seconds or time.monotonic() - began < args.seconds:
            for each in shop.next(datetime.now(UTC)):
                where = home(each.key, catalogue.partitions)
                await client.send(catalogue.name(each.role), each.value, each.key, where)
                count += 1
            await asyncio.sleep(max(began + count / args.rate - time.monotonic(), 0))
    return count


def configure(parser: ArgumentParser) -> None:
    """Adds the options."""
    add_cluster_options(parser)
    add = parser.add_argument
    add("--rate", type=float, default=50, metavar="N", help="records per second (%(default)s)")
    add("--seconds", type=float, default=0, metavar="S", help="how long; 0 until it is stopped (%(default)s)")
    add("--customers", type=int, default=2_000, metavar="N", help="how many there are (%(default)s)")
    add("--currency", default="CNY", metavar="CODE", help="of the purchases (%(default)s)")
    add("--seed", type=int, default=1, metavar="N", help="another seed, another shop (%(default)s)")


def main(args: Namespace) -> int:
    """Sends until the time is over or somebody stops it; 0."""
    count = asyncio.run(send(args, settings_of(args)))
    print(f"sent {count:,} records")
    return 0
