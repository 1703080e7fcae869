"""What is kept of one customer. Only `engine.step` edits these, and only inside a run.

The row (`Customer`) is bounded: days older than 400 live on in the lifetime totals only, and ids seen
earlier than the newest ones are handed out as chunks that the worker stores beside the row. Orders are
kept beside it too, one context each. `values_of` and `customer_from` say how a row is written.
"""

from engine.history import Change, Grant, Used
from engine.order import Order

SEEN_ENTRY = 18  # 8 bytes hash of source|id, 8 bytes payload hash, 2 bytes recorded UTC day.


class Wallet:
    """Points. active = earned - clawed."""

    __slots__ = ("active", "clawed", "earned")

    def __init__(self, active: int = 0, earned: int = 0, clawed: int = 0) -> None:
        self.active = active
        self.earned = earned
        self.clawed = clawed


class Totals:
    """Sums over the whole life."""

    __slots__ = ("engagement_points", "orders", "purchase_days", "qualifying", "spend_minor")

    def __init__(
        self,
        spend_minor: int = 0,
        qualifying: int = 0,
        orders: int = 0,
        purchase_days: int = 0,
        engagement_points: int = 0,
    ) -> None:
        self.spend_minor = spend_minor
        self.qualifying = qualifying
        self.orders = orders
        self.purchase_days = purchase_days
        self.engagement_points = engagement_points


class Day:
    """One local day. `orders` falls when an order is fully returned; `bought` never does (for rhythm).

    `day` counts days since 1970-01-01 in the programme's time zone. `since_rev` is the customer's `rev` when
    `orders` last rose from 0: from then on it is a purchase day.
    """

    __slots__ = ("bought", "day", "engagement_points", "orders", "qualifying", "since_rev", "spend_minor")

    def __init__(
        self,
        day: int,
        spend_minor: int = 0,
        qualifying: int = 0,
        orders: int = 0,
        engagement_points: int = 0,
        bought: bool = False,
        since_rev: int = 0,
    ) -> None:
        self.day = day
        self.spend_minor = spend_minor
        self.qualifying = qualifying
        self.orders = orders
        self.engagement_points = engagement_points
        self.bought = bought
        self.since_rev = since_rev


class Standing:
    """A customer's place in one tier set. Grants by rising rank; history at most 24, oldest first."""

    __slots__ = ("grants", "history", "rank", "since_ms")

    def __init__(self, rank: int, since_ms: int, grants: list[Grant], history: list[Change]) -> None:
        self.rank = rank
        self.since_ms = since_ms
        self.grants = grants
        self.history = history


class Rhythm:
    """Purchases as a cadence: distinct purchase days, the first and the last of them, the last instant.

    `level` is 0 for none, else the position in the rulebook's levels plus 1; `alerted` says whether an alert
    went out since the last purchase.
    """

    __slots__ = ("alerted", "days", "first_day", "last_day", "last_ms", "level")

    def __init__(
        self, days: int, first_day: int, last_day: int, last_ms: int, level: int = 0, alerted: bool = False
    ) -> None:
        self.days = days
        self.first_day = first_day
        self.last_day = last_day
        self.last_ms = last_ms
        self.level = level
        self.alerted = alerted


class Timer:
    """One wait. `epoch` grows each time this kind is armed anew; due_ms 0 = not armed."""

    __slots__ = ("due_ms", "epoch")

    def __init__(self, due_ms: int, epoch: int) -> None:
        self.due_ms = due_ms
        self.epoch = epoch


class Customer:
    """The row of one customer. `rev` grows by 1 per accepted event; `enrolled_ms` is -1 before enrolment.

    `seen` holds the newest entries of SEEN_ENTRY bytes, oldest first; `chunks` are the (number, newest UTC
    day) of those stored beside the row.
    """

    __slots__ = (
        "caps",
        "chunks",
        "days",
        "enrolled_ms",
        "id",
        "rev",
        "rhythm",
        "seen",
        "standings",
        "timers",
        "totals",
        "wallet",
    )

    def __init__(self, id: str) -> None:
        self.id = id
        self.rev = 0
        self.enrolled_ms = -1
        self.wallet = Wallet()
        self.totals = Totals()
        self.days: list[Day] = []
        self.standings: dict[str, Standing] = {}
        self.rhythm: Rhythm | None = None
        self.caps: dict[str, list[Used]] = {}
        self.timers: dict[str, Timer] = {}
        self.seen = b""
        self.chunks: list[tuple[int, int]] = []


class Account:
    """One customer in hand during a run: the row, and what is kept beside it.

    `orders` must hold every order id that the run's events name (None: no such order). `older` maps the
    8-byte id hashes of the stored chunks to (chunk number, payload hash). `step` adds to `touched` the
    order ids it changed and to `spilled` the chunks to store (bytes) or drop (None); the worker drains both.
    """

    __slots__ = ("customer", "due_ms", "indexed_ms", "older", "orders", "spilled", "touched")

    def __init__(
        self,
        customer: Customer,
        orders: dict[str, Order | None] | None = None,
        older: dict[bytes, tuple[int, bytes]] | None = None,
    ) -> None:
        self.customer = customer
        self.orders: dict[str, Order | None] = {} if orders is None else orders
        self.older: dict[bytes, tuple[int, bytes]] = {} if older is None else older
        self.touched: dict[str, None] = {}  # In the order touched, so that the changelog's is the same too.
        self.due_ms = self.indexed_ms = 0  # The earliest timer now, and as the worker's index has it.
        self.spilled: dict[int, bytes | None] = {}


Values = tuple[
    str,  # id
    int,  # rev
    int,  # enrolled_ms
    tuple[int, int, int],  # wallet
    tuple[int, int, int, int, int],  # totals
    list[tuple[int, int, int, int, int, bool, int]],  # days
    dict[str, tuple[int, int, list[Grant], list[Change]]],  # standings
    tuple[int, int, int, int, int, bool] | None,  # rhythm
    dict[str, list[Used]],  # caps
    dict[str, tuple[int, int]],  # timers
    bytes,  # seen
    list[tuple[int, int]],  # chunks
]
"""A customer as it is written: the values of `FIELDS`."""

FIELDS = (
    "id",
    "rev",
    "enrolled_ms",
    "wallet",
    "totals",
    "days",
    "standings",
    "rhythm",
    "caps",
    "timers",
    "seen",
    "chunks",
)


def values_of(customer: Customer) -> Values:
    """The values to store. Lists and dicts in it are the customer's own: write it before the next step."""
    wallet, totals, rhythm = customer.wallet, customer.totals, customer.rhythm
    return (
        customer.id,
        customer.rev,
        customer.enrolled_ms,
        (wallet.active, wallet.earned, wallet.clawed),
        (
            totals.spend_minor,
            totals.qualifying,
            totals.orders,
            totals.purchase_days,
            totals.engagement_points,
        ),
        [
            (d.day, d.spend_minor, d.qualifying, d.orders, d.engagement_points, d.bought, d.since_rev)
            for d in customer.days
        ],
        {name: (s.rank, s.since_ms, s.grants, s.history) for name, s in customer.standings.items()},
        None
        if rhythm is None
        else (
            rhythm.days,
            rhythm.first_day,
            rhythm.last_day,
            rhythm.last_ms,
            rhythm.level,
            rhythm.alerted,
        ),
        customer.caps,
        {kind: (timer.due_ms, timer.epoch) for kind, timer in customer.timers.items()},
        customer.seen,
        customer.chunks,
    )


def customer_from(row: Values) -> Customer:
    """The customer whose values these are; it takes the row's lists and dicts over."""
    name, rev, enrolled_ms, wallet, totals, days, standings, rhythm, caps, timers, seen, chunks = row
    customer = Customer(name)
    customer.rev = rev
    customer.enrolled_ms = enrolled_ms
    customer.wallet = Wallet(*wallet)
    customer.totals = Totals(*totals)
    customer.days = [Day(*values) for values in days]
    customer.standings = {tier_set: Standing(*values) for tier_set, values in standings.items()}
    customer.rhythm = None if rhythm is None else Rhythm(*rhythm)
    customer.caps = caps
    customer.timers = {kind: Timer(*values) for kind, values in timers.items()}
    customer.seen = seen
    customer.chunks = chunks
    return customer
