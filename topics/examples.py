"""One event of every inbound type, as the documents show it."""

from typing import Any


def _event(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "type": kind,
        "source": "pos-7",
        "id": f"{kind}-1",
        "time": "2026-01-10T03:04:05.678Z",
        "subject": "c42",
        "data": data,
    }


SMALLEST: dict[str, Any] = {
    "type": "purchase.completed",
    "source": "pos-7",
    "id": "e-1",
    "time": "2026-01-10T03:04:05.678Z",
    "subject": "c42",
    "data": {"order_id": "o-1", "currency": "CNY", "amount": 12990},
}

_PURCHASE = {
    "order_id": "o-1",
    "currency": "CNY",
    "lines": [
        {
            "line_id": "A",
            "sku": "lp-771",
            "category": ["vinyl", "jazz"],
            "brand": "Blue Note",
            "tags": ["new"],
            "unit_price": 4995,
            "qty": 2,
            "discount": 500,
            "tax": 1092,
            "eligible": True,
        },
        {"line_id": "B", "category": "giftcard", "unit_price": 5010, "eligible": False},
    ],
    "order_version": 1,
    "order_discount": 1500,
    "paid_with_points": {"wallet": "points", "points": 1000, "value": 1000},
    "paid_with_giftcard": 2000,
    "channel": "web",
    "store_id": "s-17",
    "fx_rate": "1.0",
    "payment_status": "paid",
    "shipping": 800,
    "campaign": ["spring"],
}
_ENGAGEMENT = {"ref_id": "o-1/A", "value": 5, "text_len": 140, "score": 5, "severity": 0, "referee_id": "c43"}

EXAMPLES: dict[str, dict[str, Any]] = {
    "purchase.completed": _event("purchase.completed", _PURCHASE),
    "purchase.refunded": _event(
        "purchase.refunded",
        {
            "refund_id": "r-1",
            "order_id": "o-1",
            "lines": [{"line_id": "A", "qty": 1}, {"line_id": "B", "amount": 2500}],
            "shipping_refunded": 800,
            "reason": "too loud",
        },
    ),
    "purchase.cancelled": _event("purchase.cancelled", {"order_id": "o-1"}),
    "purchase.delivered": _event("purchase.delivered", {"order_id": "o-1"}),
    "engagement.review": _event("engagement.review", _ENGAGEMENT),
    "time.reached": {"type": "time.reached", "time": "2026-01-10T03:04:05.678Z"},
}
