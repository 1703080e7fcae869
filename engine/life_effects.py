"""What is said of a customer's stage, segment and tags; see `engine.effects`."""

from typing import ClassVar

from msgspec import Struct

from engine.events import Actor


class Criterion(Struct, frozen=True, gc=False):
    """One condition as it was read: `value` is the fact, null where there is none of it.

    Money is in minor units, ratios in parts per million.
    """

    says: str
    value: int | str | None
    holds: bool


class LifecycleChanged(Struct, frozen=True, omit_defaults=True, rename={"from_": "from"}):
    """`lifecycle.changed`: the customer's stage, or segment of value, is another one.

    `criteria` are the conditions that decided: what led into the new one, and what no longer held of the old.
    `days` is how many whole days the old one lasted.
    """

    TYPE: ClassVar[str] = "lifecycle.changed"
    axis: str  # stage | value
    from_: str  # "" when there was none yet.
    to: str
    criteria: tuple[Criterion, ...]
    tier: str
    rev: int
    days: int = 0
    backfill: bool = False


class TagChanged(Struct, frozen=True, omit_defaults=True):
    """`tag.added`, `tag.removed` and `tag.released`; the effect's type says which.

    `why` is a word: rule, command, expired, replaced (by another tag of its group), gone (the rulebook knows
    the tag no more); of a release given or barred, what it was until now. `until_ms` is when what was done by
    hand ends; 0: with its release. `criteria` are the conditions of its rule as read.
    """

    tag: str
    dimension: str
    why: str
    rev: int
    group: str = ""
    until_ms: int = 0
    criteria: tuple[Criterion, ...] = ()
    by: Actor | None = None
    backfill: bool = False


LIFE_CODES = {"lifecycle.changed": 0x40, "tag.added": 0x41, "tag.removed": 0x42, "tag.released": 0x43}
LifeData = LifecycleChanged | TagChanged
