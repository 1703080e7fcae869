"""What the programme of `STORY` promises, worked out the slow way from a list of all that happened.

Nothing is kept but the happenings and what was announced; every number is added up anew each time.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from math import ceil, floor
from zoneinfo import ZoneInfo

from tests.engine.programmes import BASE, MEMBER, asks, level, programme

ZONE = ZoneInfo("America/New_York")
DAY_MS = 86_400_000
INTERVAL, MINIMUM_DAYS = 10, 14
RATIOS = {"watch": Fraction("1.5"), "at_risk": Fraction(2), "high": Fraction(3), "lost": Fraction(6)}
TIMES = {
    "member": Fraction(1),
    "silver": Fraction("1.1"),
    "gold": Fraction("1.25"),
    "diamond": Fraction("1.5"),
}
ENTRY = {
    "member": [],
    "silver": [("spend_net", "rolling 30 days", 10000)],
    "gold": [("spend_net", "rolling 60 days", 30000), ("purchase_days", "calendar quarter", 2)],
    "diamond": [("orders", "lifetime", 4), ("qualifying_points", "rolling 90 days", 500)],
}
CODES = list(ENTRY)

STORY = programme(
    MEMBER,
    *[
        level(
            code,
            *[
                asks(metric, bound / 100 if metric == "spend_net" else bound, window)
                for metric, window, bound in asked
            ],
            times=float(TIMES[code]),
        )
        for code, asked in ENTRY.items()
        if asked
    ],
    rules=[BASE],
    multipliers=[{"id": "double", "times": 2, "when": {"category": ["vinyl"]}}],
    engagement=[
        {"kind": "checkin", "points": 5, "cap": {"count": 1, "per": "day"}, "qualifying": True},
        {"kind": "share", "points": 7, "cap": {"points": 12, "per": "week"}},
    ],
    churn={
        "population_interval_days": INTERVAL,
        "levels": {name: float(ratio) for name, ratio in RATIOS.items()},
    },
    timezone="America/New_York",
)


def local_date(at_ms: int) -> date:
    """The date on the programme's calendar."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms)).astimezone(ZONE).date()


@dataclass
class Bought:
    """One order: money and factor per line, what came back, and the factor of the level it earned at."""

    at_ms: int
    lines: dict[str, tuple[int, int]]
    times: Fraction
    back: dict[str, int]
    touched: bool = False

    @property
    def day(self) -> date:
        return local_date(self.at_ms)

    @property
    def left(self) -> int:
        return sum(money - self.back[name] for name, (money, _) in self.lines.items())

    @property
    def counts(self) -> bool:
        """Whether it is still an order: not fully returned."""
        return not (self.touched and self.left == 0)

    @property
    def points(self) -> int:
        weighed = sum((money - self.back[name]) * factor for name, (money, factor) in self.lines.items())
        return floor(Fraction(weighed, 100) * self.times)

    @property
    def qualifying(self) -> int:
        return floor(Fraction(self.left, 100))


@dataclass
class Promise:
    """What a level was given for: which orders and days, and what engagements added."""

    conditions: list[tuple[str, date, date, int]]
    orders: list[Bought]
    days: set[date]
    engaged: list[tuple[date, int, int]]

    def kept(self) -> bool:
        return all(self._value(metric, first, end) >= bound for metric, first, end, bound in self.conditions)

    def _value(self, metric: str, first: date, end: date) -> int:
        orders = [order for order in self.orders if first <= order.day < end]
        if metric == "purchase_days":
            return sum(first <= day < end for day in self.days)
        return measured(metric, orders, [row for row in self.engaged if first <= row[0] < end])


@dataclass
class Model:
    """A customer of the programme, by the book."""

    now_ms: int
    orders: dict[str, Bought] = field(default_factory=dict)
    engaged: list[tuple[date, int, int]] = field(default_factory=list)  # Day, points, qualifying points.
    shared: list[tuple[date, int]] = field(default_factory=list)
    earned: int = 0
    tier: str = ""
    history: list[tuple[int, str]] = field(default_factory=list)
    promises: dict[str, Promise] = field(default_factory=dict)
    raised: str = ""
    alerts: list[tuple[str, int]] = field(default_factory=list)

    @property
    def points(self) -> int:
        return sum(order.points for order in self.orders.values()) + sum(row[1] for row in self.engaged)

    def advance(self, now_ms: int) -> None:
        """Moves time and raises the alerts whose instant has passed."""
        self.now_ms = now_ms
        while self.orders:
            ahead = [name for name in RATIOS if self._rank(name) > self._rank(self.raised)]
            if not ahead or (instant := self._crossing(ahead[0])) >= now_ms:
                return
            self.raised = [name for name in ahead if self._crossing(name) == instant][-1]
            self.alerts.append((self.raised, instant))

    def buy(self, at_ms: int, order_id: str, lines: dict[str, tuple[int, int]]) -> None:
        """An order: money and factor per line."""
        latest = max((order.at_ms for order in self.orders.values()), default=at_ms)
        tiers = [code for since_ms, code in self.history if since_ms <= at_ms]
        times = TIMES[tiers[-1] if tiers else "member"]
        self.orders[order_id] = Bought(at_ms, lines, times, dict.fromkeys(lines, 0))
        self.earned += self.orders[order_id].points
        if at_ms >= latest:
            self.raised = ""
        self._settle()

    def take_back(self, order_id: str, parts: dict[str, int]) -> None:
        """A refund of so much money per line."""
        order = self.orders[order_id]
        order.touched = True
        for name, money in parts.items():
            order.back[name] += money
        for promise in self.promises.values():
            promise.days = {day for day in promise.days if day in self._days()}
        if self.tier in self.promises and not self.promises[self.tier].kept():
            self._fall()
        self._settle()

    def engage(self, at_ms: int, kind: str) -> None:
        """A check-in (5 points, once a day, qualifying) or a share (7 points, at most 12 a week)."""
        day = local_date(at_ms)
        if kind == "checkin":
            granted = 0 if any(row == (day, 5, 5) for row in self.engaged) else 5
            self.engaged.append((day, granted, granted))
        else:
            week = day.isocalendar()[:2]
            so_far = sum(points for when, points in self.shared if when.isocalendar()[:2] == week)
            granted = min(7, 12 - so_far)
            self.shared.append((day, granted))
            self.engaged.append((day, granted, 0))
        self.earned += granted
        self._settle()

    def reading(self, metric: str, window: str) -> int:
        """A metric as of now."""
        first, end = span(window, local_date(self.now_ms))
        if metric == "purchase_days":
            return sum(first <= day < end for day in self._days())
        orders = [order for order in self.orders.values() if first <= order.day < end]
        return measured(metric, orders, [row for row in self.engaged if first <= row[0] < end])

    def _days(self) -> set[date]:
        return {order.day for order in self.orders.values() if order.counts}

    def _holds(self, code: str) -> bool:
        return all(self.reading(metric, window) >= bound for metric, window, bound in ENTRY[code])

    def _settle(self) -> None:
        before = self.tier
        held = [code for code in CODES if self._holds(code)]
        if not before:
            self.tier = "member"
        if CODES.index(held[-1]) > CODES.index(self.tier):
            for code in CODES[CODES.index(self.tier) + 1 : CODES.index(held[-1]) + 1]:
                if code in held:
                    self._promise(code)
            self.tier = held[-1]
        if self.tier != before:
            self.history.append((self.now_ms, self.tier))

    def _fall(self) -> None:
        if self._holds(self.tier):
            self._promise(self.tier)
            return
        while self.tier != "member":
            del self.promises[self.tier]
            self.tier = next(
                code
                for code in reversed(CODES[: CODES.index(self.tier)])
                if code == "member" or code in self.promises or self._holds(code)
            )
            if self.tier in self.promises and self.promises[self.tier].kept():
                break
            if self._holds(self.tier):
                if self.tier != "member":
                    self._promise(self.tier)
                break
        self.history.append((self.now_ms, self.tier))

    def _promise(self, code: str) -> None:
        today = local_date(self.now_ms)
        conditions = [(metric, *span(window, today), bound) for metric, window, bound in ENTRY[code]]
        self.promises[code] = Promise(
            conditions, list(self.orders.values()), self._days(), list(self.engaged)
        )

    def _rank(self, name: str) -> int:
        return list(RATIOS).index(name) + 1 if name else 0

    def _crossing(self, name: str) -> int:
        days = sorted({order.day for order in self.orders.values()})
        interval = Fraction((days[-1] - days[0]).days + 2 * INTERVAL, len(days) + 1)
        wait = max(Fraction(MINIMUM_DAYS), RATIOS[name] * interval)
        return max(order.at_ms for order in self.orders.values()) + ceil(wait * DAY_MS)


def measured(metric: str, orders: list[Bought], engaged: list[tuple[date, int, int]]) -> int:
    """Money, points or a count over some orders and engagements."""
    if metric == "spend_net":
        return sum(order.left for order in orders)
    if metric == "orders":
        return sum(order.counts for order in orders)
    assert metric == "qualifying_points"
    return sum(order.qualifying for order in orders) + sum(row[2] for row in engaged)


def span(window: str, today: date) -> tuple[date, date]:
    """The local days [from, to) of a window."""
    if window == "lifetime":
        return date.min, date.max
    if window == "calendar quarter":
        first = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
        return first, (first + timedelta(days=95)).replace(day=1)
    days = int(window.split()[1])
    return today - timedelta(days=days - 1), today + timedelta(days=1)


def proportional(amount: int, left: dict[str, int]) -> dict[str, int]:
    """An amount over lines in proportion to what is left of them, by largest remainder, then by name."""
    whole = sum(left.values())
    amount = min(amount, whole)
    exact = {name: Fraction(amount * money, whole) if whole else Fraction(0) for name, money in left.items()}
    parts = {name: floor(share) for name, share in exact.items()}
    ranked = sorted(left, key=lambda name: (parts[name] - exact[name], name))
    for name in ranked[: amount - sum(parts.values())]:
        parts[name] += 1
    return parts
