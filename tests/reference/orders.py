"""What an order is worth: shared discounts, rates, multipliers and the one rounding, with exact fractions."""

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from math import ceil, floor
from typing import Any

from engine.events import Line, Purchase, RefundLine
from tests.reference.caps import Rooms
from tests.reference.clock import Clock

Keys = dict[str, Any]
DECIMALS = {"JPY": 0, "BHD": 3}


class Refused(Exception):
    """The event may not be taken; the argument is the reason of its dead letter."""


def exactly(number: Any) -> Fraction:
    """A number of a rulebook, as it is written."""
    return Fraction(str(number))


def decimals(currency: str) -> int:
    """How many digits the minor unit has."""
    return DECIMALS.get(currency, 2)


def half_up(amount: Fraction) -> int:
    """The nearest whole number, halves away from zero for what is not negative."""
    return floor(amount + Fraction(1, 2))


def rounded(amount: Fraction, way: str) -> int:
    """Whole points as `earn.rounding` says."""
    if way == "half_even":
        return round(amount)
    return {"floor": floor, "ceil": ceil, "half_up": half_up}[way](amount)


def shared(whole: int, weights: dict[str, int | Fraction]) -> dict[str, int]:
    """A whole number shared by weights: largest remainder, ties by name."""
    total = sum(weights.values())
    exact = {
        name: Fraction(whole) * weight / total if total else Fraction(0) for name, weight in weights.items()
    }
    parts = {name: floor(part) for name, part in exact.items()}
    left = (whole if total else 0) - sum(parts.values())
    for name in sorted(weights, key=lambda name: (parts[name] - exact[name], name))[:left]:
        parts[name] += 1
    return parts


def paid_per_line(data: Purchase, currency: str) -> dict[str, int]:
    """What each line cost in the order's currency, after every discount and what was paid with points."""
    if data.currency != currency and not data.fx_rate:
        raise Refused("no_fx_rate")
    paid = {line.line_id: line.unit_price * line.qty - line.discount for line in data.lines}
    if min(paid.values()) < 0 or data.order_discount + data.points_value > sum(paid.values()):
        raise Refused("bad_money")
    for deduction in (data.order_discount, data.points_value):
        shares = shared(deduction, dict(paid))
        paid = {name: money - shares[name] for name, money in paid.items()}
    return paid


def money_per_line(data: Purchase, paid: dict[str, int], currency: str) -> dict[str, int]:
    """The eligible money of each line in the programme's minor units."""
    eligible = {line.line_id: paid[line.line_id] if line.eligible else 0 for line in data.lines}
    if data.currency == currency:
        return eligible
    scale = Fraction(10) ** (decimals(currency) - decimals(data.currency))
    return shared(half_up(sum(eligible.values()) * exactly(data.fx_rate) * scale), dict(eligible))


@dataclass
class Part:
    """One line of an order: what it cost, what of it counts, what came back."""

    sent: Line
    paid: int
    money: int
    back: int = 0  # In the order's currency.
    units_back: int = 0

    @property
    def left(self) -> int:
        """Eligible money that is still there."""
        return self.money - (self.money * self.back // self.paid if self.paid else 0)


@dataclass
class Order:
    """An order with all that became of it."""

    name: str
    at_ms: int
    version: int
    level_times: Fraction
    counts_for_points: bool  # Bought as a member.
    parts: dict[str, Part]
    sent: Purchase
    refunds: set[str] = field(default_factory=set)
    cancelled: bool = False
    delivered_on: date | None = None
    touched: bool = False
    rooms: Rooms = field(default_factory=dict)  # What the caps allowed.
    granted: int = 0
    clawed: int = 0
    qualifying: int = 0
    points_back: int = 0  # Of those that paid.
    others: dict[str, tuple[int, int]] = field(default_factory=dict)  # Given and taken back, by wallet.

    @property
    def delivered(self) -> bool:
        """Whether the goods arrived."""
        return self.delivered_on is not None

    @property
    def money(self) -> int:
        """Eligible money that is still there."""
        return sum(part.left for part in self.parts.values())

    @property
    def counts(self) -> bool:
        """Whether it is still an order: something is left, or it never was more than 0."""
        if self.cancelled:
            return False
        left = any(p.back != p.paid for p in self.parts.values()) or not self.touched
        paid = self.sent.paid_with
        return left or (paid is not None and half_up(paid.points * self.part_back()) != paid.points)

    def part_back(self) -> Fraction:
        """Which part came back, by the prices before points paid; by units where no money was paid."""
        parts = self.parts.values()
        if any(part.paid for part in parts) and all(part.back == part.paid for part in parts):
            return Fraction(1)
        prices = {line.line_id: line.unit_price * line.qty - line.discount for line in self.sent.lines}
        off = shared(self.sent.order_discount, dict(prices))
        prices = {name: price - off[name] for name, price in prices.items()}
        if not any(prices.values()):
            prices = dict.fromkeys(prices, 1)
        back = Fraction(0)
        for name, part in self.parts.items():
            units = Fraction(part.units_back, part.sent.qty)
            back += prices[name] * (Fraction(part.back, part.paid) if part.paid else units)
        return back / sum(prices.values())

    def day(self, clock: Clock) -> Any:
        """The local day it was bought on."""
        return clock.day(self.at_ms)

    def replace(self, data: Purchase, currency: str) -> None:
        """A newer version: what had come back of a line stays back, at most the line's new money."""
        paid = paid_per_line(data, currency)
        money = money_per_line(data, paid, currency)
        self.version = data.order_version
        before = self.parts
        self.sent = data
        self.parts = {}
        for line in data.lines:
            old = before.get(line.line_id)
            part = Part(line, paid[line.line_id], money[line.line_id])
            if self.cancelled:
                part.back, part.units_back = part.paid, line.qty
            elif old:
                part.back, part.units_back = min(old.back, part.paid), min(old.units_back, line.qty)
            self.parts[line.line_id] = part

    def take_amount(self, amount: int) -> bool:
        """Takes money off all lines in proportion to what is left; whether it was more than that."""
        left = {name: part.paid - part.back for name, part in self.parts.items()}
        for name, share in shared(min(amount, sum(left.values())), dict(left)).items():
            self.parts[name].back += share
        return amount > sum(left.values())

    def take_line(self, wanted: RefundLine) -> bool:
        """Takes units, money or the rest of a line; whether it was more than is left."""
        part = self.parts[wanted.line_id]
        left = part.paid - part.back
        if wanted.qty is not None:
            units = min(part.units_back + wanted.qty, part.sent.qty)
            worth = part.paid * units // part.sent.qty - part.paid * part.units_back // part.sent.qty
            over = wanted.qty > part.sent.qty - part.units_back or worth > left
            part.units_back = units
            part.back += min(worth, left)
            return over
        if wanted.amount is None:
            part.units_back = part.sent.qty
        asked = left if wanted.amount is None else wanted.amount
        part.back += min(asked, left)
        return asked > left


def matches(when: Keys | None, order: Purchase, line: Line) -> bool:
    """Whether a rule applies to a line."""
    has = {
        "channel": [order.channel],
        "store": [order.store_id],
        "sku": [line.sku],
        "category": line.category,
        "brand": [line.brand],
        "tag": line.tags,
    }
    return all(any(value in has[key] for value in values) for key, values in (when or {}).items())
