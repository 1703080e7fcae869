"""When a customer is in danger of being lost, compiled: the levels, and the model of the population.

All numbers are exact: a pair of integers is a ratio, a share is in parts per million.
"""

from dataclasses import dataclass

Ratio = tuple[int, int]


@dataclass(frozen=True, slots=True)
class ChurnLevel:
    """Raised when the gap since the last purchase passes `ratio` times the expected interval.

    `ratio_num / ratio_den` is the ratio exactly; `text` as written ("1.5"). A level may go by the model too:
    raised at a risk of `risk_ppm`, or when the customer is alive with no more than `p_alive_ppm`. What is not
    asked for is 0 (`text` ""). `all_of`: everything asked for has to hold, else any of it.
    """

    name: str
    ratio_num: int
    ratio_den: int
    text: str
    risk_ppm: int = 0
    p_alive_ppm: int = 0
    all_of: bool = False


@dataclass(frozen=True, slots=True)
class Modifiers:
    """What makes a level one higher: an open complaint, an unsubscription, more than so much money back of
    the last five orders, activity of late below so much of that before (parts per million, 0: not asked).
    `alone`: also when no level is reached.
    """

    complaint: bool
    unsubscribed: bool
    refunds_ppm: int
    activity_ppm: int
    alone: bool


@dataclass(frozen=True, slots=True)
class SpendModel:
    """What customers spend on a purchase day, as a gamma-gamma model: p, q, and v in minor units.

    `margin` is the part of it that is earned. The worth of a customer looks `horizon_days` ahead.
    """

    p: Ratio
    q: Ratio
    v_minor: Ratio
    margin: Ratio
    horizon_days: int


@dataclass(frozen=True, slots=True)
class ChurnModel:
    """How a population buys and stays away: the four numbers of MBG/NBD, alpha in weeks.

    `version` names it in what goes out. `spend` is None where nothing is known of money.
    """

    version: str
    r: Ratio
    alpha_weeks: Ratio
    a: Ratio
    b: Ratio
    spend: SpendModel | None = None


@dataclass(frozen=True, slots=True)
class Churn:
    """Alerts by the customer's own rhythm and by the model. `levels` rise.

    The population interval is num / den days. The risk is that of no purchase within `horizon_days`.
    A level that lasts is told again every `repeat_days`, 0 for never. `needs_consent`: only who agreed to
    profiling is watched, else all but who refused.
    """

    population_days_num: int
    population_days_den: int
    minimum_days: int
    levels: tuple[ChurnLevel, ...]
    horizon_days: int = 0
    model: ChurnModel | None = None
    modifiers: Modifiers | None = None
    repeat_days: int = 0
    needs_consent: bool = False
