"""What an order earns: the best of each group, caps on exact shares, and the one rounding."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.reference.caps import Share, cut, parted
from tests.reference.orders import Keys, Order, Part, decimals, exactly, half_up, matches, rounded


@dataclass
class Worth:
    """Whole points of an order or what is left of it; `uncapped` is what they would be without caps."""

    points: int = 0
    qualifying: int = 0
    uncapped: int = 0
    by_rule: dict[str, int] | None = None
    shares: tuple[Share, ...] = ()


def in_turn(rules: list[Keys]) -> list[Keys]:
    """By priority, the high first, then by id."""
    return sorted(rules, key=lambda rule: (-rule.get("priority", 0), rule["id"]))


def best(rules: list[Keys], applies: Callable[[Keys], bool], value: str) -> list[Keys]:
    """Of each group the one that gives most; `stop` ends the trying of its group."""
    chosen: dict[str, Keys] = {}
    stopped = set()
    for rule in in_turn(rules):
        group = rule.get("group", rule["id"])
        if group in stopped or not applies(rule):
            continue
        if rule.get("stop"):
            stopped.add(group)
        if group not in chosen or amount(rule, value) > amount(chosen[group], value):
            chosen[group] = rule
    return list(chosen.values())


def amount(rule: Keys, value: str) -> Fraction:
    """What a rule is compared by: its rate, its times or its points."""
    return exactly(rule["points"]) / exactly(rule["per"]) if value == "rate" else exactly(rule[value])


def worth(earn: Keys, order: Order, currency: str, only_what_is_left: bool = True) -> Worth:
    """What an order earns under the room it found; all of it, or what is left of it."""
    if not order.counts_for_points:
        return Worth()
    money = {name: part.left if only_what_is_left else part.money for name, part in order.parts.items()}
    shares = _shares(earn, order, money, currency)
    way = earn.get("rounding", "floor")
    kept = cut(shares, order.rooms)
    points = rounded(sum((share.points for share in kept), Fraction(0)), way)
    return Worth(
        points,
        rounded(sum((share.qualifying for share in kept), Fraction(0)), way),
        rounded(sum((share.points for share in shares), Fraction(0)), way),
        parted(points, kept, order.rooms),
        tuple(kept),
    )


def _shares(earn: Keys, order: Order, money: dict[str, int], currency: str) -> list[Share]:
    """The exact share of each rule, multiplier and bonus, in the order in which caps serve them."""
    unit = 10 ** decimals(currency)
    exact: dict[str, Fraction] = {}
    for name, part in order.parts.items():
        applies = _on(order, part)
        rules = best(earn["rules"], applies, "rate")
        base = Fraction(money[name], unit)
        for rule in rules:
            _add(exact, f"rules {rule['id']}", base * amount(rule, "rate"))
        rate = sum((amount(rule, "rate") for rule in rules), Fraction(0))
        for times in best(earn.get("multipliers", []), applies, "times"):
            _add(exact, f"multipliers {times['id']}", base * rate * (exactly(times["times"]) - 1))

    def reached(bonus: Keys) -> bool:
        on = sum(money[name] for name, part in order.parts.items() if _on(order, part)(bonus))
        return on >= (exactly(bonus["min_spend"]) * unit if "min_spend" in bonus else 1)

    for bonus in best(earn.get("bonuses", []), reached, "points"):
        _add(exact, f"bonuses {bonus['id']}", exactly(bonus["points"]))
    found = []
    for kind in ("rules", "multipliers", "bonuses"):
        for rule in in_turn(earn.get(kind, [])):
            owner = f"{kind} {rule['id']}"
            plain = exact.get(owner, Fraction(0))
            times = Fraction(1) if kind == "bonuses" else order.level_times
            qualifies = kind == "rules" or rule.get("qualifying", False)
            bounded_by = [owner, f"group {rule.get('group', rule['id'])}", "programme"]
            found.append(Share(rule["id"], bounded_by, plain * times, plain if qualifies else Fraction(0)))
    return found


def _on(order: Order, part: Part) -> Callable[[Keys], bool]:
    return lambda rule: matches(rule.get("when"), order.sent, part.sent)


def _add(exact: dict[str, Fraction], owner: str, share: Any) -> None:
    exact[owner] = exact.get(owner, Fraction(0)) + share


def after_refunds(earn: Keys, order: Order, currency: str) -> Worth:
    """What an order is worth once something came back, as `earn.refund` says."""
    if earn.get("refund", "re_earn") == "re_earn":
        return worth(earn, order, currency)
    whole = worth(earn, order, currency, only_what_is_left=False)
    money = sum(part.money for part in order.parts.values())
    back = Fraction(money - order.money, money) if money else Fraction(0)
    whole.points -= half_up(whole.points * back)
    whole.qualifying -= half_up(whole.qualifying * back)
    return whole
