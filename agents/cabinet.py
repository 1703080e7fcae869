"""Where a run takes accounts from and puts them back.

Customers are kept as the bytes of their rows: a row lies in a few lines of memory, its objects would lie in
many, and fetching those costs more than decoding. The rows of customers that came lately are held; the
others are read from the store, together.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from agents.accounts import (
    CUSTOMER,
    Change,
    Reader,
    account_of,
    beside_key,
    beside_of,
    chunk_key,
    due_key,
    order_of,
    redemption_in,
    redemption_key,
    row_key,
    waiting_in,
    waiting_key,
    write,
)
from engine.events import Event
from engine.history import Redemption
from engine.seen import chunks_with, entries, key_of
from engine.state import Account, Beside
from engine.waiting import KIND as WAITING
from engine.waiting import event_of

HELD_BYTES: Final = 16 * 2**20  # Of rows, per partition.
HELD_OVERHEAD: Final = 150  # What a row takes beside its bytes, about.
BESIDE_BYTES: Final = 16 * 2**20  # Of what is beside the rows, per partition, about.
BLOCK_BYTES: Final = 1_000  # What a block of days takes, about.
_KIND: Final = CUSTOMER[0]


class Cabinet:
    """The rows of one partition: changed in this run, held in memory, or in the store."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.held: dict[bytes, bytes] = {}  # The least lately changed first.
        self.held_bytes = 0
        self.forget_older()
        self.begin()

    def begin(self) -> None:
        """Forgets what a run that was not committed has changed."""
        self.rows: dict[bytes, bytes | None] = {}  # Changed in this run, in the order first changed.
        self.dues: dict[str, int] = {}  # The earliest timer of each customer changed.
        self.indexed: dict[str, int] = {}  # The same before the run.

    def forget_older(self) -> None:
        """Drops what a run that failed may have spoilt."""
        self.beside: dict[str, Beside] = {}
        self.beside_sizes: dict[str, int] = {}
        self.beside_bytes = 0

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
        accounts = {name: None if row is None else self._account(name, row) for name, row in found.items()}
        self._bring_beside([each for each in accounts.values() if each is not None])
        return accounts

    def _bring_beside(self, accounts: Sequence[Account]) -> None:
        """Adds the records beside their rows to accounts that have one."""
        strange: dict[bytes, Account] = {}
        for account in accounts:
            customer = account.customer
            if customer.chunks or customer.last_block >= 0:
                account.beside = self.beside.get(customer.id)
                if account.beside is None:
                    strange[beside_key(customer.id.encode())] = account
        if strange:
            keys = list(strange)
            for key, record in zip(keys, self._rows(keys), strict=True):
                assert record is not None, (
                    f"what belongs beside the row of {strange[key].customer.id} is missing"
                )
                strange[key].beside = beside_of(record)
                self._hold(strange[key])

    def bring_ids(self, accounts: Mapping[str, Account], events: Iterable[Event]) -> None:
        """Adds to accounts the stored ids among which those of the events may be."""
        places: dict[bytes, tuple[Account, int]] = {}
        for event in events:
            account = accounts.get(event.customer)
            if account is not None and account.beside is not None and account.beside.marks:
                for each in (event, *(event_of(event.customer, waits) for waits in account.waiting or ())):
                    for number in chunks_with(account, key_of(each)):
                        places[chunk_key(event.customer.encode(), number)] = account, number
        if places:
            keys = list(places)
            for key, chunk in zip(keys, self._rows(keys), strict=True):
                account, number = places[key]
                assert chunk is not None, f"chunk {number} of {account.customer.id} is missing"
                account.older.update(entries(number, chunk))

    def _hold(self, account: Account) -> None:
        """Keeps what is beside a row in memory, until there is too much of it."""
        name, beside = account.customer.id, account.beside
        assert beside is not None
        size = HELD_OVERHEAD + len(beside.marks) + BLOCK_BYTES * len(beside.blocks)
        self.beside_bytes += size - self.beside_sizes.get(name, 0)
        self.beside[name], self.beside_sizes[name] = beside, size

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
        if account.beside is not None:
            self._hold(account)

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
        if self.beside_bytes > BESIDE_BYTES:
            self.forget_older()
        self.begin()

    def _account(self, name: str, row: bytes) -> Account:
        """The account in a row, with the events that wait."""
        account = account_of(name, row)
        account.vault = self
        timer = account.customer.timers.get(WAITING)
        if timer is not None and timer.due_ms:
            (waiting,) = self._rows([waiting_key(name.encode())])
            assert waiting is not None, f"what waits for an order of {name} is missing"
            account.waiting = waiting_in(waiting)
        return account

    def redemption(self, customer: str, redemption_id: str) -> Redemption | None:
        """A redemption of the customer as the run left it so far, None for none."""
        (row,) = self._rows([redemption_key(customer.encode(), redemption_id)])
        return None if row is None else redemption_in(row)

    def _rows(self, keys: list[bytes]) -> list[bytes | None]:
        stored = self.reader.get_many(keys)
        return [self.rows.get(key, row) for key, row in zip(keys, stored, strict=True)]
