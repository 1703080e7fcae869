"""What is said to customers: fields of effects as values and as words, texts, and whom a notice is for."""

from typing import Any, Final

from engine.calendar import date_of
from engine.life_effects import LifecycleChanged
from engine.tier_effects import TierChanged
from engine.turn import Turn
from rules.notice_fields import MONEY_METRIC, placeholders
from rules.notices import Bound, Piece

NOTHING: Final = "—"  # In place of a day where there is none.
Value = str | int
_ATTRIBUTES: Final[dict[tuple[type, str], str]] = {
    (TierChanged, "from"): "from_tier",
    (TierChanged, "to"): "to_tier",
    (LifecycleChanged, "from"): "from_",
}


def value_of(data: Any, name: str) -> Value:
    """A field of an effect's data, by its name in `rules.notice_fields`."""
    if name == "balance":
        return int(data.balance.active)
    if name == "next_tier":
        return str(data.next_tier.code)
    if name == "missing_minor":
        missing = data.missing if hasattr(data, "missing") else data.next_tier.missing
        return next((amount for text, amount in missing.items() if text.startswith(MONEY_METRIC)), 0)
    if name == "expires_ms" and not hasattr(data, name):
        return min([batch.expires_ms for batch in data.batches], default=0)
    found = getattr(data, _ATTRIBUTES.get((type(data), name), name))
    assert isinstance(found, str | int)
    return found


def fits(bounds: tuple[Bound, ...], data: Any) -> bool:
    """Whether an effect is as the bounds ask."""
    for bound in bounds:
        value = value_of(data, bound.name)
        if bound.words is not None:
            if value not in bound.words:
                return False
            continue
        assert isinstance(value, int)
        if bound.low is not None and value < bound.low:
            return False
        if bound.high is not None and value > bound.high:
            return False
    return True


def values_for(turn: Turn, on: str, names: tuple[str, ...], data: Any) -> dict[str, Value]:
    """The values of the fields that a text names; of a level's name the name."""
    kinds = placeholders(on)
    found: dict[str, Value] = {}
    for name in names:
        kind = kinds[name]
        if kind == "name":
            found[name] = _level_name(turn, data, name.removesuffix("_name"))
        elif kind != "action":
            found[name] = value_of(data, name)
    return found


def text_of(turn: Turn, on: str, pieces: tuple[Piece, ...], values: dict[str, Value]) -> str:
    """A text with its fields filled in."""
    kinds = placeholders(on)
    return "".join(
        [
            piece.words if not piece.name else _shown(turn, kinds[piece.name], values[piece.name])
            for piece in pieces
        ]
    )


def _shown(turn: Turn, kind: str, value: Value) -> str:
    if isinstance(value, str):
        return value
    if kind == "money":
        digits = turn.rulebook.minor_digits
        whole, part = divmod(value, 10**digits)
        return f"{whole:,}.{part:0{digits}d}" if digits else f"{whole:,}"
    if kind == "day" or kind == "until":
        return date_of(turn.plan.days.of(value - (kind == "until"))).isoformat() if value else NOTHING
    if kind == "share":
        return f"{(value + 5_000) // 10_000}%"
    if kind == "ratio":
        whole, tenth = divmod((value + 50_000) // 100_000, 10)
        return f"{whole:,}.{tenth}"
    return f"{value:,}"


def _level_name(turn: Turn, data: Any, name: str) -> str:
    """The name for people of the level in a field; its code where the rulebook no longer has it."""
    code = str(value_of(data, name))
    where = str(getattr(data, "tier_set", turn.plan.main_set))
    for one in turn.rulebook.tier_sets:
        if one.id == where:
            return next((tier.name for tier in one.tiers if tier.code == code), code)
    return code
