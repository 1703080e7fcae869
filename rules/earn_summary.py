"""How orders and engagements earn, in plain words."""

from types import MappingProxyType

from rules.compiled import Bonus, EarnRule, Multiplier, Rulebook
from rules.compiled_engagement import Cap, EngagementRule
from rules.facts import MAIN, Period
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
        Period.REF: "for each thing it is about",
        Period.ORDER: "for each order",
        Period.ORDER_LINE: "for each line of an order",
        Period.SURVEY: "for each survey",
    }
)


def earning(rulebook: Rulebook) -> list[str]:
    """What orders earn."""
    earn = rulebook.earning
    lines = [_earn_rule(rule) for rule in earn.rules]
    lines += [_multiplier(multiplier) for multiplier in earn.multipliers]
    lines += [_bonus(bonus) for bonus in earn.bonuses]
    if len(earn.rules) > 1:
        lines.append("Where several of these rules apply to a line, their points add up.")
    if any(rule.group != rule.id for rule in earn.rules):
        lines.append("Of rules of one group only the best of a line counts.")
    if earn.multipliers:
        lines.append("Of multipliers of one group the best counts; different groups add up.")
    if any(bonus.group != bonus.id for bonus in earn.bonuses):
        lines.append("Of bonuses of one group only the best counts.")
    stops = [rule.id for rule in earn.rules if rule.stop] + [m.id for m in earn.multipliers if m.stop]
    if stops := stops + [bonus.id for bonus in earn.bonuses if bonus.stop]:
        lines.append(f"Where it applies, {' or '.join(stops)} keeps out its group's rules of lower priority.")
    lines += [f"The group {name} gives {_caps(caps)}." for name, caps in earn.groups.items()]
    if rulebook.caps:
        what = "All rules of the points" if rulebook.wallets else "All rules"
        lines.append(f"{what} together, engagement too, give {_caps(rulebook.caps)}.")
    lines.append(f"The points of an order are rounded once, {_ROUNDING[earn.rounding]}.")
    if earn.proportional:
        lines.append("A refund or a cancellation takes back the order's points in proportion to the money.")
    else:
        lines.append("A refund or a cancellation takes back what the returned part had earned.")
    return lines


def _earn_rule(rule: EarnRule) -> str:
    points, per = rule.text.split(" per ")
    of, what = _of(rule.id, rule.group), quantity(points, rule.wallet)
    return f"{what} for every {per} spent{_on(rule.only)}{bound(rule.caps)} ({of})."


def _multiplier(multiplier: Multiplier) -> str:
    tail = f"{_on(multiplier.only)}{bound(multiplier.caps)}{qualifies(multiplier.qualifying)}"
    what = "points" if multiplier.wallet == MAIN else multiplier.wallet
    return f"{multiplier.text} times the {what}{tail} ({_of(multiplier.id, multiplier.group)})."


def _bonus(bonus: Bonus) -> str:
    points, _, floor = bonus.text.partition(" from ")
    least = f" of at least {floor}" if floor else ""
    tail = f"{_on(bonus.only)}{bound(bonus.caps)}{qualifies(bonus.qualifying)}"
    return f"{quantity(points, bonus.wallet)} for an order{least}{tail} ({_of(bonus.id, bonus.group)})."


def quantity(points: str, wallet: str) -> str:
    """So many points, or so many of another wallet by its name."""
    return plural(points, "point") if wallet == MAIN else f"{points} {wallet}"


def _of(name: str, group: str) -> str:
    return name if group == name else f"{name}, group {group}"


def qualifies(qualifying: bool) -> str:
    return "; they count as qualifying points" if qualifying else ""


def bound(caps: tuple[Cap, ...]) -> str:
    return f", {_caps(caps)}" if caps else ""


def _caps(caps: tuple[Cap, ...]) -> str:
    return " and ".join(_cap(cap) for cap in caps)


def _on(only: str) -> str:
    return f" where {only}" if only else ""


def engagements(rulebook: Rulebook) -> list[str]:
    """What customers earn besides buying."""
    rules = rulebook.engagements.values()
    return [_engagement(rule) for rule in rules] or ["Only purchases earn points."]


def _engagement(rule: EngagementRule) -> str:
    text = f" of at least {plural(str(rule.min_text_len), 'character')}" if rule.min_text_len else ""
    head = f"{quantity(str(rule.points), rule.wallet)} for each {rule.kind.replace('_', ' ')}{text}"
    streak = rule.streak
    more = (
        f", and {quantity(str(streak.points), rule.wallet)} more for every {streak.days} days in a row"
        if streak
        else ""
    )
    return f"{head}{bound(rule.caps)}{more}{qualifies(rule.qualifying)} ({rule.id})."


def _cap(cap: Cap) -> str:
    """A bound in words: `at most once a day`, `at most 3 times and 20 points a week`."""
    bounds = [] if cap.count is None else ["once" if cap.count == 1 else f"{cap.count:,} times"]
    bounds += [] if cap.points is None else [plural(f"{cap.points:,}", "point")]
    return f"at most {' and '.join(bounds)} {_every(cap)}"


def _every(cap: Cap) -> str:
    return f"in any {plural(str(cap.days), 'day')}" if cap.per is Period.ROLLING else _EVERY[cap.per]
