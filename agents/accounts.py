"""Accounts as rows: the keys and bytes under which RocksDB and the changelog keep them.

`s` customer row (8 bytes next due instant, which a restore reads without decoding, then MessagePack),
`o` order context, `r` redemption, `i` bucket of seen ids, `b` older days, `w` events that wait for their
order, `d` due index (local only). Names inside a key carry their length, so no two keys can meet.
"""

from typing import Final, Protocol

import msgspec

from engine.days import days_of, sums_of
from engine.history import Redemption
from engine.order import Order, Waiting
from engine.rows import Values, customer_from, days_from, values_of, values_of_days
from engine.state import Account, Block, Customer, Totals
from topics.limits import ID_MAX

Packed = tuple[int, int, int, int, int, bytes]  # The values of `Totals`, and the days.

CUSTOMER: Final = b"s"
DUE: Final = b"d"
KINDS: Final = (CUSTOMER, b"o", b"r", b"i", b"b", b"w")  # What the changelog has of customers.
encode: Final = msgspec.msgpack.Encoder().encode
order_of: Final = msgspec.msgpack.Decoder(Order).decode
redemption_in: Final = msgspec.msgpack.Decoder(Redemption).decode
values_in: Final = msgspec.msgpack.Decoder(Values).decode
waiting_in: Final = msgspec.msgpack.Decoder(list[Waiting]).decode
_blocks_in: Final = msgspec.msgpack.Decoder(dict[int, Packed]).decode
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


def redemption_key(name: bytes, redemption_id: str) -> bytes:
    """The key of a redemption of a customer (UTF-8)."""
    return b"r%b%b%b" % (len(name).to_bytes(2, "big"), name, redemption_id.encode())


def bucket_key(name: bytes, number: int) -> bytes:
    """The key of a bucket of seen ids of a customer (UTF-8)."""
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


def blocks_key(name: bytes) -> bytes:
    """The key of the older days of a customer (UTF-8)."""
    return b"b%b%b" % (len(name).to_bytes(2, "big"), name)


def blocks_of(record: bytes) -> dict[int, Block]:
    """Blocks of days by number; their days stay packed."""
    return {number: Block(Totals(*each[:5]), each[5]) for number, each in _blocks_in(record).items()}


def _blocks_record(blocks: dict[int, Block]) -> bytes | None:
    """What `blocks_of` reads; None when there is nothing to keep."""
    if not blocks:
        return None
    record: dict[int, Packed] = {}
    for number, block in blocks.items():
        sums = sums_of(block)
        if not block.packed:
            block.packed = encode(values_of_days(days_of(block)))
        counts = sums.orders, sums.purchase_days, sums.engagement_points
        record[number] = (sums.spend_minor, sums.qualifying, *counts, block.packed)
    return encode(record)


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
    if account.redemptions is not None:
        for redemption_id, redemption in account.redemptions.items():
            rows[redemption_key(name, redemption_id)] = encode(redemption)
    for number, entries in account.changed_ids.items():
        rows[bucket_key(name, number)] = entries
    if account.waiting_changed:
        rows[waiting_key(name)] = encode(account.waiting) if account.waiting else None
    if account.changed_blocks:
        assert account.blocks is not None, "they were read to be changed"
        rows[blocks_key(name)] = _blocks_record(account.blocks)


def _block_copy(block: Block) -> Block:
    days = None if block.days is None else days_from(values_of_days(block.days))
    return Block(None if days else block.sums, block.packed, days)


def copy_of(account: Account) -> Account:
    """An independent copy, for taking an event back."""
    customer = account.customer
    twin = Account(customer_from(customer.id, values_in(encode(values_of(customer)))))
    twin.orders = {
        name: order_of(encode(order)) if order is not None else None for name, order in account.orders.items()
    }
    twin.ids, twin.changed_ids = dict(account.ids), dict(account.changed_ids)
    if account.blocks is not None:
        twin.blocks = {number: _block_copy(block) for number, block in account.blocks.items()}
    twin.changed_blocks = account.changed_blocks
    twin.vault, twin.counted = account.vault, account.counted
    twin.cutoffs, twin.moves = account.cutoffs, list(account.moves)
    if account.redemptions is not None:
        twin.redemptions = {
            each: redemption_in(encode(redemption)) for each, redemption in account.redemptions.items()
        }
    twin.touched = list(account.touched)
    twin.waiting, twin.waiting_changed = account.waiting, account.waiting_changed
    twin.due_ms, twin.indexed_ms = account.due_ms, account.indexed_ms
    return twin
