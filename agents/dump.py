"""`tierline topics dump DIR`: the inputs as files, in the order the journal says they were applied.

A replay of the dump gives exactly the effects that the worker wrote: each record comes with its own
partition, timestamp and bytes, time that passed without a record is a line of its own, and the rulebooks lie
beside it under their digests.
"""

import asyncio
import os
from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

from aiokafka.errors import KafkaError

from agents.broker import bootstrap_from_env_or_running
from agents.broker_probe import wait_reachable
from agents.errors import UserError
from agents.journal import Commit, commit_of
from agents.lines import record_line, rulebook_line, time_line
from agents.reading import Reader, reader
from topics.admin import PARTITIONS, TopicError, plan
from topics.catalogue import Catalogue, Role
from topics.instants import format_ms

EVENTS = "events.jsonl"
RULEBOOKS = "rulebooks"
REACH_S = 3.0


async def dump(servers: list[str], catalogue: Catalogue, folder: Path) -> int:
    """Writes events.jsonl and rulebooks/ into the folder; how many input records there are."""
    (folder / RULEBOOKS).mkdir(parents=True, exist_ok=True)
    count = 0
    with open(folder / EVENTS, "wb") as sink:
        for partition in range(catalogue.partitions):
            async for line, is_record in _partition_lines(servers, catalogue, partition):
                sink.write(line)
                count += is_record
    async with reader(servers, catalogue.name(Role.RULEBOOKS), 0) as books:
        async for record in books.rest():
            digest, text = record.key or b"", record.value or b""
            (folder / RULEBOOKS / f"{digest.decode()}.yaml").write_bytes(text)
    return count


async def _partition_lines(
    servers: list[str], catalogue: Catalogue, partition: int
) -> AsyncIterator[tuple[bytes, bool]]:
    async with AsyncExitStack() as stack:
        journal = await stack.enter_async_context(reader(servers, catalogue.name(Role.JOURNAL), partition))
        inputs = {
            name: await stack.enter_async_context(reader(servers, name, partition))
            for name in catalogue.inputs
        }
        now_ms, digest, seq = 0, "", 0
        async for entry in journal.rest():
            commit = commit_of(entry.value or b"")
            if commit.seq != seq + 1:
                raise UserError(f"the journal of partition {partition} goes from {seq} to {commit.seq}")
            seq = commit.seq
            if commit.digest != digest:
                digest = commit.digest
                yield rulebook_line(partition, digest), False
            async for line, timestamp in _records(commit, inputs):
                now_ms = max(now_ms, timestamp)
                yield line, True
            if commit.now_ms > now_ms:
                now_ms = commit.now_ms
                yield time_line(partition, format_ms(now_ms).decode()), False


async def _records(commit: Commit, inputs: dict[str, Reader]) -> AsyncIterator[tuple[bytes, int]]:
    """The records of one commit in the order applied, with their timestamps."""
    for at, count in commit.order:
        for record in await inputs[commit.topics[at]].take(count, commit.start[at]):
            yield record_line(record), record.timestamp


def configure(parser: ArgumentParser) -> None:
    """Adds the options of `tierline topics dump`."""
    environ = os.environ.get
    parser.add_argument("folder", type=Path, metavar="DIR", help="where the files go")
    parser.add_argument("--kafka", metavar="HOST:PORT,...", help="the cluster (TIERLINE_KAFKA)")
    parser.add_argument("--prefix", default=environ("TIERLINE_PREFIX", "loyalty"), help="first part of names")
    parser.add_argument(
        "--app-id", default=environ("TIERLINE_APP_ID", "tierline"), help="for internal topics"
    )
    parser.add_argument("--partitions", type=int, default=environ("TIERLINE_PARTITIONS", "4"), metavar="N")


def main(args: Namespace) -> int:
    """Runs `tierline topics dump`; 0 when everything is written."""
    if args.partitions < 1:
        raise UserError(f"--partitions is {args.partitions}: give 1 or more")
    bootstrap = args.kafka or bootstrap_from_env_or_running()
    catalogue = Catalogue(args.prefix, args.app_id, args.partitions)
    wait_reachable(bootstrap, REACH_S)
    _check(bootstrap, catalogue)
    try:
        count = asyncio.run(dump(bootstrap.split(","), catalogue, args.folder))
    except KafkaError as error:
        raise UserError(f"Kafka at {bootstrap} ended the dump ({type(error).__name__}): try again") from None
    except OSError as error:
        raise UserError(f"cannot write into {args.folder}: {error.strerror}") from None
    print(f"{count:,} records in {args.folder / EVENTS}, their rulebooks in {args.folder / RULEBOOKS}")
    return 0


def _check(bootstrap: str, catalogue: Catalogue) -> None:
    """Raises UserError unless all topics are there with the partitions that the catalogue says."""
    try:
        differences = plan(bootstrap, catalogue)
    except TopicError as error:
        raise UserError(str(error)) from None
    wrong = [str(each) for each in differences if each.found is None or each.setting == PARTITIONS]
    if wrong:
        more = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
        raise UserError(f"{wrong[0]}{more}; give --prefix, --app-id and --partitions as to the worker")
