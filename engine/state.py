"""What is kept of one customer. Only `engine.step` edits these, and only inside a run.

The row (`Customer`) is bounded: beside it the worker stores ids seen earlier than the newest ones (buckets),
days earlier than the newest ones (blocks), and orders, one context each. `engine.rows` says how a row is
written.
"""

from typing import Final, Protocol

from engine.counted import Counted, Move
from engine.cutoffs import InForce
from engine.history import Change, Grant, Redemption, Term
from engine.life import Held, Life
from engine.member import Member
from engine.notice_state import Notices
from engine.order import Order, Waiting
from engine.profile_parts import Latest
from engine.scores import Rfm
from engine.signals import Signals
from engine.wallet import Wallet
from engine.watch_state import Watch

SEEN_ENTRY: Final = 18  # 8 bytes hash of source|id, 8 bytes payload hash, 2 bytes recorded UTC day.


class Totals:
    """Sums over the whole life."""

    __slots__ = ("engagement_points", "orders", "purchase_days", "qualifying", "referrals", "spend_minor")

    def __init__(
        self,
        spend_minor: int = 0,
        qualifying: int = 0,
        orders: int = 0,
        purchase_days: int = 0,
        engagement_points: int = 0,
        referrals: int = 0,
    ) -> None:
        self.referrals = referrals
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
    """A customer's place in one tier set. Grants by rising rank; history at most 24, oldest first.

    `term` is None where levels last for ever and nothing was done by hand.
    """

    __slots__ = ("grants", "history", "rank", "since_ms", "term")

    def __init__(
        self,
        rank: int,
        since_ms: int,
        grants: list[Grant],
        history: list[Change],
        term: Term | None = None,
    ) -> None:
        self.term = term
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

    `seen` holds the newest entries of SEEN_ENTRY bytes, oldest first; `stored` earlier ones are in so many
    `buckets` beside the row, the newest of `stored_day` (UTC), see `engine.seen`. `days` are the newest days,
    rising; those before are in the blocks `first_block` to `last_block` (-1: none), see `engine.days`.
    `wallet` is the one called "points", `wallets` are the others by id. `latest` is None unless profiles are
    published.
    """

    __slots__ = (
        "buckets",
        "caps",
        "days",
        "enrolled_ms",
        "first_block",
        "id",
        "last_block",
        "latest",
        "life",
        "member",
        "notices",
        "referred",
        "rev",
        "rfm",
        "rhythm",
        "seen",
        "signals",
        "standings",
        "stored",
        "stored_day",
        "tags",
        "timers",
        "totals",
        "wallet",
        "wallets",
        "watch",
    )

    def __init__(self, id: str) -> None:
        self.id = id
        self.rev = 0
        self.enrolled_ms = -1
        self.wallet = Wallet()
        self.wallets: dict[str, Wallet] = {}
        self.totals = Totals()
        self.days: list[Day] = []
        self.standings: dict[str, Standing] = {}
        self.rhythm: Rhythm | None = None
        self.caps: dict[str, list[int]] = {}
        self.referred: list[int] = []  # Local day, referrals on it, and so on; days rise.
        self.timers: dict[str, Timer] = {}
        self.member: Member | None = None  # None while nothing was told.
        self.seen = b""
        self.buckets = self.stored = self.stored_day = 0
        self.first_block = self.last_block = -1
        self.signals: Signals | None = None
        self.watch: Watch | None = None
        self.latest: Latest | None = None
        self.notices: Notices | None = None
        self.life: Life | None = None
        self.tags: dict[str, Held] = {}
        self.rfm: Rfm | None = None


class Block:
    """Older days that lie together, beside the row: as they are stored, and unpacked once somebody asks.

    `sums` is what they add up to, None while unknown. Whoever edits a day empties `sums` and `packed`.
    """

    __slots__ = ("days", "packed", "sums")

    def __init__(self, sums: Totals | None, packed: bytes, days: list[Day] | None = None) -> None:
        self.sums = sums
        self.packed = packed
        self.days = days


class Vault(Protocol):
    """What is kept beside a row and read only when an event turns out to need it."""

    def bucket(self, customer: str, number: int) -> bytes:
        """The seen ids of a bucket of the customer; there must be one."""
        ...

    def blocks(self, customer: str) -> dict[int, Block]:
        """The older days of the customer, by the block's number; there must be some."""
        ...

    def redemption(self, customer: str, redemption_id: str) -> Redemption | None:
        """A redemption of the customer as stored, None for none."""
        ...


class Account:
    """One customer in hand during a run: the row, and what is kept beside it.

    `orders` must hold every order id that the run's events name (None: no such order). `ids` are the
    buckets of seen ids met in this run, `redemptions` those met, by id, `blocks` the older days once they
    were needed, None before; `vault` knows the others. `waiting` are the events that came before their
    order, None for none, replaced and never edited. `counted` is what the customer counted for when
    taken into hand, None for a new one. `cutoffs` are those of the scores, the oldest first. `step` adds to
    `moves` what changed of the population: when, what the customer counted for, and counts for. It adds to
    `touched` the order ids it changed, to `changed_ids` the buckets to store (bytes) or drop (None), and says
    in `changed_blocks` that older days are to be stored.
    """

    __slots__ = (
        "blocks",
        "changed_blocks",
        "changed_ids",
        "counted",
        "customer",
        "cutoffs",
        "due_ms",
        "ids",
        "indexed_ms",
        "moves",
        "orders",
        "redemptions",
        "touched",
        "vault",
        "waiting",
        "waiting_changed",
    )

    def __init__(self, customer: Customer) -> None:
        self.customer = customer
        self.vault: Vault | None = None
        self.counted: Counted | None = None
        self.cutoffs: tuple[InForce, ...] = ()
        self.moves: list[Move] = []
        self.redemptions: dict[str, Redemption] | None = None
        self.orders: dict[str, Order | None] = {}
        self.ids: dict[int, bytes] = {}
        self.changed_ids: dict[int, bytes | None] = {}
        self.blocks: dict[int, Block] | None = None
        self.changed_blocks = False
        self.touched: list[str] = []
        self.waiting: list[Waiting] | None = None
        self.waiting_changed = False
        self.due_ms = self.indexed_ms = 0  # The earliest timer now, and as the worker's index has it.
