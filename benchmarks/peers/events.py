"""The same purchases in both formats: bare CloudEvents for Tierline, the peers' own JSON for them."""

from collections.abc import Iterator

import orjson

from benchmarks.load import Purchase, cloud_event, draw, lately

CUSTOMERS = 30_000
CURRENCY = "USD"
Event = tuple[str, bytes]


def plain_event(purchase: Purchase, event_id: str, currency: str) -> bytes:
    """The purchase as the peers take it; a little shorter than Tierline's, with the same facts."""
    return orjson.dumps(
        {
            "event_id": event_id,
            "customer_id": purchase.customer,
            "type": "purchase",
            "occurred_at": purchase.time_ms,
            "order_id": f"o-{purchase.number}",
            "amount": purchase.amount_minor,
            "currency": currency,
            "channel": purchase.channel,
            "store_id": f"s{purchase.store}",
        }
    )


FORMATS = {"purchases": cloud_event, "plain": plain_event}  # By the last part of the input topic's name.


def events(form: str, count: int, start_ms: int, customers: int = CUSTOMERS) -> Iterator[Event]:
    """(customer, event) pairs in this format."""
    write = FORMATS[form]
    for each in draw(count, customers, start_ms):
        yield each.customer, write(each, f"{each.number:032x}", CURRENCY)


def plain_purchases(count: int, customers: int = CUSTOMERS) -> Iterator[bytes]:
    """The events alone, in the peers' format."""
    return (value for _, value in events("plain", count, lately(count), customers))
