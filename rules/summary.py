"""A rulebook in plain words, for the people who answer for the programme."""

from decimal import Decimal
from types import MappingProxyType

from rules.compiled import Cap, Churn, EarnRule, EngagementRule, Multiplier, Rulebook
from rules.facts import Period
from rules.tier_summary import levels
from rules.words import plural

_ROUNDING = MappingProxyType(
    {
        "floor": "down",
        "half_up": "to the nearest, halves up",
        "half_even": "to the nearest, halves to even",
        "ceil": "up",
    }
)
_EVERY = MappingProxyType(
    {
        Period.DAY: "a day",
        Period.WEEK: "a week",
        Period.MONTH: "a month",
        Period.YEAR: "a year",
        Period.LIFETIME: "in a lifetime",
    }
)


def summarise(rulebook: Rulebook) -> str:
    """The whole programme as short sentences, one a line, in paragraphs; it ends without a line break."""
    paragraphs = [
        _head(rulebook),
        _earning(rulebook),
        levels(rulebook),
        _engagements(rulebook),
        _churn(rulebook.churn),
    ]
    return "\n\n".join("\n".join(lines) for lines in paragraphs)


def _head(rulebook: Rulebook) -> list[str]:
    """What the programme is and who is in it."""
    joins = {
        "first_event": "A customer joins with the first purchase or engagement.",
        "signup": "A customer joins by signing up; what was bought before earns nothing.",
    }
    return [
        f"Programme {rulebook.programme}, version {rulebook.version}.",
        f"Money is in {rulebook.currency}; days and months are those of {rulebook.timezone}.",
        joins[rulebook.enrolment],
    ]


def _earning(rulebook: Rulebook) -> list[str]:
    """What orders earn."""
    earning = rulebook.earning
    lines = [_earn_rule(rule) for rule in earning.rules]
    lines += [_multiplier(multiplier) for multiplier in earning.multipliers]
    if len(earning.rules) > 1:
        lines.append("Where several of these rules apply to a line, their points add up.")
    if earning.multipliers:
        lines.append("Of multipliers of one group the best counts; different groups add up.")
    lines.append(f"The points of an order are rounded once, {_ROUNDING[earning.rounding]}.")
    lines.append("A refund or a cancellation takes back what the returned part had earned.")
    return lines


def _earn_rule(rule: EarnRule) -> str:
    points, per = rule.text.split(" per ")
    return f"{plural(points, 'point')} for every {per} spent{_on(rule.only)} ({rule.id})."


def _multiplier(multiplier: Multiplier) -> str:
    group = f", group {multiplier.group}" if multiplier.group != multiplier.id else ""
    return f"{multiplier.text} times the points{_on(multiplier.only)} ({multiplier.id}{group})."


def _on(only: str) -> str:
    return f" where {only}" if only else ""


def _engagements(rulebook: Rulebook) -> list[str]:
    """What customers earn besides buying."""
    rules = rulebook.engagements.values()
    return [_engagement(rule) for rule in rules] or ["Only purchases earn points."]


def _engagement(rule: EngagementRule) -> str:
    text = f" of at least {plural(str(rule.min_text_len), 'character')}" if rule.min_text_len else ""
    caps = " and ".join(_cap(cap) for cap in rule.caps)
    counts = "; they count as qualifying points" if rule.qualifying else ""
    head = f"{plural(str(rule.points), 'point')} for each {rule.kind}{text}"
    return f"{head}{', ' if caps else ''}{caps}{counts} ({rule.id})."


def _cap(cap: Cap) -> str:
    """A bound in words: `at most once a day`, `at most 3 times and 20 points a week`."""
    bounds = [] if cap.count is None else ["once" if cap.count == 1 else f"{cap.count:,} times"]
    bounds += [] if cap.points is None else [plural(f"{cap.points:,}", "point")]
    return f"at most {' and '.join(bounds)} {_EVERY[cap.per]}"


def _churn(churn: Churn | None) -> list[str]:
    """When the programme warns that a customer stays away."""
    if churn is None:
        return ["No alert is raised when a customer stays away."]
    usual = _days(churn.population_days_num, churn.population_days_den)
    levels = ", ".join(f"{level.name} at {level.text} times" for level in churn.levels)
    return [
        f"A customer's usual interval is learned from the purchases, beginning from {usual} days.",
        f"An alert is raised when a customer stays away longer than that: {levels}.",
        f"No alert comes before {plural(str(churn.minimum_days), 'day')} without a purchase."
        if churn.minimum_days
        else "There is no least number of days before an alert.",
        "The next purchase ends the alert.",
    ]


def _days(num: int, den: int) -> str:
    """A number of days as decimal digits; a rulebook writes no other."""
    return f"{(Decimal(num) / den).normalize():f}"
