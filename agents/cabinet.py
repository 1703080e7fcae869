"""Where a run takes accounts from and puts them back.

Customers are kept as the bytes of their rows: a row lies in a few lines of memory, its objects would lie in
many, and fetching those costs more than decoding. The rows of customers that came lately are held; the
others are read from the store, together.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from agents.accounts import (
    CUSTOMER,
    Change,
    Reader,
    account_of,
    block_key,
    chunk_key,
    day_values_in,
    due_key,
    order_of,
    row_key,
    waiting_in,
    waiting_key,
    write,
)
from engine.rows import days_from
from engine.seen import entries
from engine.state import Account, Customer, Day, Totals
from engine.waiting import KIND as WAITING

HELD_BYTES: Final = 16 * 2**20  # Of rows, per partition.
HELD_OVERHEAD: Final = 150  # What a row takes beside its bytes, about.
OLDER_IDS_HELD: Final = 100_000  # Of customers whose older ids and days stay in memory: some 15 MB.
_KIND: Final = CUSTOMER[0]

Ids = dict[bytes, tuple[int, bytes]]  # Id hash -> (chunk number, payload hash).
Blocks = dict[int, list[Day]]


class Cabinet:
    """The rows of one partition: changed in this run, held in memory, or in the store."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.held: dict[bytes, bytes] = {}  # The least lately changed first.
        self.held_bytes = 0
        self.older: dict[str, tuple[Ids | None, Blocks | None, dict[int, Totals]]] = {}
        self.begin()

    def begin(self) -> None:
        """Forgets what a run that was not committed has changed."""
        self.rows: dict[bytes, bytes | None] = {}  # Changed in this run, in the order first changed.
        self.dues: dict[str, int] = {}  # The earliest timer of each customer changed.
        self.indexed: dict[str, int] = {}  # The same before the run.

    def forget_older(self) -> None:
        """Drops what a run that failed may have spoilt."""
        self.older.clear()

    def take(self, names: Iterable[str]) -> dict[str, Account | None]:
        """The accounts of customers as the run left them so far, without orders; None for one never seen."""
        found: dict[str, bytes | None] = {}
        keys: dict[str, bytes] = {}
        rows, held = self.rows, self.held
        for name in names:
            key = row_key(name)
            found[name] = row = rows.get(key) or held.get(key)
            if row is None:
                keys[name] = key
        if keys:
            found.update(zip(keys, self.reader.get_many(list(keys.values())), strict=True))
        return {name: None if row is None else self._account(name, row) for name, row in found.items()}

    def bring_orders(self, wanted: Sequence[tuple[bytes, Account, str]]) -> None:
        """Adds to accounts the orders named: (key, account, order id) each."""
        strange: list[tuple[bytes, Account, str]] = []
        for each in wanted:
            key, account, order_id = each
            row = self.rows.get(key)
            if row is None:
                strange.append(each)
            else:
                account.orders[order_id] = order_of(row)
        stored = self.reader.get_many([key for key, _, _ in strange])
        for (_, account, order_id), row in zip(strange, stored, strict=True):
            account.orders[order_id] = None if row is None else order_of(row)

    def put(self, account: Account) -> None:
        """Keeps what has changed of an account; a later `take` gives it back."""
        name = account.customer.id
        if name not in self.indexed:
            self.indexed[name] = account.indexed_ms
        self.dues[name] = account.due_ms
        write(account, self.rows)
        if account.older is not None or account.blocks is not None:
            self.older[name] = account.older, account.blocks, account.block_sums

    def changed_index(self) -> list[Change]:
        """How the run changes the due index."""
        index: list[Change] = []
        for name, due_ms in self.dues.items():
            was_ms = self.indexed[name]
            if due_ms != was_ms:
                if was_ms:
                    index.append((due_key(was_ms, name.encode()), None))
                if due_ms:
                    index.append((due_key(due_ms, name.encode()), b""))
        return index

    def adopt(self) -> None:
        """The run's rows are in Kafka and in the store: holds those of customers."""
        held, size = self.held, self.held_bytes
        for key, row in self.rows.items():
            if key[0] == _KIND and row is not None:
                before = held.pop(key, None)
                size += len(row) + HELD_OVERHEAD
                if before is not None:
                    size -= len(before) + HELD_OVERHEAD
                held[key] = row
        if size > HELD_BYTES:
            oldest = []
            for key, kept in held.items():
                if size <= HELD_BYTES:
                    break
                size -= len(kept) + HELD_OVERHEAD
                oldest.append(key)
            for key in oldest:
                del held[key]
        self.held_bytes = size
        if sum([len(ids) for ids, _, _ in self.older.values() if ids is not None]) > OLDER_IDS_HELD:
            self.older.clear()
        self.begin()

    def _account(self, name: str, row: bytes) -> Account:
        """The account in a row, with its older ids and days."""
        account = account_of(name, row)
        if account.customer.chunks or account.customer.last_block >= 0:
            older = self.older.get(name)
            if older is None:
                older = self.older[name] = self._ids(account.customer), self._blocks(account.customer), {}
            account.older, account.blocks, account.block_sums = older
        timer = account.customer.timers.get(WAITING)
        if timer is not None and timer.due_ms:
            (waiting,) = self._rows([waiting_key(name.encode())])
            assert waiting is not None, f"what waits for an order of {name} is missing"
            account.waiting = waiting_in(waiting)
        return account

    def _ids(self, customer: Customer) -> Ids | None:
        if not customer.chunks:
            return None
        ids: Ids = {}
        numbers, name = [number for number, _ in customer.chunks], customer.id.encode()
        chunks = self._rows([chunk_key(name, number) for number in numbers])
        for number, chunk in zip(numbers, chunks, strict=True):
            assert chunk is not None, f"chunk {number} of {customer.id} is missing"
            ids.update(entries(number, chunk))
        return ids

    def _blocks(self, customer: Customer) -> Blocks | None:
        if customer.last_block < 0:
            return None
        numbers, name = range(customer.first_block, customer.last_block + 1), customer.id.encode()
        rows = self._rows([block_key(name, number) for number in numbers])
        found = zip(numbers, rows, strict=True)
        return {number: days_from(day_values_in(row)) for number, row in found if row is not None}

    def _rows(self, keys: list[bytes]) -> list[bytes | None]:
        stored = self.reader.get_many(keys)
        return [self.rows.get(key, row) for key, row in zip(keys, stored, strict=True)]
