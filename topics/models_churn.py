"""The published contract of what is said about customers in danger of being lost."""

from pydantic import Field

from topics.fields_out import Fraction, Ms, Outbound, Rev


class Factor(Outbound):
    """One number that speaks for or against a customer's coming back."""

    factor: str = Field(description="Its name, which ends in its unit.")
    value: int = Field(description="The number.")
    limit: int | None = Field(None, description="What the rulebook compares it with; left out for none.")
    raises: bool = Field(False, description="True: it makes the level one higher.")


class ChurnAlert(Outbound):
    """A customer has been away for longer than their own rhythm explains."""

    level: str = Field(description="The level now raised.")
    previous: str = Field(description='The level before; "" if none.')
    ratio: str = Field(description='How many expected intervals that level waits, as written; "" if none.')
    crossed_ms: Ms
    last_purchase_ms: Ms
    gap_days: int = Field(description="Whole days since the last purchase.")
    expected_gap_days: Fraction = Field(description="The expected interval, [numerator, denominator] days.")
    purchase_days: int = Field(description="Distinct days with a purchase.")
    tier: str = Field(description="The customer's tier.")
    rev: Rev
    gap_ratio_ppm: int = Field(description="The gap over the expected interval, in millionths.")
    risk_ppm: int | None = Field(
        None, description="Probability of no purchase in the horizon, in millionths."
    )
    horizon_days: int = Field(0, description="How far ahead that risk looks.")
    p_alive_ppm: int | None = Field(None, description="Probability of being still a customer, in millionths.")
    clv_minor: int | None = Field(None, description="What the customer is worth in `clv_days`, minor units.")
    clv_days: int = Field(0, description="How far ahead that looks.")
    model_version: str = Field("", description="The model that says so; left out without one.")
    value_segment: str = Field("", description="The customer's value segment; left out where none is known.")
    suggested_action: str = Field(
        "", description="What the rulebook's strategy suggests; left out if nothing."
    )
    factors: list[Factor] = Field(
        [], description="The numbers behind it: modifiers that the rulebook asks for, and what explains."
    )
