"""What 1,000 timers cost that fall due among few customers, and among many: `make bench-scale` prints it.

Due at one new year's midnight are a churn alert of some customers, the points of as many others, and points
and the level of as many again; all the rest bought in December and wait.
`python -m benchmarks.scale_timers RULES FOLDER FEW MANY` is a process of its own: the build, if there is one,
has to be chosen before anything of the engine is loaded.
"""

import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from agents import compiled

if TYPE_CHECKING:
    from agents.accounts import Reader
    from rules.compiled import Rulebook

DUE = 1_000  # Timers.
PARTS = 4  # One of alerts, one of points, and customers with one of each: points and a level.
AT_ONCE = 8_000
DAY_MS = 86_400_000
MIDNIGHT = datetime(2027, 1, 1)
LAST_YEAR_DAYS = 25  # Before the midnight a year earlier: in that December.
AWAY_DAYS = 45  # 1.5 times the 30 days of the default programme's population.
REST_DAYS = 28  # Over so many days before the last one, the others bought: new ones are due after 30.
SMALL, LARGE = 1_000, 150_000  # The second gives a level that is reviewed.


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


class Fired(NamedTuple):
    """Timers fired, what was said of it per topic, due entries and rows read, CPU seconds."""

    timers: int
    said: Counter[str]
    entries: int
    rows: int
    cpu_s: float


class Waiting:
    """A store with so many customers, who bought once: of some so many timers (`due`) are due at midnight."""

    def __init__(self, folder: Path, rulebook: "Rulebook", customers: int, due: int = DUE) -> None:
        self.folder = folder
        self._open()
        self.catalogue = import_module("topics.catalogue").Catalogue(partitions=1)
        self.rulebook, self.part, self.customers = rulebook, due // PARTS, customers
        self.midnight_ms = round(MIDNIGHT.replace(tzinfo=rulebook.zone).timestamp() * 1000)
        partition = self._partition()
        for start in range(0, customers, AT_ONCE):
            records = list(self._records(range(start, min(start + AT_ONCE, customers))))
            self._adopt(partition, partition.apply(records, {records[0].topic: records[-1].offset + 1}))
            while partition.timers_left:
                self._adopt(partition, partition.apply([], {}))

    def _open(self) -> None:
        self.store = import_module("agents.store").Store(self.folder)
        self.counted = Counted(self.store)

    def _partition(self) -> Any:
        return import_module("agents.run").Partition(0, self.counted, self.catalogue, self.rulebook)

    def _adopt(self, partition: Any, work: Any) -> None:
        self.store.write(work.changelog, work.index)
        partition.settle(work)

    def _bought(self, number: int) -> tuple[int, int]:
        """When a customer bought, and for how much; in this order they come."""
        if number < 2 * self.part:
            last_year = MIDNIGHT.replace(year=MIDNIGHT.year - 1, tzinfo=self.rulebook.zone)
            at_ms = round(last_year.timestamp() * 1000) - LAST_YEAR_DAYS * DAY_MS
            return at_ms + number, SMALL if number < self.part else LARGE
        if number < 3 * self.part:
            return self.midnight_ms - AWAY_DAYS * DAY_MS + number, SMALL
        before = REST_DAYS * DAY_MS * (self.customers - number) // self.customers
        return self.midnight_ms - DAY_MS - before, (SMALL, LARGE)[number % 2]

    def _records(self, numbers: range) -> Iterator[Any]:
        (topic, *_), record = self.catalogue.inputs, import_module("agents.lines").LineRecord
        format_ms, currency = import_module("topics.instants").format_ms, self.rulebook.currency.encode()
        for number in numbers:
            at_ms, amount = self._bought(number)
            name = b"c%07d" % number
            event = (
                b'{"type":"purchase.completed","source":"s","id":"%b","time":"%b","subject":"%b",'
                b'"data":{"order_id":"o","currency":"%b","amount":%d}}'
            ) % (name, format_ms(at_ms), name, currency, amount)
            yield record(topic, 0, number, at_ms, name, event)

    def fire(self) -> Fired:
        """Fires the midnight's in a new worker; an earlier one did what was due before, such as reminders.

        RocksDB's own threads, which tidy up behind the load, are not counted.
        """
        self._catch_up(self._partition(), self.midnight_ms - 1)
        self.store.close()
        self._open()
        partition, works = self._partition(), []
        self.counted.entries = self.counted.rows = 0
        began = time.thread_time()
        while not works or partition.timers_left:
            works.append(partition.apply([], {}, self.midnight_ms + DAY_MS // 2))
            self._adopt(partition, works[-1])
        cpu_s = time.thread_time() - began
        said = Counter(str(self.catalogue.role(topic)) for work in works for topic, *_ in work.outputs)
        timers = sum(work.flow.count("timer") for work in works)
        return Fired(timers, said, self.counted.entries, self.counted.rows, cpu_s)

    def _catch_up(self, partition: Any, until_ms: int) -> None:
        work = partition.apply([], {}, until_ms)
        while work is not None:
            self._adopt(partition, work)
            work = partition.apply([], {}, until_ms)


def lines(folder: Path, rulebook: "Rulebook", few: int, many: int) -> Iterator[str]:
    """A line of figures for either number of customers, and how they compare."""
    costs = []
    for customers in (few, many):
        waiting = Waiting(folder / f"timers-{customers}", rulebook, customers)
        timers, said, entries, rows, cpu_s = waiting.fire()
        waiting.store.close()
        costs.append((entries + rows, cpu_s))
        kinds = ", ".join(f"{count:,} on {topic}" for topic, count in sorted(said.items()))
        yield (
            f"{timers:,} timers due among {customers:,} customers: {entries:,} entries of the due index and "
            f"{rows:,} rows read, {cpu_s * 1e6 / timers:.1f} us CPU each; said: {kinds}"
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
