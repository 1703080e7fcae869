"""Where an event's CPU time goes: each stage by itself, on the very records of the benchmark.

Nothing is built into the engine for this: the stages are its own functions and aiokafka's, called in turn on
one partition's records in runs as long as a worker's with a backlog. What a worker process spends beyond them
is sending, waiting and Faust.
"""

import gc
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from aiokafka.structs import TopicPartition

from agents.batches import batches
from agents.chain import Chain
from agents.compiled import built
from agents.restore import position_record
from agents.run import Partition
from agents.settings import WorkerSettings
from agents.store import Store
from agents.transport import PartitionRecords
from agents.work import Record, Work
from benchmarks.load import BATCH_BYTES, purchases
from engine.effects import Effect
from engine.events import Event, Purchase
from engine.ids import effect_id
from engine.state import Account, Customer
from engine.step import step
from rules.compiled import Rulebook
from rules.load import load_rulebook
from topics.catalogue import Catalogue, Role
from topics.decode import decode
from topics.encode import encode_effect
from topics.framing import Output, body_of, by_place
from topics.partitioner import home

RUN = WorkerSettings.model_fields["run_records"].default
RECORDS = 3 * RUN
_LZ4 = 3
_AS_A_WORKER = """
import sys
from agents.compiled import use
use()
from benchmarks.budget import main
main(*sys.argv[1:])
"""

Stage = tuple[str, float]


def budget(rules: Path, customers: int, partitions: int) -> tuple[list[Stage], bool]:
    """(stage, CPU microseconds per event) pairs, and whether they ran compiled; in a process of its own.

    A stage whose name is indented is part of the last one before it that is less so.
    """
    command = [sys.executable, "-c", _AS_A_WORKER, str(rules), str(customers), str(partitions)]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return [(name, spent) for name, spent in json.loads(told)], built() is not None


def main(rules: str, customers: str, partitions: str) -> None:
    """Measures, in this process, and prints the stages as JSON."""
    catalogue, rulebook = Catalogue(partitions=int(partitions)), load_rulebook(rules)
    fetched = list(_batches(catalogue, int(customers), rulebook.currency, RECORDS))
    gc.collect()
    gc.disable()
    print(json.dumps(_stages(catalogue, rulebook, fetched)))


def first_records(catalogue: Catalogue, customers: int, currency: str, count: int) -> list[Record]:
    """The first records of partition 0, as a worker fetches them."""
    return _unpacked(catalogue, _batches(catalogue, customers, currency, count))


def _unpacked(catalogue: Catalogue, fetched: Iterable[bytes]) -> list[Record]:
    """The records in these batches of partition 0."""
    place, records = TopicPartition(catalogue.name(Role.PURCHASES), 0), list[Record]()
    for batch in fetched:
        records += PartitionRecords(place, MemoryRecords(batch), [], 0, None, None, True, 0)
    return records


def _batches(catalogue: Catalogue, customers: int, currency: str, count: int) -> Iterator[bytes]:
    """The first records of partition 0 as the broker gives them, batch by batch."""
    now_ms = int(time.time() * 1000)
    many = purchases(count * catalogue.partitions * 2, customers, currency)
    mine = ((name.encode(), value) for name, value in many if home(name.encode(), catalogue.partitions) == 0)
    batch = BatchBuilder(BATCH_BYTES, _LZ4)
    for key, value in islice(mine, count):
        if batch.append(timestamp=now_ms, key=key, value=value) is None:
            yield bytes(batch._build())
            batch = BatchBuilder(BATCH_BYTES, _LZ4)
            batch.append(timestamp=now_ms, key=key, value=value)
    yield bytes(batch._build())


def _stages(catalogue: Catalogue, rulebook: Rulebook, fetched: Sequence[bytes]) -> list[Stage]:
    spent: dict[str, float] = defaultdict(float)
    with _timed(spent, "fetch"):
        records = _unpacked(catalogue, fetched)
    with tempfile.TemporaryDirectory() as folder:
        _runs(catalogue, rulebook, records, Path(folder) / "state", spent)
    parts = _parts(rulebook, records)
    rest = spent["run"] - sum(each for name, each in parts if not name.startswith("  "))
    return [
        ("fetch: unpack records", spent["fetch"]),
        ("run (Partition.apply)", spent["run"]),
        *parts,
        (" accounts, rows, journal and the rest", rest),
        ("batches: frame, compress, check", spent["batches"]),
        ("RocksDB write", spent["store"]),
    ]


def _runs(
    catalogue: Catalogue,
    rulebook: Rulebook,
    records: Sequence[Record],
    path: Path,
    spent: dict[str, float],
) -> None:
    """Takes all records through run, batches and store, as a worker does with a backlog."""
    store = Store(path)
    partition = Partition(0, store, catalogue, rulebook)
    for start in range(0, RECORDS, RUN):
        run = records[start : start + RUN]
        with _timed(spent, "run"):
            work = partition.apply(run, {run[0].topic: start + RUN})
        assert work is not None
        assert work.flow.count("outcome", run[0].topic, "applied") == len(run)
        with _timed(spent, "batches"):
            _sent(work)
        with _timed(spent, "store"):
            store.write([*work.changelog, position_record(start)], work.index)
        partition.settle(work)
    store.close()


def _sent(work: Work) -> None:
    """Makes the batches of a commit, as its producer would."""
    changes = [body_of(key, value) for key, value in work.changelog]
    for bodies, timestamps in (
        *by_place([*work.outputs, *work.profiles]).values(),
        (changes, [0] * len(changes)),
    ):
        for batch in batches(bodies, timestamps):
            batch._build()


def _parts(rulebook: Rulebook, records: Sequence[Record]) -> list[Stage]:
    """What a run does, part by part: each part does all records before the next one begins."""
    spent: dict[str, float] = defaultdict(float)
    with _timed(spent, " decode and validate"):
        decoded = [decode(Role.PURCHASES, r.key, r.value, r.headers) for r in records]
    events = [event for event in decoded if isinstance(event, Event)]
    accounts = {event.customer: Account(Customer(event.customer)) for event in events}
    effects: list[Effect] = []
    with _timed(spent, " step"):
        for event in events:
            account = accounts[event.customer]
            assert isinstance(event.data, Purchase)
            account.orders = {event.data.order_id: None}
            answers = step(account, event, rulebook, event.occurred_ms)
            assert isinstance(answers, list)
            effects += answers
    with _timed(spent, "  of which effect ids"):
        for event in events:
            effect_id(event.digest, "points.earned", 0)
    with _timed(spent, " encode effects"):
        bodies = [encode_effect(effect)[1] for effect in effects]
    outputs: list[Output] = [("points", 0, body, 0) for body in bodies]
    with _timed(spent, " journal hash"):
        Chain(b"").add(outputs)
    return list(spent.items())


@contextmanager
def _timed(spent: dict[str, float], name: str) -> Iterator[None]:
    """Adds the CPU time inside, in microseconds per event."""
    start = time.process_time()
    yield
    spent[name] += (time.process_time() - start) / RECORDS * 1e6
