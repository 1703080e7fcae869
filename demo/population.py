"""The population's purchase interval, as `rules/programs/record_shop.yaml` states it.

`python -m demo.population` prints it.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from itertools import pairwise

from demo.cdnow import Row, read_rows

CALIBRATION_ENDS = date(1997, 9, 30)  # Inclusive; what came later is the demo's future.


def population_interval_days(rows: Iterable[Row], last: date = CALIBRATION_ENDS) -> Fraction:
    """The exact median of days between successive purchase days of one customer, up to `last` inclusive.

    Raises ValueError when nobody bought on two days.
    """
    intervals = sorted(repeat_intervals(rows, last))
    if not intervals:
        raise ValueError(f"nobody bought on two days up to {last}, so there is no interval to take")
    middle = len(intervals) // 2
    if len(intervals) % 2:
        return Fraction(intervals[middle])
    return Fraction(intervals[middle - 1] + intervals[middle], 2)


def repeat_intervals(rows: Iterable[Row], last: date) -> list[int]:
    """Days between successive purchase days, of all customers; orders of one day count once."""
    days: dict[str, set[date]] = defaultdict(set)
    for row in rows:
        if row.day <= last:
            days[row.customer].add(row.day)
    return [(later - earlier).days for bought in days.values() for earlier, later in pairwise(sorted(bought))]


if __name__ == "__main__":
    print(f"population_interval_days: {population_interval_days(read_rows())}")
