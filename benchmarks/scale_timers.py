"""What 1,000 timers cost that fall due among few customers, and among many: `make bench-scale` prints it.

Every customer waits for a churn alert. `python -m benchmarks.scale_timers RULES FOLDER FEW MANY` is a process
of its own: the build, if there is one, has to be chosen before anything of the engine is loaded.
"""

import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents import compiled

if TYPE_CHECKING:
    from agents.accounts import Reader
    from rules.compiled import Rulebook

DUE = 1_000
AT_ONCE = 8_000
DAY_MS = 86_400_000
START_MS = 1_790_000_000_000
REST_DAYS = 30  # Over so many days, from the second on, the customers bought whose alert is not due yet.


class Counted:
    """A store that counts what is read of it: entries of the due index, and rows."""

    def __init__(self, store: "Reader") -> None:
        self.store = store
        self.entries = self.rows = 0

    def get_many(self, keys: list[bytes]) -> list[bytes | None]:
        """The values of the keys."""
        self.rows += len(keys)
        return self.store.get_many(keys)

    def due(self, until_ms: int, limit: int) -> list[tuple[int, bytes]]:
        """The first entries of the due index."""
        found = self.store.due(until_ms, limit)
        self.entries += len(found)
        return found


class Waiting:
    """A store with so many customers, who bought once: `due` of them on the first day, the others later."""

    def __init__(self, folder: Path, rulebook: "Rulebook", customers: int, due: int = DUE) -> None:
        self.store = import_module("agents.store").Store(folder)
        self.catalogue = import_module("topics.catalogue").Catalogue(partitions=1)
        self.rulebook, self.due = rulebook, due
        self.counted = Counted(self.store)
        partition = self._partition()
        for start in range(0, customers, AT_ONCE):
            records = list(self._records(range(start, min(start + AT_ONCE, customers)), customers))
            self._adopt(partition, partition.apply(records, {records[0].topic: records[-1].offset + 1}))

    def _partition(self) -> Any:
        return import_module("agents.run").Partition(0, self.counted, self.catalogue, self.rulebook)

    def _adopt(self, partition: Any, work: Any) -> None:
        self.store.write(work.changelog + work.index)
        partition.settle(work)

    def _records(self, numbers: range, customers: int) -> Iterator[Any]:
        (topic, *_), record = self.catalogue.inputs, import_module("agents.lines").LineRecord
        format_ms, currency = import_module("topics.instants").format_ms, self.rulebook.currency.encode()
        for number in numbers:
            later = DAY_MS + REST_DAYS * DAY_MS * (number - self.due) // customers
            at_ms = START_MS + (number if number < self.due else later)
            name = b"c%07d" % number
            event = (
                b'{"type":"purchase.completed","source":"s","id":"%b","time":"%b","subject":"%b",'
                b'"data":{"order_id":"o","currency":"%b","amount":1000}}'
            ) % (name, format_ms(at_ms), name, currency)
            yield record(topic, 0, number, at_ms, name, event)

    def fire(self) -> tuple[int, int, int, float]:
        """Fires the first day's: timers fired, due entries and rows read, CPU seconds, in a new worker.

        RocksDB's own threads, which tidy up behind the load, are not counted.
        """
        partition, fired = self._partition(), 0
        until_ms = self.store.due(2**62, 1)[0][0] + DAY_MS // 2
        self.counted.entries = self.counted.rows = 0
        began = time.thread_time()
        while fired == 0 or partition.timers_left:
            work = partition.apply([], {}, until_ms)
            self._adopt(partition, work)
            fired += work.counts["timers"]
        return fired, self.counted.entries, self.counted.rows, time.thread_time() - began


def lines(folder: Path, rulebook: "Rulebook", few: int, many: int) -> Iterator[str]:
    """A line of figures for either number of customers, and how they compare."""
    costs = []
    for customers in (few, many):
        waiting = Waiting(folder / f"timers-{customers}", rulebook, customers)
        fired, entries, rows, cpu_s = waiting.fire()
        waiting.store.close()
        costs.append((entries + rows, cpu_s))
        yield (
            f"{fired:,} timers due among {customers:,} customers: {entries:,} entries of the due index and "
            f"{rows:,} rows read, {cpu_s * 1e6 / fired:.1f} us CPU each"
        )
    (read, cpu_s), (reads, cpus_s) = costs
    times = f"{many // few:,} x the customers"
    yield f"the same timers among {times}: {reads / read:.2f} x read, {cpus_s / cpu_s:.2f} x CPU"


def main(rules: str, folder: str, few: str, many: str) -> None:
    """Prints the lines."""
    compiled.use()
    rulebook = import_module("rules.load").load_rulebook(rules)
    for line in lines(Path(folder), rulebook, int(few), int(many)):
        print(line, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
