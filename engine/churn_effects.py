"""What is said of customers in danger of being lost."""

from typing import ClassVar

from msgspec import Struct


class Factor(Struct, frozen=True, gc=False, omit_defaults=True):
    """One number that speaks for or against a customer's coming back; the end of `factor` is its unit.

    `limit` is what the rulebook compares it with, None where it only explains. `raises`: it makes the level
    one higher than the absence alone would.
    """

    factor: str
    value: int
    limit: int | None = None
    raises: bool = False


class ChurnAlert(Struct, frozen=True, omit_defaults=True):
    """`churn.alert`: a level of absence was crossed at `crossed_ms`, with no purchase.

    `ratio` is what the level asks for in expected intervals, "" where it goes by the model alone.
    `expected_gap_days` is [numerator, denominator]; gap_days counts whole days since the last purchase,
    `gap_ratio_ppm` the expected intervals in parts per million that are over at that instant.
    What the model says is as of that instant and left out without one: probabilities in parts per million,
    `risk_ppm` of no purchase within `horizon_days`, and what the customer is worth within `clv_days`.
    `previous` is the same level where it is told again. `factors` has all modifiers, and what explains.
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
    gap_ratio_ppm: int
    risk_ppm: int | None = None
    horizon_days: int = 0
    p_alive_ppm: int | None = None
    clv_minor: int | None = None
    clv_days: int = 0
    model_version: str = ""
    value_segment: str = ""
    suggested_action: str = ""  # By the rulebook's strategy.
    factors: tuple[Factor, ...] = ()
