"""Sets of levels after checking: conditions, levels, and how long they last, as plain values."""

from dataclasses import dataclass

from rules.facts import Boundary, Metric, WindowKind
from rules.values import Duration

NO_TIME = Duration()


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
    """One level. `entry` must hold to reach it, `keep` at a review to stay; the lowest has neither.

    `times` is the points multiplier times `Earning.tier_scale`; `times_text` as written ("1.25").
    """

    code: str
    name: str
    rank: int
    entry: Condition
    times: int
    times_text: str
    keep: Condition


@dataclass(frozen=True, slots=True)
class Validity:
    """How long a level lasts: `span` rounded up to `boundary` (None: not rounded); or, with no span, to the
    end of the period of `boundary`, `ahead` periods later; or, with neither, to the anniversary of joining.
    """

    span: Duration | None
    boundary: Boundary | None
    ahead: int = 0


@dataclass(frozen=True, slots=True)
class TierSet:
    """Tiers by rising rank; `tiers[i].rank == i`.

    `upgrades_with` is the period whose beginning a rise waits for (None: at once). `validity` None means for
    ever. `falls_to` is qualified, one_down or base; `soft_landing` 0 sets no limit, nor does `progress` 0 say
    anything. `warnings` are days before a review, the most first.
    """

    id: str
    tiers: tuple[Tier, ...]
    upgrades_with: Boundary | None = None
    validity: Validity | None = None
    extended_by: Duration = NO_TIME
    min_hold: Duration = NO_TIME
    grace: Duration = NO_TIME
    falls_to: str = "qualified"
    soft_landing: int = 0
    real_time: bool = False
    refund_at_review: bool = False
    warnings: tuple[int, ...] = ()
    progress: int = 0
    cool_down: Duration = NO_TIME
    lifetime_floor: bool = False
    reset_points: bool = False
