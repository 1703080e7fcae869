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

    def left_minor(self) -> int:
        """Eligible money of all lines that has not come back."""
        return sum([line.left_minor() for line in self.lines])
