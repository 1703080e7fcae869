"""One partition verified: its commits replayed one by one, each compared with what is there."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import msgspec

from agents.accounts import Change
from agents.dump import outputs_of
from agents.journal import ENGINE_VERSION, Commit, commit_of, encode
from agents.lines import LineRecord
from agents.memory import MemoryStore
from agents.reading import Stream
from agents.run import Partition
from agents.sources import Source
from agents.verify_changelog import Changelog, Fault
from agents.verify_inputs import Rulebooks, ill_formed, of_commit, unexplained, wrong_inputs
from agents.verify_profiles import Profiles
from agents.verify_strays import Strays
from agents.verify_words import (
    Difference,
    Message,
    cause_of,
    difference,
    first_difference,
    first_part,
    message,
    output_of,
    place,
    row,
    should_be,
)
from agents.work import Record, Work
from topics.catalogue import Role
from topics.framing import Output, body_of, opened

_OTHERS = (Role.JOURNAL, Role.PROFILES, Role.CHANGELOG)

Found = dict[str, tuple[list[Output], list[Record]]]  # By topic: what should be there, and what is.


@dataclass
class Findings:
    """What was verified, and what an operator should know of it."""

    progress: Callable[[int, int, int], None]  # Partition, commit, records so far.
    counts: Counter[str] = field(default_factory=Counter)  # Records by topic; "events" of all inputs.
    notes: list[str] = field(default_factory=list)
    cut: set[tuple[str, int]] = field(default_factory=set)  # Inputs with an accepted gap.
    strays: Strays = field(default_factory=Strays)


class PartitionReplay:
    """The replay of one partition beside its topics. Raises Difference at the first thing that differs."""

    def __init__(self, source: Source, number: int, books: Rulebooks, findings: Findings) -> None:
        self.source = source
        self.catalogue = source.catalogue
        self.number = number
        self.books = books
        self.findings = findings
        self.store = MemoryStore()
        self.partition: Partition | None = None
        self.ends: dict[str, int] = {}
        self.seq = 0
        self.engine = ENGINE_VERSION

    async def verify(self) -> None:
        """Returns when all commits there are, and all that came of them, are as the replay has them."""
        name = self.catalogue.name
        async with AsyncExitStack() as stack:
            streams = {
                topic: await stack.enter_async_context(self.source.stream(topic, self.number))
                for topic in (*outputs_of(self.catalogue), *(name(role) for role in _OTHERS))
            }
            self.inputs = await stack.enter_async_context(self.source.commits(self.number))
            journal = streams.pop(name(Role.JOURNAL))
            self.changelog = Changelog(streams[name(Role.CHANGELOG)])
            self.profiles = Profiles(streams[name(Role.PROFILES)])
            self.outputs = streams
            await self._commits(journal)
            await self._nothing_more(journal)
            if fault := self.changelog.missing() or await self.profiles.fault():
                raise self._differs_beside(fault, [])

    async def _commits(self, journal: Stream) -> None:
        async for entry in journal.rest():
            await self._commit(entry)
            self.findings.progress(self.number, self.seq, self.findings.counts["events"])

    async def _nothing_more(self, journal: Stream) -> None:
        """Raises Difference for what no commit accounts for; a worker at work may commit meanwhile."""
        for stream in self.outputs.values():
            await stream.look_again()
        ends = {topic: stream.end for topic, stream in self.outputs.items()}
        while extra := await self._extra(ends):
            if not await journal.look_again():
                if fault := await self.profiles.fault():
                    raise self._differs_beside(fault, [])
                customer, cause, what = self._in_words(extra)
                where = place(self.number, self.seq + 1, customer, cause)
                at = f"{extra.topic} at offset {extra.offset}"
                raise Difference(f"{where}: {what} is in {at}, but the journal ends with commit {self.seq}")
            await self._commits(journal)

    async def _extra(self, ends: dict[str, int]) -> Record | None:
        await self.changelog.next()
        for topic, stream in self.outputs.items():
            record = await stream.head()
            if record is not None and record.offset < ends[topic]:
                return record
        return None

    def _in_words(self, record: Record) -> Message:
        if record.topic == self.catalogue.name(Role.CHANGELOG):
            customer, what = row(record.key or b"")
            return Message(customer, "", what)
        if record.topic == self.catalogue.name(Role.PROFILES):
            return Message((record.key or b"").decode(errors="replace"), "", "the customer's profile")
        return message(output_of(record))

    async def _commit(self, entry: Record) -> None:
        """Replays one commit and compares what came of it."""
        commit = self._read(entry)
        where = place(self.number, commit.seq)
        partition = self._follow(commit, where)
        records = await self.inputs.take(commit)
        tick_ms = None if commit.order else commit.now_ms
        work = partition.apply(of_commit(commit, records), self._by_input(commit, commit.end), tick_ms)
        found = await self._found(work)
        if wrong := wrong_inputs(self.catalogue, commit, records, self.inputs.begins):
            named = wrong if wrong.cause else await self._named(wrong, commit, records, found)
            raise self._differs(named, self.inputs.begins)
        if work is None:
            raise Difference(f"{where}: nothing happened in it, so that no worker would have committed it")
        if pair := _differing_pair(work, found):
            topic = pair[0][0]
            raise self._differs(difference(*pair), {topic: self.outputs[topic].begin})
        self._compare_journal(where, entry, commit, work.journal)
        if fault := await self.changelog.check(commit.seq, self._rows(work), self.store.rows):
            raise self._differs_beside(fault, records)
        await self.profiles.check(commit.seq, work.profiles)
        self._adopt(partition, commit, records, work)

    def _read(self, entry: Record) -> Commit:
        where = place(self.number, self.seq + 1)
        try:
            commit = commit_of(entry.value or b"")
        except ValueError:  # msgspec's and Unicode's.
            raise Difference(f"{where}: the journal record at offset {entry.offset} cannot be read") from None
        if commit.seq != self.seq + 1:
            raise Difference(f"{where}: it is not in the journal, where commit {commit.seq} comes next")
        if wrong := ill_formed(commit, self.catalogue):
            raise Difference(f"{where}: what the journal says of it cannot be: {wrong}")
        return commit

    def _follow(self, commit: Commit, where: str) -> Partition:
        """The partition, ready for the commit."""
        book = self.books.of(commit.digest, where)
        if self.partition is None:
            self.partition = Partition(self.number, self.store, self.catalogue, book)
        self.partition.rulebook = book
        for topic, start in self._by_input(commit, commit.start).items():
            before = self.ends.get(topic, 0)
            if start < before:
                raise Difference(
                    f"{where}: it began at offset {start} of {topic}, and the former ended at {before}"
                )
            if start > before:
                self.partition.positions[topic] = start
                self.findings.cut.add((topic, self.number))
                self.findings.notes.append(
                    f"{where}: {topic} goes on at offset {start} instead of {before}, a gap that was accepted"
                )
        if commit.engine != self.engine:
            self.engine = commit.engine
            self.findings.notes.append(
                f"{where}: from here on by engine {self.engine}, this is {ENGINE_VERSION}"
            )
        return self.partition

    def _by_input(self, commit: Commit, offsets: Sequence[int]) -> dict[str, int]:
        """Offsets by input, in the order in which a worker has them."""
        named = dict(zip(commit.topics, offsets, strict=True))
        return {topic: named[topic] for topic in self.catalogue.inputs if topic in named}

    def _differs(self, found: Message, begins: Mapping[str, int]) -> Difference:
        """The difference at a commit; a topic whose first records are gone is named."""
        gone = [
            f" ({topic} begins at offset {begin}: has retention taken what was before?)"
            for topic, begin in begins.items()
            if begin > 0
        ]
        where = place(self.number, self.seq + 1, found.customer, found.cause)
        return Difference(f"{where}: {found.what}{''.join(gone)}")

    async def _found(self, work: Work | None) -> Found:
        """By topic, what should be there of the commit's outputs, and as many records as are there."""
        found: Found = {topic: ([], []) for topic in self.outputs}
        for output in work.outputs if work is not None else ():
            if output[0] in found:
                found[output[0]][0].append(output)
        for topic, (expected, real) in found.items():
            real += await self.outputs[topic].take(len(expected)) if expected else []
        return found

    async def _named(
        self, wrong: Message, commit: Commit, records: Sequence[Record], found: Found
    ) -> Message:
        """The same with customer and event of a missing record, if an output betrays it."""
        heads = [await self.outputs[topic].head() for topic in outputs_of(self.catalogue)]
        late = [each for each in heads if each is not None and each.timestamp <= commit.now_ms]
        there = [each for _, real in found.values() for each in real]
        told = unexplained(self.catalogue, records, [*there, *late])
        return wrong if told is None else told._replace(what=wrong.what)

    def _compare_journal(self, where: str, entry: Record, found: Commit, written: bytes) -> None:
        """Raises Difference for a field, or anything else, of the journal record that differs."""
        expected = commit_of(written)
        for name in Commit.__struct_fields__:
            wanted, real = getattr(expected, name), getattr(found, name)
            if wanted != real and name != "engine":
                raise Difference(f"{where}: in the journal {should_be(name, wanted, real)}")
        value = written if found.engine == ENGINE_VERSION else entry.value
        output = (entry.topic, self.number, body_of(None, value), found.now_ms)
        if output != output_of(entry):
            raise Difference(f"{where}: in the journal {first_part(output, output_of(entry))}")

    def _rows(self, work: Work) -> list[Change]:
        """The commit's rows; the bookkeeping record names the engine that wrote it."""
        *rows, (key, _) = work.changelog
        return [*rows, (key, encode(msgspec.structs.replace(work.after, engine=self.engine)))]

    def _differs_beside(self, fault: Fault, records: Sequence[Record]) -> Difference:
        """The difference, with the customer's events in the commit."""
        of_customer = [each for each in records if each.key == fault.customer.encode()]
        causes = dict.fromkeys(cause_of(self.catalogue, each) for each in of_customer)
        return Difference(
            f"{place(self.number, fault.seq, fault.customer, ' or '.join(causes))}: {fault.text}"
        )

    def _adopt(self, partition: Partition, commit: Commit, records: Sequence[Record], work: Work) -> None:
        self.seq = commit.seq
        self.ends |= zip(commit.topics, commit.end, strict=True)
        self.store.write(work.changelog + work.index)
        partition.settle(work)
        tally = self.findings.counts
        tally["events"] += len(records)
        tally["commits"] += 1
        tally[self.catalogue.name(Role.PROFILES)] += len(work.profiles)
        for output in work.outputs:
            tally[output[0]] += 1
            if output[0] in self.catalogue.inputs:
                self._sent_on(output)

    def _sent_on(self, output: Output) -> None:
        """Notes a record that came to a wrong partition."""
        topic, partition, body, timestamp = output
        key, value, headers = opened(body)
        record = LineRecord(topic, partition, 0, timestamp, key, value, headers)
        customer, cause = (key or b"").decode(errors="replace"), cause_of(self.catalogue, record)
        self.findings.strays.sent(output, place(self.number, self.seq, customer, cause))


def _differing_pair(work: Work, found: Found) -> tuple[Output, Record | None] | None:
    """The first output, in the order sent, that is not there as it should be, and what is there."""
    pairs: list[tuple[Output, Record | None]] = []
    for expected, real in found.values():
        if (at := first_difference(expected, real)) >= 0:
            pairs.append((expected[at], real[at] if at < len(real) else None))
    return min(pairs, key=lambda pair: work.outputs.index(pair[0]), default=None)
