"""What the keys of a rulebook must agree on, beyond each value's own type and range."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import lcm
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from rules import tier_checks
from rules.book import Book
from rules.currencies import MINOR_DIGITS
from rules.errors import shortened
from rules.facts import Metric
from rules.mistakes import Mistake, repeated
from rules.source import Path
from rules.values import nearest

SCALE_MAX = 10**12
POINTS_PER_MINOR_MAX = 1000


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
    spends = [(path, leaf) for path, leaf in tier_checks.numbers(book) if leaf.metric is Metric.SPEND_NET]
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
    levels = [Fraction(level.multiplier) for level in book.multiplying.levels]
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
    yield from repeated(rules, "the id")


def _engagement(book: Book) -> Iterator[Mistake]:
    """Two rules for one kind; bounds that say nothing, or the same thing twice."""
    kinds = [(("engagement", number, "kind"), rule.kind) for number, rule in enumerate(book.engagement)]
    yield from repeated(kinds, "the kind")
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
    *tier_checks.CHECKS,
    _engagement,
    _rule_ids,
    _churn,
)
