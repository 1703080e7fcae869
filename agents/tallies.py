"""The tallies of a partition as rows beside its bookkeeping record, and as a mapping to look at."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from engine.census import Census
from engine.state import Group

CENSUS_KEY: Final = b"\0census"

_Packed = tuple[list[tuple[Group, int]], int, int, int, dict[str, list[int]]]
_encode: Final = msgspec.msgpack.Encoder(order="sorted").encode
_packed_in: Final = msgspec.msgpack.Decoder(_Packed).decode


def census_in(row: bytes | None) -> Census:
    """The census in its row; an empty one when there is no row yet."""
    if row is None:
        return Census()
    groups, active, pending, debt, others = _packed_in(row)
    return Census(dict(groups), active, pending, debt, others)


def census_row(census: Census) -> bytes:
    """What `census_in` reads; the same bytes however the census came about."""
    return _encode((sorted(census.groups.items()), census.active, census.pending, census.debt, census.others))


def as_mapping(census: Census) -> Mapping[str, Any]:
    """The tallies by what they are of; `tiers` by (set of levels, rank), `risk` by level, 0 for none.

    `stages` are by code, "" for none. `tiers_by_risk` holds (set of levels, rank, level of risk); `points` by
    wallet. What is 0 may be absent.
    """
    customers = enrolled = 0
    tiers: dict[tuple[str, int], int] = {}
    risk: dict[int, int] = {}
    both: dict[tuple[str, int, int], int] = {}
    stages: dict[str, int] = {}
    for (joined, level, standings, stage), number in census.groups.items():
        customers += number
        enrolled += number if joined else 0
        risk[level] = risk.get(level, 0) + number
        stages[stage] = stages.get(stage, 0) + number
        for tier_set, rank in standings:
            tiers[tier_set, rank] = tiers.get((tier_set, rank), 0) + number
            both[tier_set, rank, level] = both.get((tier_set, rank, level), 0) + number
    points = {
        wallet: {"active": active, "pending": pending, "debt": debt}
        for wallet, (active, pending, debt) in census.points.items()
    }
    return {
        "customers": customers,
        "enrolled": enrolled,
        "tiers": tiers,
        "risk": risk,
        "stages": stages,
        "tiers_by_risk": both,
        "points": points,
    }
