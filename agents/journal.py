"""How a commit is remembered: the bookkeeping record of a partition, and one journal record per commit.

Inputs + journal + rulebooks reproduce every output: the journal says how many records of which input were
applied in which order, what time it was, and a running hash over everything that was sent.
"""

from collections.abc import Sequence
from itertools import groupby

import msgspec
from msgspec import Struct, field

ENGINE_VERSION = "0.1.0"
STATE_FORMAT = 5
APPLIED_KEY = b"\0applied"

encode = msgspec.msgpack.Encoder().encode


class Applied(Struct, array_like=True):
    """Where the fold of one partition stands. `cursor` is the last timer fired: (due, customer, kind)."""

    positions: dict[str, int] = field(default_factory=dict)
    seq: int = 0
    chain: bytes = b""  # The running hash.
    now_ms: int = 0
    cursor: tuple[int, str, str] = (0, "", "")
    digest: str = ""
    partitions: int = 0
    engine: str = ENGINE_VERSION
    format: int = STATE_FORMAT


class Commit(Struct):
    """One journal record. `order` lists (index into `topics`, count) in the order applied."""

    seq: int
    topics: list[str]
    start: list[int]
    end: list[int]
    order: list[tuple[int, int]]
    now_ms: int
    cursor: tuple[int, str, str]
    digest: str
    chain: str
    partitions: int
    engine: str = ENGINE_VERSION
    format: int = STATE_FORMAT


applied_of = msgspec.msgpack.Decoder(Applied).decode
commit_of = msgspec.json.Decoder(Commit).decode


def commit_bytes(before: Applied, after: Applied, topics_in_order: Sequence[str]) -> bytes:
    """The journal record of a commit that moved the fold from `before` to `after`."""
    topics = sorted(after.positions)
    order = [(topics.index(name), len(list(run))) for name, run in groupby(topics_in_order)]
    commit = Commit(
        seq=after.seq,
        topics=topics,
        start=[before.positions.get(name, 0) for name in topics],
        end=[after.positions[name] for name in topics],
        order=order,
        now_ms=after.now_ms,
        cursor=after.cursor,
        digest=after.digest,
        chain=after.chain.hex(),
        partitions=after.partitions,
    )
    return msgspec.json.encode(commit)
