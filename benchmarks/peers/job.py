"""The plain job's one step, the same on every Python engine; money is in minor units."""

from typing import Any

MONTH_MS = 30 * 24 * 60 * 60 * 1000
MINOR_PER_POINT = 100
SILVER_OVER_MINOR = 200_000
GOLD_OVER_MINOR = 1_000_000


def step(state: dict[str, Any], purchase: dict[str, Any]) -> list[dict[str, Any]]:
    """The answers to one purchase, points and a change of tier; the customer's state is changed in place."""
    months = state.setdefault("months", {})
    month = str(purchase["occurred_at"] // MONTH_MS)
    months[month] = months.get(month, 0) + purchase["amount"]
    points = purchase["amount"] // MINOR_PER_POINT
    state["points"] = state.get("points", 0) + points
    spend = sum(months.values())
    tier = "gold" if spend > GOLD_OVER_MINOR else "silver" if spend > SILVER_OVER_MINOR else "base"
    answers = [{"id": purchase["event_id"], "points": points}]
    if tier != state.get("tier"):
        state["tier"] = tier
        answers.append({"id": purchase["event_id"], "tier": tier})
    return answers
