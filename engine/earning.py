"""What an order earns: eligible money per line, the rules' exact product, one rounding.

The order of work is in `docs/semantics.md`. Everything is an integer over a denominator that the
rulebook fixes.
"""

from collections.abc import Sequence
from typing import Final

from engine.days import bucket
from engine.effects import Balance, LineShare, PointsEarned, Ref, RuleShare
from engine.events import Line, Purchase
from engine.money import decimal_ratio, rounded, shares
from engine.order import Order, OrderLine
from engine.outcome import Rejected
from engine.placing import rank_at
from engine.points import WALLET, grant
from engine.turn import Turn
from rules.compiled import Earning, Multiplier, Rulebook
from rules.compiled_tiers import Tier
from rules.currencies import MINOR_DIGITS

NO_RATES: Final = (0, 0)
ORDER_MAX: Final = 10**15  # Minor units, or points, of one order: thousands of such orders still fit 64 bits.


def paid(purchase: Purchase) -> list[int] | Rejected:
    """Money per line as sent: net of every discount and of points, in the order's currency."""
    lines = purchase.lines
    nets = [line.unit_price * line.qty - line.discount for line in lines]
    if purchase.order_discount or purchase.points_value:
        names = [line.line_id for line in lines]
        if purchase.order_discount + purchase.points_value > sum(nets):
            return Rejected("bad_money", "order_discount and points paid exceed the price of the lines")
        for deduction in (purchase.order_discount, purchase.points_value):
            nets = [net - part for net, part in zip(nets, shares(deduction, nets, names), strict=True)]
    return nets


def eligible(lines: Sequence[Line], nets: list[int], fx: tuple[int, int]) -> list[int]:
    """The part of each line's money that may earn, in the programme's minor units."""
    kept = [net if line.eligible else 0 for line, net in zip(lines, nets, strict=True)]
    if fx == (1, 1):
        return kept
    return shares(rounded(sum(kept) * fx[0], fx[1], "half_up"), kept, [line.line_id for line in lines])


def exchange(purchase: Purchase, currency: str, digits: int) -> tuple[int, int] | Rejected:
    """Programme minor units for one minor unit of the order's currency, as an exact ratio."""
    if purchase.currency == currency:
        return (1, 1)
    if not purchase.fx_rate:
        return Rejected(
            "no_fx_rate", f"order in {purchase.currency} needs fx_rate: the programme is in {currency}"
        )
    foreign = MINOR_DIGITS.get(purchase.currency)
    if foreign is None:
        return Rejected("bad_money", f"currency {purchase.currency} is not known")
    num, den = decimal_ratio(purchase.fx_rate)
    return (num * 10**digits, den * 10**foreign)


def earn(turn: Turn, purchase: Purchase) -> Rejected | None:
    """Books an order: its context, the day's spend, the points; emits `points.earned`."""
    rulebook = turn.rulebook
    member = turn.joined()
    lines = lines_of(turn, purchase, member)
    if needs_adjusting(purchase, rulebook):
        refused = adjust(purchase, lines, rulebook)
        if refused is not None:
            return refused
    spend_minor = exact = qualifying = 0
    for line in lines:
        minor = line.eligible_minor
        spend_minor += minor
        exact += minor * line.weight
        qualifying += minor * line.rate
    tier = tier_at(turn, turn.occurred_ms)
    order = _context(turn, purchase, lines, tier, exact, qualifying)
    if spend_minor > ORDER_MAX or order.granted > ORDER_MAX:
        return Rejected("bad_money", f"the order comes to more than {ORDER_MAX} minor units or points")
    account = turn.account
    account.orders[purchase.order_id] = order
    account.touched.append(purchase.order_id)
    balance = grant(turn, order.granted)
    _book(turn, order, spend_minor)
    why = "" if member else "not enrolled"
    if member and spend_minor and not exact:
        why = "no rule"
    _announce(turn, purchase, order, spend_minor, tier, exact, balance, why)
    return None


def lines_of(turn: Turn, purchase: Purchase, member: bool) -> list[OrderLine]:
    """The order's lines with their rates; the money is as of an order without deductions, at home."""
    lines, flat = [], turn.plan.flat_rates
    for line in purchase.lines:
        rate, weight = (flat or _rates(turn, purchase, line)) if member else NO_RATES
        net = line.unit_price * line.qty - line.discount
        minor = net if line.eligible else 0
        lines.append(OrderLine(line.line_id, line.qty, minor, net, rate, weight))
    return lines


def needs_adjusting(purchase: Purchase, rulebook: Rulebook) -> bool:
    """Whether the lines as sent are not yet the money that earns."""
    return bool(purchase.order_discount or purchase.points_value or purchase.currency != rulebook.currency)


def adjust(purchase: Purchase, lines: list[OrderLine], rulebook: Rulebook) -> Rejected | None:
    """Takes the order's own deductions off its lines, and turns eligible money into the programme's."""
    fx = exchange(purchase, rulebook.currency, rulebook.minor_digits)
    if isinstance(fx, Rejected):
        return fx
    nets = paid(purchase)
    if isinstance(nets, Rejected):
        return nets
    for line, net, minor in zip(lines, nets, eligible(purchase.lines, nets, fx), strict=True):
        line.paid, line.eligible_minor = net, minor
    return None


def tier_at(turn: Turn, instant_ms: int) -> Tier:
    """The tier whose multiplier an order of this instant earns with: the one in force then."""
    tiers = turn.rulebook.tier_set.tiers
    rank = rank_at(turn.standing, instant_ms)
    return tiers[rank if rank < len(tiers) else -1]


def exact_of(order: Order) -> tuple[int, int]:
    """Points of what is left of an order before the rounding, as [numerator, denominator]."""
    return sum([line.left_minor() * line.weight for line in order.lines]) * order.times, order.scale


def remainder(order: Order) -> tuple[int, int]:
    """(points, qualifying points) that what is left of an order earns with its stored rates."""
    points = qualifying = 0
    for line in order.lines:
        left = line.left_minor()
        points += left * line.weight
        qualifying += left * line.rate
    return (
        rounded(points * order.times, order.scale, order.rounding),
        rounded(qualifying, order.rate_scale, order.rounding),
    )


def _context(
    turn: Turn, purchase: Purchase, lines: list[OrderLine], tier: Tier, exact: int, qualifying: int
) -> Order:
    """What is kept of the order; `exact` points and `qualifying` points are before the rounding."""
    earning, scale = turn.rulebook.earning, turn.plan.scale
    rounding, rate_scale = earning.rounding, earning.rate_scale
    return Order(
        rev=turn.customer.rev,
        occurred_ms=turn.occurred_ms,
        day=turn.day,
        lines=lines,
        times=tier.times,
        scale=scale,
        rate_scale=rate_scale,
        rounding=rounding,
        granted=rounded(exact * tier.times, scale, rounding),
        qualifying=rounded(qualifying, rate_scale, rounding),
        ruleversion=turn.rulebook.ruleversion,
        version=purchase.order_version,
    )


def _rates(turn: Turn, purchase: Purchase, line: Line) -> tuple[int, int]:
    """(rate, rate times multipliers) of one line, as scaled integers."""
    earning = turn.rulebook.earning
    rate = sum(rule.rate for rule in earning.rules if rule.applies is None or rule.applies(purchase, line))
    best: dict[str, int] = {}
    for multiplier in multipliers_of(earning, purchase, line):
        best[multiplier.group] = max(best.get(multiplier.group, 0), multiplier.extra)
    return rate, rate * (earning.times_scale + sum(best.values()))


def multipliers_of(earning: Earning, purchase: Purchase, line: Line) -> list[Multiplier]:
    """The multipliers that apply to a line."""
    return [m for m in earning.multipliers if m.applies is None or m.applies(purchase, line)]


def _book(turn: Turn, order: Order, spend_minor: int) -> None:
    totals, day, qualifying = turn.customer.totals, bucket(turn.account, turn.day), order.qualifying
    totals.spend_minor += spend_minor
    totals.qualifying += qualifying
    totals.orders += 1
    if day.orders == 0:
        totals.purchase_days += 1
        day.since_rev = order.rev
    day.spend_minor += spend_minor
    day.qualifying += qualifying
    day.orders += 1


def _announce(
    turn: Turn,
    purchase: Purchase,
    order: Order,
    spend_minor: int,
    tier: Tier,
    exact: int,
    balance: Balance,
    why: str,
) -> None:
    turn.emit(
        PointsEarned.TYPE,
        PointsEarned(
            wallet=WALLET,
            qty=order.granted,
            qualifying=order.qualifying,
            balance=balance,
            ref=Ref(purchase.order_id),
            rules=turn.plan.flat_shares or rule_shares(turn, purchase),
            rev=order.rev,
            eligible_minor=spend_minor,
            tier=tier.code,
            tier_times=tier.times_text,
            exact=(exact * order.times, order.scale),
            lines=_line_shares(order) if len(order.lines) > 1 else (),
            why=why,
            backfill=turn.backfill,
        ),
    )


def _line_shares(order: Order) -> tuple[LineShare, ...]:
    points = [line.eligible_minor * line.weight for line in order.lines]
    names = [line.line_id for line in order.lines]
    parts = shares(order.granted, points, names)
    return tuple(LineShare(name, part) for name, part in zip(names, parts, strict=True))


def rule_shares(turn: Turn, purchase: Purchase) -> tuple[RuleShare, ...]:
    """The rules and multipliers that took part in any line, in the rulebook's order."""
    lines, earning = purchase.lines, turn.rulebook.earning
    found = [
        RuleShare(rule.id, rule.text)
        for rule in earning.rules
        if rule.applies is None or any(rule.applies(purchase, line) for line in lines)
    ]
    used = {m.id: m.text for line in lines for m in multipliers_of(earning, purchase, line)}
    return (*found, *(RuleShare(name, text) for name, text in used.items()))
