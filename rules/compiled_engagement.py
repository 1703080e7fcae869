"""What taking part gives, compiled; and the bounds on what any rule gives."""

from dataclasses import dataclass

from rules.facts import MAIN, Period


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `count` events and at most `points` points per period (None: no such bound).

    `days` is the length of a rolling period, of a calendar one the most it can have. `text` names the period
    ("week", "rolling 30").
    """

    per: Period
    count: int | None
    points: int | None
    days: int
    text: str


@dataclass(frozen=True, slots=True)
class Streak:
    """`points` more for every `days` local days in a row with the engagement."""

    days: int
    points: int


@dataclass(frozen=True, slots=True)
class EngagementRule:
    """Points for one kind of engagement (`engagement.<kind>`).

    `qualifying` says whether the points also count as qualifying points. `min_text_len` asks for a text
    of that many characters (`text_len` of the event), 0 for none. `streak` rewards days in a row.
    """

    id: str
    kind: str
    points: int
    caps: tuple[Cap, ...]
    qualifying: bool
    min_text_len: int
    streak: Streak | None = None
    wallet: str = MAIN
