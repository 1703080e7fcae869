"""The earning sections of a checked file -> the values that the engine reads. Exact: no rate is rounded."""

from collections.abc import Sequence
from fractions import Fraction
from types import MappingProxyType

from rules.amounts import minor_of, money_text, scale_of, scaled
from rules.cap_keys import CapKeys, listed
from rules.compiled import Bonus, Earning, EarnRule, LineFilter, Multiplier
from rules.compiled_engagement import Cap, EngagementRule, Streak
from rules.earn_keys import BonusKeys, EarnKeys, EngagementKeys, When
from rules.facts import Period

_LONGEST = MappingProxyType({Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 31, Period.YEAR: 366})


def earning(keys: EarnKeys, currency: str, digits: int, tier_scale: int) -> Earning:
    """The earn rules over common denominators."""
    rates = [Fraction(rule.points, minor_of(rule.per, digits)) for rule in keys.rules]
    extras = [Fraction(multiplier.times) - 1 for multiplier in keys.multipliers]
    rate_scale, times_scale = scale_of(rates), scale_of(extras)
    return Earning(
        rules=tuple(
            EarnRule(
                id=rule.id,
                rate=scaled(rate, rate_scale),
                text=f"{rule.points} per {money_text(minor_of(rule.per, digits), digits)} {currency}",
                applies=line_filter(rule.when),
                group=rule.group or rule.id,
                only=_only(rule.when),
                priority=rule.priority,
                stop=rule.stop,
                caps=caps(rule.cap),
                wallet=rule.wallet,
            )
            for rule, rate in zip(keys.rules, rates, strict=True)
        ),
        multipliers=tuple(
            Multiplier(
                id=multiplier.id,
                group=multiplier.group or multiplier.id,
                extra=scaled(extra, times_scale),
                text=str(multiplier.times),
                applies=line_filter(multiplier.when),
                only=_only(multiplier.when),
                priority=multiplier.priority,
                stop=multiplier.stop,
                qualifying=multiplier.qualifying,
                caps=caps(multiplier.cap),
                wallet=multiplier.wallet,
            )
            for multiplier, extra in zip(keys.multipliers, extras, strict=True)
        ),
        rate_scale=rate_scale,
        times_scale=times_scale,
        tier_scale=tier_scale,
        rounding=keys.rounding,
        bonuses=tuple(_bonus(bonus, currency, digits) for bonus in keys.bonuses),
        groups={group.id: caps(group.cap) for group in keys.groups},
        proportional=keys.refund == "proportional",
        tier_after=keys.multiplier_tier == "after",
    )


def _bonus(bonus: BonusKeys, currency: str, digits: int) -> Bonus:
    """One bonus; without `min_spend` the smallest coin is enough."""
    least = 1 if bonus.min_spend is None else minor_of(bonus.min_spend, digits)
    floor = "" if bonus.min_spend is None else f" from {money_text(least, digits)} {currency}"
    return Bonus(
        id=bonus.id,
        group=bonus.group or bonus.id,
        points=bonus.points,
        min_minor=least,
        text=f"{bonus.points}{floor}",
        applies=line_filter(bonus.when),
        only=_only(bonus.when),
        priority=bonus.priority,
        stop=bonus.stop,
        qualifying=bonus.qualifying,
        caps=caps(bonus.cap),
        wallet=bonus.wallet,
    )


def caps(cap: CapKeys | list[CapKeys] | None) -> tuple[Cap, ...]:
    """The bounds, none, one or many."""
    return tuple(
        Cap(
            per=each.per.period,
            count=each.count,
            points=each.points,
            days=each.per.days or _LONGEST.get(each.per.period, 0),
            text=each.per.text,
        )
        for each in listed(cap)
    )


def engagement(rule: EngagementKeys) -> EngagementRule:
    """The rule for one kind of engagement."""
    return EngagementRule(
        id=rule.id or rule.kind,
        kind=rule.kind,
        points=rule.points,
        caps=caps(rule.cap),
        qualifying=rule.qualifying,
        min_text_len=rule.min_text_len,
        streak=Streak(rule.streak.days, rule.streak.points) if rule.streak else None,
        wallet=rule.wallet,
    )


def line_filter(when: When | None) -> LineFilter | None:
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


def _only(when: When | None) -> str:
    """The conditions of `when` in words, "" for none."""
    given = when.model_dump(exclude_none=True).items() if when else ()
    return " and ".join(f"{key} {' or '.join(names)}" for key, names in given)
