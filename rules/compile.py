"""A checked file -> the values and functions that `engine.step` reads. Exact: no rate is ever rounded."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from zoneinfo import ZoneInfo

from rules import book as keys
from rules.amounts import minor_of, money_text, scale_of, scaled
from rules.compiled import (
    Cap,
    Churn,
    ChurnLevel,
    Earning,
    EarnRule,
    EngagementRule,
    LineFilter,
    Multiplier,
    Rulebook,
)
from rules.currencies import MINOR_DIGITS
from rules.tier_compile import tier_set


def compile_book(book: keys.Book, text: str) -> Rulebook:
    """The rulebook of a book without mistakes; `text` is the file it came from."""
    digits, scale = MINOR_DIGITS[book.currency], _tier_scale(book)
    sets = tuple(tier_set(one, book.currency, scale) for _, one in book.sets)
    return Rulebook(
        programme=book.programme,
        version=book.version,
        ruleversion=f"{book.programme}@{book.version}",
        digest=sha256(text.encode()).hexdigest(),
        text=text,
        timezone=book.timezone,
        zone=ZoneInfo(book.timezone),
        currency=book.currency,
        minor_digits=digits,
        enrolment=book.enrolment,
        earning=_earning(book),
        engagements={rule.kind: _engagement(rule) for rule in book.engagement},
        tier_set=next(one for one in sets if one.id == book.multiplying.id),
        tier_sets=sets,
        churn=_churn(book.churn) if book.churn else None,
    )


def _earning(book: keys.Book) -> Earning:
    """The earn rules over common denominators."""
    digits = MINOR_DIGITS[book.currency]
    rates = [Fraction(rule.points, minor_of(rule.per, digits)) for rule in book.earn.rules]
    extras = [Fraction(multiplier.times) - 1 for multiplier in book.earn.multipliers]
    rate_scale, times_scale = scale_of(rates), scale_of(extras)
    return Earning(
        rules=tuple(
            EarnRule(
                id=rule.id,
                rate=scaled(rate, rate_scale),
                text=f"{rule.points} per {money_text(minor_of(rule.per, digits), digits)} {book.currency}",
                applies=line_filter(rule.when),
                only=_only(rule.when),
            )
            for rule, rate in zip(book.earn.rules, rates, strict=True)
        ),
        multipliers=tuple(
            Multiplier(
                id=multiplier.id,
                group=multiplier.group or multiplier.id,
                extra=scaled(extra, times_scale),
                text=str(multiplier.times),
                applies=line_filter(multiplier.when),
                only=_only(multiplier.when),
            )
            for multiplier, extra in zip(book.earn.multipliers, extras, strict=True)
        ),
        rate_scale=rate_scale,
        times_scale=times_scale,
        tier_scale=_tier_scale(book),
        rounding=book.earn.rounding,
    )


def line_filter(when: keys.When | None) -> LineFilter | None:
    """A function that says whether a line of an order meets every key of `when`; None when all do."""
    if when is None:
        return None
    tests = [
        test
        for test in (
            _channel_in(when.channel),
            _store_in(when.store),
            _sku_in(when.sku),
            _category_in(when.category),
            _brand_in(when.brand),
            _tag_in(when.tag),
        )
        if test
    ]
    return tests[0] if len(tests) == 1 else lambda order, line: all(test(order, line) for test in tests)


def _channel_in(names: Sequence[str] | None) -> LineFilter | None:
    wanted = frozenset(names or ())
    return (lambda order, _: order.channel in wanted) if wanted else None


def _store_in(names: Sequence[str] | None) -> LineFilter | None:
    wanted = frozenset(names or ())
    return (lambda order, _: order.store_id in wanted) if wanted else None


def _sku_in(names: Sequence[str] | None) -> LineFilter | None:
    wanted = frozenset(names or ())
    return (lambda _, line: line.sku in wanted) if wanted else None


def _brand_in(names: Sequence[str] | None) -> LineFilter | None:
    wanted = frozenset(names or ())
    return (lambda _, line: line.brand in wanted) if wanted else None


def _category_in(names: Sequence[str] | None) -> LineFilter | None:
    wanted = frozenset(names or ())
    return (lambda _, line: not wanted.isdisjoint(line.category)) if wanted else None


def _tag_in(names: Sequence[str] | None) -> LineFilter | None:
    wanted = frozenset(names or ())
    return (lambda _, line: not wanted.isdisjoint(line.tags)) if wanted else None


def _only(when: keys.When | None) -> str:
    """The conditions of `when` in words, "" for none."""
    given = when.model_dump(exclude_none=True).items() if when else ()
    return " and ".join(f"{key} {' or '.join(names)}" for key, names in given)


def _engagement(rule: keys.EngagementKeys) -> EngagementRule:
    """The rule for one kind of engagement."""
    return EngagementRule(
        id=rule.id or rule.kind,
        kind=rule.kind,
        points=rule.points,
        caps=tuple(Cap(per=cap.per, count=cap.count, points=cap.points) for cap in rule.caps),
        qualifying=rule.qualifying,
        min_text_len=rule.min_text_len,
    )


def _tier_scale(book: keys.Book) -> int:
    """The common denominator of the levels' multipliers."""
    return scale_of(Fraction(level.multiplier) for level in book.multiplying.levels)


def _churn(churn: keys.ChurnKeys) -> Churn:
    """The churn levels as exact ratios, the mildest first."""
    days = Fraction(churn.population_interval_days)
    return Churn(
        population_days_num=days.numerator,
        population_days_den=days.denominator,
        minimum_days=churn.minimum_days,
        levels=tuple(_churn_level(name, ratio) for name, ratio in churn.levels.given()),
    )


def _churn_level(name: str, ratio: Decimal) -> ChurnLevel:
    """One level; its ratio exactly."""
    exact = Fraction(ratio)
    return ChurnLevel(name=name, ratio_num=exact.numerator, ratio_den=exact.denominator, text=str(ratio))
