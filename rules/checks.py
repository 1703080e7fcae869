"""What the keys of a rulebook must agree on, beyond each value's own type and range."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from rules import lifecycle_checks, member_checks, review_checks, tier_checks
from rules.book import Book
from rules.churn_checks import churn_mistakes
from rules.currencies import MINOR_DIGITS
from rules.cycle_keys import cycles
from rules.earn_checks import bounds, engagement, exactness, groups, rule_ids
from rules.errors import shortened
from rules.facts import Metric
from rules.mistakes import Mistake
from rules.notice_checks import notice_mistakes
from rules.points_checks import points_mistakes
from rules.rfm_keys import rfm_mistakes
from rules.source import Path
from rules.strategy_keys import strategy_mistakes
from rules.values import nearest
from rules.wallet_checks import filled_wallets


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
    for number, bonus in enumerate(book.earn.bonuses):
        if bonus.min_spend is not None:
            amounts.append((("earn", "bonuses", number, "min_spend"), bonus.min_spend))
    if book.referral and book.referral.min_spend is not None:
        amounts.append((("referral", "min_spend"), book.referral.min_spend))
    spend = book.churn.model.spend if book.churn and book.churn.model else None
    if spend is not None and spend.top_fifth is not None:
        amounts.append((("churn", "model", "spend", "top_fifth"), spend.top_fifth))
    spends = [(path, leaf) for path, leaf in tier_checks.numbers(book) if leaf.metric is Metric.SPEND_NET]
    amounts += [((*path, "at_least"), leaf.at_least) for path, leaf in spends]
    for path, amount in amounts:
        if (Fraction(amount) * 10**digits).denominator != 1:
            remedy = f"{book.currency} has {digits or 'no'} decimals"
            yield path, f"{amount} is not an amount of {book.currency}", remedy


_CHECKS = (
    _timezone,
    _currency,
    _money,
    exactness,
    *tier_checks.CHECKS,
    *review_checks.CHECKS,
    cycles,
    engagement,
    bounds,
    groups,
    rule_ids,
    churn_mistakes,
    points_mistakes,
    filled_wallets,
    strategy_mistakes,
    notice_mistakes,
    *member_checks.CHECKS,
    *lifecycle_checks.CHECKS,
    rfm_mistakes,
)
