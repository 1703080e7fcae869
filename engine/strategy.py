"""What is suggested for a customer, by the strategy of the rulebook."""

from engine.turn import Turn
from rules.strategies import Action


def suggested(turn: Turn, risk: str) -> Action | None:
    """The action for a customer of this segment and stage at this churn level ("": none raised), or None."""
    strategy, life = turn.rulebook.strategy, turn.customer.life
    if strategy is None:
        return None
    value, stage = ("", "") if life is None else (life.value, life.stage)
    return strategy.action(value, risk, stage)
