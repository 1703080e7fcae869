"""The inputs of one partition as one order of records.

The next record is the one with the smallest (broker timestamp, input in the catalogue's order, offset).
An input is *at its end* when the last fetch found nothing more there. One that is empty and not known to
be at its end holds the others back, until the caller says it has waited long enough.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain
from operator import attrgetter

from agents.work import Record

_timestamp = attrgetter("timestamp")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What one fetch brought from one input of a partition: positions are [start, end).

    `end` lies past transaction markers and aborted records. `at_end` says nothing more was there.
    `epoch` counts the consumer's seeks: a later seek makes this stale.
    """

    start: int
    end: int
    at_end: bool
    epoch: int
    records: Sequence[Record]


class Gap(Exception):
    """A fetch began above the position that was reached: records would be lost."""

    def __init__(self, topic: str, reached: int, start: int) -> None:
        super().__init__(f"{topic}: offset {reached} is next, but the records begin at {start}.")


class _Input:
    """Records fetched from one topic and not yet taken: `records[taken:]`."""

    __slots__ = ("at_end", "fetched", "records", "taken", "topic")

    def __init__(self, topic: str, position: int) -> None:
        self.topic = topic
        self.fetched = position
        self.at_end = False
        self.records: list[Record] = []
        self.taken = 0

    def __len__(self) -> int:
        return len(self.records) - self.taken

    def add(self, run: Fetched) -> None:
        if run.start > self.fetched:
            raise Gap(self.topic, self.fetched, run.start)
        if run.end < self.fetched:
            return  # Fetched before a seek; all of it is known.
        new = run.records
        if run.start < self.fetched:
            new = [record for record in new if record.offset >= self.fetched]
        self.records = [*self.records[self.taken :], *new]
        self.taken = 0
        self.fetched = run.end
        self.at_end = run.at_end

    def take(self, count: int) -> Sequence[Record]:
        taken = self.records[self.taken : self.taken + count]
        self.taken += len(taken)
        return taken

    @property
    def position(self) -> int:
        """The consumer's position after what was taken."""
        if self.taken == len(self.records):
            return self.fetched
        return self.records[self.taken - 1].offset + 1 if self.taken else self.records[0].offset


class Inputs:
    """The fetched records of a partition's inputs. `positions` give each topic's next offset to apply."""

    def __init__(self, topics: Iterable[str], positions: dict[str, int]) -> None:
        self._inputs = [_Input(topic, positions.get(topic, 0)) for topic in topics]
        self._by_topic = {each.topic: each for each in self._inputs}

    def add(self, topic: str, run: Fetched) -> None:
        """Appends what was fetched, less what is known already. Raises Gap when records are missing."""
        self._by_topic[topic].add(run)

    def buffered(self, topic: str) -> int:
        """How many records of this input wait."""
        return len(self._by_topic[topic])

    def fetched(self, topic: str) -> int:
        """The position up to which this input was fetched."""
        return self._by_topic[topic].fetched

    @property
    def positions(self) -> dict[str, int]:
        """Each topic's position after the records taken so far."""
        return {each.topic: each.position for each in self._inputs}

    @property
    def empty(self) -> bool:
        """Whether no record waits."""
        return not any(map(len, self._inputs))

    def take(self, limit: int, wait: bool) -> Sequence[Record]:
        """At most `limit` records in merged order; none if `wait` and another input may have earlier ones."""
        ready = [each for each in self._inputs if len(each)]
        if not ready or (wait and any(not len(each) and not each.at_end for each in self._inputs)):
            return ()
        if len(ready) == 1:
            return ready[0].take(limit)
        return _merge(ready, limit)


def _highest_so_far(records: Sequence[Record]) -> list[int]:
    """For each record the highest timestamp up to and including it."""
    timestamps = list(map(_timestamp, records))
    return timestamps if timestamps == sorted(timestamps) else list(accumulate(timestamps, max))


def _merge(ready: list[_Input], limit: int) -> list[Record]:
    """The merged records, up to the last one in hand of an input that has or may have more.

    Taking the smallest head each time is the same as sorting by each input's highest timestamp so far,
    and a stable sort of ordered lists is a merge: half a microsecond a record.
    """
    share = max(limit // len(ready), 1)
    candidates = [each.records[each.taken : each.taken + share] for each in ready]
    keys = list(chain.from_iterable(map(_highest_so_far, candidates)))
    order = sorted(range(len(keys)), key=keys.__getitem__)
    ends = list(accumulate(map(len, candidates)))
    bounds = [end for each, end in zip(ready, ends, strict=True) if len(each) > share or not each.at_end]
    count = min([limit, len(order), *(order.index(end - 1) + 1 for end in bounds)])
    chosen = order[:count]
    below = 0
    for each, end in zip(ready, ends, strict=True):
        upto = sum(map(end.__gt__, chosen))
        each.taken += upto - below
        below = upto
    everything = list(chain.from_iterable(candidates))
    return list(map(everything.__getitem__, chosen))
