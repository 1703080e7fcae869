"""What a worker tells Prometheus. Everything is counted per commit, nothing per event."""

from collections import Counter as Tally
from collections.abc import Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from agents.errors import UserError
from agents.exits import Exit
from agents.work import Record, Work

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 20)
_SIZES = (1, 10, 100, 500, 1_000, 2_000, 4_000, 10_000)
_DEAD = "dead_letter:"


class Metrics:
    """The numbers of one worker process, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.events = Counter("tierline_events", "Events read, by topic.", ["topic"], registry=registry)
        self.outcomes = Counter("tierline_outcomes", "What became of them.", ["outcome"], registry=registry)
        self.dead_letters = Counter(
            "tierline_dead_letters", "Records put aside, by reason.", ["reason"], registry=registry
        )
        self.outputs = Counter("tierline_outputs", "Records sent, by topic.", ["topic"], registry=registry)
        self.commits = Counter("tierline_commits", "Commits.", ["partition"], registry=registry)
        self.apply_seconds = Histogram(
            "tierline_apply_seconds", "Computing a run.", buckets=_SECONDS, registry=registry
        )
        self.commit_seconds = Histogram(
            "tierline_commit_seconds", "Committing a run.", buckets=_SECONDS, registry=registry
        )
        self.run_records = Histogram(
            "tierline_run_records", "Records of a run.", buckets=_SIZES, registry=registry
        )
        self.now_ms = Gauge("tierline_now_ms", "A partition's time.", ["partition"], registry=registry)
        self.lag = Gauge(
            "tierline_lag_records", "Records not applied yet.", ["topic", "partition"], registry=registry
        )
        self.restore_left = Gauge(
            "tierline_restore_remaining", "Changelog offsets to restore.", ["partition"], registry=registry
        )
        self.restored = Counter("tierline_restored_records", "Changelog records restored.", registry=registry)
        self.standby_lag = Gauge(
            "tierline_standby_lag_records",
            "Changelog offsets that a copy lacks.",
            ["partition"],
            registry=registry,
        )
        self.wiped = Counter("tierline_state_wiped", "State found unusable and restored.", registry=registry)
        self.rebalances = Counter("tierline_rebalances", "Assignments of the group.", registry=registry)
        self.assigned = Gauge("tierline_partitions_assigned", "Partitions in hand.", registry=registry)

    def serve(self, host: str, port: int) -> None:
        """Answers http://host:port/metrics from a thread of its own. Raises UserError when it cannot."""
        try:
            start_http_server(port, host, self.registry)
        except OSError as error:
            raise UserError(
                f"Metrics cannot be served at {host}:{port} ({error.strerror}): name another --web-port.",
                Exit.REFUSED,
            ) from None

    def committed(
        self, partition: int, records: Sequence[Record], work: Work, apply_s: float, commit_s: float
    ) -> None:
        """Counts one commit."""
        for topic, count in Tally([record.topic for record in records]).items():
            self.events.labels(topic).inc(count)
        for topic, count in Tally([output[0] for output in [*work.outputs, *work.profiles]]).items():
            self.outputs.labels(topic).inc(count)
        for outcome, count in work.counts.items():
            if outcome.startswith(_DEAD):
                self.dead_letters.labels(outcome.removeprefix(_DEAD)).inc(count)
                outcome = "dead_letter"
            self.outcomes.labels(outcome).inc(count)
        self.commits.labels(partition).inc()
        self.now_ms.labels(partition).set(work.after.now_ms)
        self.apply_seconds.observe(apply_s)
        self.commit_seconds.observe(commit_s)
        self.run_records.observe(len(records))

    def lags(self, lags: Mapping[tuple[str, int], int]) -> None:
        """Replaces the lag of all partitions in hand: (topic, partition) -> records."""
        self.lag.clear()
        for (topic, partition), records in lags.items():
            self.lag.labels(topic, partition).set(records)
