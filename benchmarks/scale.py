"""`make bench-scale`: what a million customers cost one worker: CPU per event, restore, memory, takeover.

The default programme on the shipped worker, one process, 4 partitions, on an embedded broker that shares
the machine. Every customer has bought once before anything is measured.
"""

import logging
import os
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path
from random import Random

from agents.broker import ephemeral_broker
from benchmarks.scale_worker import Installation, Worker, running
from rules.load import load_rulebook
from topics.catalogue import Role

RULES = Path("rules/programs/default.yaml")
PARTITIONS = 4
FEW, MANY = 10_000, 1_000_000
EVENTS = 100_000
ROUNDS = 3
AFTER_KILL = 10_000
ORDERS = (10, 10_000)
TAKEOVERS = ((0, 6), (1, 6), (1, 2))  # Standbys, seconds of the session time-out.


def applied(installation: Installation) -> str:
    """The metric of purchases applied."""
    return f"tierline_events_processed_total applied {installation.catalogue.name(Role.PURCHASES)}"


def fill(installation: Installation, folder: Path, customers: int) -> None:
    """Has a worker take one purchase of each customer."""
    print(f"{customers:,} customers buy once", flush=True)
    installation.send(range(customers), customers)
    with running(installation, folder) as worker:
        worker.wait(applied(installation), customers)
        print(f"memory meanwhile: {worker.memory_mb()[1]:.0f} MB at most", flush=True)


def cost_us(installation: Installation, worker: Worker, customers: int) -> float:
    """The worker's CPU microseconds per event for purchases of customers drawn evenly."""
    chance = Random(installation.sent)
    name = applied(installation)
    before, began = worker.numbers().get(name, 0.0), worker.cpu_s()
    installation.send((chance.randrange(customers) for _ in range(EVENTS)), EVENTS)
    worker.wait(name, before + EVENTS)
    return (worker.cpu_s() - began) / EVENTS * 1e6


def take_overs(installation: Installation, folder: Path) -> None:
    """Prints how soon what a lost worker had flows again, without and with a copy of it."""
    for standbys, session_s in TAKEOVERS:
        settings = {"standbys": standbys, "session_timeout_s": session_s}
        empty = folder / f"left-{standbys}-{session_s}"
        with (
            running(installation, folder / "many", **settings) as lost,
            running(installation, empty, **settings) as left,
        ):
            left.wait_copies(standbys * len(lost.partitions() - left.partitions()))
            print(
                f"standbys {standbys}, session {session_s} s: {take_over(installation, lost, left)}",
                flush=True,
            )


def take_over(installation: Installation, lost: Worker, left: Worker) -> str:
    """Kills one of two workers; how soon its partitions flow on the other."""
    places = sorted(lost.partitions() - left.partitions())
    known = len(left.restores())
    lost.kill()
    killed = time.monotonic()
    installation.send(range(AFTER_KILL), AFTER_KILL)
    for place in places:
        left.wait(f"tierline_transactions_total {place} committed", 1)
    seconds = time.monotonic() - killed
    records, restoring_s = together(left.restores()[known:] or [(0, 0.0)])
    return (
        f"takeover: {len(places)} partitions flow again {seconds:.1f} s after the kill, of which "
        f"{restoring_s:.1f} s restore {records:,} records; the rest is mostly the session time-out"
    )


def together(restores: list[tuple[int, float]]) -> tuple[int, float]:
    """Records and seconds of restores side by side."""
    return sum(records for records, _ in restores), max(seconds for _, seconds in restores)


def measure(bootstrap: str, folder: Path, customers: int, rules: Path) -> None:
    """Prints all figures."""
    currency = load_rulebook(rules).currency
    few = Installation(bootstrap, "few", PARTITIONS, rules, currency)
    many = Installation(bootstrap, "many", PARTITIONS, rules, currency)
    fill(few, folder / "few", FEW)
    fill(many, folder / "many", customers)
    with running(few, folder / "few") as for_few, running(many, folder / "wiped") as for_many:
        records, seconds = together(for_many.restores())
        print(
            f"restore: {records:,} records in {seconds:.1f} s, {records / seconds:,.0f} a second, "
            f"{for_many.cpu_s() / records * 1e6:.1f} us CPU each",
            flush=True,
        )
        pairs = [(cost_us(few, for_few, FEW), cost_us(many, for_many, customers)) for _ in range(ROUNDS)]
        with_few, with_many = (min(costs) for costs in zip(*pairs, strict=True))
        print(
            f"CPU per event: {with_few:.1f} us with {FEW:,} customers, "
            f"{with_many:.1f} us with {customers:,}: {with_many / with_few:.2f} x"
        )
        now, most = for_many.memory_mb()
        print(
            f"memory with {customers:,}: {now:.0f} MB resident after the load, {most:.0f} MB at most",
            flush=True,
        )
    take_overs(many, folder)
    show_orders(folder / "orders", rules)
    show_timers(folder / "timers", rules, customers)


def show_orders(folder: Path, rules: Path) -> None:
    """Prints what many orders of a customer cost."""
    command = [sys.executable, "-m", "benchmarks.scale_orders", str(rules), str(folder), *map(str, ORDERS)]
    subprocess.run(command, check=True)


def show_timers(folder: Path, rules: Path, customers: int) -> None:
    """Prints what timers cost that fall due among few customers and among many."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.scale_timers",
        str(rules),
        str(folder),
        str(FEW),
        str(customers),
    ]
    subprocess.run(command, check=True)


def main() -> int:
    """Prints the figures, one line each."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # Brand-new topics take a moment to be led.
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=MANY)
    parser.add_argument("--rules", type=Path, default=RULES)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ephemeral_broker() as broker:
        measure(broker.bootstrap, Path(folder), args.customers, args.rules)
    print(f"the broker shares the machine's {os.cpu_count()} cores")
    return 0


if __name__ == "__main__":
    sys.exit(main())
