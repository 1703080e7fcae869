"""Fields that are missing, of another type, or beyond their bounds, one at a time."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

KEY = b"c42"
AT = "2026-01-10T03:04:05.678Z"  # Stands for the time of sending.
ORDER: dict[str, Any] = {
    "specversion": "1.0", "type": "purchase.completed", "source": "pos-7", "id": "poison",
    "time": AT, "subject": "c42",
    "data": {
        "order_id": "poison", "currency": "USD",
        "lines": [
            {
                "line_id": "A", "sku": "lp", "category": ["vinyl"], "brand": "b", "tags": ["new"],
                "unit_price": 4995, "qty": 2, "discount": 500, "tax": 1092, "eligible": True,
            }
        ],
        "order_version": 1, "order_discount": 1500,
        "paid_with_points": {"wallet": "points", "points": 1000, "value": 1000, "redemption_id": "x"},
        "paid_with_giftcard": 2000, "channel": "web", "store_id": "s", "fx_rate": "1.0",
        "payment_status": "paid", "shipping": 800, "campaign": ["spring"],
    },
}  # fmt: skip
REFUND = ORDER | {
    "type": "purchase.refunded",
    "data": {
        "refund_id": "r", "order_id": "poison", "lines": [{"line_id": "A", "qty": 1}],
        "shipping_refunded": 800, "reason": "too loud",
    },
}  # fmt: skip
ENGAGEMENT = ORDER | {
    "type": "engagement.share",
    "data": {"ref_id": "o", "value": 5, "text_len": 140, "score": 5, "severity": 0, "referee_id": "c43"},
}
TICK = {"type": "time.reached", "time": AT}
EVENTS = {"purchases": (ORDER, REFUND), "engagements": (ENGAGEMENT,), "commands": (TICK,)}
WRONG_ANYWHERE = ({"x": {"y": 1}}, [[[]]], 1.5, [{"x": None}, 7])  # No field is any of these.
REQUIRED = {
    "purchases": ("type", "source", "id", "time", "subject", "data", "data.order_id"),
    "engagements": ("type", "source", "id", "time", "subject"),
    "commands": ("type", "time"),
}
LONG = "x" * 257
IDS = (
    *("subject", "source", "id", "data.order_id"),
    *("data.lines.0.line_id", "data.paid_with_points.wallet"),
)
MONEY = tuple(
    f"data.{name}"
    for name in (
        *("lines.0.unit_price", "lines.0.discount", "lines.0.tax", "order_discount", "shipping"),
        *("paid_with_points.points", "paid_with_points.value", "paid_with_giftcard"),
    )
)
NUMBERS = (
    *(
        "NaN",
        "Infinity",
        "-Infinity",
        "1e400",
        "-1e400",
        "1e-400",
        "0x10",
        "010",
        "+1",
        ".5",
        "1.",
        "1e",
        "--1",
    ),
    *(
        "1_000",
        "9" * 30,
        "9" * 5_000,
        "1.0000000000000001",
        "true",
        "'1'",
        "",
        " ",
        "-",
        "1e+",
        "0b1",
        "\u0661",
    ),
)
TIMES = (
    *("2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-02-30T00:00:00Z", "2025-02-29T00:00:00Z"),
    *("2026-01-32T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z"),
    *("2026-01-01", "2026-01-01T00:00:00", "2026-01-01 00:00:00", "2026-1-1T00:00:00Z", "26-01-01T00:00:00Z"),
    *("0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
    *("+12026-01-01T00:00:00Z", "-2026-01-01T00:00:00Z", "2026-01-01T00:00:00+25:00"),
    "2026-01-01T00:00:00.Z",
    *("soon", "", "1767225600", "Thu, 01 Jan 2026 00:00:00 GMT", "2026-W01-1T00:00:00Z", "x" * 65),
    "٢٠٢٦-01-01T00:00:00Z",
)
CURRENCIES = ("usd", "US", "USDX", "", "ÜSD", "U$D", "840", "usD", " USD", "USD ")
FX_RATES = ("0", "0.0", "-1", "abc", "1e3", ".5", "1.", "1,5", "1" * 13, "1." + "1" * 13, " 1")

WRONG_VALUES: dict[str, tuple[Any, ...]] = {
    "specversion": ("0.3", "1", "1.1", "2.0", "", "v1"),
    "time": ("2099-01-01T00:00:00Z", "1971-01-01T00:00:00Z"),
    "data.currency": CURRENCIES,
    "data.fx_rate": FX_RATES,
    "data.order_version": (0, -1, 10**9 + 1),
    "data.amount": (1, 0),
    "data.channel": (LONG,),
    "data.campaign": (["x"] * 101,),
    "data.lines": (
        [], ORDER["data"]["lines"] * 2, [{"line_id": str(at), "unit_price": 1} for at in range(1_001)],
    ),
    "data.lines.0.qty": (0, -1, 10**6 + 1),
    "data.lines.0.discount": (9_991, 10**11),
    "data.lines.0.unit_price": (6 * 10**12,),
}  # fmt: skip

Spoilt = tuple[str, bytes | None, bytes | None, tuple[tuple[str, bytes], ...]]


def sample(order: dict[str, Any], **data: Any) -> bytes:
    """The bytes of an order, with other data."""
    return json.dumps(order | {"data": order["data"] | data}).encode()


def _places(value: Any, path: str = "") -> Iterator[str]:
    """The path of everything inside a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inner:
        place = f"{path}.{name}".lstrip(".")
        yield place
        yield from _places(each, place)


def _with(event: dict[str, Any], path: str, value: Any, remove: bool = False) -> bytes:
    """The event with another value at the path, or without it."""
    changed = deepcopy(event)
    *steps, last = [int(step) if step.isdecimal() else step for step in path.split(".")]
    inner: Any = changed
    for step in steps:
        inner = inner[step]
    if remove:
        del inner[last]
    else:
        inner[last] = value
    return json.dumps(changed).encode()


def misfits() -> Iterator[Spoilt]:
    """Every field of every event as something that it never is, and every required one left out."""
    for role, events in EVENTS.items():
        for event in events:
            for place in _places(event):
                for wrong in WRONG_ANYWHERE:
                    if event is ENGAGEMENT and place == "data" and isinstance(wrong, dict):
                        continue  # Data of an engagement may hold nothing that is known.
                    yield role, KEY, _with(event, place, wrong), ()
        for place in REQUIRED[role]:
            yield role, KEY, _with(events[0], place, None, remove=True), ()
            yield role, KEY, _with(events[0], place, None), ()


def bad_values() -> Iterator[Spoilt]:
    """Values of the right type that the contract does not allow, and values that are no JSON."""
    for value in (None, b"", b" ", b"null", b"{}", b"[]", b"0", b'""', b"true", b"\xef\xbb\xbf{}"):
        for role in EVENTS:
            yield role, KEY, value, ()
    for path in IDS:
        for wrong in ("", LONG, "a\x00b", "a\nb", "a\x7fb", "a\x85b"):
            key = wrong.encode() if path == "subject" else KEY
            yield "purchases", key, _with(ORDER, path, wrong), ()
    for path in MONEY:
        for wrong in (-1, 10**12 + 1, 10**18, 2**63, 2**64, -(2**63) - 1):
            yield "purchases", KEY, _with(ORDER, path, wrong), ()
    for number in NUMBERS:
        yield "purchases", KEY, _with(ORDER, "data.shipping", "HERE").replace(b'"HERE"', number.encode()), ()
    for text in TIMES:
        for role, (event, *_) in EVENTS.items():
            yield role, KEY, _with(event, "time", text), ()
    for path, wrongs in WRONG_VALUES.items():
        for wrong in wrongs:
            yield "purchases", KEY, _with(ORDER, path, wrong), ()
