"""`tierline demo`: real purchases through a real broker and worker, a screen of results, and a recount."""

import asyncio
import os
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from agents.broker import ephemeral_broker
from agents.broker_process import Guarded
from agents.errors import UserError
from agents.reading import consumer
from agents.settings import named_cluster
from demo.book import plain_book
from demo.cdnow import read_rows
from demo.events import Input, demo_input
from demo.findings import findings_of
from demo.kafka import Journal, load, measure, pace, places, read_back
from demo.recount import recount
from demo.screen import Speed, show
from demo.worker import LOG, running_worker
from topics.admin import TopicError, apply
from topics.catalogue import Catalogue, Role
from topics.connection import Connection, plain

PARTITIONS = 4
TAIL = 5_000
TAIL_PER_SECOND = 1_000
QUICK = 10  # One customer in so many.
QUIET_S = 2.0


def configure(parser: ArgumentParser) -> None:
    """Adds the options of `tierline demo`."""
    parser.add_argument("--keep", action="store_true", help="leave everything running until Ctrl-C")
    parser.add_argument("--quick", action="store_true", help=f"take one customer in {QUICK} only")


def main(args: Namespace) -> int:
    """0 when the recount agrees with what the engine told, 1 when it does not."""
    console = Console()
    console.print("[bold]Tierline demo[/]: 18 months of purchases at a record shop, exactly once.")
    given = prepared(console, args.quick)
    with kafka() as (connection, catalogue), tempfile.TemporaryDirectory(prefix="tierline-demo-") as folder:
        create_topics(connection, catalogue)
        console.print(f"Kafka at {connection}; the worker's log is {folder}/{LOG}")
        return asyncio.run(run(console, connection, catalogue, Path(folder), given, args.keep))


def prepared(console: Console, quick: bool) -> Input:
    """The demo's input, with a word on what is real in it and what is not."""
    rows = read_rows()
    if quick:
        rows = [row for row in rows if int(row.customer[1:]) % QUICK == 0]
    given = demo_input(rows, PARTITIONS, TAIL // QUICK if quick else TAIL)
    others = len(given.records) - len(rows) - PARTITIONS
    customers = len({row.customer for row in rows})
    console.print(
        f"Real: {len(rows):,} purchases of {customers:,} CDNOW customers, 1997-01-01 to 1998-06-30. "
        f"Generated from a fixed seed: {others:,} engagements, refunds, repeats and five poison records."
    )
    return given


@contextmanager
def kafka() -> Iterator[tuple[Connection, Catalogue]]:
    """The cluster that the settings name, under names of this run only; else a broker of our own."""
    if (settings := named_cluster()) is not None:
        run_name = f"demo-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
        yield settings.connection, Catalogue(run_name, f"tierline-{run_name}", PARTITIONS, "log")
    else:
        with ephemeral_broker() as broker:
            yield plain(broker.bootstrap), Catalogue(partitions=PARTITIONS, clock="log")


def create_topics(connection: Connection, catalogue: Catalogue) -> None:
    """Creates the demo's topics; raises UserError when the cluster will not have them."""
    try:
        apply(connection, catalogue)
    except TopicError as error:
        raise UserError(str(error)) from None


async def run(
    console: Console, connection: Connection, catalogue: Catalogue, folder: Path, given: Input, keep: bool
) -> int:
    """The exit code, after loading, working, measuring, reading back, showing and recounting."""
    with progress(console) as bars:
        task = bars.add_task("loading the backlog", total=len(given.backlog))
        await load(connection, catalogue, given.backlog, lambda n: bars.advance(task, n))
        with running_worker(connection, catalogue, folder) as worker:
            speed = await work(bars, connection, catalogue, given, (worker, folder / LOG))
            outputs = await read(bars, connection, catalogue)
            bars.stop()
            agreed = tell(console, given, outputs, speed)
            if keep:
                await stay(console, connection, catalogue)
    return 0 if agreed else 1


async def work(
    bars: Progress, connection: Connection, catalogue: Catalogue, given: Input, worker: tuple[Guarded, Path]
) -> Speed:
    """How fast the worker went through the backlog and answered the paced tail; all is applied on return."""
    loaded, tail = len(given.backlog), len(given.tail)
    async with consumer(connection, places(catalogue, (Role.JOURNAL,))) as client:
        journal = Journal(client, *worker)
        task = bars.add_task("working through the backlog", total=loaded)
        await journal.follow(loaded, lambda n: bars.advance(task, n))
        await journal.quiet(QUIET_S)  # The backlog is done when all that fell due in it has been told.
        per_second = journal.per_second
        task = bars.add_task(f"a paced tail, {TAIL_PER_SECOND:,} events/s", total=tail)
        latencies = await paced(connection, catalogue, given, journal, lambda n: bars.advance(task, n))
        await load(connection, catalogue, given.ending, lambda n: None)
        await journal.follow(loaded + tail + len(given.ending), lambda n: None)
        await journal.quiet(QUIET_S)
    return Speed(per_second, TAIL_PER_SECOND, latencies)


async def paced(
    connection: Connection, catalogue: Catalogue, given: Input, journal: Journal, advance: Any
) -> list[float]:
    """The latencies of the tail, in ms."""
    sent_ms: dict[str, int] = {}
    ready = asyncio.Event()
    measuring = asyncio.create_task(measure(connection, catalogue, sent_ms, ready))
    await ready.wait()
    sending = asyncio.create_task(pace(connection, catalogue, given.tail, TAIL_PER_SECOND, sent_ms))
    await journal.follow(len(given.backlog) + len(given.tail), advance)
    await sending
    await journal.quiet(QUIET_S)
    measuring.cancel()
    return list((await measuring).values())


async def read(bars: Progress, connection: Connection, catalogue: Catalogue) -> list[dict[str, Any]]:
    """All outputs, read back as any consumer would."""
    task = bars.add_task("reading the outputs back", total=None)
    outputs = await read_back(connection, catalogue, lambda n: bars.advance(task, n))
    bars.update(task, total=len(outputs))
    return outputs


def tell(console: Console, given: Input, outputs: list[dict[str, Any]], speed: Speed) -> bool:
    """Shows what came out and counts it again; whether the two agree."""
    book = plain_book()
    codes = [level["code"] for level in book["tiers"]["levels"]]
    show(console, findings_of(outputs), speed, codes, list(book["churn"]["levels"]))
    with console.status("counting every customer again, without the engine"):
        records = ((record.key, record.value) for record in given.records)
        return recount(book, records, outputs, lambda text: console.print(text, highlight=False))


async def stay(console: Console, connection: Connection, catalogue: Catalogue) -> None:
    """Keeps Kafka and the worker until Ctrl-C."""
    console.print(f"Everything stays up: Kafka at {connection}, topics {catalogue.prefix}.*; Ctrl-C ends it.")
    await asyncio.Event().wait()


def progress(console: Console) -> Progress:
    """Bars with counts and the time they took."""
    columns = (TextColumn("{task.description:32}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)
