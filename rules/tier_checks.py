"""What the keys of the levels must agree on."""

from collections.abc import Iterator
from fractions import Fraction

from rules.book import Book
from rules.facts import Metric, WindowKind
from rules.mistakes import Mistake, repeated
from rules.source import Path
from rules.tier_compile import needed
from rules.tier_keys import (
    AllKeys,
    AnyKeys,
    AnyPart,
    AtLeastKeys,
    ConditionKeys,
    LevelKeys,
    NotKeys,
    leaves,
    parts,
)
from rules.values import ROLLING_DAYS_MAX, Window
from rules.words import plural

TENURE_DAYS_MAX = 36_500  # A century; every local day within it exists.
_LONGEST_DAYS = {WindowKind.MONTH: 31, WindowKind.QUARTER: 92, WindowKind.HALF: 184, WindowKind.YEAR: 366}
_YEARS = (WindowKind.ANNIVERSARY, WindowKind.YEAR)
Tree = AnyPart | list[AnyPart]


def sets(book: Book) -> Iterator[Mistake]:
    """Sets with one id, several that multiply, and multipliers that never count."""
    yield from repeated([((*path, "id"), one.id) for path, one in book.sets], "the id")
    claims = [(path, one) for path, one in book.sets if one.multiplies]
    for path, _ in claims[1:]:
        remedy = "let one set only say `multiplies: true`"
        yield (*path, "multiplies"), "the multipliers of another set count already", remedy
    for path, one in book.sets:
        for at, level in enumerate(one.levels):
            if level.multiplier != 1 and one is not book.multiplying:
                where = (*path, "levels", at, "multiplier")
                remedy = "delete it, or write `multiplies: true` in this set"
                yield where, f"only the multipliers of {book.multiplying.id} count", remedy


def levels(book: Book) -> Iterator[Mistake]:
    """Codes and names used twice; an entry where none belongs, or none where one does."""
    for path, one in book.sets:
        places: list[Path] = [(*path, "levels", number) for number in range(len(one.levels))]
        named = list(zip(places, one.levels, strict=True))
        yield from repeated([((*place, "code"), level.code) for place, level in named], "the code")
        yield from repeated([((*place, "name"), level.name) for place, level in named], "the name")
        if one.levels[0].entry:
            remedy = "delete it: everybody begins on the first level"
            yield (*places[0], "entry"), "the lowest level has an entry", remedy
        for place, level in named[1:]:
            if not level.entry:
                remedy = "add `entry:`; only the first level, the lowest, has none"
                yield place, "the level has no entry", remedy


def conditions(book: Book) -> Iterator[tuple[Path, Tree]]:
    """Every condition of every level, with its place."""
    for path, one in book.sets:
        for number, level in enumerate(one.levels):
            if level.entry:
                yield (*path, "levels", number, "entry"), level.entry
            if level.keep is not None and not isinstance(level.keep, int):
                yield (*path, "levels", number, "keep"), level.keep


def numbers(book: Book) -> Iterator[tuple[Path, ConditionKeys]]:
    """Every number that a condition asks for, with its place."""
    for path, tree in conditions(book):
        for place, leaf, _ in leaves(tree, path):
            yield place, leaf


def leaf_sense(book: Book) -> Iterator[Mistake]:
    """Conditions that cannot be met, or that ask for a number the metric does not have."""
    for path, leaf in numbers(book):
        metric, at_least = leaf.metric, leaf.at_least
        if metric is not Metric.SPEND_NET and Fraction(at_least).denominator != 1:
            yield (*path, "at_least"), f"{at_least} is not a whole number", f"{metric} has no decimals"
        if metric is Metric.TENURE_DAYS and leaf.window.kind is not WindowKind.LIFETIME:
            yield (*path, "window"), "tenure_days looks back to the enrolment", "write `window: lifetime`"
        if metric is Metric.ACTIVE_POINTS and leaf.window.kind is not WindowKind.NOW:
            yield (*path, "window"), "active_points are what can be spent now", "write `window: now`"
        if metric is not Metric.ACTIVE_POINTS and leaf.window.kind is WindowKind.NOW:
            yield (
                (*path, "window"),
                "only active_points are read as of now",
                "write `rolling 365 days`, or another",
            )
        if metric is Metric.TENURE_DAYS and at_least > TENURE_DAYS_MAX:
            yield (*path, "at_least"), "nobody stays that long", f"ask for at most {TENURE_DAYS_MAX} days"
        if metric is Metric.PURCHASE_DAYS and at_least > (days := _longest(leaf.window)):
            yield (*path, "at_least"), f"the window has at most {days} days", f"ask for at most {days}"
        if metric is Metric.ENGAGEMENT_POINTS and not book.engagement:
            remedy = "add an `engagement` rule, or use another metric"
            yield (*path, "metric"), "no engagement earns points here", remedy


def counts(book: Book) -> Iterator[Mistake]:
    """Groups that ask for more conditions than they have."""
    for path, tree in conditions(book):
        for place, group in _groups(tree, path):
            if isinstance(group, AtLeastKeys) and group.at_least.k > len(group.at_least.of):
                where = (*place, "at_least", "k")
                some = len(group.at_least.of)
                what = f"only {plural(str(some), 'condition')} {'is' if some == 1 else 'are'} given"
                yield where, what, f"ask for at most {some}"


def _groups(tree: Tree, path: Path) -> Iterator[tuple[Path, Tree]]:
    """Every group within a condition, with its place."""
    if isinstance(tree, ConditionKeys):
        return
    yield path, tree
    below, _, children = parts(tree)
    for at, child in enumerate(children):
        inside: Path = () if isinstance(tree, NotKeys) else (at,)
        yield from _groups(child, (*path, *below, *inside))


def leaf_twice(book: Book) -> Iterator[Mistake]:
    """Second conditions of one group on the same number."""
    seen: set[tuple[Path, Metric, Window]] = set()
    for path, leaf in numbers(book):
        key = (path[:-1], leaf.metric, leaf.window)
        if key in seen:
            yield path, f"a second condition on {leaf.metric} over the same window", "keep the higher one"
        seen.add(key)


def _longest(window: Window) -> int:
    """The most days the window can have; a lifetime counts as for ever."""
    if window.kind is WindowKind.CYCLE:
        return ROLLING_DAYS_MAX
    return window.days or (366 if window.kind in _YEARS else _LONGEST_DAYS.get(window.kind, 10**9))


def rising(book: Book) -> Iterator[Mistake]:
    """Levels that nobody can stay on, because a higher one asks no more."""
    for path, one in book.sets:
        for number, level in enumerate(one.levels):
            for lower in one.levels[1:number]:
                yield from _not_above(lower, level, (*path, "levels", number))


def _not_above(lower: LevelKeys, upper: LevelKeys, path: Path) -> Iterator[Mistake]:
    """What keeps `upper` from asking more than `lower`."""
    if not upper.entry or not lower.entry:
        return
    fallen, asked = False, [leaf for _, leaf, _ in leaves(lower.entry, ())]
    for place, leaf, negated in leaves(upper.entry, (*path, "entry")):
        for below in [] if negated or not _plain(upper.entry, lower.entry) else asked:
            if (leaf.metric, leaf.window) == (below.metric, below.window) and leaf.at_least < below.at_least:
                fallen = True
                what = f"{leaf.at_least} is below the {below.at_least} that {lower.code} asks for"
                yield (*place, "at_least"), what, f"ask for more than {below.at_least}"
    if not fallen and implies(lower.entry, upper.entry):
        what = f"whoever reaches {lower.code} has reached {upper.code} too, so nobody stays on {lower.code}"
        one = isinstance(upper.entry, list) and len(upper.entry) == 1 and _plain(upper.entry)
        only: Path = (0, "at_least") if one else ()
        yield (*path, "entry", *only), what, "ask for more, or put the levels in order, lowest first"


def _plain(*trees: Tree) -> bool:
    """Whether these are lists of numbers that must all be reached."""
    return all(
        isinstance(tree, list) and all(isinstance(part, ConditionKeys) for part in tree) for tree in trees
    )


def implies(lower: Tree, upper: Tree) -> bool:
    """Whether everybody who meets `lower` surely meets `upper` as well; False when it cannot be told."""
    if isinstance(lower, ConditionKeys) and isinstance(upper, ConditionKeys):
        return _number_implies(lower, upper)
    if lower == upper:
        return True
    if isinstance(upper, list | AllKeys):
        return all(implies(lower, part) for part in parts(upper)[2])
    if isinstance(lower, AnyKeys | AtLeastKeys) and all(implies(part, upper) for part in parts(lower)[2]):
        return True
    if isinstance(lower, list | AllKeys) and any(implies(part, upper) for part in parts(lower)[2]):
        return True
    if isinstance(upper, AnyKeys | AtLeastKeys):
        return sum(implies(lower, part) for part in parts(upper)[2]) >= needed(upper)
    return False


def _number_implies(lower: ConditionKeys, upper: ConditionKeys) -> bool:
    return (
        upper.metric is lower.metric
        and upper.at_least <= lower.at_least
        and _covers(upper.window, lower.window)
    )


def _covers(longer: Window, shorter: Window) -> bool:
    """Whether every day of `shorter` always lies in `longer` as well."""
    if longer.kind in (WindowKind.LIFETIME, shorter.kind):
        return longer.days >= shorter.days or longer.kind is WindowKind.LIFETIME
    if shorter.kind not in _LONGEST_DAYS or longer.kind in (
        WindowKind.ANNIVERSARY,
        WindowKind.SINCE_TIER_START,
    ):
        return False
    return _LONGEST_DAYS.get(longer.kind, longer.days) >= _LONGEST_DAYS[shorter.kind]


CHECKS = (sets, levels, counts, leaf_sense, leaf_twice, rising)
