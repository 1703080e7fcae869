"""The facts of a customer that conditions may read: their names, what they are, what they need."""

import re
from enum import StrEnum
from typing import Any, Final, NamedTuple

from rules.errors import Refusal
from rules.facts import SCOPE, SCOPES_WANTED
from rules.values import choice


class FactKind(StrEnum):
    """How a fact is written in a rulebook."""

    COUNT = "a whole number"
    RATIO = "a number"  # The engine has it in parts per million.
    MONEY = "an amount of money"
    WORD = "a word"
    FREE = "a word or a whole number"


class FactName(NamedTuple):
    """A fact: `engine` is its name in `engine.insight`, `needs` the keys it comes from ("": none).

    `share`: it is a probability, so a bound is between 0 and 1. `most` is the highest number it can be, 0:
    there is none.
    """

    engine: str
    kind: FactKind
    what: str
    needs: str = ""
    share: bool = False
    most: int = 0


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
    "unsubscribed": FactName("unsubscribed", COUNT, "1 after an unsubscription, else 0", most=1),
    "usual_channel": FactName("usual_channel", WORD, "the commonest channel of the last ten orders"),
    "tier": FactName("tier", WORD, "the code of the level"),
    "top_tier": FactName("top_tier", COUNT, "1 on the highest level, else 0", most=1),
    "gap_ratio": FactName(
        "gap_ratio_ppm", RATIO, "the time since the last purchase in expected intervals", "churn"
    ),
    "risk_level": FactName("risk_level", WORD, "the churn level raised now", "churn"),
    "risk": FactName("risk_ppm", RATIO, "the risk of no purchase within the horizon", "churn.model", True),
    "p_alive": FactName(
        "p_alive_ppm", RATIO, "the probability of being still a customer", "churn.model", True
    ),
    "clv": FactName("clv_minor", MONEY, "what the customer is worth", "churn.model.spend"),
    "language": FactName("language", WORD, "the language of the profile"),
    "stage": FactName("stage", WORD, "the stage until now", "lifecycle"),
    "days_in_stage": FactName("days_in_stage", COUNT, "days since the stage began", "lifecycle"),
    "purchase_days_in_stage": FactName(
        "purchase_days_in_stage", COUNT, "days with a purchase since the stage began", "lifecycle"
    ),
    "rfm_r": FactName("rfm_r", COUNT, "the score of how lately, 1 to 5", "rfm", most=5),
    "rfm_f": FactName("rfm_f", COUNT, "the score of how often, 1 to 5", "rfm", most=5),
    "rfm_m": FactName("rfm_m", COUNT, "the score of for how much, 1 to 5", "rfm", most=5),
    "value": FactName("value", WORD, "the value segment", "lifecycle"),
}
"""Each fact by its name in a rulebook."""

ATTRIBUTE: Final = "attribute."
CONSENT: Final = "consent."
_ATTRIBUTE_NAME: Final = re.compile(r"attribute\.[a-z0-9_-]{1,64}")


def fact_of(name: str) -> FactName:
    """The fact of a name that `fact_name` has let through."""
    if name.startswith(ATTRIBUTE):
        return FactName(name, FactKind.FREE, f"the attribute {name.removeprefix(ATTRIBUTE)} of the profile")
    if name.startswith(CONSENT):
        what = f"1 with the customer's consent to {name.removeprefix(CONSENT)}, else 0"
        return FactName(name, COUNT, what, most=1)
    return FACTS[name]


def fact_name(value: Any) -> str:
    """The value, when it names a fact. Raises Refusal when it does not."""
    if isinstance(value, str) and value.startswith(ATTRIBUTE):
        if _ATTRIBUTE_NAME.fullmatch(value):
            return value
        raise Refusal(f"{value} is no attribute", "write attribute. and its name, such as attribute.region")
    if isinstance(value, str) and value.startswith(CONSENT):
        if re.match(SCOPE, value.removeprefix(CONSENT)):
            return value
        raise Refusal(f"{value} is no consent", f"write consent. and {SCOPES_WANTED}")
    return choice(value, {name: name for name in FACTS})
