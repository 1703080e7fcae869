"""What the plain job must answer, counted by itself: it shares no code with any of the engines.

`python -m benchmarks.peers.expected 300000` prints it for so many purchases.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import NamedTuple

import orjson

TIERS = (("gold", 1_000_000), ("silver", 200_000), ("base", -1))


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


def expected(purchases: Iterable[bytes]) -> Answers:
    """What these purchases, in the peers' JSON, must lead to."""
    spent: dict[str, int] = defaultdict(int)
    standing: dict[str, str] = {}
    points: dict[str, int] = {}
    tiers: dict[str, str] = {}
    for purchase in map(orjson.loads, purchases):
        customer, event_id = purchase["customer_id"], purchase["event_id"]
        spent[customer] += purchase["amount"]
        points[event_id] = purchase["amount"] // 100
        tier = next(name for name, over_minor in TIERS if spent[customer] > over_minor)
        if standing.get(customer) != tier:
            standing[customer] = tiers[event_id] = tier
    return answers(points, tiers)


if __name__ == "__main__":
    from benchmarks.peers.events import plain_purchases

    print(expected(plain_purchases(int(sys.argv[1]))))
