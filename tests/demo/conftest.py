"""The demo's input, and what the engine tells of some of its customers, computed once with no broker."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from aiokafka.partitioner import murmur2

from agents.lines import LineRecord
from agents.memory import MemoryStore
from agents.run import Partition
from demo.book import BOOK_FILE, plain_book
from demo.cdnow import Row, read_rows
from demo.events import Input, Record, demo_input
from demo.kafka import OUTPUTS
from rules.load import load_rulebook
from topics.catalogue import Catalogue, Role
from topics.encode import line_of

PARTITIONS = 4
RUN = 2_000


@pytest.fixture(scope="session")
def rows() -> list[Row]:
    return read_rows()


@pytest.fixture(scope="session")
def everything(rows: list[Row]) -> Input:
    return demo_input(rows, PARTITIONS, tail=5_000)


@pytest.fixture(scope="session")
def book() -> dict[str, Any]:
    return plain_book()


@pytest.fixture(scope="session")
def some_records(rows: list[Row]) -> list[Record]:
    """The demo of every tenth customer."""
    return demo_input([row for row in rows if int(row.customer[1:]) % 10 == 0], PARTITIONS, tail=500).records


@pytest.fixture(scope="session")
def some_told(some_records: list[Record]) -> list[dict[str, Any]]:
    return list(engine_outputs(some_records))


@pytest.fixture(scope="session")
def few(some_records, some_told) -> tuple[list[Record], list[dict[str, Any]]]:
    """(records, what is told of them) of every hundredth customer and of those with dead letters."""

    def chosen(name: str) -> bool:
        return name.endswith("00") or name in buried

    buried = {out["key"] for out in some_told if out["type"] == "dead_letter"}
    records = [r for r in some_records if r.key is None or chosen(r.key.decode())]
    told = [out for out in some_told if chosen(out["key"] if "key" in out else out["subject"])]
    return records, told


def engine_outputs(records: Iterable[Record]) -> Iterator[dict[str, Any]]:
    """What the engine tells of these records, in order within each partition."""
    catalogue, rulebook = Catalogue(partitions=PARTITIONS, clock="log"), load_rulebook(BOOK_FILE)
    for number, mine in by_partition(records, catalogue).items():
        store = MemoryStore()
        partition = Partition(number, store, catalogue, rulebook, "log")
        for start in range(0, len(mine), RUN):
            yield from commits(partition, store, catalogue, mine[start : start + RUN])


def by_partition(records: Iterable[Record], catalogue: Catalogue) -> dict[int, list[LineRecord]]:
    """The records as a worker would get them, offsets made up."""
    parts: dict[int, list[LineRecord]] = defaultdict(list)
    for offset, record in enumerate(records):
        number = record.partition
        if number is None:
            number = (murmur2(record.key) & 0x7FFFFFFF) % catalogue.partitions
        topic = catalogue.name(Role(record.role))
        bytes_of = (record.key, record.value, list(record.headers))
        parts[number].append(LineRecord(topic, number, offset, record.timestamp_ms, *bytes_of))
    return parts


def commits(
    partition: Partition, store: MemoryStore, catalogue: Catalogue, run: list[LineRecord]
) -> Iterator[dict[str, Any]]:
    """The lines that one run puts on the output topics."""
    outward = {catalogue.name(role) for role in OUTPUTS}
    work = partition.apply(run, {record.topic: record.offset + 1 for record in run})
    while work is not None:
        store.write(work.changelog + work.index)
        partition.settle(work)
        for topic, _, body, _ in work.outputs:
            if topic in outward:
                yield line_of(body)
        work = partition.apply([], {}) if partition.timers_left else None
