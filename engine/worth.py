"""What an order, or what is left of it, earns with what it stored: caps on exact amounts, one rounding."""

from math import lcm
from typing import Final

from msgspec.structs import replace

from engine.money import rounded, shares
from engine.order import Order, Part, Terms

UNBOUND: Final = -1


class Worth:
    """An order's points and qualifying points, and how they came about.

    `exact` and `uncapped` are points before the rounding, `cuts` those of each part after the caps, all
    times `order.scale`; `left` is the eligible money per line. All of one wallet, as in `Part`: parts of
    others count 0, but qualifying points are those of all.
    """

    __slots__ = ("cuts", "exact", "left", "points", "qualifying", "uncapped", "wallet", "wholes")

    def __init__(self, left: list[int], wallet: str) -> None:
        self.left = left
        self.wallet = wallet
        self.points = self.qualifying = self.exact = self.uncapped = 0
        self.wholes: list[int] = []  # Of each part before the caps.
        self.cuts: list[int] = []


def remainder(order: Order, wallet: str = "") -> tuple[int, int]:
    """(points, qualifying points) that what is left of an order earns for a wallet with what it stored."""
    terms = order.terms
    if terms is None:
        return (0, 0) if wallet else _by_rates(order)
    if not terms.proportional:
        kept = worth(order, wallet=wallet)
        return kept.points, kept.qualifying
    whole, eligible_minor = worth(order, False, wallet), sum([line.eligible_minor for line in order.lines])
    back = eligible_minor - order.left_minor()
    if back == 0:
        return whole.points, whole.qualifying
    return (
        whole.points - rounded(whole.points * back, eligible_minor, "half_up"),
        whole.qualifying - rounded(whole.qualifying * back, eligible_minor, "half_up"),
    )


def _by_rates(order: Order) -> tuple[int, int]:
    points = qualifying = 0
    for line in order.lines:
        left = line.left_minor()
        points += left * line.weight
        qualifying += left * line.rate
    return (
        rounded(points * order.times, order.scale, order.rounding),
        rounded(qualifying, order.rate_scale, order.rounding),
    )


def worth(order: Order, returns: bool = True, wallet: str = "") -> Worth:
    """What the order earns for a wallet, less what came back of it unless `returns` is false."""
    found = Worth([line.left_minor() if returns else line.eligible_minor for line in order.lines], wallet)
    terms = order.terms
    if terms is None or not terms.parts:
        found.exact = order.times * sum(
            [left * line.weight for left, line in zip(found.left, order.lines, strict=True)]
        )
        found.uncapped = found.exact
        qualifying = sum([left * line.rate for left, line in zip(found.left, order.lines, strict=True)])
    else:
        qualifying = _by_terms(order, terms, found)
    found.points = rounded(found.exact, order.scale, order.rounding)
    found.qualifying = rounded(qualifying, order.rate_scale, order.rounding)
    return found


def worth_by(order: Order, terms: Terms, wallet: str = "") -> Worth:
    """What the whole order earns for a wallet, part by part, whether or not it keeps its parts."""
    return worth(order if order.terms is not None else replace(order, terms=terms), False, wallet)


def _by_terms(order: Order, terms: Terms, found: Worth) -> int:
    """Adds up the parts within their caps; gives the qualifying points, times `rate_scale`.

    No cap by points cuts those.
    """
    scale, qualifying = order.scale, 0
    bonuses = chosen_bonuses(terms.parts, found.left)
    groups = {name: room * scale for name, room in terms.groups.items()}
    whole = terms.room * scale
    for at, part in enumerate(terms.parts):
        if part.points:
            amount = part.points * scale if at in bonuses else 0
            counted = part.points * order.rate_scale if at in bonuses else 0
        else:
            counted = sum([left * factor for left, factor in zip(found.left, part.factors, strict=True)])
            amount = counted * order.times
        if part.qualifying:
            qualifying += counted
        if part.wallet != found.wallet:
            found.wholes.append(0)
            found.cuts.append(0)
            continue
        found.wholes.append(amount)
        found.uncapped += amount
        if part.room != UNBOUND:
            amount = min(amount, part.room * scale)
        if part.group in groups:
            amount = min(amount, groups[part.group])
            groups[part.group] -= amount
        if terms.room != UNBOUND and not found.wallet:
            amount = min(amount, whole)
            whole -= amount
        found.cuts.append(amount)
        found.exact += amount
    return qualifying


def chosen_bonuses(parts: list[Part], left: list[int]) -> set[int]:
    """The places of the bonuses that the money left reaches: of each group the best, up to one that stops."""
    best: dict[str, int] = {}
    ended: set[str] = set()
    for at, part in enumerate(parts):
        if not part.points or part.group in ended:
            continue
        if (
            sum([money for money, factor in zip(left, part.factors, strict=True) if factor])
            < part.floor_minor
        ):
            continue
        held = best.get(part.group)
        if held is None or part.points > parts[held].points:
            best[part.group] = at
        if part.stop:
            ended.add(part.group)
    return set(best.values())


def quantities(order: Order, found: Worth, terms: Terms) -> list[int]:
    """The points of each part: whole points first, then one each to the largest fractions, ties in order.

    They sum to `found.points`; none is above its cap, nor are those of a group together: bounds are whole.
    """
    scale, free = order.scale, dict(terms.groups)
    given = [cut // scale for cut in found.cuts]
    left = found.points - sum(given)
    for part, qty in zip(terms.parts, given, strict=True):
        if part.group in free:
            free[part.group] -= qty
    for at in sorted(range(len(given)), key=lambda at: (-(found.cuts[at] % scale), at)):
        group = terms.parts[at].group
        if left and terms.parts[at].wallet == found.wallet and free.get(group, 1) > 0:
            given[at] += 1
            left -= 1
            if group in free:
                free[group] -= 1
    return given


def line_points(order: Order, found: Worth) -> list[int]:
    """The points of each line, by largest remainder over what the line brought after the caps."""
    terms, names = order.terms, [line.line_id for line in order.lines]
    if terms is None or not terms.parts:
        weights = [left * line.weight for left, line in zip(found.left, order.lines, strict=True)]
        return shares(found.points, weights, names)
    weights = [0] * len(names)
    brought = [_brought(order, part, found.left) for part in terms.parts]
    common = lcm(*[sum(each) or 1 for each in brought])
    for cut, each in zip(found.cuts, brought, strict=True):
        whole = sum(each)
        if cut and whole:
            for at, money in enumerate(each):
                weights[at] += money * cut * (common // whole)
    return shares(found.points, weights, names)


def _brought(order: Order, part: Part, left: list[int]) -> list[int]:
    return [money * factor for money, factor in zip(left, part.factors, strict=True)]
