"""What a customer counts for, in the tallies of a partition and in its population."""

Part = tuple[int, int, int]
"""What a customer counts for in the population: last purchase day, bucket of money, purchase days."""
Move = tuple[int, Part | None, Part | None]
Group = tuple[bool, int, tuple[tuple[str, int], ...], str]
"""What customers are counted by: enrolled, level of risk (0: none), rank in each set of levels, stage."""


class Counted:
    """What a customer counts for in the partition's tallies, see `engine.census`.

    `joined`, `level`, `places` and `stage` say in which group; the others are points: those of the wallets
    beside the points in `others`, None for none.
    """

    __slots__ = ("active", "debt", "joined", "level", "others", "pending", "places", "stage")

    def __init__(
        self,
        joined: bool,
        level: int,
        places: int,
        active: int,
        pending: int,
        debt: int,
        others: dict[str, tuple[int, int, int]] | None,
        stage: str = "",
    ) -> None:
        self.joined = joined
        self.stage = stage
        self.level = level
        self.places = places
        self.active = active
        self.pending = pending
        self.debt = debt
        self.others = others
