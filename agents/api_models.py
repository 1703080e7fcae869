"""The contract of what the HTTP interface answers beyond the published messages."""

from pydantic import Field

from topics.fields_out import Fraction, Outbound
from topics.models_churn import Factor


class InWords(Outbound):
    """The same sentence in both languages."""

    en: str = Field(description="English.")
    zh: str = Field(description="Chinese.")


class FactorInWords(Factor):
    """The number, and what it says."""

    reason: InWords


class ActionShown(Outbound):
    """What the rulebook's strategy suggests to do."""

    id: str = Field(description="The action.")
    offer: str = Field(description="Its class of offer.")
    texts: dict[str, str] = Field(description="What it is, by language.")


class CustomerRisk(Outbound):
    """How likely a customer is to be lost and why, as of `computed_ms`."""

    customer: str = Field(description="Customer id.")
    computed_ms: int = Field(description="The partition's time, UTC milliseconds since 1970.")
    ruleversion: str = Field(description="Rulebook and version it was computed with.")
    watched: bool = Field(
        description="False: not bought, not joined, no consent, or no `churn`; only `action` may follow."
    )
    level: str = Field("", description='The level raised; "" for none.')
    ratio: str = Field("", description='How many expected intervals it waits, as written; "" for none.')
    last_purchase_ms: int = Field(0, description="When the last purchase was, UTC milliseconds since 1970.")
    purchase_days: int = Field(0, description="Distinct days with a purchase.")
    gap_days: int = Field(0, description="Whole days since the last purchase.")
    expected_gap_days: Fraction = Field(
        [0, 1], description="The expected interval, [numerator, denominator]."
    )
    gap_ratio_ppm: int = Field(0, description="The gap over the expected interval, in millionths.")
    model_version: str = Field("", description="The model that says the following; left out without one.")
    horizon_days: int = Field(0, description="How far ahead the risk looks.")
    risk_ppm: int | None = Field(None, description="Probability of no purchase in that time, in millionths.")
    p_alive_ppm: int | None = Field(None, description="Probability of being still a customer, in millionths.")
    clv_minor: int | None = Field(None, description="What the customer is worth in `clv_days`, minor units.")
    clv_days: int = Field(0, description="How far ahead that looks.")
    next_level: str = Field("", description="The level that comes next if nothing is bought.")
    next_level_ms: int = Field(0, description="When, UTC milliseconds since 1970.")
    factors: list[FactorInWords] = Field([], description="The numbers behind it.")
    action: ActionShown | None = Field(None, description="What to do; left out where the strategy has none.")
    reason: InWords | None = Field(None, description="The absence and its rule.")
    model_reason: InWords | None = Field(None, description="What the model says.")
