"""What is kept of a customer for the scores of recency, frequency and money."""


class Rfm:
    """`frequency` (purchase days) and `money` (minor units) within the window, as of the local day `day`.

    `last_day` is that of the last purchase; `inside`: it is within the window, so that the customer is one of
    those counted. `leaves` is the local day on which the oldest day counted leaves the window,
    `wakes` the one whose midnight the timer waits for; 0 for none. `cell` is the three scores as one number
    ("543"), 0 before the first; `version` is that of the cut-offs it is by.
    """

    __slots__ = ("cell", "day", "frequency", "inside", "last_day", "leaves", "money", "version", "wakes")

    def __init__(self) -> None:
        self.day = self.last_day = self.frequency = self.money = self.leaves = self.wakes = 0
        self.version = self.cell = 0
        self.inside = False


def values_of_rfm(rfm: Rfm | None) -> list[int]:
    """It as it is written, empty for none."""
    if rfm is None:
        return []
    r = rfm
    counted = [r.day, r.last_day, int(r.inside), r.frequency, r.money]
    return [*counted, r.leaves, r.wakes, r.version, r.cell]


def rfm_from(values: list[int]) -> Rfm:
    """The one whose values these are."""
    rfm = Rfm()
    rfm.day, rfm.last_day, inside, rfm.frequency, rfm.money = values[:5]
    rfm.leaves, rfm.wakes, rfm.version, rfm.cell = values[5:]
    rfm.inside = inside == 1
    return rfm
