"""`tierline replay`: the same engine with no broker, from a file of events to a file of effects."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from agents.cluster_options import add_topic_options, catalogue_of
from agents.errors import UserError
from agents.lines import CommitFrom, Line, LineRecord, RulebookFrom, TimePassed, read_lines
from agents.memory import MemoryStore
from agents.run import Partition
from agents.work import Work
from engine.plan import plan_of
from rules.compiled import Rulebook
from rules.load import RuleError, load_rulebook
from topics.catalogue import Catalogue, Role
from topics.encode import line_bytes, line_of
from topics.framing import Output, opened

LINES_AT_ONCE = 5_000
_TRANSFER = b"command.points.transfer"


@dataclass(slots=True)
class _Open:
    """A commit of a dump that is being read."""

    records: list[LineRecord] = field(default_factory=list)
    tick_ms: int | None = None


class Replay:
    """All partitions in one process. Feed it lines; it gives back what the worker would have sent.

    Where lines say which commit they belong to, each such commit is applied as the worker applied it.
    Bare lines are applied some thousands at a time, with all timers that are then due; what the engine sends
    itself comes right after the line that caused it. A dump holds it among its records.
    """

    def __init__(
        self, rulebook: Rulebook, catalogue: Catalogue, rulebooks: dict[str, Rulebook] | None = None
    ):
        self.catalogue = catalogue
        self.rulebook = rulebook
        self.rulebooks = {rulebook.digest: rulebook, **(rulebooks or {})}
        self.stores = [MemoryStore() for _ in range(catalogue.partitions)]
        self.partitions = [
            Partition(number, store, catalogue, rulebook) for number, store in enumerate(self.stores)
        ]
        self.open: dict[int, _Open] = {}
        self.sent: list[Output] = []  # By the engine to itself.

    def outputs(self, lines: Iterable[Line]) -> Iterator[Output]:
        """What the lines cause, in file order by batches of lines, each partition in its own order."""
        for batch in _batches(iter(lines), Midnights(self.rulebook)):
            yield from self._batch(batch)
        for number in list(self.open):
            yield from self._close(number)

    def _batch(self, lines: list[Line]) -> Iterator[Output]:
        waiting: list[list[LineRecord]] = [[] for _ in self.partitions]
        for line in lines:
            number, commit = line.partition, self.open.get(line.partition)
            if isinstance(line, LineRecord):
                (waiting[number] if commit is None else commit.records).append(line)
                continue
            yield from self._apply(number, waiting[number], None)
            waiting[number] = []
            if isinstance(line, CommitFrom):
                yield from self._close(number)
                self.open[number] = _Open()
            elif isinstance(line, RulebookFrom):
                self.partitions[number].rulebook = self._rulebook(line.digest)
            elif commit is not None:
                commit.tick_ms = line.time_ms
            else:
                yield from self._apply(number, [], line.time_ms)
        for number, records in enumerate(waiting):
            yield from self._apply(number, records, None)
        yield from self._deliver()

    def _apply(self, number: int, records: list[LineRecord], tick_ms: int | None) -> Iterator[Output]:
        """What bare lines cause, and then all timers that are due."""
        if not records and tick_ms is None:
            return  # A worker commits nothing either, not even the rulebook it was started with.
        own = self.catalogue.name(Role.COMMANDS)
        for output in self._until_quiet(number, records, tick_ms):
            if output[0] == own:
                self.sent.append(output)
            yield output

    def _until_quiet(self, number: int, records: list[LineRecord], tick_ms: int | None) -> Iterator[Output]:
        yield from self._commit(number, records, tick_ms)
        while self.partitions[number].timers_left:
            yield from self._commit(number, [], tick_ms)

    def _deliver(self) -> Iterator[Output]:
        """What comes of the events that the engine sent itself; they may cause more of them."""
        while self.sent:
            topic, number, body, timestamp = self.sent.pop(0)
            record = LineRecord(topic, number, 0, timestamp, *opened(body))
            yield from self._apply(number, [record], None)

    def _close(self, number: int) -> Iterator[Output]:
        """What the commit that ends here caused; timers that it left are the next one's."""
        commit = self.open.pop(number, None)
        if commit is not None:
            yield from self._commit(number, commit.records, commit.tick_ms)

    def _commit(self, number: int, records: list[LineRecord], tick_ms: int | None) -> Iterator[Output]:
        positions = {record.topic: record.offset + 1 for record in records}
        work = self.partitions[number].apply(records, positions, tick_ms)
        if work is not None:
            self._adopt(number, work)
            yield from work.outputs

    def _adopt(self, number: int, work: Work) -> None:
        self.stores[number].write(work.changelog + work.index)
        self.partitions[number].settle(work)

    def _rulebook(self, digest: str) -> Rulebook:
        if digest not in self.rulebooks:
            raise UserError(f"the dump obeys rulebook {digest[:12]}, which is not beside it; dump again")
        return self.rulebooks[digest]


class Midnights:
    """Tells which lines make a partition's time pass a local midnight, where its counts are told."""

    def __init__(self, rulebook: Rulebook) -> None:
        plan = plan_of(rulebook)
        self.days = None if plan.rfm is None else plan.days
        self.seen: dict[int, int] = {}  # By partition.

    def passes(self, line: Line) -> bool:
        """Whether this line does."""
        if self.days is None or not isinstance(line, LineRecord | TimePassed):
            return False
        day = self.days.of((line.timestamp if isinstance(line, LineRecord) else line.time_ms) - 1)
        before = self.seen.get(line.partition, day)
        self.seen[line.partition] = max(day, before)
        return day > before


def _batches(lines: Iterator[Line], midnights: Midnights) -> Iterator[list[Line]]:
    """Lines some thousands at a time; one that makes the engine send itself something ends its batch."""
    batch: list[Line] = []
    for line in lines:
        batch.append(line)
        sends = isinstance(line, LineRecord) and _TRANSFER in (line.value or b"")
        if len(batch) == LINES_AT_ONCE or sends or midnights.passes(line):
            yield batch
            batch = []
    if batch:
        yield batch


def effect_lines(outputs: Iterable[Output], catalogue: Catalogue) -> Iterator[bytes]:
    """The lines of EFFECTS.jsonl: effects and dead letters; forwarded records and rulebooks are left out."""
    internal = {catalogue.name(Role.RULEBOOKS), *catalogue.inputs}
    for output in outputs:
        if output[0] not in internal:
            yield line_bytes(line_of(output[2])) + b"\n"


def configure(parser: ArgumentParser) -> None:
    """Adds the options of `tierline replay`."""
    parser.add_argument("events", help="a file of events, one JSON object per line; - for standard input")
    parser.add_argument("--rules", required=True, help="the rulebook")
    parser.add_argument("--out", required=True, help="where the effects go, one per line; or -")
    add_topic_options(parser)


def main(args: Namespace) -> int:
    """Runs `tierline replay`; 0 when all lines were read."""
    if args.out != "-" and Path(args.out).resolve() == Path(args.events).resolve():
        raise UserError(f"--out would overwrite the events in {args.events}: name another file")
    catalogue = catalogue_of(args)
    replay = Replay(rulebook_at(Path(args.rules)), catalogue, rulebooks_beside(args.events))
    with opened_file(args.events, "rb") as source, opened_file(args.out, "wb") as sink:
        for line in effect_lines(replay.outputs(read_lines(source, catalogue)), catalogue):
            sink.write(line)
    return 0


def rulebooks_beside(events: str) -> dict[str, Rulebook]:
    """The rulebooks that a dump keeps beside its lines, by digest."""
    folder = Path(events).parent / "rulebooks"
    books = [rulebook_at(path) for path in sorted(folder.glob("*.yaml"))] if events != "-" else []
    return {book.digest: book for book in books}


def rulebook_at(path: Path) -> Rulebook:
    """The rulebook in a file. Raises UserError with everything that is wrong with it."""
    try:
        return load_rulebook(path)
    except RuleError as error:
        raise UserError("\n".join(map(str, error.all()))) from None


def opened_file(path: str, mode: str) -> AbstractContextManager[IO[bytes]]:
    """A file, or standard input or output for `-`. Raises UserError when it cannot be opened."""
    if path == "-":  # Not ours to close.
        return nullcontext(sys.stdin.buffer if mode == "rb" else sys.stdout.buffer)
    try:
        return open(path, mode)
    except OSError as error:
        raise UserError(f"cannot open {path}: {error.strerror}") from None
