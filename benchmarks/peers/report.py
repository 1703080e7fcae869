"""Runs to medians, markdown tables and the lines that others read."""

from collections.abc import Callable, Iterable, Sequence
from statistics import median

from benchmarks.peers.engines import DEFAULT, PLAIN, Engine
from benchmarks.peers.latency import Latency
from benchmarks.peers.throughput import Run

RATIOS = ("flink-eos", "kafka-streams-eos", "quix-eos", "faust-naive")
HEAD = (
    "| engine | settings | events | runs | ev/s | each run | ev/s to last commit "
    "| CPU us/event | broker CPU us/event | peak MB |\n|---|---|---|---|---|---|---|---|---|---|"
)
LATENCY_HEAD = "| engine | p50 ms | p99 ms | max ms | missing | CPU cores |\n|---|---|---|---|---|---|"


def counted(runs: Iterable[Run], engine: str, events: int) -> list[Run]:
    """The runs that count for an engine and size: those without noise, or all if every one had it."""
    mine = [run for run in runs if (run.engine, run.events) == (engine, events)]
    return [run for run in mine if not run.noisy] or mine


def middle(runs: Sequence[Run], value: Callable[[Run], float]) -> float:
    """The median of one value over the runs."""
    return median(map(value, runs))


def _rate(run: Run) -> float:
    return run.rate


def throughput_table(engines: Sequence[Engine], sizes: Sequence[int], runs: Sequence[Run]) -> str:
    """A line per size and engine."""
    lines = [HEAD]
    for events in sizes:
        for engine in engines:
            if found := counted(runs, engine.name, engine.given(events)):
                lines.append(_line(engine, found))
    return "\n".join(
        dict.fromkeys(lines)
    )  # An engine that is given fewer events has the same line for all sizes.


def _line(engine: Engine, runs: Sequence[Run]) -> str:
    each = " / ".join(f"{run.rate:,.0f}" for run in runs)
    cells = [
        engine.name,
        engine.what,
        f"{runs[0].events:,}",
        f"{len(runs)}{' (noisy)' if runs[0].noisy else ''}",
        f"{middle(runs, _rate):,.0f}",
        each,
        f"{middle(runs, lambda run: run.committed_rate):,.0f}",
        f"{middle(runs, lambda run: run.cpu_us):.1f}",
        f"{middle(runs, lambda run: run.broker_cpu_us):.1f}",
        f"{middle(runs, lambda run: run.peak_mb):.0f}",
    ]
    return f"| {' | '.join(cells)} |"


def latency_table(found: Sequence[Latency]) -> str:
    """A line per engine."""
    lines = [LATENCY_HEAD]
    for each in found:
        name = f"{each.engine}{' (noisy)' if each.noisy else ''}"
        times = f"{each.p50_ms:,.0f} | {each.p99_ms:,.0f} | {each.max_ms:,.0f}"
        lines.append(f"| {name} | {times} | {each.missing:,} | {each.cores:.2f} |")
    return "\n".join(lines)


def ratio_line(engines: Sequence[Engine], events: int, runs: Sequence[Run]) -> str:
    """How many times as fast as each peer Tierline is at this size; "-" for a peer that was not asked for."""
    given = {engine.name: engine.given(events) for engine in engines}
    ours = middle(counted(runs, PLAIN, events), _rate)
    ratios = []
    for name in RATIOS:
        theirs = counted(runs, name, given[name]) if name in given else []
        ratios.append(f"{name}={ours / middle(theirs, _rate):.2f}" if theirs else f"{name}=-")
    return "ratio " + " ".join(ratios)


def default_line(events: int, runs: Sequence[Run]) -> str:
    """How many times as fast as the plain job on Kafka Streams the default programme is at this size."""
    ours, theirs = counted(runs, DEFAULT, events), counted(runs, "kafka-streams-eos", events)
    return f"default programme kafka-streams-eos={middle(ours, _rate) / middle(theirs, _rate):.2f}"


def latency_line(found: Sequence[Latency]) -> str:
    """Tierline's own."""
    ours = next(each for each in found if each.engine == PLAIN)
    return f"latency p50={ours.p50_ms:.0f} p99={ours.p99_ms:.0f} max={ours.max_ms:.0f}"
