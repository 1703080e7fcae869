"""Records that nobody can use, in thousands of kinds: each is bad by the contract, whoever reads it.

They are made of good orders by mutation, from a seed. What is wrong with the values of fields is in
`tests.chaos.poison_fields`.
"""

import gzip
import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from itertools import chain
from random import Random
from typing import Any

from tests.chaos.given import Given
from tests.chaos.poison_fields import AT, bad_values, misfits, sample
from tests.chaos.walk import home

TEN_MB = 10 * 2**20
NOT_UTF8 = (b"\xff", b"\xfe\xff", b"\xc0\xaf", b"\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x28\xa1")
BINARY = {
    "ce_specversion": b"1.0", "ce_type": b"purchase.completed", "ce_source": b"till", "ce_id": b"b",
    "ce_time": AT.encode(), "ce_subject": b"c1", "content-type": b"application/json",
}  # fmt: skip
DATA = b'{"order_id":"b-1","currency":"USD","amount":100}'

Kind = Callable[[Random, dict[str, Any]], tuple[bytes | None, bytes | None, tuple[Any, ...]]]


def poison(chance: Random, kinds: int, orders: list[Given], at: str, partitions: int) -> list[Given]:
    """So many different bad records: all that fields can be, then as many of each mutation.

    They are sent at this time, after the orders were applied.
    """
    made = [_made(mutation, chance, orders) for mutation in MUTATIONS]
    found: dict[Any, Given] = {}
    for role, key, value, headers in chain(
        misfits(), bad_values(), chain.from_iterable(zip(*made, strict=True))
    ):
        text = value and value.replace(AT.encode(), at.encode())
        named = tuple((name, at.encode() if each == AT.encode() else each) for name, each in headers)
        found[role, key, text, named] = Given(role, home(key or b"", partitions), key, text, False, 0, named)
        if len(found) == kinds:
            break
    return list(found.values())


def _made(family: Kind, chance: Random, orders: list[Given]) -> Iterator[tuple[str, Any, Any, Any]]:
    """Ever more of a family, each made of another order."""
    while True:
        order = json.loads(chance.choice(orders).value or b"")
        yield "purchases", *family(chance, order)


def _plain(value: bytes | None, order: dict[str, Any]) -> tuple[bytes | None, bytes | None, tuple[Any, ...]]:
    return order["subject"].encode(), value, ()


def cut_short(chance: Random, order: dict[str, Any]) -> Any:
    """An order that ends too early."""
    value = sample(order)
    return _plain(value[: chance.randrange(len(value))], order)


def not_utf8(chance: Random, order: dict[str, Any]) -> Any:
    """Bytes within an order that are no UTF-8."""
    value = sample(order)
    at = chance.randrange(1, len(value))
    return _plain(value[:at] + chance.choice(NOT_UTF8) + value[at:], order)


def noise(chance: Random, order: dict[str, Any]) -> Any:
    """Random bytes, of which the first begins no JSON."""
    return _plain(bytes([chance.randrange(128, 256)]) + chance.randbytes(chance.randrange(400)), order)


def wrapped(chance: Random, order: dict[str, Any]) -> Any:
    """An order in another coding, or with something before or after it."""
    value = sample(order)
    text = value.decode()
    return _plain(
        chance.choice(
            (
                gzip.compress(value, mtime=0), b64encode(value), text.encode("utf-16"), text.encode("utf-32"),
                value + value, b"[" + value + b"]", b"(" + value + b")", value + b"}", b"x" + value,
                json.dumps(text).encode(), repr(order).encode(), value.replace(b":", b"="),
                value.replace(b'"', b""), b"<order>" + value + b"</order>", value.replace(b",", b",,", 1),
            )
        ),
        order,
    )  # fmt: skip


def deep(chance: Random, order: dict[str, Any]) -> Any:
    """Brackets without end, or an amount within many."""
    depth = chance.choice((10, 100, 1_000, 100_000)) + chance.randrange(1_000)
    bracket = chance.choice((b"[", b'{"a":'))
    if chance.random() < 0.5:
        return _plain(b'{"a":' + bracket * depth, order)
    depth = min(depth, 5_000)
    return _plain(sample(order, amount="AMOUNT").replace(b'"AMOUNT"', b"[" * depth + b"]" * depth), order)


def stranger(chance: Random, order: dict[str, Any]) -> Any:
    """A good order under another key."""
    own = order["subject"].encode()
    key = chance.choice((own + b" ", own.upper(), own[:-1], chance.randbytes(chance.randrange(9)), None))
    return key if key != own else b"", sample(order), ()


def of_no_type(chance: Random, order: dict[str, Any]) -> Any:
    """A type that the topic does not carry."""
    word = "".join(chance.choices("abcdefgh.é ", k=chance.randrange(1, 20)))
    kind = chance.choice(("purchase.", "engagement.", "")) + word
    return _plain(json.dumps(order | {"type": kind}).encode(), order)


def id_again(chance: Random, order: dict[str, Any]) -> Any:
    """The id of an order that was sent before, with another amount."""
    return _plain(sample(order, amount=order["data"]["amount"] + chance.randrange(1, 10**6)), order)


def unheard_of(chance: Random, order: dict[str, Any]) -> Any:
    """A refund of a line that the order does not have."""
    lines = [{"line_id": f"unknown-{chance.getrandbits(40)}"}]
    data = {"refund_id": "r", "order_id": order["data"]["order_id"], "lines": lines}
    event = {"type": "purchase.refunded", "id": f"u-{chance.getrandbits(64)}", "data": data}
    return _plain(json.dumps(order | event).encode(), order)


def binary(chance: Random, order: dict[str, Any]) -> Any:
    """Attributes in headers, one of them spoilt."""
    headers, value = dict(BINARY), DATA
    name = chance.choice([name for name in BINARY if name != "content-type"])
    spoilt = chance.randrange(4)
    if spoilt == 0:
        headers[name] = chance.choice(NOT_UTF8) + chance.randbytes(6)
    elif spoilt == 1 and name != "ce_specversion":
        del headers[name]
        headers["x"] = chance.randbytes(4)
    elif spoilt == 2:
        headers["content-type"] = b"application/cloudevents+" + b64encode(chance.randbytes(3))
    else:
        value = DATA[: chance.randrange(len(DATA))] + chance.choice((b"", b'},"id":"x"', b"\x00"))
    return b"c1", value, tuple(headers.items())


MUTATIONS: tuple[Kind, ...] = (
    cut_short, not_utf8, noise, wrapped, deep, stranger, of_no_type, id_again, unheard_of, binary,
)  # fmt: skip


def giants(chance: Random, count: int) -> list[Given]:
    """Values of 10 MB: noise, one long name, and brackets without end."""
    name = json.dumps({"type": "time.reached", "time": "n" * TEN_MB}).encode()
    values = [chance.randbytes(TEN_MB), name, b'{"a":' + b"[" * TEN_MB]
    return [Given("commands", 0, b"%d" % at, values[at % 3], False) for at in range(count)]
