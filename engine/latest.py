"""The newest orders and tickets of a customer, for the profile: a few in the row, whatever their number.

Kept only where the rulebook publishes profiles. An order takes its id and about ten bytes of the row.
"""

from typing import Final

from engine.events import ORDER_EVENTS, Engagement, Happening
from engine.profile_parts import Latest, LatestOrder, LatestTicket
from engine.turn import Turn

ORDERS_MAX: Final = 3
TICKETS_MAX: Final = 3
OPENING: Final = ("ticket_opened", "complaint")
CLOSING: Final = "ticket_resolved"


def note(turn: Turn, data: Happening) -> None:
    """Keeps what an event says of an order or a ticket."""
    if isinstance(data, ORDER_EVENTS):
        _order(turn, data.order_id)
    elif isinstance(data, Engagement):
        if data.kind in OPENING:
            _opened(turn, data)
        elif data.kind == CLOSING:
            _closed(turn, data)


def _latest(turn: Turn) -> Latest:
    if turn.customer.latest is None:
        turn.customer.latest = Latest()
    return turn.customer.latest


def _order(turn: Turn, order_id: str) -> None:
    """Keeps the order if it is among the newest; what is left of it may be less than before."""
    order = turn.account.orders[order_id]
    assert order is not None, "an event of an order was applied to it"
    minor = returned_minor = 0
    for line in order.lines:
        minor += line.eligible_minor
        if line.returned:
            returned_minor += line.eligible_minor - line.left_minor()
    entry = LatestOrder(order_id, minor, returned_minor, order.occurred_ms // 1000)
    kept = _latest(turn).orders
    for at in range(len(kept)):
        if kept[at].order_id == order_id:
            kept[at] = entry
            return
    at = len(kept)
    while at and kept[at - 1].second > entry.second:
        at -= 1
    if at or len(kept) < ORDERS_MAX:
        kept.insert(at, entry)
        del kept[:-ORDERS_MAX]


def _opened(turn: Turn, data: Engagement) -> None:
    """Keeps a ticket if it is among the newest."""
    kept, second = _latest(turn).tickets, turn.occurred_ms // 1000
    at = len(kept)
    while at and kept[at - 1].opened_second > second:
        at -= 1
    if at or len(kept) < TICKETS_MAX:
        kept.insert(at, LatestTicket(data.ref_id, data.kind, second))
        del kept[:-TICKETS_MAX]


def _closed(turn: Turn, data: Engagement) -> None:
    """Closes the tickets with this reference that were opened before."""
    if turn.customer.latest is not None:
        second = turn.occurred_ms // 1000
        for ticket in turn.customer.latest.tickets:
            if ticket.ref_id == data.ref_id and not ticket.closed_second and ticket.opened_second <= second:
                ticket.closed_second = second
