"""The tallies of a partition as rows beside its bookkeeping record, and as a mapping to look at."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from agents.accounts import Reader
from engine.census import Census
from engine.counted import Group
from engine.cutoffs import Cutoffs, InForce
from engine.gathering import Day, Gathering
from engine.population import Counts, Population

CENSUS_KEY: Final = b"\0census"
POPULATION_KEY: Final = b"\0population"
CUTOFFS_KEY: Final = b"\0cutoffs"
GATHERING_KEY: Final = b"\0gathering"
_GATHERED: Final = b"\0gathered"

_Packed = tuple[list[tuple[Group, int]], int, int, int, dict[str, list[int]]]
_Counts = tuple[
    list[int], list[int], list[int]
]  # Each: a key, how many, the step to the next key, how many ...
_Population = tuple[int, _Counts, list[tuple[int, _Counts]]]
_Gathering = tuple[int, Cutoffs | None, list[int]]
_encode: Final = msgspec.msgpack.Encoder(order="sorted").encode
_packed_in: Final = msgspec.msgpack.Decoder(_Packed).decode
_population_in: Final = msgspec.msgpack.Decoder(_Population).decode
_gathering_in: Final = msgspec.msgpack.Decoder(_Gathering).decode
_gathered_in: Final = msgspec.msgpack.Decoder(tuple[list[int], _Counts]).decode
_cutoffs_in: Final = msgspec.msgpack.Decoder(tuple[InForce, ...]).decode


def census_in(row: bytes | None) -> Census:
    """The census in its row; an empty one when there is no row yet."""
    if row is None:
        return Census()
    groups, active, pending, debt, others = _packed_in(row)
    return Census(dict(groups), active, pending, debt, others)


def census_row(census: Census) -> bytes:
    """What `census_in` reads; the same bytes however the census came about."""
    return _encode((sorted(census.groups.items()), census.active, census.pending, census.debt, census.others))


def population_in(row: bytes | None) -> Population:
    """The population in its row; one that has not begun when there is no row yet."""
    if row is None:
        return Population()
    day, counts, later = _population_in(row)
    population = Population(day)
    population.counts = _counts_in(counts)
    population.later = {each: _counts_in(change) for each, change in later}
    return population


def population_row(population: Population) -> bytes:
    """What `population_in` reads; the same bytes however it came about."""
    later = [(day, _packed_counts(counts)) for day, counts in sorted(population.later.items())]
    return _encode((population.day, _packed_counts(population.counts), later))


def cutoffs_in(row: bytes | None) -> tuple[InForce, ...]:
    """The cut-offs that may still be needed, the oldest first."""
    return () if row is None else _cutoffs_in(row)


def cutoffs_row(cutoffs: tuple[InForce, ...]) -> bytes:
    """What `cutoffs_in` reads."""
    return _encode(cutoffs)


def gathering_in(row: bytes | None, reader: Reader) -> Gathering:
    """The days that are gathered, each of which has a row of its own."""
    if row is None:
        return Gathering()
    done, last, days = _gathering_in(row)
    gathering = Gathering(done, last)
    for day, found in zip(days, reader.get_many([gathered_key(each) for each in days]), strict=True):
        assert found is not None, f"what was told of day {day} is missing"
        told, counts = _gathered_in(found)
        gathering.days[day] = Day(told, _counts_in(counts))
    return gathering


def gathering_row(gathering: Gathering) -> bytes:
    """What `gathering_in` reads, without the days' own rows."""
    return _encode((gathering.done, gathering.last, sorted(gathering.days)))


def gathered_key(day: int) -> bytes:
    """The key of a day that is gathered."""
    return _GATHERED + day.to_bytes(4, "big", signed=True)


def gathered_row(day: Day) -> bytes:
    """The row of a day that is gathered."""
    return _encode((day.told, _packed_counts(day.counts)))


def _packed_counts(counts: Counts) -> _Counts:
    return _packed(counts.recency), _packed(counts.money), _packed(counts.frequency)


def _packed(counts: dict[int, int]) -> list[int]:
    values: list[int] = []
    before = 0
    for key in sorted(counts):
        values += (key - before, counts[key])
        before = key
    return values


def _counts_in(packed: _Counts) -> Counts:
    counts = Counts()
    for into, values in zip((counts.recency, counts.money, counts.frequency), packed, strict=True):
        key = 0
        for at in range(0, len(values), 2):
            key += values[at]
            into[key] = values[at + 1]
    return counts


def own_row(key: bytes) -> str:
    """What a row of the partition's own is, "" for any other key."""
    if key.startswith(_GATHERED):
        return "the counts of a day"
    return _WHAT.get(key, "")


_WHAT: Final = {
    CENSUS_KEY: "the tallies of the partition",
    POPULATION_KEY: "the counts of the partition's customers",
    CUTOFFS_KEY: "the cut-offs of the scores",
    GATHERING_KEY: "the days that are gathered",
}


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
