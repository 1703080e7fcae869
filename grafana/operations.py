"""The dashboard *Operations*: does it flow, how fast, and what do the workers do?"""

from typing import Final

from grafana.panels import (
    BYTES,
    COUNT,
    PER_SECOND,
    RATIO,
    SECONDS,
    Dashboard,
    Panel,
    Query,
    Row,
    lines,
    mean,
    number,
    quantiles,
    rate,
    total,
)

_END: Final = 'stage="end_to_end"'
_LATENCY: Final = "tierline_event_latency_seconds"
_WITHIN: Final = (
    f"{rate(_LATENCY + '_bucket', where=_END + ', le=' + chr(34) + '2.0' + chr(34))}"
    f" / {rate(_LATENCY + '_count', where=_END)}"
)

OPERATIONS: Final = Dashboard(
    "tierline-operations",
    "Tierline / Operations",
    "Flow, latency, lag, commits and partitions of all workers.",
    (
        Row(
            "At a glance",
            (
                number(
                    "Events",
                    "Records applied or answered.",
                    PER_SECOND,
                    rate("tierline_events_processed_total"),
                ),
                number(
                    "Within 2 seconds",
                    "Share of events whose effects could be read within 2 s. The objective is 99 %.",
                    RATIO,
                    _WITHIN,
                    decimals=2,
                ),
                number(
                    "Lag",
                    "Records not applied yet.",
                    COUNT,
                    total("tierline_consumer_lag_records"),
                    10_000,
                    100_000,
                ),
                number(
                    "Partitions in hand",
                    "Of all workers together.",
                    COUNT,
                    total("tierline_partitions_assigned"),
                ),
                number("Workers", "That answered the last scrape.", COUNT, "sum (up{@})"),
                number(
                    "Ledger mismatches",
                    "Customers whose ledger does not add up. Must be 0.",
                    COUNT,
                    total("tierline_ledger_mismatch_customers"),
                    1,
                    1,
                ),
            ),
        ),
        Row(
            "Flow",
            (
                lines(
                    "Events by topic",
                    "Records read from each input.",
                    PER_SECOND,
                    (rate("tierline_events_processed_total", "topic"), "{{topic}}"),
                ),
                lines(
                    "Events by outcome",
                    "What became of the records.",
                    PER_SECOND,
                    (rate("tierline_events_processed_total", "outcome"), "{{outcome}}"),
                ),
                lines(
                    "Messages by type",
                    "Sent to the output topics.",
                    PER_SECOND,
                    (rate("tierline_messages_sent_total", "type"), "{{type}}"),
                ),
                lines(
                    "Lag by topic",
                    "Records not applied yet, by input.",
                    COUNT,
                    (total("tierline_consumer_lag_records", "topic"), "{{topic}}"),
                ),
                lines(
                    "Lag by partition",
                    "One that grows alone points to a hot customer or a stuck worker.",
                    COUNT,
                    (total("tierline_consumer_lag_records", "partition"), "{{partition}}"),
                ),
                lines(
                    "Timers",
                    "Instants that customers waited for, by kind.",
                    PER_SECOND,
                    (rate("tierline_timers_fired_total", "kind"), "{{kind}}"),
                ),
            ),
        ),
        Row(
            "Latency",
            (
                lines(
                    "End to end",
                    "From a record's timestamp until its effects can be read.",
                    SECONDS,
                    *quantiles(_LATENCY, _END),
                ),
                lines(
                    "Mean by stage",
                    "Where the time goes: waiting, computing, committing.",
                    SECONDS,
                    (mean(_LATENCY, "stage"), "{{stage}}"),
                ),
                Panel(
                    "Distribution",
                    "End to end, by bucket. Examples carry an event's id.",
                    SECONDS,
                    (
                        Query(
                            f"sum by (le) (increase({_LATENCY}_bucket{{@, {_END}}}[$__rate_interval]))",
                            "{{le}}",
                        ),
                    ),
                    "heatmap",
                ),
                lines(
                    "Event time behind",
                    "How old the oldest event of the newest commit was, by its sender's clock.",
                    SECONDS,
                    ("max by (partition) (tierline_event_time_lag_seconds{@})", "{{partition}}"),
                ),
                lines(
                    "Partition time behind",
                    "How far a partition's own time is behind. With `clock: wall` about a second.",
                    SECONDS,
                    (
                        "time() - min by (partition) (tierline_partition_timestamp_seconds{@})",
                        "{{partition}}",
                    ),
                ),
                lines("Within 2 seconds", "The objective: 99 % of events.", RATIO, (_WITHIN, "share")),
            ),
        ),
        Row(
            "Commits",
            (
                lines(
                    "Transactions",
                    "Commits by result. Fenced and uncertain ones end a process.",
                    PER_SECOND,
                    (rate("tierline_transactions_total", "result"), "{{result}}"),
                ),
                lines(
                    "Commit duration",
                    "Sending a run and committing it.",
                    SECONDS,
                    *quantiles("tierline_commit_duration_seconds"),
                ),
                lines(
                    "Apply duration",
                    "Computing a run.",
                    SECONDS,
                    *quantiles("tierline_apply_duration_seconds"),
                ),
                lines(
                    "Records of a run",
                    "Few when little arrives, many in a backlog.",
                    COUNT,
                    (mean("tierline_run_records"), "mean"),
                ),
                lines(
                    "Worker exits",
                    "Processes that ended and were started again.",
                    COUNT,
                    (
                        "sum by (exit) (increase(tierline_worker_exits_total{@}[$__rate_interval]))",
                        "{{exit}}",
                    ),
                ),
                lines(
                    "State wiped",
                    "State found unusable, and restored from the changelog.",
                    COUNT,
                    ("sum (increase(tierline_state_wiped_total{@}[$__rate_interval]))", "wiped"),
                ),
            ),
        ),
        Row(
            "Partitions and state",
            (
                lines(
                    "Partitions by worker",
                    "How they are shared out.",
                    COUNT,
                    (total("tierline_partitions_assigned", "instance"), "{{instance}}"),
                ),
                lines(
                    "Rebalances",
                    "Assignments of the group.",
                    COUNT,
                    (
                        "sum by (instance) (increase(tierline_rebalances_total{@}[$__rate_interval]))",
                        "{{instance}}",
                    ),
                ),
                lines(
                    "Rebalance duration",
                    "From letting go until working on.",
                    SECONDS,
                    (mean("tierline_rebalance_duration_seconds"), "mean"),
                ),
                lines(
                    "Restore remaining",
                    "Changelog offsets still to restore.",
                    COUNT,
                    (total("tierline_restore_remaining_records", "partition"), "{{partition}}"),
                ),
                lines(
                    "Restore duration",
                    "Of partitions that came to a worker.",
                    SECONDS,
                    (mean("tierline_restore_duration_seconds"), "mean"),
                ),
                lines(
                    "Standby lag",
                    "What the copies of others' partitions lack.",
                    COUNT,
                    (total("tierline_standby_lag_records", "partition"), "{{partition}}"),
                ),
                lines(
                    "Restored",
                    "Changelog records.",
                    PER_SECOND,
                    (rate("tierline_restored_records_total", "instance"), "{{instance}}"),
                ),
                lines(
                    "State on disk",
                    "With write buffers.",
                    BYTES,
                    (total("tierline_state_bytes", "partition"), "{{partition}}"),
                ),
                lines(
                    "Rows",
                    "Of all kinds, estimated.",
                    COUNT,
                    (total("tierline_state_keys", "partition"), "{{partition}}"),
                ),
                lines(
                    "Memory",
                    "Resident, by worker.",
                    BYTES,
                    (total("process_resident_memory_bytes", "instance"), "{{instance}}"),
                ),
                lines(
                    "CPU",
                    "Cores in use, by worker.",
                    COUNT,
                    (rate("process_cpu_seconds_total", "instance"), "{{instance}}"),
                ),
            ),
        ),
    ),
)
