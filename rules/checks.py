"""What the keys of a rulebook must agree on, beyond each value's own type and range."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import lcm
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from rules.book import Book, ConditionKeys, LevelKeys
from rules.currencies import MINOR_DIGITS
from rules.errors import shortened
from rules.facts import Metric, WindowKind
from rules.source import Path
from rules.values import Window, nearest

Mistake = tuple[Path, str, str]

SCALE_MAX = 10**12
POINTS_PER_MINOR_MAX = 1000
TENURE_DAYS_MAX = 36_500  # A century; every local day within it exists.
_LONGEST_DAYS = {WindowKind.MONTH: 31, WindowKind.QUARTER: 92, WindowKind.HALF: 184, WindowKind.YEAR: 366}


def mistakes(book: Book) -> list[Mistake]:
    """All contradictions of the book as (path, what is wrong, what would be right), one per path."""
    found: dict[Path, Mistake] = {}
    for check in _CHECKS:
        for mistake in check(book):
            found.setdefault(mistake[0], mistake)
    return list(found.values())


def _timezone(book: Book) -> Iterator[Mistake]:
    try:
        ZoneInfo(book.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = nearest(book.timezone, available_timezones())
        remedy = f"did you mean {near}?" if near else "use an IANA name such as Europe/Paris"
        yield ("timezone",), f"{shortened(book.timezone)} is not a time zone", remedy


def _currency(book: Book) -> Iterator[Mistake]:
    if book.currency not in MINOR_DIGITS:
        near = nearest(book.currency.upper(), MINOR_DIGITS)
        remedy = f"did you mean {near}?" if near else "use an ISO 4217 code such as USD"
        yield ("currency",), f"{shortened(book.currency)} is not a currency", remedy


def _money(book: Book) -> Iterator[Mistake]:
    """Amounts of money that the currency cannot express."""
    digits = MINOR_DIGITS.get(book.currency)
    if digits is None:
        return
    amounts: list[tuple[Path, Decimal]] = [
        (("earn", "rules", number, "per"), rule.per) for number, rule in enumerate(book.earn.rules)
    ]
    spends = [(path, leaf) for path, leaf in _leaves(book) if leaf.metric is Metric.SPEND_NET]
    amounts += [((*path, "at_least"), leaf.at_least) for path, leaf in spends]
    for path, amount in amounts:
        if (Fraction(amount) * 10**digits).denominator != 1:
            remedy = f"{book.currency} has {digits or 'no'} decimals"
            yield path, f"{amount} is not an amount of {book.currency}", remedy


def _exactness(book: Book) -> Iterator[Mistake]:
    """Rates whose numbers would outgrow the 64 bits kept with an order."""
    minor = 10 ** MINOR_DIGITS.get(book.currency, 0)
    rates = [Fraction(rule.points) / (Fraction(rule.per) * minor) for rule in book.earn.rules]
    extras = [Fraction(multiplier.times) - 1 for multiplier in book.earn.multipliers]
    levels = [Fraction(level.multiplier) for level in book.tiers.levels]
    scale = 1
    for factors in (rates, extras, levels):
        scale *= lcm(*(factor.denominator for factor in factors))
    if scale > SCALE_MAX:
        what = "the rates and multipliers have too fine a common denominator"
        yield ("earn",), what, "use fewer decimals in `times` and `multiplier`, and rounder amounts in `per`"
    if sum(rates) * (1 + sum(extras)) * max(levels) > POINTS_PER_MINOR_MAX:
        what = f"all rules together can earn more than {POINTS_PER_MINOR_MAX} points for the smallest coin"
        yield ("earn", "rules"), what, "give fewer `points`, or raise `per`"


def _rule_ids(book: Book) -> Iterator[Mistake]:
    """Ids used twice: an explanation must name one rule only."""
    rules: list[tuple[Path, str]] = [
        (("earn", "rules", at, "id"), rule.id) for at, rule in enumerate(book.earn.rules)
    ]
    rules += [(("earn", "multipliers", at, "id"), rule.id) for at, rule in enumerate(book.earn.multipliers)]
    for at, rule in enumerate(book.engagement):
        rules.append((("engagement", at, "id" if rule.id else "kind"), rule.id or rule.kind))
    yield from _repeated(rules, "the id")


def _levels(book: Book) -> Iterator[Mistake]:
    """Codes and names used twice; an entry where none belongs, or none where one does."""
    levels = book.tiers.levels
    codes = [(("tiers", "levels", number, "code"), level.code) for number, level in enumerate(levels)]
    names = [(("tiers", "levels", number, "name"), level.name) for number, level in enumerate(levels)]
    yield from _repeated(codes, "the code")
    yield from _repeated(names, "the name")
    if levels[0].entry:
        remedy = "delete it: everybody begins on the first level"
        yield ("tiers", "levels", 0, "entry"), "the lowest level has an entry", remedy
    for number, level in enumerate(levels[1:], start=1):
        if not level.entry:
            remedy = "add `entry:`; only the first level, the lowest, has none"
            yield ("tiers", "levels", number), "the level has no entry", remedy


def _repeated(named: Sequence[tuple[Path, str]], what: str) -> Iterator[Mistake]:
    """The second and later uses of a name."""
    seen: set[str] = set()
    for path, name in named:
        if name in seen:
            yield path, f"{what} {name} is used twice", "give each its own"
        seen.add(name)


def _leaf_sense(book: Book) -> Iterator[Mistake]:
    """Conditions that cannot be met, or that ask for a number the metric does not have."""
    for path, leaf in _leaves(book):
        metric, at_least = leaf.metric, leaf.at_least
        if metric is not Metric.SPEND_NET and Fraction(at_least).denominator != 1:
            yield (*path, "at_least"), f"{at_least} is not a whole number", f"{metric} has no decimals"
        if metric is Metric.TENURE_DAYS and leaf.window.kind is not WindowKind.LIFETIME:
            yield (*path, "window"), "tenure_days looks back to the enrolment", "write `window: lifetime`"
        if metric is Metric.TENURE_DAYS and at_least > TENURE_DAYS_MAX:
            yield (*path, "at_least"), "nobody stays that long", f"ask for at most {TENURE_DAYS_MAX} days"
        if metric is Metric.PURCHASE_DAYS and at_least > (days := _longest(leaf.window)):
            yield (*path, "at_least"), f"the window has at most {days} days", f"ask for at most {days}"
        if metric is Metric.ENGAGEMENT_POINTS and not book.engagement:
            remedy = "add an `engagement` rule, or use another metric"
            yield (*path, "metric"), "no engagement earns points here", remedy


def _leaf_twice(book: Book) -> Iterator[Mistake]:
    """Second conditions of one level on the same number."""
    seen: set[tuple[Path, Metric, Window]] = set()
    for path, leaf in _leaves(book):
        key = (path[:-1], leaf.metric, leaf.window)
        if key in seen:
            yield path, f"a second condition on {leaf.metric} over the same window", "keep the higher one"
        seen.add(key)


def _longest(window: Window) -> int:
    """The most days the window can have; a lifetime counts as for ever."""
    return window.days or _LONGEST_DAYS.get(window.kind, 10**9)


def _leaves(book: Book) -> Iterator[tuple[Path, ConditionKeys]]:
    """Every entry condition with its path."""
    for number, level in enumerate(book.tiers.levels):
        for at, leaf in enumerate(level.entry or []):
            yield ("tiers", "levels", number, "entry", at), leaf


def _rising(book: Book) -> Iterator[Mistake]:
    """Levels that nobody can stay on, because a higher one asks no more."""
    levels = book.tiers.levels
    for number, level in enumerate(levels):
        for lower in levels[1:number]:
            yield from _not_above(lower, level, ("tiers", "levels", number))


def _not_above(lower: LevelKeys, upper: LevelKeys, path: Path) -> Iterator[Mistake]:
    """What keeps `upper` from asking more than `lower`."""
    fallen = False
    for at, leaf in enumerate(upper.entry or []):
        for below in lower.entry or []:
            if (leaf.metric, leaf.window) == (below.metric, below.window) and leaf.at_least < below.at_least:
                fallen = True
                what = f"{leaf.at_least} is below the {below.at_least} that {lower.code} asks for"
                yield (*path, "entry", at, "at_least"), what, f"ask for more than {below.at_least}"
    if not fallen and upper.entry and lower.entry and all(_implied(leaf, lower) for leaf in upper.entry):
        what = f"whoever reaches {lower.code} has reached {upper.code} too, so nobody stays on {lower.code}"
        only: Path = (0, "at_least") if len(upper.entry) == 1 else ()
        yield (*path, "entry", *only), what, "ask for more, or put the levels in order, lowest first"


def _implied(leaf: ConditionKeys, level: LevelKeys) -> bool:
    """Whether everybody who meets the level's entry meets this condition as well."""
    return any(
        leaf.metric is known.metric and leaf.at_least <= known.at_least and _covers(leaf.window, known.window)
        for known in level.entry or []
    )


def _covers(longer: Window, shorter: Window) -> bool:
    """Whether every day of `shorter` always lies in `longer` as well."""
    if longer.kind in (WindowKind.LIFETIME, shorter.kind):
        return longer.days >= shorter.days or longer.kind is WindowKind.LIFETIME
    if shorter.kind not in _LONGEST_DAYS:
        return False
    return _LONGEST_DAYS.get(longer.kind, longer.days) >= _LONGEST_DAYS[shorter.kind]


def _engagement(book: Book) -> Iterator[Mistake]:
    """Two rules for one kind; bounds that say nothing, or the same thing twice."""
    kinds = [(("engagement", number, "kind"), rule.kind) for number, rule in enumerate(book.engagement)]
    yield from _repeated(kinds, "the kind")
    for number, rule in enumerate(book.engagement):
        for at, cap in enumerate(rule.caps):
            inside = (at,) if isinstance(rule.cap, list) else ()
            path: Path = ("engagement", number, "cap", *inside)
            if cap.count is None and cap.points is None:
                yield path, "the cap bounds nothing", "add `count: N` or `points: N`"
            if cap.per in [earlier.per for earlier in rule.caps[:at]]:
                yield path, f"a second cap per {cap.per}", "write one cap with both `count` and `points`"


def _churn(book: Book) -> Iterator[Mistake]:
    """Levels that do not rise from watch to lost."""
    if not book.churn:
        return
    for (low, low_ratio), (high, ratio) in pairwise(book.churn.levels.given()):
        if ratio <= low_ratio:
            what = f"{ratio} is not above the {low_ratio} of {low}"
            yield ("churn", "levels", high), what, f"write more than {low_ratio}"


_CHECKS = (
    _timezone,
    _currency,
    _money,
    _exactness,
    _levels,
    _leaf_sense,
    _leaf_twice,
    _rising,
    _engagement,
    _rule_ids,
    _churn,
)
