"""What a worker tells Prometheus: every number once, with its name, labels and meaning.

Everything is counted per commit or read once a second, nothing per event. What says how things stand, such as
customers by level, comes from the state of the partitions in hand: it is exact after a restart, and over all
workers the partitions add up. `docs/metrics.md` is made from this module (`agents/metrics_page.py`).
"""

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from operator import attrgetter

from prometheus_client import (
    Counter,
    ProcessCollector,
)

from agents.board import PREFIX, Board, Register
from agents.exits import Exit, name_of
from agents.flow import APPLIED, GIVEN, OTHERS, POINTS, REQUESTED, TAKEN, TIMERS, Key
from agents.latency import BOUNDS_S, Latencies
from agents.work import Record, Work
from engine import churn, lapsing, waiting
from engine.notice_effects import CAUSES
from rules.compiled import Rulebook
from topics.catalogue import Catalogue
from topics.complaints import REASONS

CLASSES = ("transactional", "service", "marketing")  # Of notifications.
RULE_ERROR = "rule_error"  # A dead letter that is a defect of ours.
STAGES = ("ingest", "process", "commit", "end_to_end")
_LONG_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0)
_SIZES = (1, 10, 100, 500, 1_000, 2_000, 4_000, 10_000)
_timestamp = attrgetter("timestamp")


class Metrics(Register):
    """The numbers of one worker process, in a registry of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._declare_flow()
        self._declare_commits()
        self._declare_partitions()
        self._declare_business()
        self._counters = self._by_kind()
        self.board = Board(self.gauges)
        self.registry.register(self.board)
        ProcessCollector(registry=self.registry)

    def _declare_flow(self) -> None:
        self.section = "Flow"
        self.events = self._counter(
            "events_processed", "Records read from the inputs, by what became of them.", "topic", "outcome"
        )
        self.duplicates = self._counter(
            "duplicates_dropped", "Records that had been applied before.", "topic"
        )
        self.late = self._counter("events_late", "Records put aside because they came too late.", "topic")
        self.dead_letters = self._counter("dead_letters", "Records put aside, by reason.", "topic", "reason")
        self.timers = self._counter("timers_fired", "Instants that customers waited for.", "kind")
        self.messages = self._counter("messages_sent", "Messages to the output topics, by type.", "type")
        self._spec("event_latency_seconds", "histogram", _LATENCY, ("stage",))
        self.latency = Latencies(PREFIX + "event_latency_seconds", _LATENCY, STAGES)
        self.registry.register(self.latency)
        self._gauge("consumer_lag_records", "Records not applied yet.", "topic", "partition")
        self._gauge("event_time_lag_seconds", _EVENT_LAG, "partition")
        self._gauge("partition_timestamp_seconds", "A partition's own time.", "partition")

    def _declare_commits(self) -> None:
        self.section = "Commits"
        self.transactions = self._counter("transactions", _TRANSACTIONS, "partition", "result")
        self.commit_s = self._histogram("commit_duration_seconds", "Committing a run.", BOUNDS_S)
        self.apply_s = self._histogram("apply_duration_seconds", "Computing a run.", BOUNDS_S)
        self.run_records = self._histogram("run_records", "Records of a run.", _SIZES)

    def _declare_partitions(self) -> None:
        self.section = "Partitions and state"
        self._gauge("build_info", "1; what runs here.", "version", "rulebook", "rules_hash", "engine")
        self._gauge("partitions", "Partitions of the installation, by this worker's settings.")
        self._gauge("partitions_assigned", "Partitions in hand.")
        self.rebalances = self._counter("rebalances", "Assignments of the group.")
        self.rebalance_s = self._histogram("rebalance_duration_seconds", _REBALANCE, _LONG_S)
        self.restore_left = self._own_gauge("restore_remaining_records", "Changelog offsets to restore.")
        self.restore_s = self._histogram("restore_duration_seconds", "Restoring a partition.", _LONG_S)
        self.restored = self._counter("restored_records", "Changelog records restored.")
        self.standby_lag = self._own_gauge("standby_lag_records", _STANDBY)
        self.wiped = self._counter("state_wiped", "Times that state was unusable and restored.")
        self._gauge("state_bytes", "What the state takes on disk and in write buffers.", "partition")
        self._gauge("state_keys", "Rows of all kinds, as RocksDB estimates them.", "partition")
        self.exits = self._counter("worker_exits", _EXITS, "exit")

    def _declare_business(self) -> None:
        self.section = "Invariants"
        self._gauge("ledger_mismatch_customers", _MISMATCH, "partition")
        self.ledger_checks = self._counter("ledger_checks", "Customers whose wallets were checked.")
        self._gauge("customers_looked_at_timestamp_seconds", _PATROL, "partition")
        self.section = "Business"
        self._gauge("customers_known", "Customers who ever had an event.", "partition")
        self._gauge("customers_enrolled", "Members: customers who joined.", "partition")
        self._gauge("customers", "Customers on each level.", "tier_set", "tier", "partition")
        self._gauge("customers_stage", "Customers in each stage; empty: none yet.", "stage", "partition")
        self._gauge("customers_risk", "Customers on each level of risk.", "level", "partition")
        self._gauge("points_outstanding", _OUTSTANDING, "wallet", "state", "partition")
        self._gauge("points_liability", _LIABILITY, "currency", "state", "partition")
        self._gauge("members_looked_at", "Members, as the last complete look found them.", "partition")
        self._gauge("members_active", _ACTIVE, "partition")
        self._gauge("customers_bought", _BOUGHT.format("a purchase day"), "partition")
        self._gauge("customers_bought_again", _BOUGHT.format("two purchase days or more"), "partition")
        self.transitions = self._counter(
            "tier_transitions", "Customers that changed level; `from` is empty on joining.",
            "tier_set", "from", "to",
        )  # fmt: skip
        self.stages = self._counter(
            "lifecycle_transitions",
            "Customers whose stage or segment changed.",
            "axis",
            "from",
            "to",
        )
        self.issued = self._counter("points_issued", "Points given, pending ones too.", "wallet", "reason")
        self.activated = self._counter("points_activated", "Points earned that can be spent.", "wallet")
        self.taken = self._counter("points_taken", "Points taken from wallets.", "wallet", "reason")
        self.alerts = self._counter("alerts", "Alerts of churn.", "level")
        self.recovered = self._counter("recoveries", "Customers back after an alert of this level.", "level")
        self.notices = self._counter("notices", _NOTICES, "class", "outcome")

    def began(
        self, rulebook: Rulebook, catalogue: Catalogue, compiled: bool, exits: Mapping[str, int]
    ) -> None:
        """Says what runs here, and how often its former processes ended by which exit.

        What is known to happen some day is there with 0, so that its first time is seen as a rise.
        """
        engine = "compiled" if compiled else "python"
        labels = (version("tierline"), rulebook.ruleversion, rulebook.digest, engine)
        self.board.put("build_info", {labels: 1})
        self.board.put("partitions", {(): catalogue.partitions})
        self._expect(rulebook, catalogue)
        for name, count in exits.items():
            self.exits.labels(name).inc(count)
            if name in (Exit.FENCED.name, Exit.UNCERTAIN.name):
                self.transactions.labels("", name.lower()).inc(count)

    def _expect(self, rulebook: Rulebook, catalogue: Catalogue) -> None:
        for topic in catalogue.inputs:
            for outcome in (APPLIED, *OTHERS):
                self.events.labels(topic, outcome)
            self.duplicates.labels(topic)
            self.late.labels(topic)
            for reason in REASONS:
                self.dead_letters.labels(topic, reason)
        for topic in (*catalogue.inputs, TIMERS):
            self.dead_letters.labels(topic, RULE_ERROR)
        for result in (Exit.FENCED, Exit.UNCERTAIN):
            self.transactions.labels("", result.name.lower())
        for name in (*(each.name for each in Exit), name_of(-1)):
            self.exits.labels(name)
        for wallet in (POINTS, *rulebook.wallets):
            self.activated.labels(wallet)
            for reason in ("purchase", "engagement", *GIVEN.values()):
                self.issued.labels(wallet, reason)
            for reason in TAKEN.values():
                self.taken.labels(wallet, reason)
        for level in rulebook.churn.levels if rulebook.churn else ():
            self.alerts.labels(level.name)
            self.recovered.labels(level.name)
        for axis, stages in (("stage", rulebook.stages), ("value", rulebook.segments)):
            for stage in stages:
                self.stages.labels(axis, "", stage.code)
        for kind in CLASSES:
            for outcome in (REQUESTED, *CAUSES) if rulebook.notifications else (REQUESTED,):
                self.notices.labels(kind, outcome)
        for kind in (churn.KIND, lapsing.KIND, waiting.KIND):
            self.timers.labels(kind)

    def committed(
        self,
        partition: int,
        records: Sequence[Record],
        work: Work,
        apply_s: float,
        commit_s: float,
        until_ms: int | None,
        slowest: str = "",
    ) -> None:
        """Counts one commit. `until_ms` is the broker's time at its end, None when that says nothing.

        `slowest` is `source|id` of the record with the earliest timestamp.
        """
        self.transactions.labels(partition, "committed").inc()
        self.apply_s.observe(apply_s)
        self.commit_s.observe(commit_s)
        self.run_records.observe(len(records))
        for key, count in work.flow.counts.items():
            self._count(key, count)
        if work.profiles:
            self.messages.labels("profile").inc(len(work.profiles))
        if records:
            self.latency.same("process", apply_s, len(records))
            self.latency.same("commit", commit_s, len(records))
        if records and until_ms is not None:
            instants = sorted(map(_timestamp, records))
            self.latency.since("ingest", instants, until_ms - int((apply_s + commit_s) * 1000))
            self.latency.since("end_to_end", instants, until_ms, slowest)

    def _count(self, key: Key, count: int) -> None:
        what, labels = key[0], key[1:]
        if what == "outcome" and labels[1] == "duplicate":
            self.duplicates.labels(labels[0]).inc(count)
        elif what == "dead_letter" and labels[1] == "too_late":
            self.late.labels(labels[0]).inc(count)
        self._counters[what].labels(*labels).inc(count)

    def _by_kind(self) -> Mapping[str, Counter]:
        """The counter of each kind of number in a `Flow`."""
        return {
            "outcome": self.events,
            "dead_letter": self.dead_letters,
            "timer": self.timers,
            "message": self.messages,
            "tier": self.transitions,
            "stage": self.stages,
            "given": self.issued,
            "activated": self.activated,
            "taken": self.taken,
            "alert": self.alerts,
            "recovered": self.recovered,
            "notice": self.notices,
        }


_NOTICES = "Words for customers: `requested`, or why they were suppressed (docs/semantics.md, Notifications)."
_LATENCY = (
    "From a record's timestamp until its run began (ingest), while that was computed (process) and sent "
    "(commit), and until what follows from it can be read (end_to_end)."
)
_EVENT_LAG = "How long before the newest commit its oldest event had happened, by the sender's time."
_TRANSACTIONS = (
    "Commits, by result: committed, fenced, uncertain. The last two end the process, and have no partition."
)
_REBALANCE = "From letting go of partitions, or a worker's start, until it works on."
_STANDBY = "Changelog offsets that the copy of another worker's partition lacks; NaN until it is known."
_EXITS = "How often processes of this worker ended and were started again, by exit; a signal is SIGNAL."
_MISMATCH = (
    "Customers whose entries do not add up to what their wallets hold, among those checked; must be 0."
)
_PATROL = (
    "When the last look at all customers of the partition was complete: the instant that its rates are of; "
    "0: never."
)
_OUTSTANDING = "Points that customers hold (active, pending) or owe (debt)."
_LIABILITY = (
    "What the points outstanding of the wallet `points` cost at `point_cost` each, in whole units of the "
    "currency, before returns and breakage."
)
_ACTIVE = "Of these, those with a purchase or an engagement that gave points within 90 days."
_BOUGHT = "Customers with {} within 365 days, as the last complete look found them."
