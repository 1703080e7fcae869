"""What goes into a run and what comes out of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from agents.accounts import Change
from agents.chain import Chain
from agents.flow import Flow
from agents.journal import Applied
from engine.state import Account
from topics.framing import Output


class Record(Protocol):
    """A consumed record, as aiokafka gives it."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


@dataclass
class Work:
    """One commit: outputs in send order, changelog records, the journal record, local index changes.

    `profiles` are sent with them, and like the changelog they are no part of the running hash.
    `origins` says of each output which record it is of, -1 for none; only where traces are on, and not of the
    last outputs, which are of timers.
    """

    outputs: list[Output]
    changelog: list[Change]
    journal: bytes
    index: list[Change]
    after: Applied
    flow: Flow
    timers_left: bool = False
    profiles: list[Output] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)


@dataclass
class Run:
    """What one `apply` gathers.

    `accounts` are those in hand, `changed` the names of those to put back. `instants` are the
    partition's time before all records and at each, `slots` what each sends. `place` is that of the record in
    hand in the run's order, `cursor_place` that of the one the cursor's timer fired before. `end_ms`
    is the partition's time when the run is over.
    """

    chain: Chain
    now_ms: int
    cursor: tuple[int, str, str]
    accounts: dict[str, Account] = field(default_factory=dict)
    changed: dict[str, None] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)
    flow: Flow = field(default_factory=Flow)
    instants: list[int] = field(default_factory=list)
    slots: list[list[Output]] = field(default_factory=list)
    place: int = 0
    end_ms: int = 0
    cursor_place: int = -1
    timers_left: bool = False
    origins: list[int] = field(default_factory=list)
