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
    "paid_with_points": {"wallet": "points", "points": 1000, "value": 1000, "redemption_id": "x-1"},
    "paid_with_giftcard": 2000,
    "channel": "web",
    "store_id": "s-17",
    "fx_rate": "1.0",
    "payment_status": "paid",
    "shipping": 800,
    "campaign": ["spring"],
}
_ENGAGEMENT = {"ref_id": "o-1/A", "value": 5, "text_len": 140, "score": 5, "severity": 0, "referee_id": "c43"}

_BY = {"actor": "li.na", "role": "service", "reason": "asked at the till"}
_LOTS = [{"qty": 200, "expires_ms": 1798732800000}, {"qty": 50}]


def _engine(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return _event(kind, {"by": _BY, "transfer_id": "t-1", "wallet": "points", "lots": _LOTS} | data) | {
        "source": "/tierline"
    }


_PROFILE = {
    "zone": "Asia/Shanghai",
    "language": "zh-Hans",
    "birthday": "02-29",
    "joined_on": "2019-05-01",
    "attributes": {"size": "XL", "children": 2, "shoe_size": None},
    "phone_hashes": ["4fd5e0e4ab7c5b1bb3a6c3e7c9d1a0f2"],
    "device_hashes": [],
    "card_hashes": None,
}


def _of_partition(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    event = _event(kind, data) | {"source": "/tierline"}
    return {name: value for name, value in event.items() if name != "subject"}


_COMMANDS: dict[str, dict[str, Any]] = {
    "points.redeem": {"redemption_id": "x-1", "wallet": "points", "qty": 500, "reward": "mug"},
    "points.redeem_reverse": {"redemption_id": "x-1", "qty": 200},
    "points.adjust": {
        "wallet": "points",
        "qty": -120,
        "reason_code": "wrong-order",
        "expires": "2026-12-31T16:00:00Z",
        "second_actor": "wang.wei",
        "qualifying": True,
    },
    "points.transfer": {"transfer_id": "t-1", "to": "c43", "wallet": "points", "qty": 250},
    "tier.override": {"tier_set": "main", "tier": "gold", "mode": "floor", "until": "2026-12-31T16:00:00Z"},
    "tier.release": {"tier_set": "main"},
    "consent.set": {"scope": "marketing.sms", "granted": True},
    "tag.add": {"tag": "vip", "dimension": "value", "group": "care", "until": "2026-12-31T16:00:00Z"},
    "tag.remove": {"tag": "silent-90", "until": "2026-12-31T16:00:00Z"},
    "tag.release": {"tag": "vip"},
}
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
    "profile.updated": _event("profile.updated", _PROFILE),
    **{f"command.{name}": _event(f"command.{name}", _BY | data) for name, data in _COMMANDS.items()},
    "transfer.received": _engine("transfer.received", {"sender": "c41"}),
    "transfer.returned": _engine("transfer.returned", {"receiver": "c43", "why": "unknown_wallet"}),
    "referral.opened": _event(
        "referral.opened",
        {"referrer": "c41", "line": ["0123456789abcdef"], "hashes": ["phone:4fd5e0e4ab7c5b1b"]},
    )
    | {"source": "/tierline"},
    "referral.closed": _event("referral.closed", {"referee": "c43", "why": "returned", "hashes": []})
    | {"source": "/tierline"},
    "population.counted": _of_partition(
        "population.counted",
        {
            "partition": 3,
            "day": 20463,
            "recency": [[20100, 2], [20462, 1]],
            "money": [[0, 1], [512, 2]],
            "frequency": [[1, 2], [7, 1]],
        },
    ),
    "population.cutoffs": _of_partition(
        "population.cutoffs",
        {
            "version": 12,
            "day": 20463,
            "window_days": 365,
            "recency": [12, 41, 96, 200],
            "money": [9950, 20300, 51000, 120700],
            "customers": 41200,
            "partitions": 4,
        },
    ),
    "time.reached": {"type": "time.reached", "time": "2026-01-10T03:04:05.678Z"},
}
