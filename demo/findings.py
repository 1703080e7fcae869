"""What the demo's outputs amount to: counts, and a few decisions told in words."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from demo.cdnow import SHOP_ZONE

Line = Mapping[str, Any]


@dataclass
class Findings:
    """Counts over all outputs. Points are whole.

    `tiers` counts members by their last tier, `standing` by (last tier, churn level raised at the end, "" for
    none), `stages` by their last stage.
    """

    tiers: Counter[str] = field(default_factory=Counter)
    standing: Counter[tuple[str, str]] = field(default_factory=Counter)
    stages: Counter[str] = field(default_factory=Counter)
    moves: Counter[str] = field(default_factory=Counter)
    issued: int = 0
    clawed: int = 0
    raised: Counter[str] = field(default_factory=Counter)
    recovered: Counter[str] = field(default_factory=Counter)
    dead: Counter[str] = field(default_factory=Counter)
    stories: list[str] = field(default_factory=list)


def findings_of(outputs: Iterable[Line]) -> Findings:
    """The findings of outputs as read back, each customer's in order."""
    found, best = Findings(), dict[str, tuple[int, Line]]()
    last_tier, last_level, last_stage = dict[str, str](), dict[str, str](), dict[str, str]()
    for out in outputs:
        kind = out["type"]
        if kind == "dead_letter":
            found.dead[out["reason"]] += 1
            continue
        count(found, kind, out["data"])
        if kind.startswith("tier."):
            last_tier[out["subject"]] = out["data"]["to"]
        elif kind.startswith("churn."):
            last_level[out["subject"]] = out["data"]["level"] if kind == "churn.alert" else ""
        elif kind == "lifecycle.changed" and out["data"]["axis"] == "stage":
            last_stage[out["subject"]] = out["data"]["to"]
        worth = interest(kind, out["data"])
        if worth > best.get(kind, (0, out))[0]:
            best[kind] = (worth, out)
    found.tiers.update(last_tier.values())
    found.standing.update((tier, last_level.get(customer, "")) for customer, tier in last_tier.items())
    found.stages.update(last_stage.values())
    found.stories = [TELL[kind](best[kind][1]) for kind in TELL if kind in best]
    return found


def count(found: Findings, kind: str, data: Line) -> None:
    """Adds one effect."""
    if kind == "points.earned":
        found.issued += data["qty"]
    elif kind == "points.clawed_back":
        found.clawed += data["qty"]
    elif kind == "churn.alert":
        found.raised[data["level"]] += 1
    elif kind == "churn.recovered":
        found.recovered[data["previous"]] += 1
    else:
        found.moves[kind] += 1


def interest(kind: str, data: Line) -> int:
    """How much an effect has to tell: the one with the most is told, the first of equals."""
    if kind in ("tier.upgraded", "tier.downgraded"):
        return 1 + len(data["explain"]) + 2 * len(data.get("skipped", ()))
    if kind == "churn.alert":
        return data["purchase_days"] if data["level"] == "high" else 0
    if kind == "churn.recovered":
        return data["gap_days"]
    return 0


def upgraded(out: Line) -> str:
    """An upgrade in words."""
    data = out["data"]
    past = f", past {' and '.join(data['skipped'])}" if data.get("skipped") else ""
    return (
        f"{out['subject']} rose from {data['from']} to {data['to']}{past} on {day(data['effective_ms'])}: "
        f"{readings(data)} ({out['causationid']})."
    )


def downgraded(out: Line) -> str:
    """A downgrade by refund in words."""
    data = out["data"]
    return (
        f"{out['subject']} fell from {data['from']} to {data['to']} on {day(data['effective_ms'])}, "
        f"since a refund left {readings(data)} ({out['causationid']})."
    )


def alerted(out: Line) -> str:
    """An alert in words."""
    data = out["data"]
    usual = data["expected_gap_days"][0] / data["expected_gap_days"][1]
    return (
        f"{out['subject']}, {data['tier']} with {data['purchase_days']} purchase days, was put at level "
        f"{data['level']} on {day(data['crossed_ms'])}: {data['gap_days']} days without a purchase are "
        f"{data['ratio']} times the {usual:.1f} days expected."
    )


def recovered(out: Line) -> str:
    """A recovery in words."""
    data = out["data"]
    return (
        f"{out['subject']} bought again on {out['time'][:10]} after {data['gap_days']} days, "
        f"and left level {data['previous']} ({out['causationid']})."
    )


TELL = {
    "tier.upgraded": upgraded,
    "tier.downgraded": downgraded,
    "churn.alert": alerted,
    "churn.recovered": recovered,
}


def readings(data: Line) -> str:
    """The conditions that decided, with their numbers."""
    return " and ".join(reading(condition) for condition in data["explain"])


def reading(condition: Line) -> str:
    """One condition; money is shown in dollars."""
    value, least = (shown(condition["metric"], condition[of]) for of in ("value", "threshold"))
    name = condition["metric"].replace("_", " ")
    return f"{name} over {condition['window']} of {value}, where {least} is asked"


def shown(metric: str, value: int) -> str:
    """A metric's value as people write it: cents as dollars, counts as they are."""
    return f"{value // 100}.{value % 100:02d}" if metric == "spend_net" else str(value)


def day(at_ms: int) -> str:
    """The shop's local day of an instant."""
    return str(datetime.fromtimestamp(at_ms / 1000, SHOP_ZONE).date())
