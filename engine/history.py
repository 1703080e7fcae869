"""The parts of a customer's row that seldom change: why tiers were given, when, and what caps let through."""

from msgspec import Struct


class Evidence(Struct, array_like=True, gc=False):
    """One condition of a grant: the value it held with, over local days [from_day, to_day).

    `metric` and `window` are words, not positions, so that a later rulebook can still read them.
    """

    metric: str
    window: str
    from_day: int
    to_day: int
    value: int
    threshold: int


class Grant(Struct, array_like=True):
    """Why a tier was given: the readings, and the customer's `rev` then (later orders are not in them).

    `shape` says how the readings are combined, as in `rules.compiled_tiers.Condition`.
    """

    rank: int
    rev: int
    evidence: list[Evidence]
    shape: str = ""


class Change(Struct, array_like=True, gc=False):
    """From this instant the customer had this rank."""

    at_ms: int
    rank: int


class Used(Struct, array_like=True, gc=False):
    """What a cap has let through in the local period that starts at day `period`."""

    period: int
    count: int
    points: int


class Redemption(Struct, array_like=True, gc=False):
    """Points spent once: `parts` are (expiry or NEVER, first number, end) each, in the order taken.

    `left` of them can still come back. A part that never expires is counted from 0.
    """

    wallet: str
    qty: int
    left: int
    parts: list[int]
