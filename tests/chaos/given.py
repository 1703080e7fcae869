"""A record to send and what has to become of it: what loads make and the checker is told."""

from typing import NamedTuple


class Given(NamedTuple):
    """One record of an input. `role` is "purchases", "engagements" or "commands".

    A record that is not `good` has to become a dead letter. `at_ms` is the sender's timestamp, which counts
    with `clock: log` only; 0 is the time of sending.
    """

    role: str
    partition: int
    key: bytes | None
    value: bytes | None
    good: bool = True
    at_ms: int = 0
    headers: tuple[tuple[str, bytes], ...] = ()
