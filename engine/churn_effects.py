"""What is said of customers in danger of being lost."""

from typing import ClassVar

from msgspec import Struct


class ChurnAlert(Struct, frozen=True, omit_defaults=True):
    """`churn.alert`: a level of absence was crossed at `crossed_ms`, with no purchase.

    `ratio` is what the level asks for in expected intervals, "" where it goes by the model alone.
    `expected_gap_days` is [numerator, denominator]; gap_days counts whole days since the last purchase.
    What the model says is as of that instant and left out without one: probabilities in parts per million,
    `risk_ppm` of no purchase within `horizon_days`, and what the customer is worth within `clv_days`.
    """

    TYPE: ClassVar[str] = "churn.alert"
    level: str
    previous: str
    ratio: str
    crossed_ms: int
    last_purchase_ms: int
    gap_days: int
    expected_gap_days: tuple[int, int]
    purchase_days: int
    tier: str
    rev: int
    gap_ratio_ppm: int | None = None
    risk_ppm: int | None = None
    horizon_days: int = 0
    p_alive_ppm: int | None = None
    clv_minor: int | None = None
    clv_days: int = 0
    model_version: str = ""
    suggested_action: str = ""  # By the rulebook's strategy.
