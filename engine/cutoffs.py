"""What partitions tell each other of their customers as a whole: counts of a day, and cut-offs from them."""

from msgspec import Struct

Pairs = tuple[tuple[int, int], ...]  # What is counted, rising, and how many there are.
Four = tuple[int, int, int, int]


class Counted(Struct, frozen=True):
    """`population.counted`: the customers of one partition as of the local midnight that opens `day`.

    Counted are those who bought within the window: `recency` by the day of their last purchase, `money` by
    the number of a bucket of `engine.population`, `frequency` by purchase days.
    """

    partition: int
    day: int
    recency: Pairs
    money: Pairs
    frequency: Pairs


class Cutoffs(Struct, frozen=True):
    """`population.cutoffs`, and `rfm.cutoffs` for others: where each fifth of the customers begins.

    `recency` are days since the last purchase: 5 up to the first, 4 up to the second, and so on. `money` is
    in minor units: 2 from the first on, up to 5 from the last on. They are of the local midnight that opens
    `day`, of so many `customers` who bought within `window_days`, counted by so many `partitions`.
    """

    version: int
    day: int
    window_days: int
    recency: Four
    money: Four
    customers: int
    partitions: int


class InForce(Struct, frozen=True, array_like=True):
    """Cut-offs, and the instant (UTC ms of the partition's time) from which on they are used."""

    from_ms: int
    cutoffs: Cutoffs
