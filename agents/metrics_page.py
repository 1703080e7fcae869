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
"""


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
