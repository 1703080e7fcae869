"""What is said of a customer's levels; see `engine.effects`."""

from typing import ClassVar

from msgspec import Struct

from engine.events import Actor


class Reading(Struct, frozen=True, gc=False):
    """One condition as it was read: `value` against `threshold`."""

    metric: str
    window: str
    value: int
    threshold: int
    result: bool


class NextTier(Struct, frozen=True, gc=False):
    """The next tier up and what is still missing for it, by condition text."""

    code: str
    missing: dict[str, int]


class TierChanged(Struct, frozen=True, omit_defaults=True, rename={"from_tier": "from", "to_tier": "to"}):
    """`tier.enrolled`, `tier.upgraded` and `tier.downgraded`; the effect's type says which.

    `from_tier` is "" at enrolment. `explain` holds the conditions that decided, with their numbers:
    the entry of the new tier, or the broken evidence of the lost one.
    """

    tier_set: str
    from_tier: str
    to_tier: str
    reason: str  # event | refund | tenure | review | correction | real_time | override
    effective_ms: int
    qualified_ms: int
    explain: tuple[Reading, ...]
    rev: int
    skipped: tuple[str, ...] = ()
    next_tier: NextTier | None = None
    valid_until_ms: int = 0  # 0: for ever.
    by: Actor | None = None
    backfill: bool = False


class TierRenewed(Struct, frozen=True, omit_defaults=True):
    """`tier.renewed`: the level was kept, at its review or in the grace after it."""

    TYPE: ClassVar[str] = "tier.renewed"
    tier_set: str
    tier: str
    reason: str  # review | event
    previous_until_ms: int
    valid_until_ms: int
    explain: tuple[Reading, ...]
    rev: int
    backfill: bool = False


class TierGraceStarted(Struct, frozen=True, omit_defaults=True):
    """`tier.grace_started`: the level was not kept, and ends with the grace unless `missing` comes."""

    TYPE: ClassVar[str] = "tier.grace_started"
    tier_set: str
    tier: str
    valid_until_ms: int
    grace_until_ms: int
    missing: dict[str, int]
    explain: tuple[Reading, ...]
    rev: int


class TierWarning(Struct, frozen=True, omit_defaults=True):
    """`tier.downgrade_warning`: the review at `valid_until_ms` will fail unless `missing` comes."""

    TYPE: ClassVar[str] = "tier.downgrade_warning"
    tier_set: str
    tier: str
    days_left: int
    valid_until_ms: int
    missing: dict[str, int]
    explain: tuple[Reading, ...]
    rev: int


class TierProgress(Struct, frozen=True, omit_defaults=True):
    """`tier.progress`: the customer has at least `percent` of everything that the next level asks."""

    TYPE: ClassVar[str] = "tier.progress"
    tier_set: str
    tier: str
    percent: int
    next_tier: NextTier
    explain: tuple[Reading, ...]
    rev: int
    backfill: bool = False


class TierOverridden(Struct, frozen=True, omit_defaults=True):
    """`tier.override_set`: a level by hand, at least it (floor) or exactly it (pin); 0: until released."""

    TYPE: ClassVar[str] = "tier.override_set"
    tier_set: str
    tier: str
    mode: str
    by: Actor
    rev: int
    until_ms: int = 0


class TierReleased(Struct, frozen=True, omit_defaults=True):
    """`tier.override_released`: the override ended, by a command ("released") or in time ("until")."""

    TYPE: ClassVar[str] = "tier.override_released"
    tier_set: str
    tier: str
    mode: str
    why: str
    by: Actor
    rev: int
