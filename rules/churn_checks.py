"""What the keys below `churn:` must agree on."""

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from rules.churn_keys import ChurnKeys, ModelKeys
from rules.mistakes import Mistake
from rules.source import Path

if TYPE_CHECKING:
    from rules.book import Book

NEAR_ONE: Final = Decimal("0.001")


def churn_mistakes(book: "Book") -> Iterator[Mistake]:
    """Levels that do not rise or ask for a model that is not there, and numbers that no model has."""
    churn = book.churn
    if churn is None:
        return
    yield from _not_rising(churn)
    yield from _without_model(churn)
    for name, level in churn.levels.given():
        if level.match == "all" and sum(x is not None for x in (level.ratio, level.risk, level.p_alive)) < 2:
            yield ("churn", "levels", name, "match"), "only one thing is asked for", "delete `match`"
    more = churn.modifiers
    if more is not None:
        if not (more.complaint or more.unsubscribed or more.refunds_above or more.activity_below):
            remedy = "delete `modifiers`, or say what makes a level higher"
            yield ("churn", "modifiers"), "nothing here makes a level higher", remedy
        if more.activity_below and book.activity is None:
            place = ("churn", "modifiers", "activity_below")
            yield place, "the programme scores no activity", "add `activity:`, or delete this"
    if churn.model is not None:
        yield from _model(churn.model)


def _not_rising(churn: ChurnKeys) -> Iterator[Mistake]:
    """A level that asks for no more than a milder one does."""
    before: dict[str, tuple[str, Decimal]] = {}
    for name, criterion, key, number in churn.levels.written():
        if criterion in before:
            milder, least = before[criterion]
            place = _place(name, key)
            if criterion == "p_alive" and number >= least:
                yield place, f"{number} is not below the {least} of {milder}", f"write less than {least}"
            elif criterion != "p_alive" and number <= least:
                yield place, f"{number} is not above the {least} of {milder}", f"write more than {least}"
        before[criterion] = name, number


def _without_model(churn: ChurnKeys) -> Iterator[Mistake]:
    """What only a model can tell, where there is none."""
    if churn.model is not None:
        return
    for name, criterion, key, _ in churn.levels.written():
        if criterion != "ratio":
            remedy = "add `model:`, as `tierline model fit` finds it, or go by `ratio`"
            yield _place(name, key), "the programme has no model that could tell", remedy
    if "horizon_days" in churn.model_fields_set:
        yield ("churn", "horizon_days"), "without a model there is no risk", "delete it, or add `model:`"


def _model(model: ModelKeys) -> Iterator[Mistake]:
    """Numbers for which the formulas have no value."""
    if abs(model.a - 1) < NEAR_ONE:
        what = f"{model.a} is too near to 1, where expected purchases have no closed form"
        yield ("churn", "model", "a"), what, "write 0.999 or 1.001"
    if model.spend is not None and model.spend.q <= 1:
        what = f"{model.spend.q} gives no mean spend"
        yield ("churn", "model", "spend", "q"), what, "fit the model anew, or delete `spend`"


def _place(level: str, key: str) -> Path:
    return ("churn", "levels", level, key) if key else ("churn", "levels", level)
