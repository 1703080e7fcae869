"""Where the customers of a model stand among each other: the risk in their middle, the worth of a fifth."""

from decimal import Decimal
from functools import cache
from json import dumps
from typing import Any

from agents.model_check import risk_of
from agents.model_past import Seen
from engine.calendar import DAY_MS
from engine.risk import Fitted, History, Spending, purchases, spend_minor, worth_minor
from rules.churn_compile import model
from rules.churn_keys import ModelKeys

_PPM = Decimal("0.000001")


def with_ranks(
    found: dict[str, Any], seen: list[Seen], horizon_days: int, minor_digits: int
) -> dict[str, Any]:
    """The numbers of a model with `risk_median` and, where it speaks of money, its `top_fifth`.

    Both are as of the end of the day of which the customers are. `top_fifth` is left out when not even every
    fifth is worth anything.
    """
    fitted = Fitted(model(ModelKeys.model_validate(_exact(found)), minor_digits))
    risks = sorted(risk_of(one, fitted, horizon_days) for one in seen)
    middle = Decimal(risks[len(risks) // 2]).quantize(_PPM)
    ranked = found | {"risk_median": float(min(max(middle, _PPM), 1 - _PPM))}
    if fitted.spend is not None:
        worths = sorted(_worths(seen, fitted, fitted.spend), reverse=True)
        least = worths[(len(worths) - 1) // 5]
        if least > 0:
            ranked["spend"] = found["spend"] | {"top_fifth": float(Decimal(least).scaleb(-minor_digits))}
    return ranked


def _worths(seen: list[Seen], fitted: Fitted, spend: Spending) -> list[int]:
    """What each customer is worth, in minor units, as the engine has it."""

    @cache
    def expected(x: int, span_days: int, age_days: int) -> int:
        gap_ms = (age_days - span_days) * DAY_MS
        return purchases(fitted, History(fitted, x + 1, span_days), gap_ms, spend.horizon_days)

    return [
        worth_minor(
            spend, expected(one.x, one.span_days, one.age_days), spend_minor(spend, one.x, one.repeat_minor)
        )
        for one in seen
    ]


def _exact(value: Any) -> Any:
    """The numbers as a rulebook's file has them: by their digits."""
    if isinstance(value, dict):
        return {key: _exact(item) for key, item in value.items()}
    return Decimal(str(value)) if isinstance(value, float) else value


def as_json(found: dict[str, Any], indent: str = "  ") -> str:
    """A model as JSON whose numbers are plain digits, as a rulebook asks for them."""
    lines = []
    for key, value in found.items():
        if isinstance(value, dict):
            text = as_json(value, indent + "  ")
        else:
            text = f"{_exact(value):f}" if isinstance(value, float) else dumps(value, ensure_ascii=False)
        lines.append(f"{indent}{dumps(key)}: {text}")
    return "{\n" + ",\n".join(lines) + f"\n{indent[2:]}}}"
