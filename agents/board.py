"""How numbers are declared and shown: each once, with the words that the reference has of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from agents.flow import Key

PREFIX = "tierline_"


@dataclass(frozen=True, slots=True)
class Spec:
    """One row of the reference: the name as Prometheus has it, and what it says."""

    section: str
    name: str
    kind: str
    labels: tuple[str, ...]
    says: str


class Board(Collector):
    """Gauges that are replaced whole, so that nothing is left of a partition that has gone."""

    def __init__(self, specs: Sequence[Spec]) -> None:
        self.specs = {spec.name: spec for spec in specs}
        self._shown: dict[str, Mapping[Key, float]] = {}

    def put(self, name: str, values: Mapping[Key, float]) -> None:
        """Replaces a gauge: label values -> number."""
        assert PREFIX + name in self.specs, name
        self._shown = {**self._shown, PREFIX + name: values}

    def collect(self) -> Iterable[Metric]:
        """What was put last; read by another thread."""
        shown = self._shown
        for name, spec in self.specs.items():
            family = GaugeMetricFamily(name, spec.says, labels=spec.labels)
            for labels, value in shown.get(name, {}).items():
                family.add_metric(labels, value)
            yield family

    def describe(self) -> Iterable[Metric]:
        """The gauges without numbers."""
        return [GaugeMetricFamily(name, spec.says, labels=spec.labels) for name, spec in self.specs.items()]


class Register:
    """Numbers in a registry of their own, and what they are, by section."""

    def __init__(self) -> None:
        disable_created_metrics()  # They would double the counters.
        self.registry = CollectorRegistry()
        self.specs: list[Spec] = []
        self.gauges: list[Spec] = []  # Those that a board shows.
        self.section = ""

    def _spec(self, name: str, kind: str, says: str, labels: tuple[str, ...]) -> Spec:
        spec = Spec(self.section, PREFIX + name, kind, labels, says)
        self.specs.append(spec)
        return spec

    def _counter(self, name: str, says: str, *labels: str) -> Counter:
        self._spec(name + "_total", "counter", says, labels)
        return Counter(PREFIX + name, says, labels, registry=self.registry)

    def _histogram(self, name: str, says: str, buckets: Sequence[float]) -> Histogram:
        self._spec(name, "histogram", says, ())
        return Histogram(PREFIX + name, says, buckets=buckets, registry=self.registry)

    def _own_gauge(self, name: str, says: str) -> Gauge:
        """A gauge by partition that is set, and removed, by who knows it."""
        self._spec(name, "gauge", says, ("partition",))
        return Gauge(PREFIX + name, says, ["partition"], registry=self.registry)

    def _gauge(self, name: str, says: str, *labels: str) -> None:
        self.gauges.append(self._spec(name, "gauge", says, labels))
