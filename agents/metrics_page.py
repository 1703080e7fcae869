"""`python -m agents.metrics_page > docs/metrics.md`: the reference of the metrics, from their module."""

from itertools import groupby

from agents.board import Spec
from agents.metrics import Metrics

_HEAD = """# Metrics

Made from `agents/metrics.py` with `python -m agents.metrics_page > docs/metrics.md`; a test compares them.

At `http://WEB_HOST:WEB_PORT/metrics` of each worker process. What is counted is counted per commit, what
stands is read once a second; nothing is done per event. Counters begin with 0 when a process starts. Gauges
come from the state of the partitions in hand: exact after a restart, and over all workers they add up
(`sum without (partition, instance)`). No label holds a customer or an event. In the OpenMetrics format a
bucket of `tierline_event_latency_seconds` carries as its exemplar the `source|id` of the record that waited
longest; with `clock: log` the stages `ingest` and `end_to_end` are not counted, for timestamps are the
senders' then.

## What is exact, and as of when

| what | as of | exact |
|---|---|---|
| members, customers by level, stage and risk; points outstanding and their liability | the last commit, read within a second; at once after a restart or a rebalance | yes: sums over the rows, kept in the same transaction |
| transitions, points issued, activated and taken, alerts, recoveries, notices | the last commit | since the process began; Prometheus' `increase` joins what came before and after a restart, and misses what the last second before a kill had counted |
| redemption, breakage, churn over a time shown | the last commit | the counters above, over the customers above at the start of that time |
| active and repurchase (`tierline_members_looked_at`, `tierline_members_active`, `tierline_customers_bought`, `tierline_customers_bought_again`), `tierline_ledger_mismatch_customers` | the last complete look, `tierline_customers_looked_at_timestamp_seconds` | each customer as of the moment of looking, for these end with time alone and no event tells of it |

A look takes 2 ms of every 50 ms of the worker's loop until everybody was looked at once, and half a millisecond after that: some 3,000 and 1,000
customers a second, so that of a million customers on one worker the rates are there five minutes after it started, and are up to
20 minutes old later; two workers halve that. Until the first look is complete these four are absent, not 0.
"""  # noqa: E501


def _row(spec: Spec) -> str:
    labels = ", ".join(f"`{label}`" for label in spec.labels)
    return f"| `{spec.name}` | {spec.kind} | {labels} | {spec.says} |"


def page() -> str:
    """The page as Markdown."""
    lines = [_HEAD]
    for section, specs in groupby(Metrics().specs, key=lambda spec: spec.section):
        lines += [f"## {section}", "", "| name | type | labels | is |", "|---|---|---|---|"]
        lines += [*map(_row, specs), ""]
    return "\n".join(lines)


if __name__ == "__main__":
    print(page(), end="")
