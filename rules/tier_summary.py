"""Levels and their conditions in plain words."""

from decimal import Decimal
from types import MappingProxyType

from rules.amounts import money_text
from rules.compiled import Rulebook
from rules.compiled_tiers import Condition, Leaf, Tier, TierSet
from rules.facts import Metric, WindowKind
from rules.words import plural

_COUNTED = MappingProxyType(
    {
        Metric.ORDERS: "orders",
        Metric.PURCHASE_DAYS: "days with a purchase",
        Metric.QUALIFYING_POINTS: "qualifying points",
        Metric.ENGAGEMENT_POINTS: "points from engagement",
        Metric.REFERRALS: "purchases by referred customers",
    }
)
_SPANS = MappingProxyType(
    {
        WindowKind.LIFETIME: "since the beginning",
        WindowKind.HALF: "of the current calendar half-year",
        WindowKind.ANNIVERSARY: "of the current year of membership",
        WindowKind.SINCE_TIER_START: "since the level began",
        WindowKind.CYCLE: "of the current cycle",
    }
)


def rising(one: TierSet, rulebook: Rulebook) -> list[str]:
    """How customers rise within a set of levels, and what each level gives."""
    lowest, *higher = one.tiers
    lines = [f"Everybody begins as {lowest.name}.{_gives(lowest, one, rulebook)}"]
    for tier in higher:
        asked = asked_for(tier.entry, rulebook)
        lines.append(f"A customer becomes {tier.name} as soon as {asked}.{_gives(tier, one, rulebook)}")
    if higher and one is rulebook.tier_set:
        when = "already earns at the new" if rulebook.earning.tier_after else "still earns at the old"
        lines.append(f"The order that lifts a customer {when} level.")
    return lines


def _gives(tier: Tier, one: TierSet, rulebook: Rulebook) -> str:
    """What an order earns on this level, where levels differ; exact where one rule covers everything."""
    if one is not rulebook.tier_set or len({tier.times for tier in one.tiers}) == 1:
        return ""
    rules = rulebook.earning.rules
    if len(rules) == 1 and rules[0].applies is None:
        points, per = rules[0].text.split(" per ")
        rate = f"{(Decimal(points) * Decimal(tier.times_text)).normalize():f}"
        return f" {tier.name} earns {plural(rate, 'point')} per {per}."
    return f" {tier.name} earns {tier.times_text} times the points."


def asked_for(condition: Condition, rulebook: Rulebook) -> str:
    """A condition as part of a sentence; groups within groups stand in brackets."""
    numbers = [_asked(leaf, rulebook) for leaf in condition.leaves]
    if not condition.shape:
        return ", and ".join(numbers)
    said: list[tuple[str, bool]] = []  # A part, and whether it needs brackets within another.
    found = iter(numbers)
    for word in condition.shape.split():
        if word == ".":
            said.append((next(found), False))
        elif word == "!":
            said.append((f"it is not so that {_bracketed(*said.pop())}", True))
        else:
            needed, count = (int(number) for number in word.split("/"))
            below = [said.pop() for _ in range(count)][::-1]
            said.append(below[0] if count == 1 else (_several(needed, below), True))
    return said[-1][0]


def _several(needed: int, below: list[tuple[str, bool]]) -> str:
    parts = [_bracketed(*part) for part in below]
    if needed == len(below):
        return ", and ".join(parts)
    if needed == 1:
        return ", or ".join(parts)
    return f"at least {needed} of these hold: {'; '.join(parts)}"


def _bracketed(text: str, several: bool) -> str:
    return f"({text})" if several else text


def _asked(leaf: Leaf, rulebook: Rulebook) -> str:
    """One number to reach as half a sentence."""
    if leaf.metric is Metric.TENURE_DAYS:
        return f"{plural(f'{leaf.at_least:,}', 'day')} have passed since joining"
    if leaf.metric is Metric.SPEND_NET:
        amount = f"{Decimal(money_text(leaf.at_least, rulebook.minor_digits)):,} {rulebook.currency}"
        return f"purchases {_span(leaf)}, less refunds, reach {amount}"
    if leaf.metric is Metric.ACTIVE_POINTS:
        return f"the points that can be spent reach {leaf.at_least:,}"
    return f"{_COUNTED[leaf.metric]} {_span(leaf)} reach {leaf.at_least:,}"


def _span(leaf: Leaf) -> str:
    """The window in words."""
    if leaf.window is WindowKind.ROLLING:
        return "of today" if leaf.days == 1 else f"of the last {leaf.days} days"
    return _SPANS.get(leaf.window) or f"of the current calendar {leaf.window}"
