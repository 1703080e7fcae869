"""What the demo shows: plain values in, tables and sentences on the screen out."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.columns import Columns
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from demo.findings import Findings

DEAD_WORDS = {
    "bad_json": "not JSON, or not UTF-8",
    "schema": "a field of the wrong type, or no value",
    "no_customer": "key and subject name different customers",
}


@dataclass(frozen=True)
class Speed:
    """Backlog events per second, and ms from sending to reading the committed effect in the paced tail."""

    per_second: float
    paced_per_second: int
    latencies_ms: Sequence[float]


def show(
    console: Console, found: Findings, speed: Speed, tier_order: Sequence[str], levels: Sequence[str]
) -> None:
    """Prints everything but the recount."""
    console.print(Columns([tiers(found, tier_order), points(found), alerts(found, levels)], padding=(0, 3)))
    console.print(Columns([tiers_by_risk(found, tier_order, levels), stages(found)], padding=(0, 3)))
    console.print(Columns([dead_letters(found), speeds(speed)], padding=(0, 3)))
    stories = "\n\n".join(found.stories)
    console.print(Panel(stories, title="some decisions, and why", title_align="left", padding=(1, 2)))


def table(title: str, *headings: str) -> Table:
    """An empty table; every column but the first is of numbers."""
    made = Table(title=title, title_justify="left", title_style="bold", header_style="dim")
    for number, heading in enumerate(headings):
        made.add_column(heading, justify="right" if number else "left")
    return made


def tiers(found: Findings, tier_order: Sequence[str]) -> Table:
    """Members by tier at the end, lowest first, and how many moves led there."""
    made = table("tiers", "tier", "members", "share")
    total = sum(found.tiers.values())
    for code in tier_order:
        share = found.tiers[code] / total if total else 0
        made.add_row(code, f"{found.tiers[code]:,}", f"{share:.1%}")
    made.caption = (
        f"{found.moves['tier.upgraded']:,} upgrades, {found.moves['tier.downgraded']:,} downgrades by refunds"
    )
    return made


def points(found: Findings) -> Table:
    """Points issued, clawed back, and what is left of them."""
    made = table("points", "", "points")
    made.add_row("issued", f"{found.issued:,}")
    made.add_row("clawed back", f"{found.clawed:,}")
    made.add_row("in members' hands", f"{found.issued - found.clawed:,}")
    return made


def alerts(found: Findings, levels: Sequence[str]) -> Table:
    """Alerts by level, mildest first, and how many bought again while at that level."""
    made = table("churn alerts", "level", "raised", "came back")
    for level in levels:
        made.add_row(level, f"{found.raised[level]:,}", f"{found.recovered[level]:,}")
    return made


def tiers_by_risk(found: Findings, tier_order: Sequence[str], levels: Sequence[str]) -> Table:
    """Members by tier and the churn level raised at the end: whom to win back first."""
    made = table("members by tier and risk", "tier", "none", *levels)
    for code in tier_order:
        made.add_row(code, *(f"{found.standing[code, level]:,}" for level in ("", *levels)))
    return made


def stages(found: Findings) -> Table:
    """Customers by the stage of their life as customers, the largest first."""
    made = table("stages", "stage", "customers")
    for stage, count in found.stages.most_common():
        made.add_row(stage, f"{count:,}")
    return made


def dead_letters(found: Findings) -> Table:
    """Dead letters by reason."""
    made = table("dead letters", "reason", "records")
    for reason, count in sorted(found.dead.items()):
        made.add_row(f"{reason}: {DEAD_WORDS.get(reason, 'see its headers')}", f"{count:,}")
    return made


def speeds(speed: Speed) -> Table:
    """Throughput of the backlog and latency of the tail."""
    made = table("speed", "", "measured")
    made.add_row("backlog, exactly once", f"{speed.per_second:,.0f} events/s")
    paced = f"at {speed.paced_per_second:,} events/s"
    made.add_row(f"event to committed effect {paced}, p50", f"{percentile(speed.latencies_ms, 50):,.0f} ms")
    made.add_row(f"event to committed effect {paced}, p99", f"{percentile(speed.latencies_ms, 99):,.0f} ms")
    return made


def percentile(values: Sequence[float], per_cent: int) -> float:
    """The smallest value that so many per cent do not exceed; raises ValueError when there are no values."""
    if not values:
        raise ValueError("no latency was measured: nothing came back for the paced events")
    return sorted(values)[-(-len(values) * per_cent // 100) - 1]
