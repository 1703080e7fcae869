"""Accounts as rows: the keys and bytes under which RocksDB and the changelog keep them.

`s` customer row (8 bytes next due instant, which a restore reads without decoding, then MessagePack),
`o` order context, `i` chunk of seen ids, `b` block of days, `w` events that wait for their order, `d` due
index (local only). Names inside a key carry their length, so no two keys can meet.
"""

from typing import Final, Protocol

import msgspec

from engine.order import Order, Waiting
from engine.rows import Values, customer_from, days_from, values_of, values_of_days
from engine.state import Account, Customer
from topics.limits import ID_MAX

CUSTOMER: Final = b"s"
DUE: Final = b"d"
KINDS: Final = (CUSTOMER, b"o", b"i", b"b", b"w")  # What the changelog has of customers.
encode: Final = msgspec.msgpack.Encoder().encode
order_of: Final = msgspec.msgpack.Decoder(Order).decode
values_in: Final = msgspec.msgpack.Decoder(Values).decode
waiting_in: Final = msgspec.msgpack.Decoder(list[Waiting]).decode
day_values_in: Final = msgspec.msgpack.Decoder(list[int]).decode
_ORDER_HEADS: Final = [b"o" + length.to_bytes(2, "big") for length in range(4 * ID_MAX + 1)]

Change = tuple[bytes, bytes | None]


class Reader(Protocol):
    """What a run may read of a partition's state."""

    def get_many(self, keys: list[bytes]) -> list[bytes | None]:
        """The values of the keys, None where there is none."""
        ...

    def due(self, until_ms: int, limit: int) -> list[tuple[int, bytes]]:
        """The first (due instant, customer) entries up to and including the instant, in order."""
        ...


def row_key(customer: str) -> bytes:
    return CUSTOMER + customer.encode()


def order_key(name: bytes, order_id: str) -> bytes:
    """The key of an order of a customer (UTF-8)."""
    return _ORDER_HEADS[len(name)] + name + order_id.encode()


def chunk_key(name: bytes, number: int) -> bytes:
    """The key of a chunk of seen ids of a customer (UTF-8)."""
    return b"i%b%b%b" % (len(name).to_bytes(2, "big"), name, number.to_bytes(4, "big"))


def waiting_key(name: bytes) -> bytes:
    """The key of what waits for an order of a customer (UTF-8)."""
    return b"w" + name


def due_key(due_ms: int, name: bytes) -> bytes:
    """The key of a customer (UTF-8) in the due index: sorts by instant, then customer."""
    return DUE + due_ms.to_bytes(8, "big") + name


def earliest_ms(customer: Customer) -> int:
    """The next instant the customer waits for, 0 for none; `next_due` without the kind."""
    earliest = 0
    for timer in customer.timers.values():
        if timer.due_ms and not 0 < earliest <= timer.due_ms:
            earliest = timer.due_ms
    return earliest


def block_key(name: bytes, number: int) -> bytes:
    """The key of a block of days of a customer (UTF-8)."""
    return b"b%b%b%b" % (len(name).to_bytes(2, "big"), name, number.to_bytes(4, "big"))


def account_of(name: str, row: bytes) -> Account:
    """The account of a customer in its row, without what is kept beside it."""
    account = Account(customer_from(name, values_in(row[8:])))
    account.due_ms = account.indexed_ms = int.from_bytes(row[:8], "big")
    return account


def write(account: Account, rows: dict[bytes, bytes | None]) -> None:
    """Puts all that has changed of the account among the rows to store; None deletes."""
    customer = account.customer
    name = customer.id.encode()
    rows[CUSTOMER + name] = account.due_ms.to_bytes(8, "big") + encode(values_of(customer))
    for order_id in account.touched:
        rows[order_key(name, order_id)] = encode(account.orders[order_id])
    for number, chunk in account.spilled:
        rows[chunk_key(name, number)] = chunk
    if account.waiting_changed:
        rows[waiting_key(name)] = encode(account.waiting) if account.waiting else None
    if account.blocks is not None:
        for number in account.changed_blocks:
            block = account.blocks.get(number)
            rows[block_key(name, number)] = None if block is None else encode(values_of_days(block))


def copy_of(account: Account) -> Account:
    """An independent copy, for taking an event back."""
    customer = account.customer
    twin = Account(customer_from(customer.id, values_in(encode(values_of(customer)))))
    twin.orders = {
        name: order_of(encode(order)) if order is not None else None for name, order in account.orders.items()
    }
    if account.older is not None:
        twin.older = dict(account.older)
    if account.blocks is not None:
        twin.blocks = {number: days_from(values_of_days(block)) for number, block in account.blocks.items()}
    twin.touched, twin.spilled = list(account.touched), list(account.spilled)
    twin.waiting, twin.waiting_changed = account.waiting, account.waiting_changed
    twin.changed_blocks = list(account.changed_blocks)
    twin.due_ms, twin.indexed_ms = account.due_ms, account.indexed_ms
    return twin
