"""Accounts as rows: the keys and bytes under which RocksDB and the changelog keep them.

`s` customer row (8 bytes next due instant, which a restore reads without decoding, then MessagePack),
`o` order context, `i` chunk of seen ids, `d` due index (local only). Names inside a key carry their
length, so no two keys can meet.
"""

from collections.abc import Iterable
from typing import Protocol

import msgspec

from engine.order import Order
from engine.seen import entries
from engine.state import Account, Customer, Values, customer_from, values_of
from topics.limits import ID_MAX

encode = msgspec.msgpack.Encoder().encode
_ORDER_HEADS = [b"o" + length.to_bytes(2, "big") for length in range(4 * ID_MAX + 1)]
values_in = msgspec.msgpack.Decoder(Values).decode
order_of = msgspec.msgpack.Decoder(Order).decode

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
    return b"s" + customer.encode()


def order_key(name: bytes, order_id: str) -> bytes:
    """The key of an order of a customer (UTF-8)."""
    return _ORDER_HEADS[len(name)] + name + order_id.encode()


def chunk_key(name: bytes, number: int) -> bytes:
    """The key of a chunk of seen ids of a customer (UTF-8)."""
    return b"i%b%b%b" % (len(name).to_bytes(2, "big"), name, number.to_bytes(4, "big"))


def due_key(due_ms: int, name: bytes) -> bytes:
    """The key of a customer (UTF-8) in the due index, by instant."""
    return b"d" + due_ms.to_bytes(8, "big") + name


def customer_of(values: bytes) -> Customer:
    """The customer in a row's bytes after its due instant."""
    return customer_from(values_in(values))


def earliest_ms(customer: Customer) -> int:
    """The next instant the customer waits for, 0 for none; `next_due` without the kind."""
    earliest = 0
    for timer in customer.timers.values():
        if timer.due_ms and not 0 < earliest <= timer.due_ms:
            earliest = timer.due_ms
    return earliest


def load(reader: Reader, customers: Iterable[str]) -> dict[str, Account | None]:
    """The accounts of some customers as stored, without orders; None for one never seen."""
    names = list(customers)
    rows = reader.get_many([row_key(name) for name in names])
    found = {name: _account(row) if row is not None else None for name, row in zip(names, rows, strict=True)}
    wanted = [
        (account, number)
        for account in found.values()
        if account is not None
        for number, _ in account.customer.chunks
    ]
    chunks = reader.get_many([chunk_key(each.customer.id.encode(), number) for each, number in wanted])
    for (account, number), chunk in zip(wanted, chunks, strict=True):
        assert chunk is not None, f"chunk {number} of {account.customer.id} is missing"
        account.older.update(entries(number, chunk))
    return found


def load_orders(reader: Reader, named: list[tuple[str, str]]) -> list[Order | None]:
    """The contexts of some (customer, order id) pairs as stored."""
    keys = [order_key(customer.encode(), order_id) for customer, order_id in named]
    return [order_of(row) if row is not None else None for row in reader.get_many(keys)]


def changes(account: Account) -> tuple[list[Change], list[Change]]:
    """(changes for changelog and store, changes of the due index) since the account was last drained."""
    rows: list[Change] = []
    index: list[Change] = []
    add_changes(account, rows, index)
    return rows, index


def add_changes(account: Account, rows: list[Change], index: list[Change]) -> None:
    """Adds the account's `changes` to those of others."""
    customer, due_ms = account.customer, account.due_ms
    name = customer.id.encode()
    rows.append((b"s" + name, due_ms.to_bytes(8, "big") + encode(values_of(customer))))
    if account.touched:
        for order_id in account.touched:
            rows.append((order_key(name, order_id), encode(account.orders[order_id])))
    if account.spilled:
        for number, chunk in account.spilled.items():
            rows.append((chunk_key(name, number), chunk))
    if due_ms != account.indexed_ms:
        if account.indexed_ms:
            index.append((due_key(account.indexed_ms, name), None))
        if due_ms:
            index.append((due_key(due_ms, name), b""))


def drained(account: Account) -> None:
    """Marks everything of the account as handed over."""
    account.indexed_ms = account.due_ms
    account.orders.clear()
    account.touched.clear()
    if account.spilled:
        account.spilled.clear()


def copy_of(account: Account) -> Account:
    """An independent copy, for taking an event back."""
    twin = Account(
        customer_of(encode(values_of(account.customer))),
        {
            name: order_of(encode(order)) if order is not None else None
            for name, order in account.orders.items()
        },
        dict(account.older),
    )
    twin.touched, twin.spilled = dict(account.touched), dict(account.spilled)
    twin.due_ms, twin.indexed_ms = account.due_ms, account.indexed_ms
    return twin


def _account(row: bytes) -> Account:
    account = Account(customer_of(row[8:]))
    account.due_ms = account.indexed_ms = earliest_ms(account.customer)
    return account
