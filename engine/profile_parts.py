"""What a profile says, as values; and what a row keeps of the newest orders and tickets for it."""

from msgspec import Struct, field

from engine.events import Actor


class LatestOrder(Struct, array_like=True, gc=False):
    """One of the newest orders, as the row keeps it: eligible money in all and returned, minor units.

    `second` counts from 1970: half the bytes of milliseconds.
    """

    order_id: str
    minor: int
    returned_minor: int
    second: int


class LatestTicket(Struct, array_like=True, gc=False):
    """One of the newest tickets and complaints, as the row keeps it; `closed_second` 0 while it is open."""

    ref_id: str
    kind: str
    opened_second: int
    closed_second: int = 0


class Latest(Struct, array_like=True):
    """The newest orders and tickets of a customer, each by rising time."""

    orders: list[LatestOrder] = field(default_factory=list)
    tickets: list[LatestTicket] = field(default_factory=list)


class OrderShown(Struct, frozen=True, gc=False, omit_defaults=True):
    """One of the newest orders, to the second; `returned_minor` of its eligible money came back."""

    order_id: str
    eligible_minor: int
    occurred_ms: int
    returned_minor: int = 0


class TicketShown(Struct, frozen=True, gc=False, omit_defaults=True):
    """One of the newest tickets and complaints, to the second; `closed_ms` is left out while it is open."""

    ref_id: str
    kind: str
    opened_ms: int
    closed_ms: int = 0


class Parcel(Struct, frozen=True, gc=False, omit_defaults=True):
    """So many points that expire, or become active, at one instant (0: nobody knows yet)."""

    qty: int
    at_ms: int = 0


class WalletShown(Struct, frozen=True, gc=False, omit_defaults=True):
    """One wallet: what there is, what came and went, and the next points to expire and to become active.

    `expiring_later` and `activating_later` are those beyond the parcels shown.
    """

    active: int
    pending: int = 0
    debt: int = 0
    earned: int = 0
    adjusted: int = 0
    received: int = 0
    sent: int = 0
    redeemed: int = 0
    expired: int = 0
    clawed_back: int = 0
    expiring: tuple[Parcel, ...] = ()
    expiring_later: int = 0
    activating: tuple[Parcel, ...] = ()
    activating_later: int = 0


class OverrideShown(Struct, frozen=True, gc=False, omit_defaults=True):
    """A level by hand: at least it (floor) or exactly it (pin), until an instant (0: until released)."""

    tier: str
    mode: str
    own: str
    by: Actor
    until_ms: int = 0


class TierAhead(Struct, frozen=True, gc=False, omit_defaults=True):
    """The next level up: how far the customer is in percent of every condition, and what is missing."""

    tier: str
    name: str
    percent: int
    missing: dict[str, int]


class TierShown(Struct, frozen=True, gc=False, omit_defaults=True):
    """The customer's level in one set; instants are left out where there is none.

    `rises_to` begins at `rises_ms`.
    """

    tier: str
    name: str
    rank: int
    since_ms: int
    valid_until_ms: int = 0
    grace_until_ms: int = 0
    rises_to: str = ""
    rises_ms: int = 0
    override: OverrideShown | None = None
    ahead: TierAhead | None = None


class Lifetime(Struct, frozen=True, gc=False, omit_defaults=True):
    """Sums over the whole life: net eligible money, orders that were not fully returned, and so on."""

    spend_minor: int = 0
    orders: int = 0
    purchase_days: int = 0
    qualifying: int = 0
    engagement_points: int = 0
    referrals: int = 0


class RhythmShown(Struct, frozen=True, gc=False, omit_defaults=True):
    """The own rhythm: the expected days between purchases [numerator, denominator], and the level raised.

    The rest is what the model says as of `computed_ms`, left out without one, and what the strategy suggests.
    """

    expected_gap_days: tuple[int, int]
    level: str = ""
    suggested_action: str = ""
    risk_ppm: int | None = None
    p_alive_ppm: int | None = None
    clv_minor: int | None = None


class TagShown(Struct, frozen=True, gc=False, omit_defaults=True):
    """A tag the customer has; `until_ms` 0: as long as it holds. `actor` gave it by hand, "" for a rule."""

    tag: str
    dimension: str
    since_ms: int
    until_ms: int = 0
    group: str = ""
    actor: str = ""


class Profile(Struct, gc=False, omit_defaults=True):
    """The whole view of a customer. `rev` and `computed_ms` say of when it is; the rest is what it says.

    `facts` are those of `engine.insight` that time alone does not count up; `person` and `consents` are what
    was told of the customer, consents by scope.
    """

    customer: str
    rev: int
    computed_ms: int
    ruleversion: str
    currency: str
    enrolled_ms: int
    tiers: dict[str, TierShown]
    wallets: dict[str, WalletShown]
    lifetime: Lifetime
    last_purchase_ms: int = 0
    rhythm: RhythmShown | None = None
    facts: dict[str, int | str] = {}
    person: dict[str, str | int | tuple[str, ...]] = {}
    consents: dict[str, bool] = {}
    tags: tuple[TagShown, ...] = ()
    orders: tuple[OrderShown, ...] = ()
    tickets: tuple[TicketShown, ...] = ()
