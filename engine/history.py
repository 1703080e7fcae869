"""The parts of a customer's row that seldom change: why tiers were given, and when; and what was spent."""

from msgspec import Struct, field


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
    """Why a tier was given: the readings, and the customer's `rev` then (later orders are not in them).

    `shape` says how the readings are combined, as in `rules.compiled_tiers.Condition`.
    """

    rank: int
    rev: int
    evidence: list[Evidence]
    shape: str = ""


class Change(Struct, array_like=True, gc=False):
    """From this instant the customer had this rank."""

    at_ms: int
    rank: int


class Override(Struct, array_like=True, gc=False):
    """A tier by hand: at least it (floor) or exactly it (pin), until an instant (0: until released).

    `own` is the rank the customer has without it. The rest says who gave the command.
    """

    tier: str
    mode: str
    until_ms: int
    own: int
    actor: str
    role: str = ""
    reason: str = ""


class Term(Struct, array_like=True):
    """How long a level lasts, and what it waits for; instants are 0 where there is none.

    `end_ms` is the end before any extension, `grace_ms` when grace ends. `pending` is the rank that begins at
    `pending_ms`; `reached` holds each rank that waits, the highest last, and when it was reached. `near` is
    the rank that the customer is close to, `near_ms` when that was last said. `lapse` is the last fall at a
    review: rank, its end, the instant, when the level had begun. `began_ms` is when the customer's own level
    began, where an override hid that.
    """

    end_ms: int = 0
    grace_ms: int = 0
    pending: int = 0
    pending_ms: int = 0
    reached: list[int] = field(default_factory=list)
    near: int = 0
    near_ms: int = 0
    lapse: list[int] = field(default_factory=list)
    override: Override | None = None
    began_ms: int = 0

    def only_ends(self) -> bool:
        """Whether nothing is to be known of it but `end_ms`."""
        return not (
            self.grace_ms
            or self.pending
            or self.pending_ms
            or self.reached
            or self.near
            or self.near_ms
            or self.lapse
            or self.override
            or self.began_ms
        )


class Kept(Struct, array_like=True, gc=False):
    """A field of a customer's profile since an instant; None: it was removed then."""

    value: str | int | tuple[str, ...] | None
    at_ms: int


class Choice(Struct, array_like=True, gc=False):
    """What a customer said about a scope of consent, and when."""

    granted: bool
    at_ms: int


class Referral(Struct, array_like=True, gc=False):
    """Who referred a customer, the first purchase that this hangs on, and whom the customer referred.

    `by` is "" for nobody, `at_ms` when it was told; `open` until it is decided, and until then `hashes` are
    of the referrer's phones, devices and cards. `line` are the marks of `by` and of those before it.
    `left_minor` is what has not come back of the first purchase; its `order_id` is "" once it is of no more
    use. `day` is the local day from which the return window counts.
    """

    by: str = ""
    at_ms: int = 0
    open: bool = False
    line: list[bytes] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)
    order_id: str = ""
    bought_ms: int = 0
    day: int = 0
    left_minor: int = 0
    referees: list[bytes] = field(default_factory=list)


class Redemption(Struct, array_like=True, gc=False):
    """Points spent once: `parts` are (expiry or NEVER, first number, end) each, in the order taken.

    `left` of them can still come back. A part that never expires is counted from 0.
    """

    wallet: str
    qty: int
    left: int
    parts: list[int]
