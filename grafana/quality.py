"""The dashboard *Quality*: what senders get wrong, and whether what must hold does."""

from typing import Final

from grafana.panels import (
    COUNT,
    PER_SECOND,
    RATIO,
    SECONDS,
    Dashboard,
    Row,
    lines,
    number,
    rate,
    table,
    total,
)

_EVENTS: Final = "tierline_events_processed_total"
_LOST: Final = 'tierline_transactions_total{@, result!="committed"}'


def _share(outcome: str) -> str:
    return (
        f"{rate(_EVENTS, 'topic', f'outcome={chr(34)}{outcome}{chr(34)}')} / ({rate(_EVENTS, 'topic')} > 0)"
    )


QUALITY: Final = Dashboard(
    "tierline-quality",
    "Tierline / Quality",
    "Duplicates, late records, dead letters by reason, and invariants.",
    (
        Row(
            "At a glance",
            (
                number(
                    "Duplicates",
                    "Share of records that had been applied before.",
                    RATIO,
                    f"{rate('tierline_duplicates_dropped_total')} / ({rate(_EVENTS)} > 0)",
                    decimals=2,
                ),
                number(
                    "Dead letters",
                    "Share of records put aside.",
                    RATIO,
                    f"{rate('tierline_dead_letters_total')} / ({rate(_EVENTS)} > 0)",
                    0.001,
                    0.01,
                    decimals=3,
                ),
                number(
                    "Late",
                    "Records put aside because they came too late, in the time shown.",
                    COUNT,
                    "sum (increase(tierline_events_late_total{@}[$__range]))",
                    decimals=0,
                ),
                number(
                    "Defects of ours",
                    "Dead letters with the reason rule_error, in the time shown. Must be 0.",
                    COUNT,
                    'sum (increase(tierline_dead_letters_total{@, reason="rule_error"}[$__range]))',
                    1,
                    1,
                    decimals=0,
                ),
                number(
                    "Ledger mismatches",
                    "Customers whose ledger does not add up. Must be 0.",
                    COUNT,
                    total("tierline_ledger_mismatch_customers"),
                    1,
                    1,
                ),
                number(
                    "Rulebooks at work",
                    "Must be 1 but for the minute in which workers are replaced.",
                    COUNT,
                    "count (count by (rules_hash) (tierline_build_info{@}))",
                    2,
                    2,
                ),
            ),
        ),
        Row(
            "What senders send",
            (
                lines(
                    "Duplicates by topic",
                    "Share of records that had been applied before.",
                    RATIO,
                    (_share("duplicate"), "{{topic}}"),
                ),
                lines(
                    "Dead letters by reason",
                    "What is wrong with the records put aside.",
                    PER_SECOND,
                    (rate("tierline_dead_letters_total", "reason"), "{{reason}}"),
                ),
                lines(
                    "Dead letters by topic",
                    "Whose sender to talk to.",
                    PER_SECOND,
                    (rate("tierline_dead_letters_total", "topic"), "{{topic}}"),
                ),
                lines(
                    "Late by topic",
                    "Put aside because they came too late.",
                    PER_SECOND,
                    (rate("tierline_events_late_total", "topic"), "{{topic}}"),
                ),
                lines(
                    "Before their order",
                    "Refunds and cancellations kept until their order comes.",
                    RATIO,
                    (_share("waiting"), "{{topic}}"),
                ),
                lines(
                    "On the wrong partition",
                    "Sent on to the right one: a sender uses another partitioner.",
                    RATIO,
                    (_share("forwarded"), "{{topic}}"),
                ),
                table(
                    "Dead letters in the time shown",
                    "By topic and reason.",
                    COUNT,
                    "sum by (topic, reason) (increase(tierline_dead_letters_total{@}[$__range]))",
                ),
                lines(
                    "Event time behind",
                    "How old the oldest event of the newest commit was, by its sender's clock.",
                    SECONDS,
                    ("max by (partition) (tierline_event_time_lag_seconds{@})", "{{partition}}"),
                    span=12,
                ),
            ),
        ),
        Row(
            "What must hold",
            (
                lines(
                    "Ledger mismatches",
                    "Customers whose ledger does not add up, by partition.",
                    COUNT,
                    (total("tierline_ledger_mismatch_customers", "partition"), "{{partition}}"),
                ),
                lines(
                    "Ledgers checked",
                    "Customers looked at.",
                    PER_SECOND,
                    (rate("tierline_ledger_checks_total", "instance"), "{{instance}}"),
                ),
                lines(
                    "Since the last full check",
                    "How long ago every customer of a partition had been looked at.",
                    SECONDS,
                    (
                        "time() - max by (partition) (tierline_customers_looked_at_timestamp_seconds{@} > 0)",
                        "{{partition}}",
                    ),
                ),
                lines(
                    "Lost transactions",
                    "Commits that were fenced, or whose outcome was unknown.",
                    COUNT,
                    (
                        f"sum by (result) (increase({_LOST}[$__rate_interval]))",
                        "{{result}}",
                    ),
                ),
                lines(
                    "Exits",
                    "Processes that ended and were started again.",
                    COUNT,
                    (
                        "sum by (exit) (increase(tierline_worker_exits_total{@}[$__rate_interval]))",
                        "{{exit}}",
                    ),
                ),
                lines(
                    "Commands refused",
                    "Redemptions and commands that may not be done.",
                    PER_SECOND,
                    (
                        rate(
                            "tierline_messages_sent_total",
                            "type",
                            'type=~"command.rejected|points.redeem_rejected"',
                        ),
                        "{{type}}",
                    ),
                ),
                table(
                    "What runs",
                    "Version, rulebook and engine of each worker.",
                    COUNT,
                    "sum by (instance, version, rulebook, engine) (tierline_build_info{@})",
                    span=24,
                ),
            ),
        ),
    ),
)
