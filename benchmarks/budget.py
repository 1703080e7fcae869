"""Where an event's CPU time goes: each stage of a run by itself, on the very records of the benchmark.

Nothing is built into the engine for this: the stages are its own functions, called in turn on one
partition's records, and the whole `Partition.apply` beside them. What a worker process spends beyond that
is fetching, the transaction and RocksDB.
"""

import gc
import time
from collections.abc import Callable, Sequence
from itertools import islice

from agents.chain import Chain
from agents.lines import LineRecord
from agents.memory import MemoryStore
from agents.run import Partition
from benchmarks.load import purchases
from engine.events import Event
from engine.ids import cause_of_event, digest_of, effect_id
from engine.state import Account, Customer
from engine.step import step
from rules.compiled import Rulebook
from topics.catalogue import Catalogue, Role
from topics.decode import decode
from topics.encode import encode_effect
from topics.partitioner import home

RECORDS = 30_000
RUN = 4_000

Stage = tuple[str, float]


def budget(rulebook: Rulebook, customers: int, partitions: int) -> list[Stage]:
    """(stage, CPU microseconds per event) pairs that add up to the run's whole."""
    catalogue = Catalogue(partitions=partitions)
    records = _records(catalogue, customers, rulebook.currency)
    gc.collect()
    gc.disable()
    try:
        whole = _timed(lambda: _apply(catalogue, rulebook, records))
        stages = _stages(rulebook, records)
    finally:
        gc.enable()
    rest = whole - sum(each for name, each in stages if not name.startswith(" "))
    return [*stages, ("load accounts, encode rows and journal", rest)]


def _records(catalogue: Catalogue, customers: int, currency: str) -> list[LineRecord]:
    """The first records of partition 0, stamped as a broker would."""
    topic, now_ms = catalogue.name(Role.PURCHASES), int(time.time() * 1000)
    many = purchases(RECORDS * catalogue.partitions * 2, customers, currency)
    mine = (event for event in many if home(event[0].encode(), catalogue.partitions) == 0)
    return [
        LineRecord(topic, 0, offset, now_ms, customer.encode(), value)
        for offset, (customer, value) in enumerate(islice(mine, RECORDS))
    ]


def _apply(catalogue: Catalogue, rulebook: Rulebook, records: Sequence[LineRecord]) -> None:
    store = MemoryStore()
    partition = Partition(0, store, catalogue, rulebook)
    for start in range(0, len(records), RUN):
        run = records[start : start + RUN]
        work = partition.apply(run, {run[0].topic: run[-1].offset + 1})
        assert work is not None
        assert work.counts["applied"] == len(run)
        store.write(work.changelog + work.index)
        partition.settle(work)


def _stages(rulebook: Rulebook, records: Sequence[LineRecord]) -> list[Stage]:
    events: list[Event] = []
    effects: list[list] = []  # type: ignore[type-arg]
    outputs: list[tuple] = []  # type: ignore[type-arg]
    accounts: dict[str, Account] = {}

    def decoding() -> None:
        events.extend(decode(Role.PURCHASES, r.key, r.value, r.headers) for r in records)  # type: ignore[misc]

    def stepping() -> None:
        for event in events:
            account = accounts[event.customer]
            account.orders = {event.data.order_id: None}  # type: ignore[union-attr]
            effects.append(step(account, event, rulebook, event.occurred_ms))  # type: ignore[arg-type]

    def identifying() -> None:
        for event in events:
            effect_id(digest_of(cause_of_event(event.source, event.id)), "points.earned", 0)

    def encoding() -> None:
        for answers in effects:
            for effect in answers:
                role, body = encode_effect(effect)
                outputs.append((role.value, 0, body, 0))

    def chaining() -> None:
        for start in range(0, len(outputs), RUN):
            Chain(b"").add(outputs[start : start + RUN])

    decoded = _timed(decoding)
    accounts.update({event.customer: Account(Customer(event.customer)) for event in events})
    return [
        ("decode and validate", decoded),
        ("step", _timed(stepping)),
        (" of which ids", _timed(identifying)),
        ("encode effects", _timed(encoding)),
        ("journal hash", _timed(chaining)),
    ]


def _timed(work: Callable[[], None]) -> float:
    start = time.process_time()
    work()
    return (time.process_time() - start) / RECORDS * 1e6
