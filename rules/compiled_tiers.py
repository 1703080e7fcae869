"""Sets of levels after checking: conditions, levels, and how long they last, as plain values."""

from dataclasses import dataclass

from rules.facts import Metric, WindowKind


@dataclass(frozen=True, slots=True)
class Leaf:
    """`metric` over `window` must be at least `at_least`. `days` is the length of a rolling window, else 0.

    `text` reads like "spend_net over rolling 365 days >= 5000.00 CNY".
    """

    metric: Metric
    window: WindowKind
    days: int
    at_least: int
    text: str


@dataclass(frozen=True, slots=True)
class Condition:
    """What must hold: numbers in the order written, and how they are combined.

    `shape` is "" when all must hold; else a formula in postfix: `.` is the next leaf, `!` negates what
    stands before it, `k/n` asks that k of the n things before it hold. "any of a and b, not c" is
    ". . 1/2 . ! 2/2".
    """

    leaves: tuple[Leaf, ...] = ()
    shape: str = ""


@dataclass(frozen=True, slots=True)
class Tier:
    """One level. `entry` must hold to reach it; the lowest has none.

    `times` is the points multiplier times `Earning.tier_scale`; `times_text` as written ("1.25").
    """

    code: str
    name: str
    rank: int
    entry: Condition
    times: int
    times_text: str


@dataclass(frozen=True, slots=True)
class TierSet:
    """Tiers by rising rank; `tiers[i].rank == i`."""

    id: str
    tiers: tuple[Tier, ...]
