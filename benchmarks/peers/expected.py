"""What the engines must answer, counted by itself: it shares no code with any of them.

`python -m benchmarks.peers.expected 300000` prints it for so many purchases, `default` behind it for the
default programme: its window of 365 days takes in all of them, and as all were bought before they were
recorded, and so before any level began, all earn with the lowest.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import NamedTuple

import orjson

# Level and least spending in minor units, the highest first.
LEVELS = {
    "plain": (("gold", 1_000_001), ("silver", 200_001), ("base", 0)),
    "default": (("diamond", 2_000_000), ("gold", 500_000), ("silver", 100_000), ("base", 0)),
}


class Answers(NamedTuple):
    """What came out: purchases that earned, points in all, changes of tier and the digest of their set."""

    earning: int
    points: int
    changes: int
    digest: str


def answers(points: Mapping[str, int], tiers: Mapping[str, str]) -> Answers:
    """The answers from each purchase's points, and the tier after each purchase that changed it, by id."""
    lines = sorted(f"{event_id} {tier}\n" for event_id, tier in tiers.items())
    digest = sha256("".join(lines).encode()).hexdigest()[:16]
    return Answers(sum(each > 0 for each in points.values()), sum(points.values()), len(tiers), digest)


def expected(purchases: Iterable[bytes], programme: str = "plain") -> Answers:
    """What these purchases, in the peers' JSON, must lead to."""
    spent: dict[str, int] = defaultdict(int)
    standing: dict[str, str] = {}
    points: dict[str, int] = {}
    tiers: dict[str, str] = {}
    for purchase in map(orjson.loads, purchases):
        customer, event_id = purchase["customer_id"], purchase["event_id"]
        spent[customer] += purchase["amount"]
        points[event_id] = purchase["amount"] // 100
        tier = next(level for level, least_minor in LEVELS[programme] if spent[customer] >= least_minor)
        if standing.get(customer) != tier:
            standing[customer] = tiers[event_id] = tier
    return answers(points, tiers)


if __name__ == "__main__":
    from benchmarks.peers.events import plain_purchases

    print(expected(plain_purchases(int(sys.argv[1])), *sys.argv[2:]))
