"""A look at some customers each second: whether their ledger adds up, and what they count for in the rates.

Two kinds of customers are looked at: one whom the newest commit changed, and the next ones in the order of
the rows, so that after a while everybody was. A look takes a moment of the loop's time, a longer one until
everybody was looked at once, so that the rates are there soon after a start.
"""

import hashlib
import logging
import time
from collections.abc import Callable, Collection

from agents.accounts import CUSTOMER, account_of
from agents.habits import Habits
from agents.session import Shard
from agents.store import StoreDamaged
from engine.plan import plan_of
from engine.state import Account, Customer
from engine.wallet import wallet_mistake

EVERY_S = 0.05  # How often a worker looks.
FIRST_S = 0.002  # For how long, while there are partitions with no complete pass,
LATER_S = 0.0005  # and after that.
ROWS = 16  # Looked at together.
REST_S = 10.0  # Between two passes over the same partition.

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
        self.rests_until_s = 0.0  # By the clock that `patrol` is given.
        self.after = b""
        self._so_far = Habits()
        self._days = plan_of(shard.partition.rulebook).days

    def look(self, rows: int) -> int:
        """How many customers were looked at: the one last changed, and the next `rows` in order.

        State that turns out to be damaged ends the worker, as when the partition's own work finds it.
        """
        try:
            return self._look(rows)
        except StoreDamaged as error:
            self.shard.damaged(error)

    def _look(self, rows: int) -> int:
        shard = self.shard
        found = shard.store.chunk(CUSTOMER, self.after, rows)
        today = self._days.of(shard.partition.now_ms)
        for key, row in found:
            account = account_of(key[1:].decode(), row)
            account.vault = shard.partition.cabinet
            self._judge(key, account)
            self._so_far.add(account, today)
        self.after = found[-1][0] if found else b""
        if len(found) < rows:
            self.habits, self._so_far = self._so_far, Habits()
            self.after, self.complete_s = b"", time.time()
        changed = shard.changed
        if changed and (row := shard.store.get(changed)) is not None:
            self._judge(changed, account_of(changed[1:].decode(), row))
            return len(found) + 1
        return len(found)

    def rests(self, now_s: float) -> bool:
        """Whether its last pass is over for too short a time to begin another one."""
        return not self.after and now_s < self.rests_until_s

    def _judge(self, key: bytes, account: Account) -> None:
        mistake = mistake_of(account.customer)
        if not mistake:
            self.wrong.discard(key)
        elif key not in self.wrong:
            self.wrong.add(key)
            who = hashlib.sha256(key[1:]).hexdigest()[:16]
            log.error("Partition %d, customer with SHA-256 %s…: %s.", self.shard.number, who, mistake)


def patrol(patrols: Collection[Patrol], clock: Callable[[], float]) -> int:
    """How many customers were looked at in this moment, of the partition that was looked at longest ago."""
    began_s, looked = clock(), 0
    most_s = FIRST_S if any(each.habits is None for each in patrols) else LATER_S
    while awake := [each for each in patrols if not each.rests(clock())]:
        oldest = min(awake, key=lambda each: each.complete_s)
        looked += oldest.look(ROWS)
        if not oldest.after:
            oldest.rests_until_s = clock() + REST_S
        if clock() - began_s >= most_s:
            break
    return looked
