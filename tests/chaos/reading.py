"""What an installation left in Kafka and on disk, read with foreign clients only."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from rocksdict import Options, Rdict

from tests.chaos.model import Said, ms_of

Rows = dict[tuple[int, bytes], bytes]  # By partition and key.
Standing = tuple[int, int, int, int]
Parts = list[list[ConsumerRecord]]  # A topic, partition by partition.
LOCAL = (b"d", b"\0")  # The due index and bookkeeping; all other rows are of customers.
INPUTS = ("purchases", "engagements", "commands")
EFFECTS = ("points", "tiers", "alerts")


class Place(NamedTuple):
    """An installation and the state directories of its workers."""

    bootstrap: str
    prefix: str
    app_id: str
    partitions: int
    state_dirs: tuple[Path, ...]


@dataclass
class Left:
    """Everything that stopped workers left behind. Inputs and effects by role, `names` from role to topic."""

    names: dict[str, str]
    inputs: dict[str, Parts]
    effects: dict[str, Parts]
    letters: Parts
    journal: Parts
    changelog: Rows
    files: Rows


async def left_at(place: Place) -> Left:
    """What is to be found at this place."""
    names = {role: f"{place.prefix}.{role}" for role in (*INPUTS, *EFFECTS, "dead-letters")}
    return Left(
        names,
        {role: await committed(place, names[role]) for role in INPUTS},
        {role: await committed(place, names[role]) for role in EFFECTS},
        await committed(place, names["dead-letters"]),
        await committed(place, f"{place.app_id}-journal"),
        folded(await committed(place, f"{place.app_id}-customers-changelog")),
        stored(place),
    )


async def committed(place: Place, topic: str) -> Parts:
    """The records of each partition that a read_committed consumer sees."""
    tops = [TopicPartition(topic, number) for number in range(place.partitions)]
    consumer = AIOKafkaConsumer(
        bootstrap_servers=place.bootstrap, isolation_level="read_committed", max_partition_fetch_bytes=2**24
    )
    await consumer.start()
    try:
        consumer.assign(tops)
        await consumer.seek_to_beginning()
        ends = await consumer.end_offsets(tops)
        found: dict[TopicPartition, list[ConsumerRecord]] = {top: [] for top in tops}
        while any([await consumer.position(top) < end for top, end in ends.items()]):
            for top, records in (await consumer.getmany(timeout_ms=20)).items():
                found[top] += records
        return [found[top] for top in tops]
    finally:
        await consumer.stop()


def said(record: ConsumerRecord, role: str) -> Said:
    """The effect that a record holds."""
    headers = {name: value.decode() for name, value in record.headers}
    data, kind = json.loads(record.value), headers["ce_type"]
    what: tuple[Any, ...]
    if role == "points":
        what = (data["qty"], data["balance"]["active"], data["rev"])
    elif role == "tiers":
        what = (data["from"], data["to"], data["reason"], data["rev"])
    else:
        what = (data["level"] if kind == "churn.alert" else data["previous"],)
    assert headers["ce_subject"].encode() == record.key
    return Said(role, headers["ce_subject"], kind, ms_of(headers["ce_time"]), headers["ce_causationid"], what)


def folded(partitions: Parts) -> Rows:
    """The newest value of each key of a compacted topic, deletions left out."""
    newest = {
        (number, record.key): record.value for number, records in enumerate(partitions) for record in records
    }
    return {place: value for place, value in newest.items() if value is not None}


def stored(place: Place) -> Rows:
    """All that stopped workers have on disk: of each partition's copies the one that is furthest."""
    rows: Rows = {}
    for number in range(place.partitions):
        paths = [folder / place.app_id / f"partition-{number}" for folder in place.state_dirs]
        copies = [_dumped(path) for path in paths if path.exists()]
        newest = max(copies, key=lambda copy: copy.get(b"\0position", b"")[:8], default={})
        rows |= {(number, key): value for key, value in newest.items()}
    return rows


def _dumped(path: Path) -> dict[bytes, bytes]:
    """Every entry of a RocksDB. Raises when the scan ends because of damage."""
    store = Rdict(str(path), Options(raw_mode=True))
    try:
        entries = store.iter()
        entries.seek_to_first()
        found = {}
        while entries.valid():
            found[bytes(entries.key())] = bytes(entries.value())
            entries.next()
        entries.status()
        return found
    finally:
        store.close()


def table(rows: Rows) -> Rows:
    """The rows of customers and of what belongs to them."""
    return {place: value for place, value in rows.items() if place[1][:1] not in LOCAL}


def due_index(rows: Rows) -> set[tuple[int, bytes]]:
    """The entries of the due index that these rows call for."""
    return {
        (number, b"d" + value[:8] + key[1:])
        for (number, key), value in rows.items()
        if key[:1] == b"s" and any(value[:8])
    }


def standing(row: bytes) -> Standing:
    """(events counted, points balance, money spent, rank) in a customer's row.

    The row is 8 bytes due instant, then MessagePack. The rank is that of the last change
    of level, -1 before joining.
    """
    values = msgspec.msgpack.decode(row[8:])
    standings = values[11]
    return values[0], values[2], values[5], standings["main"][1][-1][1] if "main" in standings else -1
