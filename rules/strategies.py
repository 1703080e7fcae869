"""What is suggested for whom: the values that `engine` reads, and how they are made of the file's keys."""

from collections.abc import Mapping
from dataclasses import dataclass

from rules.strategy_keys import StrategyKeys


@dataclass(frozen=True, slots=True)
class Action:
    """Something that may be done for a customer: its name, its class of offer, and what it is by language."""

    id: str
    offer: str
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Row:
    """For whom an action is; an empty set fits everybody."""

    value: frozenset[str]
    risk: frozenset[str]
    stage: frozenset[str]
    action: Action


@dataclass(frozen=True, slots=True)
class Strategy:
    """The rows in the order written."""

    rows: tuple[Row, ...]

    def action(self, value: str, risk: str, stage: str) -> Action | None:
        """The action of the first row that fits; None when none does.

        "" stands for what is not known of a customer: it fits only a row that does not ask for it.
        """
        for row in self.rows:
            if (
                (not row.value or value in row.value)
                and (not row.risk or risk in row.risk)
                and (not row.stage or stage in row.stage)
            ):
                return row.action
        return None


def strategy(keys: StrategyKeys | None) -> Strategy | None:
    """The strategy of a file without mistakes; None where it has none."""
    if keys is None:
        return None
    actions = {each.id: Action(each.id, each.offer, dict(each.texts)) for each in keys.actions}
    return Strategy(
        tuple(
            Row(
                value=frozenset(row.value or ()),
                risk=frozenset(row.risk or ()),
                stage=frozenset(row.stage or ()),
                action=actions[row.action],
            )
            for row in keys.rows
        )
    )
