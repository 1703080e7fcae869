"""What is suggested for a customer, by the strategy of the rulebook."""

from engine.turn import Turn
from rules.strategies import Action


def suggested(turn: Turn, risk: str) -> Action | None:
    """The action for the customer at this churn level ("": none raised); None where none is suggested."""
    strategy = turn.rulebook.strategy
    return None if strategy is None else strategy.action("", risk, "")
