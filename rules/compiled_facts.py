"""Conditions over facts, stages, segments, tags and the activity score, after checking."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rules.facts import Metric, WindowKind

DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Test:
    """One fact against one bound. `fact` is its name in `engine.insight`, "" for a metric over a window.

    With `words` the fact must be one of them. Else it must be at least `floor`, or with `below` less; with
    `grown` the metric must be so many percent more than over the window before. `text` is it as written:
    "gap_ratio >= 3".
    """

    text: str
    fact: str = ""
    words: tuple[str, ...] = ()
    floor: int = 0
    below: bool = False
    metric: Metric | None = None
    window: WindowKind = WindowKind.LIFETIME
    days: int = 0
    grown: int = 0


@dataclass(frozen=True, slots=True)
class Asked:
    """What must hold: `test`, or `needed` of `parts`; or not that, where `negated`."""

    test: Test | None = None
    needed: int = 0
    parts: tuple["Asked", ...] = ()
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage or a segment: it begins when `entry` holds (None: always).

    It ends when `exit` holds, where there is one; else when `entry` no longer does, for `leave_ms` long.
    """

    code: str
    entry: Asked | None = None
    exit: Asked | None = None
    leave_ms: int = 0


@dataclass(frozen=True, slots=True)
class TagRule:
    """A tag that is given while `when` holds, and `ttl_ms` longer. Of one `group` a customer has one."""

    tag: str
    dimension: str
    when: Asked
    group: str = ""
    ttl_ms: int = 0


@dataclass(frozen=True, slots=True)
class Activity:
    """The score: each engagement counts `weights[kind]` and loses half of it in `fast_ms`, or `slow_ms`.

    Weights are in parts per million.
    """

    fast_ms: int
    slow_ms: int
    weights: Mapping[str, int]


NO_ACTIVITY: Final = Activity(30 * DAY_MS, 90 * DAY_MS, {})
