"""`tierline verify`: everything a worker wrote, checked against a replay of what it was given.

The inputs are applied again, commit by commit as the journal tells, by the function the worker applies them
with. Outputs, journal and changelog have to be what comes out of it, record by record.
"""

import asyncio
import sys
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path

from aiokafka.errors import KafkaError

from agents.dump import add_cluster_options, cluster_of, outputs_of
from agents.dumped import Dump
from agents.errors import UserError
from agents.sources import Source
from agents.verify_inputs import Rulebooks
from agents.verify_partition import Findings, PartitionReplay
from agents.verify_words import Difference
from topics.catalogue import Role

PROGRESS_S = 0.5


class Progress:
    """One line on a terminal that says how far it is; nothing elsewhere."""

    def __init__(self, partitions: int) -> None:
        self.partitions = partitions
        self.shown_at = time.monotonic()

    def __call__(self, partition: int, seq: int, events: int) -> None:
        """Shows the commit, at most a few times a second."""
        if sys.stderr.isatty() and time.monotonic() > self.shown_at + PROGRESS_S:
            self.shown_at = time.monotonic()
            where = f"partition {partition} (of {self.partitions}), commit {seq:,}, {events:,} events"
            print(f"\r\033[K{where}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Takes the line away."""
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)


async def verify(source: Source, findings: Findings) -> None:
    """Returns when everything is verified. Raises Difference at the first thing that differs."""
    books = Rulebooks(await source.rulebooks())
    for number in range(source.catalogue.partitions):
        await PartitionReplay(source, number, books, findings).verify()
    await findings.strays.check(source, findings.cut)
    if disorder := source.disorder():
        raise Difference(disorder)


def configure(parser: ArgumentParser) -> None:
    """Adds the options."""
    parser.add_argument("--dir", type=Path, help="a folder that `tierline topics dump` wrote; no Kafka then")
    add_cluster_options(parser)


def main(args: Namespace) -> int:
    """Runs `tierline verify`: 0 when nothing differs, 1 with the first difference."""
    source: Source = Dump(args.dir) if args.dir else cluster_of(args)
    progress = Progress(source.catalogue.partitions)
    findings = Findings(progress)
    wrong = ""
    try:
        asyncio.run(verify(source, findings))
    except Difference as difference:
        wrong = str(difference)
    except KafkaError as error:
        raise UserError(f"Kafka ended the verification ({type(error).__name__}): try again") from None
    finally:
        progress.clear()
    for note in findings.notes:
        print(f"note: {note}")
    if wrong:
        print(f"after {findings.counts['events']:,} events, the first difference: {wrong}")
        return 1
    print(_summary(source, findings))
    return 0


def _summary(source: Source, findings: Findings) -> str:
    counts, catalogue = findings.counts, source.catalogue
    letters = catalogue.name(Role.DEAD_LETTERS)
    effects = sum(counts[topic] for topic in outputs_of(catalogue) if topic != letters)
    return (
        f"{counts['commits']:,} commits in {catalogue.partitions} partitions, "
        f"{counts[letters]:,} dead letters, {findings.strays.count:,} records sent on to their partition\n"
        f"verified {counts['events']:,} events, {effects:,} effects, 0 differences"
    )
