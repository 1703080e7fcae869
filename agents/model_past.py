"""The purchases of the past as a model sees them: who bought on which local days, and for how much.

They go through the engine itself, so that repeats, refusals, days and money are those of the programme.
"""

from argparse import ArgumentParser
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from statistics import median

import orjson

from agents.cluster_options import add_topic_options
from agents.errors import UserError
from agents.lines import read_lines
from agents.replay import Replay, effect_lines, opened_file, rulebook_at, rulebooks_beside
from engine.calendar import LocalDays, day_of
from rules.compiled import Rulebook
from topics.catalogue import Catalogue
from topics.instants import parse_ms

Days = dict[int, int]
"""Local purchase days with the money spent on each, minor units net of what came back."""


class Seen:
    """A customer as of the end of a local day: x, days from first to last and to that day, repeat money."""

    __slots__ = ("age_days", "repeat_minor", "span_days", "x")

    def __init__(self, days: Days, until: int) -> None:
        bought = sorted(day for day in days if day <= until)
        self.x = len(bought) - 1
        self.span_days = bought[-1] - bought[0]
        self.age_days = until - bought[0]
        self.repeat_minor = sum(days[day] for day in bought[1:])


def add_source(parser: ArgumentParser) -> None:
    """Adds where purchases come from to a command's options."""
    parser.add_argument("events", help="a file of events, one JSON object per line; - for standard input")
    parser.add_argument("--rules", required=True, help="the rulebook, for its days, money and model")
    add_topic_options(parser)
    parser.add_argument(
        "--until",
        type=a_day,
        help="the last local day that is known (YYYY-MM-DD); default: the last bought on",
    )


def a_day(text: str) -> int:
    """The number of a day written as 2026-06-30. Raises ValueError, as argparse expects."""
    return day_of(date.fromisoformat(text))


def the_past(events: str, rules: str, catalogue: Catalogue) -> tuple[Rulebook, dict[str, Days]]:
    """The rulebook, and every customer's purchase days. Raises UserError when there are none."""
    rulebook = rulebook_at(Path(rules))
    replay = Replay(rulebook, catalogue, rulebooks_beside(events))
    with opened_file(events, "rb") as source:
        lines = effect_lines(replay.outputs(read_lines(source, catalogue)), catalogue)
        past = purchase_days(lines, LocalDays(rulebook.zone))
    if not past:
        raise UserError(f"{events} holds no purchase that the programme takes: give a file of its events")
    return rulebook, past


def purchase_days(lines: Iterable[bytes], local: LocalDays) -> dict[str, Days]:
    """The purchase days of every customer in the engine's effects."""
    past: dict[str, Days] = defaultdict(dict)
    days: dict[tuple[str, str], int] = {}
    for customer, order, instant_ms, minor in _moves(lines):
        day = days.setdefault((customer, order), local.of(instant_ms))  # A refund is of the order's own day.
        past[customer][day] = past[customer].get(day, 0) + minor
    return dict(past)


def _moves(lines: Iterable[bytes]) -> Iterator[tuple[str, str, int, int]]:
    """(customer, order, instant, money) of each order's first entry, and of what came back of it."""
    for line in lines:
        effect = orjson.loads(line)
        data = effect.get("data")
        ref = data.get("ref") if isinstance(data, dict) else None
        if not ref or "order_id" not in ref or "order_version" in ref or data.get("wallet") != "points":
            continue
        if effect["type"] in ("points.earned", "points.pending"):
            yield effect["subject"], ref["order_id"], parse_ms(effect["time"]), data.get("eligible_minor", 0)
        elif effect["type"] == "points.clawed_back":
            yield effect["subject"], ref["order_id"], parse_ms(effect["time"]), -data["refunded_minor"]


def last_day(past: dict[str, Days]) -> int:
    """The last day on which anybody bought."""
    return max(max(days) for days in past.values())


def usual_interval_days(past: dict[str, Days], until: int) -> float | None:
    """The median of days between a customer's purchase days, None when nobody bought twice."""
    gaps = [
        later - earlier
        for days in past.values()
        for earlier, later in pairwise(sorted(day for day in days if day <= until))
    ]
    return median(gaps) if gaps else None
