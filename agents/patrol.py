"""A look at some customers each second: whether their ledger adds up, and what they count for in the rates.

Two kinds of customers are looked at: one whom the newest commit changed, and the next ones in the order of
the rows, so that after a while everybody was. One pass over a million customers takes about three hours.
"""

import hashlib
import logging
import time

from agents.accounts import CUSTOMER, account_of
from agents.habits import Habits
from agents.session import Shard
from engine.plan import plan_of
from engine.state import Account, Customer
from engine.wallet import wallet_mistake

ROWS_PER_S = 100  # Of one worker: about 3 ms of its second.

log = logging.getLogger("tierline.ledger")


def mistake_of(customer: Customer) -> str:
    """What is wrong with a customer's wallets, "" for nothing."""
    for name, wallet in (("points", customer.wallet), *customer.wallets.items()):
        if mistake := wallet_mistake(wallet):
            return f"wallet {name}: {mistake}"
    return ""


class Patrol:
    """The looks at one partition in hand.

    `wrong` holds the keys of rows whose last look found a mistake. `habits` are those of the last complete
    pass, which ended at `complete_s` (Unix time); None and 0 before the first.
    """

    def __init__(self, shard: Shard) -> None:
        self.shard = shard
        self.wrong: set[bytes] = set()
        self.habits: Habits | None = None
        self.complete_s = 0.0
        self._after = b""
        self._so_far = Habits()
        self._days = plan_of(shard.partition.rulebook).days

    def look(self, rows: int) -> int:
        """How many customers were looked at: the one last changed, and the next `rows` in order."""
        shard = self.shard
        found = shard.store.chunk(CUSTOMER, self._after, rows)
        today = self._days.of(shard.partition.now_ms)
        for key, row in found:
            account = account_of(key[1:].decode(), row)
            account.vault = shard.partition.cabinet
            self._judge(key, account)
            self._so_far.add(account, today)
        self._after = found[-1][0] if found else b""
        if len(found) < rows:
            self.habits, self._so_far = self._so_far, Habits()
            self._after, self.complete_s = b"", time.time()
        changed = shard.changed
        if changed and (row := shard.store.get(changed)) is not None:
            self._judge(changed, account_of(changed[1:].decode(), row))
            return len(found) + 1
        return len(found)

    def _judge(self, key: bytes, account: Account) -> None:
        mistake = mistake_of(account.customer)
        if not mistake:
            self.wrong.discard(key)
        elif key not in self.wrong:
            self.wrong.add(key)
            who = hashlib.sha256(key[1:]).hexdigest()[:16]
            log.error("Partition %d, customer with SHA-256 %s…: %s.", self.shard.number, who, mistake)
