"""Checked conditions over facts -> `Asked`, exact."""

from decimal import Decimal
from fractions import Fraction

from rules import fact_keys as keys
from rules.amounts import minor_of, money_text
from rules.compiled_facts import Asked, Test
from rules.currencies import MINOR_DIGITS
from rules.fact_names import FactKind, fact_of
from rules.facts import Metric, WindowKind
from rules.tier_compile import window_text

MILLION = 1_000_000


def asked(tree: keys.FactTree, currency: str) -> Asked:
    """A condition as the engine reads it."""
    if isinstance(tree, keys.FactKeys):
        return _leaf(tree, currency)
    _, children = keys.fact_parts(tree)
    parts = tuple(asked(child, currency) for child in children)
    if isinstance(tree, keys.NotFacts):
        return Asked(needed=1, parts=parts, negated=True)
    if isinstance(tree, keys.AtLeastFacts):
        return Asked(needed=tree.at_least.k, parts=parts)
    return Asked(needed=1 if isinstance(tree, keys.AnyFacts) else len(parts), parts=parts)


def kind_of(leaf: keys.FactKeys) -> FactKind:
    """How the bound of a fact or a metric is written."""
    if leaf.fact is not None:
        return fact_of(leaf.fact).kind
    return FactKind.MONEY if leaf.metric is Metric.SPEND_NET else FactKind.COUNT


def _leaf(leaf: keys.FactKeys, currency: str) -> Asked:
    """One fact against its bounds; with several all must hold."""
    if words := leaf.words():
        text = f"{leaf.fact} is {' or '.join(words)}"
        return Asked(test=Test(text, fact_of(leaf.fact or "").engine, words))
    tests = [Asked(test=_test(leaf, bound, currency)) for bound in leaf.bounds()]
    return tests[0] if len(tests) == 1 else Asked(needed=len(tests), parts=tuple(tests))


def _test(leaf: keys.FactKeys, bound: str, currency: str) -> Test:
    """One bound. At most so much is less than the next number."""
    written = leaf.bounds()[bound]
    subject, fact, window = "", "", leaf.window
    if leaf.fact is not None:
        subject, fact = leaf.fact, fact_of(leaf.fact).engine
    elif window is not None:
        subject = f"{leaf.metric} over {window_text(*window)}"
    kind, days = (window.kind, window.days) if window is not None else (WindowKind.LIFETIME, 0)
    if bound == "grown_by":
        text = f"{subject} grew by {written} % or more"
        return Test(text, metric=leaf.metric, window=kind, days=days, grown=written)
    sign = {"at_least": ">=", "at_most": "<=", "below": "<"}[bound]
    units = _units(kind_of(leaf), written, currency)
    text = f"{subject} {sign} {_amount(kind_of(leaf), written, currency)}"
    floor = units + (bound == "at_most")
    return Test(text, fact, (), floor, bound != "at_least", leaf.metric, kind, days)


def _units(kind: FactKind, written: Decimal, currency: str) -> int:
    if kind is FactKind.MONEY:
        return minor_of(written, MINOR_DIGITS[currency])
    return int(Fraction(written) * (MILLION if kind is FactKind.RATIO else 1))


def _amount(kind: FactKind, written: Decimal, currency: str) -> str:
    if kind is FactKind.MONEY:
        digits = MINOR_DIGITS[currency]
        return f"{money_text(minor_of(written, digits), digits)} {currency}"
    return f"{written.normalize():f}"
