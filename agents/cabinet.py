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
    blocks_key,
    blocks_of,
    bucket_key,
    due_key,
    order_key,
    order_of,
    redemption_in,
    redemption_key,
    row_key,
    waiting_in,
    waiting_key,
    write,
)
from agents.tallies import CENSUS_KEY, census_in, census_row
from engine.census import Census, count, counted
from engine.counted import Move
from engine.cutoffs import InForce
from engine.events import ORDER_EVENTS, Event
from engine.history import Redemption
from engine.seen import place
from engine.state import Account, Block, Customer
from engine.waiting import KIND as WAITING

HELD_BYTES: Final = 16 * 2**20  # Of rows, per partition.
HELD_OVERHEAD: Final = 150  # What a row takes beside its bytes, about.
_KINDS: Final = CUSTOMER + b"ib"  # Held: what events of the same customer need again.


class Cabinet:
    """The rows of one partition: changed in this run, held in memory, or in the store."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.held: dict[bytes, bytes] = {}  # The least lately changed first.
        self.held_bytes = 0
        self.cutoffs: tuple[InForce, ...] = ()  # Of the scores.
        self.census = census_in(reader.get_many([CENSUS_KEY])[0])  # As committed.
        self.begin()

    def begin(self) -> None:
        """Forgets what a run that was not committed has changed."""
        self.rows: dict[bytes, bytes | None] = {}  # Changed in this run, in the order first changed.
        self.dues: dict[str, int] = {}  # The earliest timer of each customer changed.
        self.indexed: dict[str, int] = {}  # The same before the run.
        self.change = Census()  # Of the census, by this run.
        self.moves: list[Move] = []  # Of the population, by this run.

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

    def new(self, name: str) -> Account:
        """An account for a customer who has none."""
        account = Account(Customer(name))
        account.cutoffs = self.cutoffs
        return account

    def bring(self, accounts: Mapping[str, Account], events: Iterable[Event]) -> None:
        """Adds to accounts what is kept beside their rows and these events need."""
        orders: list[tuple[bytes, Account, str]] = []
        for event in events:
            account, data = accounts.get(event.customer), event.data
            if account is not None and isinstance(data, ORDER_EVENTS):
                orders.append((order_key(event.customer.encode(), data.order_id), account, data.order_id))
        self.bring_orders(orders)
        self.bring_ids(accounts, events)

    def bring_ids(self, accounts: Mapping[str, Account], events: Iterable[Event]) -> None:
        """Adds to accounts the buckets that tell whether these events were seen: read together."""
        wanted: dict[bytes, tuple[Account, int]] = {}
        for event in events:
            account = accounts.get(event.customer)
            if account is not None and account.customer.buckets:
                number = place(event.digest, account.customer.buckets)
                if number not in account.ids:
                    wanted[bucket_key(event.customer.encode(), number)] = account, number
        if wanted:
            for (account, number), row in zip(wanted.values(), self._rows(list(wanted)), strict=True):
                assert row is not None, f"bucket {number} of {account.customer.id} is missing"
                account.ids[number] = row

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
        count(self.change, account.counted, account.customer)
        if account.moves:
            self.moves += account.moves
            account.moves = []
        write(account, self.rows)

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

    def changes(self) -> list[Change]:
        """The rows that the run has changed, and the tallies if they did."""
        row = census_row(self.census.plus(self.change))
        tallies = [] if row == census_row(self.census) else [(CENSUS_KEY, row)]
        return [*self.rows.items(), *tallies]

    def adopt(self) -> None:
        """The run's rows are in Kafka and in the store: holds those that are needed again."""
        self.census = self.census.plus(self.change)
        held, size = self.held, self.held_bytes
        for key, row in self.rows.items():
            if key[0] in _KINDS:
                before = held.pop(key, None)
                if before is not None:
                    size -= len(before) + HELD_OVERHEAD
                if row is not None:
                    size += len(row) + HELD_OVERHEAD
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
        self.begin()

    def _account(self, name: str, row: bytes) -> Account:
        """The account in a row, with the events that wait."""
        account = account_of(name, row)
        account.vault, account.cutoffs = self, self.cutoffs
        account.counted = counted(account.customer)
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

    def bucket(self, customer: str, number: int) -> bytes:
        """A bucket of seen ids of the customer as the run left it so far."""
        (row,) = self._rows([bucket_key(customer.encode(), number)])
        assert row is not None, f"bucket {number} of {customer} is missing"
        return row

    def blocks(self, customer: str) -> dict[int, Block]:
        """The older days of the customer as the run left them so far."""
        (row,) = self._rows([blocks_key(customer.encode())])
        assert row is not None, f"the older days of {customer} are missing"
        return blocks_of(row)

    def _rows(self, keys: list[bytes]) -> list[bytes | None]:
        """The rows of these keys as the run left them so far: only what is not in memory is read."""
        known = [self.rows[key] if key in self.rows else self.held.get(key) for key in keys]
        strange = [key for key, row in zip(keys, known, strict=True) if row is None and key not in self.rows]
        if not strange:
            return known
        stored = dict(zip(strange, self.reader.get_many(strange), strict=True))
        return [stored.get(key, row) for key, row in zip(keys, known, strict=True)]
