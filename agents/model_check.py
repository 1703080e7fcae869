"""How well a model foretold what came: by tenths of the risk, by rank, by squared error, by level."""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.model_past import Days, Seen
from engine.calendar import DAY_MS
from engine.crossing import crossed
from engine.fixed import ONE
from engine.risk import Fitted, History, risk
from engine.state import Rhythm
from rules.compiled_churn import Churn

TENTHS = 10


@dataclass(frozen=True)
class Tenth:
    """Customers of neighbouring risk: how many, the risk foretold, the part that did not come back."""

    customers: int
    foretold: float
    came_true: float


@dataclass(frozen=True)
class Level:
    """A level of the rulebook as of that day: on how many customers, and the part that did not come back."""

    name: str
    customers: int
    lost: float


@dataclass(frozen=True)
class Verdict:
    """`auc`: how often who is lost had the higher risk, ties half. `brier`: the mean squared error; that of
    always saying the base rate is `base * (1 - base)`."""

    customers: int
    base: float
    auc: float
    brier: float
    tenths: tuple[Tenth, ...]
    levels: tuple[Level, ...]


def judge(past: dict[str, Days], churn: Churn, fitted: Fitted, until: int) -> Verdict:
    """What the model said at the end of a local day of everybody who had bought, and what came of it."""
    ends = until + churn.horizon_days
    scored: list[tuple[float, bool]] = []
    at: dict[str, list[bool]] = {level.name: [] for level in churn.levels}
    for days in past.values():
        if min(days) > until:
            continue
        lost = not any(until < day <= ends for day in days)
        seen = Seen(days, until)
        scored.append((risk_of(seen, fitted, churn.horizon_days), lost))
        name = level_of(seen, churn, fitted)
        if name:
            at[name].append(lost)
    scored.sort()
    return Verdict(
        customers=len(scored),
        base=_share([lost for _, lost in scored]),
        auc=area(scored),
        brier=sum((said - lost) ** 2 for said, lost in scored) / len(scored),
        tenths=_tenths(scored),
        levels=tuple(Level(name, len(found), _share(found)) for name, found in at.items()),
    )


def risk_of(seen: Seen, fitted: Fitted, horizon_days: int) -> float:
    """The risk as the engine has it, as of the end of the day."""
    history = History(fitted, seen.x + 1, seen.span_days)
    return risk(fitted, history, (seen.age_days - seen.span_days) * DAY_MS, horizon_days) / ONE


def level_of(seen: Seen, churn: Churn, fitted: Fitted) -> str:
    """The highest level that the customer has reached, "" for none."""
    rhythm = Rhythm(seen.x + 1, 0, seen.span_days, 0)
    instant_ms = (seen.age_days - seen.span_days) * DAY_MS + 1
    for number in range(len(churn.levels), 0, -1):
        if crossed(fitted, rhythm, churn, number, instant_ms):
            return churn.levels[number - 1].name
    return ""


def area(scored: Sequence[tuple[float, bool]]) -> float:
    """Of all pairs of a lost and a kept customer, the part in which the lost one had the higher risk.

    `scored` is sorted; a tie counts half. Without such a pair it is one half.
    """
    kept = above = ties = 0.0
    at, n = 0, len(scored)
    while at < n:
        end = at
        while end < n and scored[end][0] == scored[at][0]:
            end += 1
        lost = sum(gone for _, gone in scored[at:end])
        above += lost * kept
        ties += lost * (end - at - lost)
        kept += end - at - lost
        at = end
    pairs = kept * (n - kept)
    return (above + ties / 2) / pairs if pairs else 0.5


def _tenths(scored: Sequence[tuple[float, bool]]) -> tuple[Tenth, ...]:
    """Tenths by rising risk, of as equal a size as there can be."""
    n = len(scored)
    parts = [scored[n * number // TENTHS : n * (number + 1) // TENTHS] for number in range(TENTHS)]
    return tuple(
        Tenth(len(part), sum(said for said, _ in part) / len(part), _share([lost for _, lost in part]))
        for part in parts
        if part
    )


def _share(lost: Sequence[bool]) -> float:
    return sum(lost) / len(lost) if lost else 0.0
