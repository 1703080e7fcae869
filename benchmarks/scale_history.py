"""Customers with a history of orders: `Partition.apply` and RocksDB, without a broker.

Every run brings one event of each of a few customers, so that nothing is shared between events of one of
them: the hardest case. In memory, and as read from RocksDB first.
"""

import gc
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from agents.lines import LineRecord
from agents.restore import position_record
from agents.run import Partition
from agents.store import Store
from benchmarks.load import Purchase, cloud_event
from rules.compiled import Rulebook
from topics.catalogue import Catalogue, Role

CUSTOMERS = 40
RUNS = 100
ROUNDS = 3
SPREAD_DAYS = 400  # As long as days are kept in a customer's row.
DAY_MS = 86_400_000


class History:
    """A partition's store in which each of a few customers has so many orders, over 400 days up to now."""

    def __init__(self, folder: Path, rulebook: Rulebook, orders: int) -> None:
        self.catalogue = Catalogue(partitions=1)
        self.rulebook = rulebook
        self.store = Store(folder)
        self.partition = self._partition()
        self._orders = 0
        self._chance = Random(orders)
        self._topic = self.catalogue.name(Role.PURCHASES)
        start_ms = int(time.time() * 1000) - SPREAD_DAYS * DAY_MS
        for at in range(orders):
            self._apply(self._run(start_ms + at * SPREAD_DAYS * DAY_MS // orders))

    def _partition(self) -> Partition:
        return Partition(0, self.store, self.catalogue, self.rulebook)

    def _run(self, now_ms: int) -> list[LineRecord]:
        return list(self._records(now_ms))

    def _records(self, now_ms: int) -> Iterator[LineRecord]:
        for number in range(CUSTOMERS):
            self._orders += 1
            amount = round(self._chance.lognormvariate(4, 1) * 100)
            purchase = Purchase(self._orders, f"c{number:07d}", now_ms, amount, "pos", number)
            event = cloud_event(purchase, f"{self._orders:032x}", self.rulebook.currency)
            key = purchase.customer.encode()
            yield LineRecord(self._topic, 0, self._orders, now_ms, key, event)

    def _apply(self, records: list[LineRecord]) -> None:
        work = self.partition.apply(records, {self._topic: records[-1].offset + 1})
        assert work is not None
        assert work.flow.count("outcome", records[0].topic, "applied") == len(records)
        self.store.write([*work.changelog, position_record(work.after.seq)], work.index)
        self.partition.settle(work)

    def cost_us(self, in_memory: bool) -> float:
        """CPU microseconds per event."""
        now_ms = int(time.time() * 1000)
        runs = [self._run(now_ms) for _ in range(RUNS)]
        spent = 0.0
        for records in runs:
            if not in_memory:
                self.partition = self._partition()
            began = time.process_time()
            self._apply(records)
            spent += time.process_time() - began
        return spent / (RUNS * CUSTOMERS) * 1e6


def lines(folder: Path, rulebook: Rulebook, few: int, many: int) -> Iterator[str]:
    """A line for each way: what an event costs with few orders, with many, and the ratio."""
    light, heavy = (History(folder / str(orders), rulebook, orders) for orders in (few, many))
    gc.collect()
    gc.disable()  # As the worker does.
    for in_memory, where in ((True, "in memory"), (False, "read from RocksDB")):
        pairs = [(light.cost_us(in_memory), heavy.cost_us(in_memory)) for _ in range(ROUNDS)]
        with_few, with_many = (min(costs) for costs in zip(*pairs, strict=True))
        yield (
            f"CPU per event of a customer {where}: {with_few:.1f} us with {few:,} orders, "
            f"{with_many:.1f} us with {many:,}: {with_many / with_few:.2f} x"
        )
