"""The checked keys of a set of levels -> `TierSet`, exact."""

from fractions import Fraction

from rules import tier_keys as keys
from rules.amounts import minor_of, money_text, scaled
from rules.compiled_tiers import NO_TIME, Condition, Leaf, Tier, TierSet, Validity
from rules.currencies import MINOR_DIGITS
from rules.facts import Boundary, Metric, WindowKind


def tier_set(one: keys.TiersKeys, currency: str, scale: int) -> TierSet:
    """The levels by rising rank; `scale` is the denominator of their multipliers."""
    return TierSet(
        id=one.id,
        tiers=tuple(
            Tier(
                code=level.code,
                name=level.name,
                rank=rank,
                entry=condition(level.entry, currency),
                times=scaled(Fraction(level.multiplier), scale),
                times_text=str(level.multiplier),
                keep=kept(level, currency),
            )
            for rank, level in enumerate(one.levels)
        ),
        upgrades_with=Boundary(one.period) if one.upgrade == "next_period" and one.period else None,
        validity=_validity(one),
        extended_by=one.extended_by or NO_TIME,
        min_hold=one.min_hold or NO_TIME,
        grace=one.grace or NO_TIME,
        falls_to=one.downgrade.to if one.downgrade else "qualified",
        soft_landing=(one.downgrade and one.downgrade.soft_landing) or 0,
        real_time=one.real_time_downgrade,
        refund_at_review=one.refund_tier == "at_review",
        warnings=tuple(one.warnings or ()),
        progress=one.progress.at if one.progress else 0,
        cool_down=one.progress.cool_down if one.progress else NO_TIME,
        lifetime_floor=one.lifetime_floor,
        reset_points=one.reset_points,
    )


def _validity(one: keys.TiersKeys) -> Validity | None:
    """How long levels last, None for ever."""
    if isinstance(one.validity, keys.ValidityKeys):
        rounded = None if one.validity.round == "none" else Boundary(one.validity.round)
        return Validity(one.validity.for_, rounded)
    if one.validity == "forever":
        return None
    if one.validity == "anniversary":
        return Validity(None, None)
    assert one.period is not None, "rules.checks has made sure of it"
    return Validity(None, Boundary(one.period), int(one.validity == "end_of_next_period"))


def kept(level: keys.LevelKeys, currency: str) -> Condition:
    """What a review asks of a level; a part of a threshold is rounded up."""
    entry = condition(level.entry, currency)
    if level.keep is None:
        return entry
    if not isinstance(level.keep, int):
        return condition(level.keep, currency)
    return Condition(tuple(_lowered(leaf, level.keep, currency) for leaf in entry.leaves), entry.shape)


def _lowered(leaf: Leaf, percent: int, currency: str) -> Leaf:
    at_least = -(-leaf.at_least * percent // 100)
    text = leaf_text(leaf.metric, leaf.window, leaf.days, at_least, currency)
    return Leaf(leaf.metric, leaf.window, leaf.days, at_least, text)


def condition(tree: keys.AnyPart | list[keys.AnyPart] | None, currency: str) -> Condition:
    """A condition as its numbers and their formula."""
    numbers = tuple(_leaf(leaf, currency) for _, leaf, _ in keys.leaves(tree, ()))
    if tree is None or all(isinstance(part, keys.ConditionKeys) for part in _all_of(tree)):
        return Condition(numbers)
    return Condition(numbers, " ".join(_formula(tree)))


def _all_of(tree: keys.AnyPart | list[keys.AnyPart]) -> list[keys.AnyPart]:
    """What must all hold."""
    if isinstance(tree, list):
        return tree
    return tree.all if isinstance(tree, keys.AllKeys) else [tree]


def _formula(tree: keys.AnyPart | list[keys.AnyPart]) -> list[str]:
    """The words of `Condition.shape`."""
    if isinstance(tree, keys.ConditionKeys):
        return ["."]
    _, negates, below = keys.parts(tree)
    words = [word for part in below for word in _formula(part)]
    return [*words, "!"] if negates else [*words, f"{needed(tree)}/{len(below)}"]


def needed(tree: keys.AnyPart | list[keys.AnyPart]) -> int:
    """How many parts of a group must hold."""
    if isinstance(tree, keys.AtLeastKeys):
        return tree.at_least.k
    return 1 if isinstance(tree, keys.AnyKeys) else len(keys.parts(tree)[2])


def _leaf(leaf: keys.ConditionKeys, currency: str) -> Leaf:
    """One number to reach, money in minor units."""
    digits = MINOR_DIGITS[currency]
    at_least = minor_of(leaf.at_least, digits) if leaf.metric is Metric.SPEND_NET else int(leaf.at_least)
    kind, days = leaf.window
    return Leaf(leaf.metric, kind, days, at_least, leaf_text(leaf.metric, kind, days, at_least, currency))


def leaf_text(metric: Metric, kind: WindowKind, days: int, at_least: int, currency: str) -> str:
    """A number to reach in words: "spend_net over rolling 365 days >= 5000.00 CNY"."""
    amount = str(at_least)
    if metric is Metric.SPEND_NET:
        amount = f"{money_text(at_least, MINOR_DIGITS[currency])} {currency}"
    over = "now" if kind is WindowKind.NOW else f"over {window_text(kind, days)}"
    return f"{metric} {over} >= {amount}"


def window_text(kind: WindowKind, days: int) -> str:
    """The window as a rulebook writes it."""
    if kind is WindowKind.ROLLING:
        return f"rolling {days} days"
    whole = (WindowKind.LIFETIME, WindowKind.ANNIVERSARY, WindowKind.SINCE_TIER_START, WindowKind.CYCLE)
    return str(kind) if kind in whole else f"calendar {kind}"
