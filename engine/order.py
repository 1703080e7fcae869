"""What is kept of an order, beside the customer's row."""

from msgspec import Struct, field

from engine.events import Refund


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


class Waiting(Struct, array_like=True, frozen=True, gc=False):
    """An event that came before its order, until `due_ms`; `record` is what it came in, for a dead letter.

    `refund` is None for a cancellation or a delivery.
    """

    due_ms: int
    type: str
    source: str
    id: str
    occurred_ms: int
    payload_hash: bytes
    backfill: bool
    order_id: str
    refund: Refund | None
    record: bytes


class Part(Struct, array_like=True, gc=False):
    """What one rule has in an order: a rate (`points` 0) or a bonus.

    A rate gives sum(left * factors[line]) * times / scale; a bonus its `points`, while the money left on the
    lines with factor 1 is at least `floor_minor`. `room` is the points that caps left for it (-1: no bound),
    `qty` what it gave of the whole order, `group` where bonuses exclude each other and caps are shared.
    `wallet` is "" for the points.
    """

    rule: str
    group: str
    factors: list[int]
    room: int
    qualifying: bool
    points: int = 0
    floor_minor: int = 0
    stop: bool = False
    qty: int = 0
    wallet: str = ""


class Terms(Struct, array_like=True, gc=False):
    """What rates per line cannot say: rules in their order, and the room that caps left to them together.

    Without parts the lines' own rates hold. `proportional`: a refund takes its share of the points.
    """

    parts: list[Part]
    groups: dict[str, int]
    room: int = -1
    proportional: bool = False


class Portion(Struct, array_like=True, gc=False):
    """What an order gave to a wallet beside the points: granted, taken back, numbers as of the points."""

    wallet: str
    granted: int
    clawed: int = 0
    numbers: list[int] = field(default_factory=list)


class Spent(Struct, array_like=True, gc=False):
    """Points of a wallet that paid for part of an order, and the redemption they came from ("": not told).

    `prices` are the lines before these points paid, as sent; `back` is how many were due back so far.
    """

    wallet: str
    points: int
    redemption_id: str
    prices: list[int]
    back: int = 0


class Order(Struct, array_like=True, gc=False):
    """One order's context: everything needed to earn its remainder again, long after the rules changed.

    Without `terms`, points before rounding = sum(left * weight) * times / scale, and
    qualifying points before rounding = sum(left * rate) / rate_scale. See `engine.worth`.
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
    terms: Terms | None = None
    numbers: list[int] = field(default_factory=list)  # Of its points: spans, see `engine.spans`.
    spent: Spent | None = None
    counts: list[int] = field(default_factory=list)  # When its qualifying points do, see `engine.qualifying`.
    others: list[Portion] = field(default_factory=list)

    def left_minor(self) -> int:
        """Eligible money of all lines that has not come back."""
        return sum([line.left_minor() for line in self.lines])
