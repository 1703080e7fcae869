"""Refunds, cancellations and deliveries that came before their order: kept for 7 days, then put aside.

They are kept beside the customer's row, oldest first, each with the record it came in. When the order comes,
they are applied right after it, as if they came then. A timer puts aside those whose order did not come.
"""

from typing import Final

from engine.calendar import DAY_MS
from engine.events import Cancel, Delivered, Event, OrderEvent, Refund
from engine.ids import digest_of_event
from engine.order import Waiting
from engine.outcome import Duplicate, Outcome, Rejected
from engine.state import Account
from engine.timers import arm

KIND: Final = "waiting"
PATIENCE_DAYS: Final = 7
PATIENCE_MS: Final = PATIENCE_DAYS * DAY_MS
MOST: Final = 32  # Of one customer.
MOST_BYTES: Final = 64 * 1024  # Of one record; a refund of a thousand lines takes less.


def wait(account: Account, event: Event, record: bytes, now_ms: int) -> Outcome:
    """Keeps an event that `step` called `Early`, with its record; no effects, or why it is not kept."""
    data = event.data
    assert isinstance(data, Refund | Cancel | Delivered)
    waiting = account.waiting or []
    for each in waiting:
        if (each.source, each.id) == (event.source, event.id):
            if each.payload_hash == event.payload_hash:
                return Duplicate("event")
            return Rejected("id_conflict", f"id {event.id!r} of {event.source!r} waits with another payload")
    if len(waiting) == MOST or len(record) > MOST_BYTES:
        limit = f"{MOST} records wait already" if len(waiting) == MOST else "the record is too large to wait"
        return Rejected("unknown_order", f"{unknown(data.order_id)}, and {limit}")
    account.waiting = [
        *waiting,
        Waiting(
            now_ms + PATIENCE_MS, event.type, event.source, event.id, event.occurred_ms, event.payload_hash,
            event.backfill, data.order_id, data if isinstance(data, Refund) else None, record,
        ),
    ]  # fmt: skip
    _changed(account)
    return []


def unknown(order_id: str) -> str:
    """The sentence about an order that is not there."""
    return f"no order {order_id!r} is known for this customer"


def take_out(account: Account, order_id: str) -> list[Waiting]:
    """Removes and returns what waits for this order, oldest first."""
    found = [each for each in account.waiting or () if each.order_id == order_id]
    if found:
        account.waiting = [each for each in account.waiting or () if each.order_id != order_id]
        _changed(account)
    return found


def give_up(account: Account, due_ms: int) -> list[Waiting]:
    """Removes and returns what has waited until this instant, oldest first."""
    found = [each for each in account.waiting or () if each.due_ms <= due_ms]
    account.waiting = [each for each in account.waiting or () if each.due_ms > due_ms]
    _changed(account)
    return found


def event_of(customer: str, waiting: Waiting) -> Event:
    """The event as it came."""
    data: OrderEvent
    if waiting.refund is not None:
        data = waiting.refund
    elif waiting.type == "purchase.cancelled":
        data = Cancel(waiting.order_id)
    else:
        data = Delivered(waiting.order_id)
    return Event(
        waiting.type, waiting.source, waiting.id, customer, waiting.occurred_ms, waiting.payload_hash,
        digest_of_event(waiting.source, waiting.id), data, waiting.backfill,
    )  # fmt: skip


def _changed(account: Account) -> None:
    account.waiting_changed = True
    waiting = account.waiting
    arm(
        account.customer, KIND, waiting[0].due_ms if waiting else 0
    )  # Now never goes back: the first is next.
