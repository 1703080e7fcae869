"""The folder of a dump, read as if it were the cluster."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import Struct

from agents.dump import (
    CHANGELOG,
    EVENTS,
    FILES,
    INSTALLATION,
    JOURNAL,
    OUTPUTS,
    PROFILES,
    RULEBOOKS,
    WAITING,
    outputs_of,
)
from agents.errors import UserError
from agents.journal import Commit
from agents.lines import CommitFrom, Line, LineRecord, RulebookFrom, TimePassed, dumped_record, read_lines
from agents.reading import Stream
from agents.verify_words import Difference, place
from agents.work import Record
from topics.catalogue import Catalogue, Role

AT_ONCE = 1_000

Place = tuple[str, int]


class _Installation(Struct):
    prefix: str
    app_id: str
    partitions: int


class _Topic(Struct):
    topic: str
    partition: int


class _Where(Struct):
    """What a line says of where it belongs: a record's topic and partition, or a partition alone."""

    record: _Topic | None = None
    partition: int = -1


class _Span(NamedTuple):
    """Lines of a file: the first one's number, and the bytes [start, end)."""

    line: int
    start: int
    end: int


_where_of = msgspec.json.Decoder(_Where).decode
_NOWHERE = _Span(0, 0, 0)


class FileStream(Stream):
    """Records that stand in lines, in the order of the lines."""

    def __init__(self, records: Iterator[Record]) -> None:
        super().__init__()
        self.records = records
        self.started = False

    async def more(self) -> bool:
        """Reads on; whether anything came."""
        self.waiting.extend(islice(self.records, AT_ONCE))
        if self.waiting and not self.started:
            self.begin, self.started = self.waiting[0].offset, True
        return bool(self.waiting)


class DumpedCommits:
    """The inputs of one partition in the order of the lines, whatever topic they are of."""

    def __init__(self, number: int, lines: Iterator[Line]) -> None:
        self.number = number
        self.lines = lines
        self.next = next(lines, None)
        self.begins: dict[str, int] = {}
        self.now_ms, self.digest = 0, ""

    async def take(self, commit: Commit) -> list[Record]:
        """The records of the commit. Raises Difference when the lines around them contradict the journal."""
        if self.next != CommitFrom(self.number, commit.seq):
            raise Difference(f"{place(self.number, commit.seq)}: {EVENTS} does not have it where it belongs")
        records: list[Record] = []
        told: list[Line] = []
        while (line := next(self.lines, None)) is not None and not isinstance(line, CommitFrom):
            if isinstance(line, LineRecord):
                records.append(line)
            else:
                told.append(line)
        self.next = line
        if told != self._expected(commit):
            where = place(self.number, commit.seq)
            raise Difference(f"{where}: {EVENTS} and the journal disagree on its rulebook or its time")
        self.now_ms, self.digest = commit.now_ms, commit.digest
        return records

    def _expected(self, commit: Commit) -> list[Line]:
        """The lines of a commit that are no records, as a dump writes them."""
        lines: list[Line] = []
        if commit.digest != self.digest:
            lines.append(RulebookFrom(self.number, commit.digest))
        if not commit.order and commit.now_ms > self.now_ms:
            lines.append(TimePassed(self.number, commit.now_ms))
        return lines


class Dump:
    """An installation as `tierline topics dump` wrote it. Raises UserError for a folder that is none."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.astray: list[str] = []
        try:
            found = msgspec.json.decode((folder / INSTALLATION).read_bytes(), type=_Installation)
            self.catalogue = Catalogue(found.prefix, found.app_id, found.partitions)
            self.spans = {name: self._spans(name) for name in FILES}
        except OSError as error:
            raise UserError(f"{error.filename} cannot be read ({error.strerror}): dump again") from None
        except msgspec.DecodeError:
            raise UserError(f"{folder / INSTALLATION} is not as `tierline topics dump` writes it") from None

    @asynccontextmanager
    async def stream(self, topic: str, partition: int) -> AsyncIterator[Stream]:
        """One partition of a topic; of an input all records, whether applied or waiting."""
        yield FileStream(self._records(topic, partition))

    @asynccontextmanager
    async def commits(self, partition: int) -> AsyncIterator[DumpedCommits]:
        """The inputs of a partition as the lines have them."""
        yield DumpedCommits(partition, self._events(partition))

    async def rulebooks(self) -> dict[str, bytes]:
        """The text of each rulebook by its digest."""
        return {path.stem: path.read_bytes() for path in (self.folder / RULEBOOKS).glob("*.yaml")}

    def disorder(self) -> str:
        """The first line that is not where it belongs in its file, in words; "" when all are."""
        return next(iter(self.astray), "")

    def _records(self, topic: str, partition: int) -> Iterator[Record]:
        place = topic, partition
        if topic in self.catalogue.inputs:
            for event in self._events(partition):
                if isinstance(event, LineRecord) and event.topic == topic:
                    yield event
            name = WAITING
        else:
            name = self._files().get(topic, OUTPUTS)
        last = -1
        for number, line in self._lines(name, self.spans[name].get(place, _NOWHERE)):
            record = dumped_record(number, line)
            if (record.topic, record.partition) == place:
                if record.offset <= last:
                    self.astray.append(f"{name} line {number + 1} has offset {record.offset} after {last}")
                last = record.offset
                yield record

    def _events(self, partition: int) -> Iterator[Line]:
        span = self.spans[EVENTS].get(("", partition), _NOWHERE)
        lines = (line for _, line in self._lines(EVENTS, span))
        return (each for each in read_lines(lines, self.catalogue, span.line) if each.partition == partition)

    def _lines(self, name: str, span: _Span) -> Iterator[tuple[int, bytes]]:
        """The numbered lines of a span."""
        with open(self.folder / name, "rb") as file:
            file.seek(span.start)
            at, number = span.start, span.line
            while at < span.end:
                line = file.readline()
                yield number, line
                at += len(line)
                number += 1

    def _spans(self, name: str) -> dict[Place, _Span]:
        """Where the first and last lines of each place stand; of events, of each partition."""
        spans: dict[Place, _Span] = {}
        at, last = 0, None
        with open(self.folder / name, "rb") as file:
            for number, line in enumerate(file):
                where = self._place(name, number, line)
                if where not in spans and not self._ours(name, *where):
                    raise UserError(
                        f"{name} line {number + 1} is of {where[0] or 'events'} partition {where[1]}, which "
                        "this installation does not have there"
                    )
                if where != last and where in spans:
                    self.astray.append(
                        f"{name} line {number + 1} stands apart from the others of its partition"
                    )
                first, last = spans.get(where, _Span(number, at, at)), where
                at += len(line)
                spans[where] = first._replace(end=at)
        return spans

    def _ours(self, name: str, topic: str, partition: int) -> bool:
        """Whether the file may hold something of this topic ("" for events) and partition."""
        alone = {file: [topic] for topic, file in self._files().items()}
        fixed = {EVENTS: [""], WAITING: self.catalogue.inputs, OUTPUTS: outputs_of(self.catalogue), **alone}
        return topic in fixed[name] and 0 <= partition < self.catalogue.partitions

    def _files(self) -> dict[str, str]:
        """Topics that have a file for themselves."""
        files = {Role.JOURNAL: JOURNAL, Role.PROFILES: PROFILES, Role.CHANGELOG: CHANGELOG}
        return {self.catalogue.name(role): name for role, name in files.items()}

    def _place(self, name: str, number: int, line: bytes) -> Place:
        try:
            where = _where_of(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise UserError(
                f"{self.folder / name} line {number + 1} is not as `tierline topics dump` writes it"
            ) from None
        if where.record is None:
            return "", where.partition
        return "" if name == EVENTS else where.record.topic, where.record.partition
