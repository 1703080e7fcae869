"""Who is told what, and what is suggested for whom, in plain words."""

from rules.strategies import Row, Strategy
from rules.values import quoted


def strategy(given: Strategy | None) -> list[str]:
    """What is suggested for whom; nothing where the programme has no strategy."""
    if given is None:
        return []
    return [
        f"For {_whom(row)}: {next(iter(row.action.texts.values()))} ({row.action.id})." for row in given.rows
    ]


def _whom(row: Row) -> str:
    asked = [("value", row.value), ("churn level", row.risk), ("stage", row.stage)]
    words = [f"{name} {quoted(sorted(names))}" for name, names in asked if names]
    return ", ".join(words) or "everybody else"
