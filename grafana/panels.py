"""What a dashboard shows, as plain values: panels with their questions to Prometheus.

In an expression `@` stands for the matchers of the dashboard's variables, so that every metric is asked for
by job and instance.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

MATCHERS: Final = 'job=~"$job", instance=~"$instance"'
Kind = Literal["timeseries", "stat", "bargauge", "heatmap", "table"]

# Units as Grafana names them.
COUNT: Final = "short"
PER_SECOND: Final = "cps"
RATIO: Final = "percentunit"
SECONDS: Final = "s"
BYTES: Final = "bytes"


@dataclass(frozen=True, slots=True)
class Query:
    """One question, and what its lines are called."""

    text: str
    legend: str = ""

    @property
    def expr(self) -> str:
        """The expression with the dashboard's variables."""
        return self.text.replace("@", MATCHERS)


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel. `span` is its width of 24, `bounds` are values from which it turns yellow and red."""

    title: str
    says: str
    unit: str
    queries: tuple[Query, ...]
    kind: Kind = "timeseries"
    span: int = 8
    bounds: tuple[float, ...] = ()
    decimals: int | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Panels under a heading."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One dashboard, in a file named after `uid`."""

    uid: str
    title: str
    says: str
    rows: tuple[Row, ...]

    @property
    def panels(self) -> Iterator[Panel]:
        """All panels in order."""
        return (panel for row in self.rows for panel in row.panels)


def lines(title: str, says: str, unit: str, *queries: tuple[str, str], span: int = 8) -> Panel:
    """A panel of lines over time; each query is (expression, legend)."""
    return Panel(title, says, unit, tuple(Query(*each) for each in queries), span=span)


def number(
    title: str, says: str, unit: str, text: str, *bounds: float, span: int = 4, decimals: int | None = None
) -> Panel:
    """A panel of one number."""
    return Panel(title, says, unit, (Query(text),), "stat", span, bounds, decimals)


def bars(title: str, says: str, unit: str, text: str, legend: str, span: int = 8) -> Panel:
    """A panel of bars, one for each label."""
    return Panel(title, says, unit, (Query(text, legend),), "bargauge", span)


def table(title: str, says: str, unit: str, text: str, span: int = 12) -> Panel:
    """A table of the labels and the number of each series."""
    return Panel(title, says, unit, (Query(text),), "table", span)


def quantiles(metric: str, by: str = "") -> tuple[tuple[str, str], ...]:
    """Median, 95 and 99 percent of a histogram, by the matcher `by`."""
    chosen = f"{metric}_bucket{{@{', ' + by if by else ''}}}"
    return tuple(
        (f"histogram_quantile({share}, sum by (le) (rate({chosen}[$__rate_interval])))", name)
        for share, name in ((0.5, "p50"), (0.95, "p95"), (0.99, "p99"))
    )


def mean(metric: str, by: str = "") -> str:
    """The mean of a histogram, by the labels `by`."""
    group = f"sum by ({by})" if by else "sum"
    total, count = (f"{group} (rate({metric}_{part}{{@}}[$__rate_interval]))" for part in ("sum", "count"))
    return f"{total} / {count}"


def rate(metric: str, by: str = "", where: str = "") -> str:
    """Per second, by labels, with matchers."""
    group = f"sum by ({by})" if by else "sum"
    return f"{group} (rate({metric}{{@{', ' + where if where else ''}}}[$__rate_interval]))"


def total(metric: str, by: str = "", where: str = "") -> str:
    """The sum of a gauge over partitions and workers, by labels, with matchers."""
    group = f"sum by ({by})" if by else "sum"
    return f"{group} ({metric}{{@{', ' + where if where else ''}}})"
