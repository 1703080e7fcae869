"""The inputs in the order of the journal, and what the model says to them."""

import json
from collections import Counter, deque
from collections.abc import Hashable
from typing import Any

from kafka.partitioner.default import murmur2

from tests.chaos.model import Customer, Programme, Said
from tests.chaos.reading import Parts, Standing


def home(key: bytes, partitions: int) -> int:
    """The partition of a customer."""
    return int((murmur2(key) & 0x7FFFFFFF) % partitions)


class Walk:
    """One walk over all partitions. `said` and `buried` must be found in the outputs, `breaks` be empty."""

    def __init__(
        self,
        inputs: dict[str, Parts],
        names: dict[str, str],
        labels: dict[Hashable, deque[bool]],
        partitions: int,
    ) -> None:
        self.inputs = inputs
        self.names = names
        self.roles = {name: role for role, name in names.items()}
        self.labels = labels
        self.partitions = partitions
        self.said: list[tuple[int, Said]] = []
        self.buried: list[Hashable] = []
        self.taken: Counter[tuple[str, int]] = Counter()
        self.breaks: dict[tuple[int, int], str] = {}  # By partition and place in the journal.
        self.standings: dict[tuple[int, bytes], Standing] = {}

    def follow(self, journal: Parts) -> None:
        """Takes every record that the journal names, partition by partition."""
        for number, records in enumerate(journal):
            programme, ends, now_ms = Programme(), {}, 0
            for at, commit in enumerate(json.loads(each.value) for each in records):
                starts = dict(zip(commit["topics"], commit["start"], strict=True))
                if commit["seq"] != at + 1 or {**starts, **ends} != starts or commit["now_ms"] < now_ms:
                    self.breaks[number, at] = str(commit)
                ends = dict(zip(commit["topics"], commit["end"], strict=True))
                self._commit(number, commit, programme, ends)
                now_ms = programme.now_ms = commit["now_ms"]
            self.said += [(number, each) for each in programme.pass_time(now_ms)]
            for customer in programme.customers.values():
                self.standings[number, b"s" + customer.name.encode()] = _standing(customer)

    def _commit(self, number: int, commit: Any, programme: Programme, ends: dict[str, int]) -> None:
        for at, count in commit["order"]:
            topic = commit["topics"][at]
            role = self.roles[topic]
            first = self.taken[role, number]
            self.taken[role, number] += count
            for record in self.inputs[role][number][first : first + count]:
                if record.offset >= ends[topic]:
                    self.breaks[number, commit["seq"]] = f"{topic} {record.offset} lies beyond {commit}"
                self._take(number, role, record, programme)

    def _take(self, number: int, role: str, record: Any, programme: Programme) -> None:
        programme.now_ms = max(programme.now_ms, record.timestamp)
        labels = self.labels.get((role, number, record.key, record.value, tuple(record.headers)))
        if not labels:
            return  # Nobody sent it; that is counted elsewhere.
        if not labels.popleft():
            own = tuple(record.headers)
            place = self.names[role], str(number), str(record.offset)
            self.buried.append((record.key, record.value, own, *place))
        elif not record.key or home(record.key, self.partitions) == number:
            self.said += [(number, each) for each in programme.take(record.value, record.timestamp)]


def _standing(customer: Customer) -> Standing:
    return customer.rev, customer.balance, customer.spend, customer.rank
