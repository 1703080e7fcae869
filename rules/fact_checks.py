"""What a condition over facts must agree on with itself and with the rest of the file."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from rules.book import Book
from rules.currencies import MINOR_DIGITS
from rules.fact_compile import kind_of
from rules.fact_keys import AtLeastFacts, FactKeys, FactTree, fact_groups
from rules.fact_names import FACTS, FactKind, fact_of
from rules.facts import CHURN_LEVELS, Metric, WindowKind
from rules.mistakes import Mistake
from rules.source import Path
from rules.values import ROLLING_DAYS_MAX, quoted
from rules.words import plural

GROWN_DAYS_MAX = ROLLING_DAYS_MAX // 2
_SUMS = frozenset(
    {
        Metric.SPEND_NET,
        Metric.ORDERS,
        Metric.PURCHASE_DAYS,
        Metric.QUALIFYING_POINTS,
        Metric.ENGAGEMENT_POINTS,
    }
)
_WINDOWS = frozenset(
    {
        WindowKind.LIFETIME,
        WindowKind.ROLLING,
        WindowKind.MONTH,
        WindowKind.QUARTER,
        WindowKind.HALF,
        WindowKind.YEAR,
    }
)


def condition_mistakes(
    book: Book, tree: FactTree, path: Path, known: frozenset[str], written: bool = True
) -> Iterator[Mistake]:
    """All that is wrong with a condition at a place that may read the facts `known`.

    One that is not `written` in the file may ask for levels of churn that this programme does not raise.
    """
    for place, part in fact_groups(tree, path):
        if isinstance(part, FactKeys):
            yield from _fact(book, part, place, known) if part.fact else _metric(book, part, place)
            if part.fact == "risk_level" and written:
                yield from _raised(book, part, place)
            yield from _numbers(book, part, place)
        elif isinstance(part, AtLeastFacts) and part.at_least.k > len(part.at_least.of):
            some = len(part.at_least.of)
            what = f"only {plural(str(some), 'condition')} {'is' if some == 1 else 'are'} given"
            yield (*place, "at_least", "k"), what, f"ask for at most {some}"


def _fact(book: Book, leaf: FactKeys, path: Path, known: frozenset[str]) -> Iterator[Mistake]:
    """A fact that is not there, or is asked in the wrong way."""
    name = leaf.fact or ""
    one = fact_of(name)
    if name in FACTS and name not in known:
        yield (*path, "fact"), f"{name} is not known yet where this is read", "use another fact"
    elif one.needs and not has(book, one.needs):
        remedy = f"add `{one.needs}`, or use another fact"
        yield (*path, "fact"), f"{name} comes from {one.needs}, which is missing", remedy
    if leaf.window is not None:
        yield (*path, "window"), "a fact has no window", "delete it, or write `metric:` instead of `fact:`"
    if one.kind is FactKind.WORD and (bounds := leaf.bounds()):
        yield (*path, next(iter(bounds))), f"{name} is a word, not a number", "write `is:` or `one_of:`"
    if one.kind not in (FactKind.WORD, FactKind.FREE) and leaf.words():
        key = "one_of" if leaf.one_of else "is"
        yield (*path, key), f"{name} is {one.kind}", "write `at_least:`, `at_most:` or `below:`"
    if leaf.is_ is not None and leaf.one_of:
        yield (*path, "is"), "there is a `one_of` too", "keep one of them"
    elif leaf.words() and (bounds := leaf.bounds()):
        yield (*path, next(iter(bounds))), "it is asked for words too", "write two conditions"
    yield from _words(book, leaf, path)


def has(book: Book, section: str) -> bool:
    """Whether the file has a section, or keys within one: "churn.model"."""
    found: Any = book
    for key in section.split("."):
        found = found and getattr(found, key)
    return found is not None


def _words(book: Book, leaf: FactKeys, path: Path) -> Iterator[Mistake]:
    """Words that the fact never is."""
    possible: list[str] = []
    if leaf.fact == "stage" and book.lifecycle:
        possible = [stage.code for stage in book.lifecycle.stages]
    elif leaf.fact == "value" and book.lifecycle:
        possible = [stage.code for stage in book.lifecycle.value]
    elif leaf.fact == "tier":
        possible = [level.code for level in book.multiplying.levels]
    elif leaf.fact == "risk_level":
        possible = list(CHURN_LEVELS)
    for at, word in enumerate(leaf.words()):
        if possible and word not in possible:
            where: Path = ("one_of", at) if leaf.one_of else ("is",)
            yield (*path, *where), f"{leaf.fact} is never {word}", f"use {quoted(possible)}"


def _raised(book: Book, leaf: FactKeys, path: Path) -> Iterator[Mistake]:
    """Levels of churn that the programme does not raise, where no other is asked for."""
    raised = [name for name, _ in book.churn.levels.given()] if book.churn else []
    asked = [word for word in leaf.words() if word in CHURN_LEVELS]
    if raised and asked and not set(raised) & set(asked):
        key = "one_of" if leaf.one_of else "is"
        yield (*path, key), f"the programme never raises {quoted(asked)}", f"use {quoted(raised)}"


def _metric(book: Book, leaf: FactKeys, path: Path) -> Iterator[Mistake]:
    """A number over a window that cannot be read here."""
    metric, window = leaf.metric, leaf.window
    if leaf.words():
        key = "one_of" if leaf.one_of else "is"
        yield (*path, key), f"{metric} is a number", "write `at_least:`, `at_most:` or `below:`"
    if window is None:
        yield path, f"the window of {metric} is missing", "add `window:`, for example `window: lifetime`"
        return
    fits = {
        Metric.TENURE_DAYS: (WindowKind.LIFETIME,),
        Metric.REFERRALS: (WindowKind.LIFETIME,),
        Metric.ACTIVE_POINTS: (WindowKind.NOW,),
    }
    if metric in fits and window.kind not in fits[metric]:
        yield (*path, "window"), f"{metric} has no such window", f"write `window: {fits[metric][0]}`"
    if metric in _SUMS and window.kind not in _WINDOWS:
        what = f"the window {window.kind} is of levels alone"
        yield (*path, "window"), what, "write `rolling 90 days`, or another"
    if metric is Metric.ENGAGEMENT_POINTS and not book.engagement:
        remedy = "add an `engagement` rule, or use another metric"
        yield (*path, "metric"), "no engagement earns points here", remedy


def _numbers(book: Book, leaf: FactKeys, path: Path) -> Iterator[Mistake]:
    """Bounds that the number cannot have, or that cannot hold together."""
    kind, bounds = kind_of(leaf), leaf.bounds()
    for key in ("at_least", "at_most", "below"):
        bound = bounds.get(key)
        if bound is None:
            continue
        digits = {FactKind.RATIO: 6, FactKind.MONEY: MINOR_DIGITS.get(book.currency, 6)}.get(kind, 0)
        if (Fraction(bound) * 10**digits).denominator != 1:
            remedy = f"write at most {digits} decimals" if digits else "write a whole number"
            yield (*path, key), f"{bound} has too many decimals", remedy
        most = fact_of(leaf.fact).most if leaf.fact else 0
        if most and key == "at_least" and bound > most:
            yield (*path, key), f"{leaf.fact} is never more than {most}", f"write at most {most}"
        if leaf.fact and fact_of(leaf.fact).share and not 0 < bound < 1:
            yield (*path, key), f"{bound} is no probability between 0 and 1", "write 0.6 for 60 %"
    if "grown_by" in bounds:
        yield from _grown(leaf, path, len(bounds))
    elif "at_most" in bounds and "below" in bounds:
        yield (*path, "below"), "there is an `at_most` too", "keep one of them"
    elif "at_least" in bounds:
        upper = bounds.get("at_most", bounds.get("below"))
        least = bounds["at_least"]
        if upper is not None and (least >= upper if "below" in bounds else least > upper):
            yield (*path, "at_least"), f"no number is {least} or more and as low as {upper} too", "lower it"
    elif bounds.get("below") == 0:
        yield (*path, "below"), "nothing is below 0", "write more than 0"


def _grown(leaf: FactKeys, path: Path, bounds: int) -> Iterator[Mistake]:
    """Growth of what cannot grow, or over too long a window."""
    window = leaf.window
    if bounds > 1:
        yield (*path, "grown_by"), "growth stands beside another bound", "write two conditions"
    if leaf.metric not in _SUMS or window is None or window.kind is not WindowKind.ROLLING:
        what = "growth is of a number over a rolling window"
        yield (*path, "grown_by"), what, "write `metric: spend_net, window: rolling 90 days`"
    elif window.days > GROWN_DAYS_MAX:
        what = f"the window before would reach back {2 * window.days} days"
        yield (*path, "window"), what, f"write at most {GROWN_DAYS_MAX} days"
