"""How long records take, stage by stage, as one histogram that a commit adds to at once.

`prometheus_client` observes value by value. A commit has thousands of records whose timestamps are known,
so where each bucket ends among them is searched for, and what is counted is exact all the same.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final

from prometheus_client.core import HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar
from prometheus_client.utils import floatToGoString

BOUNDS_S: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_LABEL_MAX: Final = 128  # Characters of all labels of an exemplar, by OpenMetrics.
_NAMES: Final = [*map(floatToGoString, BOUNDS_S), "+Inf"]


class _Stage:
    """One series: how many records took at most so long, for each bucket and for all."""

    def __init__(self) -> None:
        self.at_most = [0] * len(_NAMES)
        self.exemplars: list[Exemplar | None] = [None] * len(_NAMES)
        self.sum_s = 0.0


class Latencies(Collector):
    """The histogram `name` with the label `stage`; seconds."""

    def __init__(self, name: str, documentation: str, stages: Sequence[str]) -> None:
        self.name = name
        self.documentation = documentation
        self._stages = {stage: _Stage() for stage in stages}

    def same(self, stage: str, seconds: float, records: int) -> None:
        """Counts records that all took equally long."""
        found = self._stages[stage]
        for place in range(bisect_left(BOUNDS_S, seconds), len(_NAMES)):
            found.at_most[place] += records
        found.sum_s += seconds * records

    def since(self, stage: str, instants_ms: Sequence[int], until_ms: int, slowest: str = "") -> None:
        """Counts records that took from each instant (rising order, not empty) until `until_ms`.

        `slowest` names the first of them, as the example of the bucket that it falls into.
        """
        found, count = self._stages[stage], len(instants_ms)
        for place, bound_s in enumerate(BOUNDS_S):
            found.at_most[place] += count - bisect_left(instants_ms, until_ms - int(bound_s * 1000))
        found.at_most[-1] += count
        found.sum_s += max(until_ms * count - sum(instants_ms), 0) / 1000
        if slowest and len("event_id") + len(slowest) <= _LABEL_MAX:
            seconds = max(until_ms - instants_ms[0], 0) / 1000
            example = Exemplar({"event_id": slowest}, seconds, until_ms / 1000)
            found.exemplars[bisect_left(BOUNDS_S, seconds)] = example

    def collect(self) -> Iterable[Metric]:
        """The histogram as it stands; read by another thread."""
        family = HistogramMetricFamily(self.name, self.documentation, labels=["stage"])
        for stage, found in self._stages.items():
            buckets = [
                (name, float(count), example) if example else (name, float(count))
                for name, count, example in zip(_NAMES, list(found.at_most), found.exemplars, strict=True)
            ]
            family.add_metric([stage], buckets=buckets, sum_value=found.sum_s)  # type: ignore[arg-type]
        yield family

    def describe(self) -> Iterable[Metric]:
        """The histogram without samples."""
        yield HistogramMetricFamily(self.name, self.documentation, labels=["stage"])
