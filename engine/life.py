"""What is kept of a customer's stage, segment and tags."""

from msgspec import Struct, field


class Life(Struct, array_like=True):
    """`stage` since `since_ms`, `value` since `value_ms`; both are "" before the first look.

    `doubt_ms` and `value_doubt_ms` are when it first no longer held, where it is left only later (0: it
    holds). `bought` are the purchase days of the whole life as counted last, `bought_in_stage` those since
    the stage began. `channels` are those of the last orders, the oldest first. `growth` is what a comparison
    of spending over two windows found on a day, for the rest of that day: see `engine.asking`.
    """

    stage: str = ""
    since_ms: int = 0
    doubt_ms: int = 0
    value: str = ""
    value_ms: int = 0
    value_doubt_ms: int = 0
    bought: int = 0
    bought_in_stage: int = 0
    channels: list[str] = field(default_factory=list)
    growth: list[int] = field(default_factory=list)


class Held(Struct, array_like=True, gc=False):
    """A tag a customer has since `since_ms`, until `until_ms` (0: as long as it holds).

    `by` is RULE, or who gave it by hand (GIVEN), or took it away by hand so that no rule gives it (BARRED).
    """

    by: int
    since_ms: int
    until_ms: int
    dimension: str
    group: str = ""
    actor: str = ""


RULE = 0
GIVEN = 1
BARRED = 2
