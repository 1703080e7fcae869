"""Which rules take part in an order, and the room that their caps leave them."""

from collections.abc import Sequence
from typing import Final

from engine.caps import CLOSED, room, use
from engine.effects import LineShare, RuleShare
from engine.events import Purchase
from engine.money import rounded
from engine.order import Order, OrderLine, Part, Terms
from engine.plan import Plan, Share
from engine.turn import Turn
from engine.worth import UNBOUND, Worth, line_points, quantities

GROUP: Final = "+"  # Before a group's name in what caps are counted under; the programme's name is "".
PROGRAMME: Final = ""
Uses = dict[str, tuple[int, int]]


def terms_of(turn: Turn, purchase: Purchase, day: int, before: Order | None = None) -> Terms:
    """The parts of an order that is made on a local day, with the room that caps leave.

    `before` is the order's older version: what it used is its own.
    """
    plan, own = turn.plan, uses_of(before)
    parts = _rates(plan, purchase)
    if plan.bonuses:
        parts += _bonuses(plan, purchase)
    if plan.caps:
        _limit(turn, parts, day, own)
    groups: dict[str, int] = {}
    for part in parts:
        if part.group and part.group not in groups and GROUP + part.group in plan.caps:
            left = _room(turn, GROUP + part.group, day, own)
            if left != UNBOUND:
                groups[part.group] = max(left, 0)
    whole = max(_room(turn, PROGRAMME, day, own), -1)
    return Terms(parts, groups, whole, turn.rulebook.earning.proportional)


def _rates(plan: Plan, purchase: Purchase) -> list[Part]:
    """Rules and multipliers, with their factor on each line."""
    lines = purchase.lines
    found: dict[str, Part] = {}
    for at, line in enumerate(lines):
        rates: dict[str, int] = {}
        for rule in _best([r for r in plan.rules if r.applies is None or r.applies(purchase, line)]):
            rates[rule.wallet] = rates.get(rule.wallet, 0) + rule.value
            _part(found, rule, len(lines)).factors[at] = rule.value * plan.times_scale
        for extra in _best([m for m in plan.multipliers if m.applies is None or m.applies(purchase, line)]):
            _part(found, extra, len(lines)).factors[at] = extra.value * rates.get(extra.wallet, 0)
    return [found[share.id] for share in (*plan.rules, *plan.multipliers) if share.id in found]


def _part(found: dict[str, Part], share: Share, lines: int) -> Part:
    part = found.get(share.id)
    if part is None:
        part = Part(share.id, share.group, [0] * lines, -1, share.qualifying, wallet=share.wallet)
        found[share.id] = part
    return part


def _best(shares: Sequence[Share]) -> list[Share]:
    """Of each group the greatest, up to one that stops; `shares` by priority, then id."""
    best: dict[str, Share] = {}
    ended: set[str] = set()
    for share in shares:
        if share.group in ended:
            continue
        held = best.get(share.group)
        if held is None or share.value > held.value:
            best[share.group] = share
        if share.stop:
            ended.add(share.group)
    return list(best.values())


def _bonuses(plan: Plan, purchase: Purchase) -> list[Part]:
    """Bonuses, with 1 for each line whose money counts toward them."""
    found = []
    for bonus in plan.bonuses:
        on = [int(bonus.applies is None or bonus.applies(purchase, line)) for line in purchase.lines]
        if any(on):
            part = Part(
                bonus.id, bonus.group, on, -1, bonus.qualifying, bonus.value, bonus.floor_minor, bonus.stop
            )
            part.wallet = bonus.wallet
            found.append(part)
    return found


def _limit(turn: Turn, parts: list[Part], day: int, own: Uses) -> None:
    """Notes the room of each part; one under a count that is used up gives nothing, and qualifies nothing."""
    shut = _room(turn, PROGRAMME, day, own) == CLOSED
    for part in parts:
        left = _room(turn, part.rule, day, own)
        if (
            (shut and not part.wallet)
            or left == CLOSED
            or _room(turn, GROUP + part.group, day, own) == CLOSED
        ):
            part.room, part.qualifying = 0, False
        else:
            part.room = left


def _room(turn: Turn, key: str, day: int, own: Uses) -> int:
    caps = turn.plan.caps.get(key)
    return -1 if caps is None else room(turn.customer, key, caps, day, "", own.get(key, (0, 0)))


def uses_of(order: Order | None) -> Uses:
    """What an order has used of every cap it may come under, as (count, points)."""
    if order is None or order.terms is None:
        return {}
    uses: Uses = {}
    for part in order.terms.parts:
        for key in (part.rule, GROUP + part.group, PROGRAMME):
            if part.qty and not (part.wallet and key == PROGRAMME):  # Which bounds the points alone.
                uses[key] = 1, uses.get(key, (0, 0))[1] + part.qty
    return uses


def count_caps(turn: Turn, order: Order, before: Order | None = None) -> None:
    """Counts in the caps what the order gives, less what its older version gave."""
    caps, old, new = turn.plan.caps, uses_of(before), uses_of(order)
    for key in {**old, **new}:
        if key in caps:
            was, now = old.get(key, (0, 0)), new.get(key, (0, 0))
            use(turn.customer, key, caps[key], order.day, now[0] - was[0], now[1] - was[1])


def as_rates(terms: Terms, lines: list[OrderLine], times_scale: int) -> None:
    """Writes parts that no cap, bonus or exception binds as rates of the lines, which is all that is kept."""
    for at, line in enumerate(lines):
        line.weight = sum([part.factors[at] for part in terms.parts])
        line.rate = sum([part.factors[at] for part in terms.parts if part.qualifying]) // times_scale


def wallets_of(plan: Plan, terms: Terms) -> list[str]:
    """The wallets beside the points to which parts of an order give."""
    if not plan.others:
        return []
    given = {part.wallet for part in terms.parts}
    return [wallet for wallet in plan.others if wallet in given]


def rule_shares(plan: Plan, order: Order, terms: Terms, found: Worth) -> tuple[RuleShare, ...]:
    """The rules that took part, in the rulebook's order, with the points of each if there are several."""
    given = quantities(order, found, terms)
    taking = [
        (plan.places[part.rule], part.rule, qty)
        for part, qty, whole in zip(terms.parts, given, found.wholes, strict=True)
        if part.wallet == found.wallet and (whole or not part.points)
    ]
    if len(taking) == 1:
        return (RuleShare(taking[0][1], plan.texts[taking[0][1]]),)
    return tuple([RuleShare(rule, plan.texts[rule], qty) for _, rule, qty in sorted(taking)])


def uncapped(order: Order, found: Worth) -> int | None:
    """The points without the caps, None when the caps cut nothing of the whole points."""
    points = rounded(found.uncapped, order.scale, order.rounding)
    return points if points != found.points else None


def line_shares(order: Order, found: Worth) -> tuple[LineShare, ...]:
    """The lines with the points that fall on each."""
    points = line_points(order, found)
    return tuple([LineShare(line.line_id, part) for line, part in zip(order.lines, points, strict=True)])
