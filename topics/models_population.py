"""The published contract of what partitions tell each other of their customers as a whole."""

from typing import Literal

from pydantic import Field

from topics.fields import Count, Counts, Day, Id, Inbound, Sum, Time, Version


class CountedData(Inbound):
    """Customers who bought within the window, as of a local midnight: what they are counted by, how many."""

    partition: Count = Field(description="The partition whose customers they are.")
    day: Day = Field(description="The local day that the midnight opens, in days since 1970.")
    recency: Counts = Field(description="By the local day of their last purchase.")
    money: Counts = Field(description="By the number of a bucket of what they spent.")
    frequency: Counts = Field(description="By purchase days.")


class CutoffsData(Inbound):
    """Where each fifth of the customers begins."""

    version: Version = Field(description="Grows by 1.")
    day: Day = Field(description="The local day whose opening midnight they are of, in days since 1970.")
    window_days: Version = Field(description="How many days purchases count for.")
    recency: tuple[Count, Count, Count, Count] = Field(
        description="Days since the last purchase: up to which the score is 5, 4, 3, 2."
    )
    money: tuple[Sum, Sum, Sum, Sum] = Field(
        description="Minor units: from which on the score is 2, 3, 4, 5."
    )
    customers: Count = Field(description="How many customers they are of.")
    partitions: Version = Field(description="How many partitions told their counts in time.")


class OfPartition(Inbound):
    """Sent by the engine alone, with a null key: for the partition it is in, and no customer."""

    specversion: Literal["1.0"] = Field("1.0", description="Version of CloudEvents.")
    id: Id = Field(description="Follows from what it is of.")
    source: Literal["/tierline"]
    time: Time = Field(description="The local midnight, RFC 3339.")


class PopulationCounted(OfPartition):
    """Sent by the engine alone: the customers of a partition as a whole, for cut-offs of the scores."""

    type: Literal["population.counted"]
    data: CountedData


class PopulationCutoffs(OfPartition):
    """Sent by the engine alone, to each partition: the cut-offs by which it scores from now on."""

    type: Literal["population.cutoffs"]
    data: CutoffsData


POPULATION: tuple[type[OfPartition], ...] = (PopulationCounted, PopulationCutoffs)
