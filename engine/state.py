"""What is kept of one customer. Only `engine.step` edits these, and only inside a run.

The row (`Customer`) is bounded: days older than 400 live on in the lifetime totals only, and ids seen
earlier than the newest ones are handed out as chunks that the worker stores beside the row. Orders are
kept beside it too, one context each. All are array-like so that their bytes are small and canonical.
"""

from msgspec import Struct, field

SEEN_ENTRY = 18  # 8 bytes hash of source|id, 8 bytes payload hash, 2 bytes recorded UTC day.


class Wallet(Struct, array_like=True, gc=False):
    """Points. active = earned - clawed."""

    active: int = 0
    earned: int = 0
    clawed: int = 0


class Totals(Struct, array_like=True, gc=False):
    """Sums over a span: the whole life, or one local day."""

    spend_minor: int = 0
    qualifying: int = 0
    orders: int = 0
    purchase_days: int = 0
    engagement_points: int = 0


class Day(Struct, array_like=True, gc=False):
    """One local day. `orders` falls when an order is fully returned; `bought` never does (for rhythm)."""

    day: int  # Days since 1970-01-01 in the programme's time zone.
    spend_minor: int = 0
    qualifying: int = 0
    orders: int = 0
    engagement_points: int = 0
    bought: bool = False
    since_rev: int = 0  # The customer's `rev` when `orders` last rose from 0: from then on a purchase day.


class Evidence(Struct, array_like=True, gc=False):
    """One condition of a grant: the value it held with, over local days [from_day, to_day).

    `metric` and `window` are words, not positions, so that a later rulebook can still read them.
    """

    metric: str
    window: str
    from_day: int
    to_day: int
    value: int
    threshold: int


class Grant(Struct, array_like=True):
    """Why a tier was given: the readings, and the customer's `rev` then (later orders are not in them)."""

    rank: int
    rev: int
    evidence: list[Evidence]


class Change(Struct, array_like=True, gc=False):
    """From this instant the customer had this rank."""

    at_ms: int
    rank: int


class Standing(Struct, array_like=True):
    """A customer's place in one tier set. Grants by rising rank; history at most 24, oldest first."""

    rank: int
    since_ms: int
    grants: list[Grant]
    history: list[Change]


class Rhythm(Struct, array_like=True, gc=False):
    """Purchases as a cadence: distinct purchase days, the first and the last of them, the last instant."""

    days: int
    first_day: int
    last_day: int
    last_ms: int
    level: int = 0  # 0 none, else position in the rulebook's levels plus 1.
    alerted: bool = False  # Whether an alert went out since the last purchase.


class Used(Struct, array_like=True, gc=False):
    """What a cap has let through in the local period that starts at day `period`."""

    period: int
    count: int
    points: int


class Timer(Struct, array_like=True, gc=False):
    """One wait. `epoch` grows each time this kind is armed anew; due_ms 0 = not armed."""

    due_ms: int
    epoch: int


class Customer(Struct, array_like=True):
    """The row of one customer. `rev` grows by 1 per accepted event; `enrolled_ms` is -1 before enrolment."""

    id: str
    rev: int = 0
    enrolled_ms: int = -1
    wallet: Wallet = field(default_factory=Wallet)
    totals: Totals = field(default_factory=Totals)
    days: list[Day] = field(default_factory=list)
    standings: dict[str, Standing] = field(default_factory=dict)
    rhythm: Rhythm | None = None
    caps: dict[str, list[Used]] = field(default_factory=dict)
    timers: dict[str, Timer] = field(default_factory=dict)
    seen: bytes = b""  # The newest entries of SEEN_ENTRY bytes, oldest first.
    chunks: list[tuple[int, int]] = field(default_factory=list)  # (number, newest UTC day) of stored ones.


class OrderLine(Struct, array_like=True, gc=False):
    """One line as it earned: `rate` of the rules, `weight` = rate times multipliers, scaled integers.

    `paid` and `returned` are net money as sent, in the order's currency; `eligible_minor` is the part that
    may earn, in the programme's.
    """

    line_id: str
    qty: int
    eligible_minor: int
    paid: int
    rate: int
    weight: int
    returned: int = 0
    returned_qty: int = 0

    def left_minor(self) -> int:
        """Eligible money that has not come back; exactly 0 once all that was paid has."""
        if not self.returned:
            return self.eligible_minor
        return self.eligible_minor - self.eligible_minor * self.returned // self.paid


class Order(Struct, array_like=True, gc=False):
    """One order's context: everything needed to earn its remainder again, long after the rules changed.

    Points before rounding = sum(left * weight) * times / scale.
    Qualifying points before rounding = sum(left * rate) / rate_scale.
    """

    rev: int
    occurred_ms: int
    day: int
    lines: list[OrderLine]
    times: int
    scale: int
    rate_scale: int
    rounding: str
    granted: int
    qualifying: int
    ruleversion: str
    version: int = 1
    clawed: int = 0
    qualifying_clawed: int = 0
    returned: bool = False
    refunds: list[bytes] = field(default_factory=list)  # 8-byte hashes of the refund ids taken.
    delivered_ms: int = 0


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
