"""The cluster: partitions with transactions in them, and the coordinator of transactions, as Kafka has them.

A transaction's end is decided first and reaches its partitions later, each by a marker that takes an
offset. Readers of committed records see nothing from the first open transaction on. Taking over a
transactional id raises its epoch: the former owner's transaction is aborted, and whatever it sends later is
refused. A transaction left open too long is aborted in the same way.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from aiokafka.errors import ConcurrentTransactions, InvalidTxnState, ProducerFenced
from aiokafka.structs import TopicPartition

from tests.simulation.loop import NOBODY, Loop

MARKER_S = 0.004  # A marker is written within twice this time, mostly.
FETCH_WAIT_S = 0.5  # How long a fetch that finds nothing is held.

# Key, value, headers, timestamp in ms (None: when it is written)
Row = tuple[bytes | None, bytes | None, Sequence[tuple[str, bytes | None]], int | None]


@dataclass(slots=True)
class Entry:
    """A record in a partition; `visible` is None while its transaction is open."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    writer: str = ""
    visible: bool | None = True


class Log:
    """One partition."""

    def __init__(self, place: TopicPartition) -> None:
        self.place = place
        self.entries: list[Entry] = []
        self.end = 0
        self.compacted = 0  # Offsets below this have been looked at for compaction.
        self._open: dict[str, int] = {}  # Writer -> the first offset of its open transaction.

    def append(self, rows: Iterable[Row], now_ms: int, writer: str = "") -> int:
        """The offset of the first row. With a writer, the rows are part of its transaction."""
        base = self.end
        for key, value, headers, timestamp in rows:
            at_ms = now_ms if timestamp is None else timestamp
            visible = None if writer else True
            entry = Entry(*self.place, self.end, at_ms, key, value, tuple(headers), writer, visible)
            self.entries.append(entry)
            self.end += 1
        if writer:
            self._open.setdefault(writer, base)
        return base

    def mark(self, writer: str, visible: bool) -> None:
        """Ends the writer's transaction here; the marker takes an offset."""
        if self._open.pop(writer, None) is not None:
            for entry in self.entries:
                if entry.writer == writer and entry.visible is None:
                    entry.visible = visible
        self.end += 1

    @property
    def stable(self) -> int:
        """The last stable offset: below it no transaction is open."""
        return min(self._open.values(), default=self.end)

    def read(self, start: int, limit: int) -> tuple[list[Entry], int]:
        """At most `limit` committed records from an offset on, and the offset to go on from."""
        found: list[Entry] = []
        for entry in self.entries:
            if start <= entry.offset < self.stable and entry.visible:
                if len(found) == limit:
                    return found, found[-1].offset + 1
                found.append(entry)
        return found, max(self.stable, start)

    def committed(self) -> list[Entry]:
        """All that a reader of committed records gets."""
        return self.read(0, self.end)[0]

    def compact(self) -> None:
        """Forgets aborted records and all but the newest of each key, below the last stable offset."""
        newest = {entry.key: entry.offset for entry in self.committed()}
        stable = self.compacted = self.stable
        self.entries = [
            each for each in self.entries
            if each.offset >= stable or (each.visible and newest[each.key] == each.offset)
        ]  # fmt: skip


@dataclass(slots=True)
class _Owner:
    """A transactional id: the epoch of its owner, and the partitions of its open transaction."""

    epoch: int = -1
    places: list[TopicPartition] = field(default_factory=list)
    since: float = 0.0
    ending: bool = False  # Decided, and markers are being written.
    last_end: bool | None = None


class Cluster:
    """All partitions and the coordinator. `clock` gives the time of day in ms."""

    def __init__(self, loop: Loop, chance: Random, clock: Callable[[], int], timeout_s: float) -> None:
        self.loop = loop
        self.chance = chance
        self.clock = clock
        self.timeout_s = timeout_s
        self.logs: dict[TopicPartition, Log] = {}
        self._owners: dict[str, _Owner] = {}
        self._held: list[asyncio.Future[None]] = []

    def log(self, place: TopicPartition) -> Log:
        """A partition."""
        if place not in self.logs:
            self.logs[place] = Log(place)
        return self.logs[place]

    def append(self, place: TopicPartition, rows: Iterable[Row], writer: str = "") -> int:
        """Writes outside any transaction, or in one that `mark` ends: for what comes from elsewhere."""
        offset = self.log(place).append(rows, self.clock(), writer)
        self._wake()
        return offset

    def mark(self, place: TopicPartition, writer: str, visible: bool) -> None:
        """Ends a transaction that `append` began."""
        self.log(place).mark(writer, visible)
        self._wake()

    def take_over(self, name: str) -> int:
        """The epoch of the new owner of a transactional id, once no transaction of a former one is left."""
        owner = self._owners.setdefault(name, _Owner())
        if owner.places and not owner.ending:
            owner.epoch += 1
            self._end(name, owner, False)
        if owner.ending:
            raise ConcurrentTransactions
        owner.epoch += 1
        owner.last_end = None
        return owner.epoch

    def add(self, name: str, epoch: int, place: TopicPartition) -> None:
        """Makes a partition part of the owner's transaction, which begins with its first."""
        owner = self._owned(name, epoch)
        if owner.ending:
            raise ConcurrentTransactions
        if not owner.places:
            owner.since = self.loop.time()
            owner.last_end = None
            self.loop.call_later(self.timeout_s, self._expire, name, owner.since, context=NOBODY)
        if place not in owner.places:
            owner.places.append(place)

    def produce(self, name: str, epoch: int, place: TopicPartition, rows: Iterable[Row]) -> int:
        """The offset of the first row, written in the owner's transaction."""
        owner = self._owned(name, epoch)
        if owner.ending or place not in owner.places:
            raise InvalidTxnState
        return self.log(place).append(rows, self.clock(), name)

    def end(self, name: str, epoch: int, commit: bool) -> None:
        """Decides the owner's transaction; asked again, says the same."""
        owner = self._owned(name, epoch)
        if owner.ending:
            raise ConcurrentTransactions
        if owner.places:
            self._end(name, owner, commit)
        elif owner.last_end is not commit:
            raise InvalidTxnState

    def _owned(self, name: str, epoch: int) -> _Owner:
        owner = self._owners[name]
        if owner.epoch != epoch:
            raise ProducerFenced
        return owner

    def _end(self, name: str, owner: _Owner, commit: bool) -> None:
        owner.ending, owner.last_end = True, commit
        places, owner.places = owner.places, []
        left = [len(places)]

        def mark(place: TopicPartition) -> None:
            self.mark(place, name, commit)
            left[0] -= 1
            owner.ending = left[0] > 0

        for place in places:
            delay = self.chance.random() * MARKER_S * (100 if self.chance.random() < 0.05 else 2)
            self.loop.call_later(delay, mark, place, context=NOBODY)

    def _expire(self, name: str, since: float) -> None:
        """Aborts a transaction that has been open too long; its owner is fenced."""
        owner = self._owners[name]
        if owner.places and not owner.ending and owner.since == since:
            owner.epoch += 1
            self._end(name, owner, False)

    def fetch(self, positions: Mapping[TopicPartition, int], limit: int) -> asyncio.Future[dict]:
        """For each partition (records, next position, last stable offset, end); waits a little for more."""
        answer = self.loop.create_future()
        self._try(answer, dict(positions), limit, self.loop.time() + FETCH_WAIT_S)
        return answer

    def _try(self, answer: asyncio.Future, positions: dict, limit: int, until: float) -> None:
        logs = {place: self.log(place) for place in positions}
        if self.loop.time() < until and not any(log.stable > positions[place] for place, log in logs.items()):
            held = self.loop.create_future()
            self._held.append(held)
            self.loop.call_at(until, _release, held, context=NOBODY)
            held.add_done_callback(lambda _: self._try(answer, positions, limit, until), context=NOBODY)
            return
        answer.set_result(
            {place: (*log.read(positions[place], limit), log.stable, log.end) for place, log in logs.items()}
        )

    def _wake(self) -> None:
        held, self._held = self._held, []
        for each in held:
            _release(each)


def _release(held: asyncio.Future[None]) -> None:
    if not held.done():
        held.set_result(None)
