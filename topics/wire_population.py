"""What partitions tell each other of their customers as a whole, as structs: it has no key and no subject."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from topics import limits
from topics.wire_base import Id, Time

Version = Annotated[int, Meta(ge=1, le=limits.COUNT_MAX)]
Day = Annotated[int, Meta(ge=-limits.DAY_MAX, le=limits.DAY_MAX)]
Many = Annotated[int, Meta(ge=0, le=limits.COUNT_MAX)]
Big = Annotated[int, Meta(ge=0, le=limits.SUM_MAX)]
Counts = Annotated[tuple[tuple[Day, Many], ...], Meta(max_length=limits.GROUPS_MAX)]


class CountedIn(Struct, gc=False, frozen=True):
    partition: Many
    day: Day
    recency: Counts
    money: Counts
    frequency: Counts


class CutoffsIn(Struct, gc=False, frozen=True):
    version: Version
    day: Day
    window_days: Version
    recency: tuple[Many, Many, Many, Many]
    money: tuple[Big, Big, Big, Big]
    customers: Many
    partitions: Version


class OfPartition(Struct, frozen=True):
    """What a partition tells another one; `source` is the engine's."""

    id: Id
    source: Literal["/tierline"]
    time: Time


class PopulationCounted(OfPartition, frozen=True, tag_field="type", tag="population.counted"):
    data: CountedIn
    specversion: Literal["1.0"] = "1.0"


class PopulationCutoffs(OfPartition, frozen=True, tag_field="type", tag="population.cutoffs"):
    data: CutoffsIn
    specversion: Literal["1.0"] = "1.0"
