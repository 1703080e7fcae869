"""The facts of a customer that conditions may read: their names, what they are, what they need."""

from enum import StrEnum
from typing import Final, NamedTuple


class FactKind(StrEnum):
    """How a fact is written in a rulebook."""

    COUNT = "a whole number"
    RATIO = "a number"  # The engine has it in parts per million.
    MONEY = "an amount of money"
    WORD = "a word"


class FactName(NamedTuple):
    """A fact: `engine` is its name in `engine.insight`, `needs` the section it comes from ("": none)."""

    engine: str
    kind: FactKind
    what: str
    needs: str = ""
    least: int = 0  # No condition asks for less.


COUNT, RATIO, MONEY, WORD = FactKind.COUNT, FactKind.RATIO, FactKind.MONEY, FactKind.WORD

FACTS: Final[dict[str, FactName]] = {
    "days_since_purchase": FactName("days_since_purchase", COUNT, "days since the last purchase"),
    "days_since_first_purchase": FactName(
        "days_since_first_purchase", COUNT, "days since the day of the first purchase began"
    ),
    "days_since_engagement": FactName(
        "days_since_engagement", COUNT, "days since the last engagement of the customer's own"
    ),
    "days_since_interaction": FactName(
        "days_since_interaction", COUNT, "days since the customer last bought, engaged or joined"
    ),
    "activity": FactName("activity_ppm", RATIO, "the activity score"),
    "activity_ratio": FactName("activity_ratio_ppm", RATIO, "activity of late against activity of before"),
    "open_complaints": FactName("open_complaints", COUNT, "open complaints"),
    "unsubscribed": FactName("unsubscribed", COUNT, "1 after an unsubscription, else 0"),
    "usual_channel": FactName("usual_channel", WORD, "the commonest channel of the last ten orders"),
    "tier": FactName("tier", WORD, "the code of the level"),
    "top_tier": FactName("top_tier", COUNT, "1 on the highest level, else 0"),
    "gap_ratio": FactName(
        "gap_ratio_ppm", RATIO, "the time since the last purchase in expected intervals", "churn"
    ),
    "risk_level": FactName("risk_level", WORD, "the churn level raised now", "churn"),
    "risk": FactName("risk_ppm", RATIO, "the risk of no purchase within the horizon", "churn.model"),
    "p_alive": FactName("p_alive_ppm", RATIO, "the probability of being still a customer", "churn.model"),
    "clv": FactName("clv_minor", MONEY, "what the customer is worth", "churn.model.spend"),
    "stage": FactName("stage", WORD, "the stage until now", "lifecycle"),
    "days_in_stage": FactName("days_in_stage", COUNT, "days since the stage began", "lifecycle"),
    "purchase_days_in_stage": FactName(
        "purchase_days_in_stage", COUNT, "days with a purchase since the stage began", "lifecycle"
    ),
    "value": FactName("value", WORD, "the value segment", "lifecycle"),
}
"""Each fact by its name in a rulebook."""
