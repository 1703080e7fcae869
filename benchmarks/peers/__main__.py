"""`make bench-peers`: every engine in interleaved rounds, then their latencies; tables, three lines last."""

import logging
import os
import platform
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agents.broker import EphemeralBroker, ephemeral_broker
from agents.errors import UserError
from benchmarks.load import lately, load
from benchmarks.peers import latency, throughput
from benchmarks.peers.cluster import create
from benchmarks.peers.engines import PARTITIONS, Engine, engines, workers_for_this_machine
from benchmarks.peers.events import CUSTOMERS, FORMATS, events, plain_purchases
from benchmarks.peers.expected import LEVELS, Answers, expected
from benchmarks.peers.report import default_line, latency_line, latency_table, ratio_line, throughput_table
from benchmarks.peers.throughput import Run
from topics.admin import TopicError, apply
from topics.catalogue import Catalogue

SIZES = (300_000, 1_200_000)
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Input:
    """Events on the broker, in both formats, under a prefix, and what they must lead to, by programme."""

    prefix: str
    topics: tuple[str, ...]
    expected: dict[str, Answers]


def prepare(bootstrap: str, count: int) -> Input:
    """Loads the events in both formats."""
    prefix = f"events-{count}"
    catalogue = Catalogue(prefix, prefix, PARTITIONS)
    apply(bootstrap, catalogue)
    create(bootstrap, [f"{prefix}.plain"], PARTITIONS)
    start_ms = lately(count)
    for form in FORMATS:
        load(bootstrap, f"{prefix}.{form}", PARTITIONS, events(form, count, start_ms))
    answers = {programme: expected(plain_purchases(count), programme) for programme in LEVELS}
    print(f"{count:,} purchases of {CUSTOMERS:,} customers; expected: {answers}", flush=True)
    return Input(prefix, (*catalogue.inputs, f"{prefix}.plain"), answers)


def tasks(engines: Sequence[Engine], sizes: Sequence[int]) -> list[tuple[Engine, int]]:
    """One round: each engine with each number of events that it is given, size by size."""
    both = ((engine, engine.given(size)) for size in sizes for engine in engines)
    return list(dict.fromkeys(both))


def rounds(args: Namespace, engines: Sequence[Engine], broker: EphemeralBroker) -> Iterator[Run]:
    """Every run of all rounds; each round begins with another engine."""
    sizes = {count: None for _, count in tasks(engines, args.events)}
    inputs = {count: prepare(broker.bootstrap, count) for count in sizes}
    kept = [topic for each in inputs.values() for topic in each.topics]
    for number in range(args.rounds):
        first = number % len(engines)
        for engine, count in tasks([*engines[first:], *engines[:first]], args.events):
            given = inputs[count]
            run = throughput.measure(
                engine, broker, given.prefix, kept, count, given.expected[engine.programme]
            )
            print(f"round {number + 1}: {run}", flush=True)
            yield run


def machine() -> str:
    """What the figures were measured on, and when."""
    day, python = f"{datetime.now(UTC):%Y-%m-%d}", platform.python_version()
    return f"{day}, {processor()}, {os.cpu_count()} cores that the broker shares, Python {python}"


def processor() -> str:
    """The processor's name, as the system knows it."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def run(args: Namespace) -> None:
    """The whole benchmark, on one broker."""
    all_engines = engines(args.workers, args.flink)
    with ephemeral_broker() as broker:
        runs = list(rounds(args, all_engines, broker))
        latencies = []
        for engine in all_engines:
            latencies.append(latency.measure(engine, broker))
            print(latencies[-1], flush=True)
    print(
        f"\n{machine()}\n\n{throughput_table(all_engines, args.events, runs)}\n\n{latency_table(latencies)}\n"
    )
    print(default_line(max(args.events), runs))
    print(ratio_line(all_engines, max(args.events), runs))
    print(latency_line(latencies))


def positive(text: str) -> int:
    """The number; a ValueError, which argparse puts into words, for one below 1."""
    if (number := int(text)) < 1:
        raise ValueError
    return number


def main() -> int:
    """0 when every engine gave the expected answers."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # Brand-new topics take a moment to be led.
    parser = ArgumentParser(prog="make bench-peers", description=__doc__)
    parser.add_argument("--rounds", type=positive, default=3)
    parser.add_argument("--events", type=positive, nargs="+", default=SIZES)
    parser.add_argument("--workers", type=positive, default=workers_for_this_machine())
    parser.add_argument("--flink", action="store_true")
    try:
        run(parser.parse_args())
    except (UserError, TopicError) as error:
        print(f"bench-peers: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(main())
