"""`tierline topics dump DIR`: everything that a replay or `tierline verify` needs, as files.

    events.jsonl        the inputs in the order the journal says they were applied, commit by commit
    waiting.jsonl       inputs that no commit has taken yet
    journal.jsonl, outputs.jsonl, profiles.jsonl, changelog.jsonl
                        those topics, partition by partition, as a read_committed consumer sees them
    rulebooks/          the text of each rulebook, under its digest
    installation.json   prefix, app id and number of partitions

A replay of events.jsonl gives exactly the effects that the worker wrote: each record comes with its own
partition, timestamp and bytes, and time that passed without a record is a line of its own.
"""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import IO

import msgspec
from aiokafka.errors import KafkaError

from agents.access import wait_admitted
from agents.cluster_options import add_cluster_options, settings_of
from agents.errors import UserError
from agents.journal import Commit, commit_of
from agents.lines import commit_line, record_line, rulebook_line, time_line
from agents.reading import Stream
from agents.sources import Cluster, Commits, lacking
from agents.work import Record
from topics.admin import PARTITIONS, TopicError, plan
from topics.catalogue import Catalogue, Role
from topics.connection import Connection
from topics.instants import format_ms

EVENTS, WAITING, JOURNAL, OUTPUTS, PROFILES, CHANGELOG = (
    f"{name}.jsonl" for name in ("events", "waiting", "journal", "outputs", "profiles", "changelog")
)
FILES = (EVENTS, WAITING, JOURNAL, OUTPUTS, PROFILES, CHANGELOG)
RULEBOOKS = "rulebooks"
INSTALLATION = "installation.json"
REACH_S = 3.0


async def dump(source: Cluster, folder: Path) -> int:
    """Writes the files into the folder; how many input records were applied."""
    catalogue = source.catalogue
    (folder / RULEBOOKS).mkdir(parents=True, exist_ok=True)
    for digest, text in (await source.rulebooks()).items():
        (folder / RULEBOOKS / f"{digest}.yaml").write_bytes(text)
    named = {"prefix": catalogue.prefix, "app_id": catalogue.app_id, "partitions": catalogue.partitions}
    (folder / INSTALLATION).write_bytes(msgspec.json.encode(named) + b"\n")
    with ExitStack() as stack:
        sinks = {name: stack.enter_context(open(folder / name, "wb")) for name in FILES}
        return sum([await _partition(source, number, sinks) for number in range(catalogue.partitions)])


async def _partition(source: Cluster, number: int, sinks: Mapping[str, IO[bytes]]) -> int:
    """Writes all of one partition; how many of its input records were applied."""
    catalogue = source.catalogue
    count = 0
    async with source.stream(catalogue.name(Role.JOURNAL), number) as journal:
        async with source.commits(number) as inputs:
            async for line, is_record in _partition_lines(number, journal, inputs, sinks[JOURNAL]):
                sinks[EVENTS].write(line)
                count += is_record
            for stream in inputs.inputs.values():
                await _copy(stream, sinks[WAITING])
        for name in outputs_of(catalogue):
            async with source.stream(name, number) as stream:
                await _copy(stream, sinks[OUTPUTS])
        for role, name in ((Role.PROFILES, PROFILES), (Role.CHANGELOG, CHANGELOG)):
            async with source.stream(catalogue.name(role), number) as stream:
                await _copy(stream, sinks[name])
        if await journal.look_again():
            print(
                f"tierline: a worker committed to partition {number} during the dump: it can be replayed, "
                "but to verify it, stop the workers and dump again",
                file=sys.stderr,
            )
    return count


def outputs_of(catalogue: Catalogue) -> list[str]:
    """Names of the topics that consumers read and that keep all that was sent: not the newest of each key."""
    return [
        topic.name
        for topic in catalogue.topics
        if topic.direction == "out" and topic.configs["cleanup.policy"] == "delete"
    ]


async def _copy(stream: Stream, sink: IO[bytes]) -> None:
    async for record in stream.rest():
        sink.write(record_line(record))


async def _partition_lines(
    number: int, journal: Stream, inputs: Commits, sink: IO[bytes]
) -> AsyncIterator[tuple[bytes, bool]]:
    """The lines of the inputs, and whether each is a record; the journal's own go to the sink."""
    now_ms, digest, seq = 0, "", 0
    async for entry in journal.rest():
        commit = commit_of(entry.value or b"")
        if commit.seq != seq + 1:
            raise UserError(f"the journal of partition {number} goes from {seq} to {commit.seq}")
        seq = commit.seq
        sink.write(record_line(entry))
        yield commit_line(number, seq), False
        if commit.digest != digest:
            digest = commit.digest
            yield rulebook_line(number, digest), False
        for record in await _taken(number, commit, inputs):
            now_ms = max(now_ms, record.timestamp)
            yield record_line(record), True
        if commit.now_ms > now_ms:
            now_ms = commit.now_ms
            yield time_line(number, format_ms(now_ms).decode()), False


async def _taken(number: int, commit: Commit, inputs: Commits) -> list[Record]:
    """The records of one commit. Raises UserError when some are gone."""
    records = await inputs.take(commit)
    if lack := lacking(commit, records):
        raise UserError(f"partition {number} cannot be dumped, the inputs' retention is too short: {lack}")
    return records


def configure(parser: ArgumentParser) -> None:
    """Adds the options of `tierline topics dump`."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="where the files go")
    add_cluster_options(parser)


def cluster_of(args: Namespace) -> Cluster:
    """The installation that the options name. Raises UserError unless it is there."""
    settings = settings_of(args)
    wait_admitted(settings.connection, REACH_S)
    _check(settings.connection, settings.catalogue)
    return Cluster(settings.connection, settings.catalogue)


def main(args: Namespace) -> int:
    """Runs `tierline topics dump`; 0 when everything is written."""
    source = cluster_of(args)
    try:
        count = asyncio.run(dump(source, args.folder))
    except KafkaError as error:
        raise UserError(
            f"Kafka at {source.connection} ended the dump ({type(error).__name__}): try again"
        ) from None
    except OSError as error:
        raise UserError(f"cannot write into {args.folder}: {error.strerror}") from None
    print(f"{count:,} records in {args.folder / EVENTS}, their rulebooks in {args.folder / RULEBOOKS}")
    return 0


def _check(connection: Connection, catalogue: Catalogue) -> None:
    """Raises UserError unless all topics are there with the partitions that the catalogue says."""
    try:
        differences = plan(connection, catalogue)
    except TopicError as error:
        raise UserError(str(error)) from None
    wrong = [str(each) for each in differences if each.found is None or each.setting == PARTITIONS]
    if wrong:
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        raise UserError(f"{wrong[0]}{more}; give --prefix, --app-id and --partitions as to the worker")
