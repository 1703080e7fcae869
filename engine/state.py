"""What is kept of one customer. Only `engine.step` edits these, and only inside a run.

The row (`Customer`) is bounded: beside it the worker stores ids seen earlier than the newest ones (chunks),
days earlier than the newest ones (blocks), and orders, one context each. `values_of` and `customer_from` say
how a row is written.
"""

from typing import Final

from engine.history import Change, Grant, Used
from engine.order import Order

SEEN_ENTRY: Final = 18  # 8 bytes hash of source|id, 8 bytes payload hash, 2 bytes recorded UTC day.


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
    day) of those stored beside the row. `days` are the newest days, rising; those before are in the blocks
    `first_block` to `last_block` (-1: none), see `engine.days`.
    """

    __slots__ = (
        "caps",
        "chunks",
        "days",
        "enrolled_ms",
        "first_block",
        "id",
        "last_block",
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
        self.first_block = self.last_block = -1


class Account:
    """One customer in hand during a run: the row, and what is kept beside it.

    `orders` must hold every order id that the run's events name (None: no such order). `older` maps the
    8-byte id hashes of the stored chunks to (chunk number, payload hash), `blocks` numbers to stored days;
    both are None for a customer who has none. `step` adds to `touched` the order ids it changed, to
    `changed_blocks` the blocks (one that is gone is to be dropped), and to `spilled` the chunks to store
    (bytes) or drop (None).
    """

    __slots__ = (
        "blocks",
        "changed_blocks",
        "customer",
        "due_ms",
        "indexed_ms",
        "older",
        "orders",
        "spilled",
        "touched",
    )

    def __init__(self, customer: Customer) -> None:
        self.customer = customer
        self.orders: dict[str, Order | None] = {}
        self.older: dict[bytes, tuple[int, bytes]] | None = None
        self.blocks: dict[int, list[Day]] | None = None
        self.touched: list[str] = []
        self.changed_blocks: list[int] = []
        self.spilled: list[tuple[int, bytes | None]] = []
        self.due_ms = self.indexed_ms = 0  # The earliest timer now, and as the worker's index has it.


Values = tuple[
    int,  # rev
    int,  # enrolled_ms
    int,  # Wallet: active
    int,  # earned
    int,  # clawed
    int,  # Totals: spend_minor
    int,  # qualifying
    int,  # orders
    int,  # purchase_days
    int,  # engagement_points
    list[int],  # days, seven values each
    dict[str, tuple[int, int, list[Grant], list[Change]]],  # standings
    list[int],  # rhythm, empty for none
    dict[str, list[Used]],  # caps
    dict[str, tuple[int, int]],  # timers
    bytes,  # seen
    list[tuple[int, int]],  # chunks
    int,  # first_block
    int,  # last_block
]
"""A customer as it is written: the values of `FIELDS`. It is flat, because lists cost more than numbers."""

FIELDS: Final = (
    "rev",
    "enrolled_ms",
    "active",
    "earned",
    "clawed",
    "spend_minor",
    "qualifying",
    "orders",
    "purchase_days",
    "engagement_points",
    "days",
    "standings",
    "rhythm",
    "caps",
    "timers",
    "seen",
    "chunks",
    "first_block",
    "last_block",
)


def values_of(customer: Customer) -> Values:
    """The values to store. Lists and dicts in it are the customer's own: write it before the next step."""
    wallet, totals, rhythm = customer.wallet, customer.totals, customer.rhythm
    return (
        customer.rev,
        customer.enrolled_ms,
        wallet.active,
        wallet.earned,
        wallet.clawed,
        totals.spend_minor,
        totals.qualifying,
        totals.orders,
        totals.purchase_days,
        totals.engagement_points,
        values_of_days(customer.days),
        {name: (s.rank, s.since_ms, s.grants, s.history) for name, s in customer.standings.items()},
        []
        if rhythm is None
        else [
            rhythm.days,
            rhythm.first_day,
            rhythm.last_day,
            rhythm.last_ms,
            rhythm.level,
            int(rhythm.alerted),
        ],
        customer.caps,
        {kind: (timer.due_ms, timer.epoch) for kind, timer in customer.timers.items()},
        customer.seen,
        customer.chunks,
        customer.first_block,
        customer.last_block,
    )


def customer_from(name: str, values: Values) -> Customer:
    """The customer with this id whose values these are; it takes their lists and dicts over."""
    customer = Customer(name)
    wallet, totals = customer.wallet, customer.totals
    customer.rev = values[0]
    customer.enrolled_ms = values[1]
    wallet.active = values[2]
    wallet.earned = values[3]
    wallet.clawed = values[4]
    totals.spend_minor = values[5]
    totals.qualifying = values[6]
    totals.orders = values[7]
    totals.purchase_days = values[8]
    totals.engagement_points = values[9]
    customer.days = days_from(values[10])
    for tier_set, standing in values[11].items():
        customer.standings[tier_set] = Standing(standing[0], standing[1], standing[2], standing[3])
    rhythm = values[12]
    if rhythm:
        days, first_day, last_day, last_ms, level, alerted = rhythm
        customer.rhythm = Rhythm(days, first_day, last_day, last_ms, level, alerted == 1)
    customer.caps = values[13]
    for kind, timer in values[14].items():
        customer.timers[kind] = Timer(timer[0], timer[1])
    customer.seen = values[15]
    customer.chunks = values[16]
    customer.first_block = values[17]
    customer.last_block = values[18]
    return customer


def values_of_days(days: list[Day]) -> list[int]:
    """Days as they are written, seven values each."""
    values: list[int] = []
    for d in days:
        values += (
            d.day,
            d.spend_minor,
            d.qualifying,
            d.orders,
            d.engagement_points,
            int(d.bought),
            d.since_rev,
        )
    return values


def days_from(values: list[int]) -> list[Day]:
    """The days whose values these are."""
    return [
        Day(
            values[at],
            values[at + 1],
            values[at + 2],
            values[at + 3],
            values[at + 4],
            values[at + 5] == 1,
            values[at + 6],
        )
        for at in range(0, len(values), 7)
    ]
