"""A look at the ledger of some customers each second: whether their entries add up to what they hold.

Two kinds of customers are looked at: one whom the newest commit changed, and the next ones in the order of
the rows, so that after a while everybody was. One pass over a million customers takes about three hours.
"""

import hashlib
import logging
import time

from agents.accounts import CUSTOMER, account_of
from agents.session import Shard
from engine.state import Customer
from engine.wallet import wallet_mistake

ROWS_PER_S = 100  # Of one worker: 2 ms of its second.

log = logging.getLogger("tierline.ledger")


def mistake_of(customer: Customer) -> str:
    """What is wrong with a customer's wallets, "" for nothing."""
    for name, wallet in (("points", customer.wallet), *customer.wallets.items()):
        if mistake := wallet_mistake(wallet):
            return f"wallet {name}: {mistake}"
    return ""


class Patrol:
    """The looks at one partition in hand. `wrong` holds the keys of rows whose last look found a mistake."""

    def __init__(self, shard: Shard) -> None:
        self.shard = shard
        self.wrong: set[bytes] = set()
        self.complete_s = 0.0  # Unix time at which the last pass ended.
        self._after = b""

    def look(self, rows: int) -> int:
        """How many customers were looked at: the one last changed, and the next `rows` in order."""
        store, changed = self.shard.store, self.shard.changed
        found = store.chunk(CUSTOMER, self._after, rows)
        self._after = found[-1][0] if found else b""
        if len(found) < rows:
            self._after, self.complete_s = b"", time.time()
        if changed and (row := store.get(changed)) is not None:
            found.append((changed, row))
        for key, row in found:
            self._judge(key, row)
        return len(found)

    def _judge(self, key: bytes, row: bytes) -> None:
        mistake = mistake_of(account_of(key[1:].decode(), row).customer)
        if not mistake:
            self.wrong.discard(key)
        elif key not in self.wrong:
            self.wrong.add(key)
            who = hashlib.sha256(key[1:]).hexdigest()[:16]
            log.error("Partition %d, customer with SHA-256 %s…: %s.", self.shard.number, who, mistake)
