"""What is suggested for a customer, by the strategy of the rulebook."""

from msgspec.structs import replace

from engine.churn_effects import ChurnAlert
from engine.turn import Turn
from rules.strategies import Action


def suggested(turn: Turn, risk: str) -> Action | None:
    """The action for a customer of this segment and stage at this churn level ("": none raised), or None."""
    strategy, life = turn.rulebook.strategy, turn.customer.life
    if strategy is None:
        return None
    value, stage = ("", "") if life is None else (life.value, life.stage)
    return strategy.action(value, risk, stage)


def advise(turn: Turn) -> None:
    """Lets the alerts of this turn go by stage and segment as they are now that both have moved."""
    life, effects = turn.customer.life, turn.effects
    assert life is not None, "stage and segment have just been settled"
    for at, effect in enumerate(effects):
        alert = effect.data
        if isinstance(alert, ChurnAlert):
            action = suggested(turn, alert.level)
            named = "" if action is None else action.id
            told = replace(alert, value_segment=life.value, suggested_action=named)
            effects[at] = replace(effect, data=told)
