"""What an order earns: eligible money per line, the rules' exact product, one rounding.

The order of work is in `docs/semantics.md`. Everything is an integer over a denominator that the
rulebook fixes.
"""

from collections.abc import Sequence
from typing import Final

from engine.days import bucket
from engine.effects import PointsEarned, Ref
from engine.events import Line, Purchase
from engine.money import decimal_ratio, rounded, shares
from engine.order import Order, OrderLine, Portion, Terms
from engine.outcome import Rejected
from engine.paid_points import discounted, spent_on
from engine.placing import rank_at
from engine.points import announce, grant
from engine.portions import grant_portions
from engine.qualifying import count, from_when, waiting
from engine.terms import as_rates, count_caps, line_shares, rule_shares, terms_of, uncapped, wallets_of
from engine.tiers import settle
from engine.turn import Turn
from engine.worth import quantities, worth, worth_by
from rules.compiled import Rulebook
from rules.compiled_tiers import Tier
from rules.currencies import MINOR_DIGITS
from rules.facts import MAIN

NO_RATES: Final = (0, 0)
ORDER_MAX: Final = 10**15  # Minor units, or points, of one order: thousands of such orders still fit 64 bits.


def paid(purchase: Purchase) -> list[int] | Rejected:
    """Money per line as sent: net of every discount and of points, in the order's currency."""
    price = sum([line.unit_price * line.qty - line.discount for line in purchase.lines])
    if purchase.order_discount + purchase.points_value > price:
        return Rejected("bad_money", "order_discount and points paid exceed the price of the lines")
    nets = discounted(purchase)
    if not purchase.points_value:
        return nets
    parts = shares(purchase.points_value, nets, [line.line_id for line in purchase.lines])
    return [net - part for net, part in zip(nets, parts, strict=True)]


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
    rulebook, plan = turn.rulebook, turn.plan
    member = turn.joined()
    lines = lines_of(purchase, (plan.flat_rates or NO_RATES) if member else NO_RATES)
    if needs_adjusting(purchase, rulebook):
        refused = adjust(purchase, lines, rulebook)
        if refused is not None:
            return refused
    terms = None
    if member and plan.flat_rates is None:
        terms = terms_of(turn, purchase, turn.day)
        if not plan.keeps_terms:
            as_rates(terms, lines, plan.times_scale)
    spend_minor = exact = qualifying = 0
    for line in lines:
        minor = line.eligible_minor
        spend_minor += minor
        exact += minor * line.weight
        qualifying += minor * line.rate
    tier = tier_at(turn, turn.occurred_ms)
    order = _context(turn, purchase, lines, tier, exact, qualifying)
    if terms is not None and plan.keeps_terms:
        keep_terms(turn, order, terms)
    most = most_granted(order) if order.others else order.granted
    if spend_minor > ORDER_MAX or most > ORDER_MAX:
        return Rejected("bad_money", f"the order comes to more than {ORDER_MAX} minor units or points")
    account = turn.account
    account.orders[purchase.order_id] = order
    account.touched.append(purchase.order_id)
    _book(turn, order, spend_minor)
    if plan.qualifies_later:
        order.counts = from_when(turn, of_order=True)
        count(turn, order.qualifying, order.counts)
    if terms is None:
        _announce(turn, purchase, order, spend_minor, tier, exact, "" if member else "not enrolled")
        return None
    if rulebook.earning.tier_after:
        tier = _lifted(turn, order, tier)
    _explain(turn, purchase, order, spend_minor, tier, terms)
    if order.others:
        grant_portions(turn, order, purchase.order_id, tier)
    return None


def keep_terms(turn: Turn, order: Order, terms: Terms) -> None:
    """Gives an order its parts, with the points of each, and the points of the whole."""
    order.terms, order.rate_scale = terms, turn.rulebook.earning.rate_scale * turn.plan.times_scale
    found = worth(order, returns=False)
    for part, qty in zip(terms.parts, quantities(order, found, terms), strict=True):
        part.qty = qty
    order.granted, order.qualifying = found.points, found.qualifying
    order.others = [_portion(order, terms, wallet) for wallet in wallets_of(turn.plan, terms)]


def _portion(order: Order, terms: Terms, wallet: str) -> Portion:
    """What the order gives to a wallet beside the points; notes what each part of it gives."""
    found = worth(order, False, wallet)
    for part, qty in zip(terms.parts, quantities(order, found, terms), strict=True):
        if part.wallet == wallet:
            part.qty = qty
    return Portion(wallet, found.points)


def _lifted(turn: Turn, order: Order, tier: Tier) -> Tier:
    """The level that the order earns with when it may earn with the one it lifts the customer to."""
    before = 0 if turn.standing is None else turn.standing.rank
    settle(turn)
    after = turn.tier()
    if after.rank <= before:
        return tier
    order.times = after.times
    if order.terms is None:
        order.granted = worth(order, returns=False).points
    else:
        keep_terms(turn, order, order.terms)
    return after


def most_granted(order: Order) -> int:
    """The points of the wallet that the order gives most to."""
    most = order.granted
    for portion in order.others:
        most = max(most, portion.granted)
    return most


def lines_of(purchase: Purchase, rates: tuple[int, int]) -> list[OrderLine]:
    """The order's lines with these rates; the money is as of an order without deductions, at home."""
    rate, weight = rates
    lines = []
    for line in purchase.lines:
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
        spent=None if purchase.paid_with is None else spent_on(purchase),
    )


def _book(turn: Turn, order: Order, spend_minor: int) -> None:
    totals, day = turn.customer.totals, bucket(turn.account, turn.day)
    qualifying = 0 if turn.plan.qualifies_later else order.qualifying
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
    turn: Turn, purchase: Purchase, order: Order, spend_minor: int, tier: Tier, exact: int, why: str
) -> None:
    """Grants what one rule for everything gives, or nothing, and says so."""
    waits = waiting(turn, order)
    announce(
        turn,
        PointsEarned(
            wallet=MAIN,
            qty=order.granted,
            qualifying=order.qualifying - waits,
            balance=grant(turn, order.granted, order),
            ref=Ref(purchase.order_id),
            rules=turn.plan.flat_shares,
            rev=order.rev,
            eligible_minor=spend_minor,
            tier=tier.code,
            tier_times=tier.times_text,
            exact=(exact * order.times, order.scale),
            lines=line_shares(order, worth(order)) if len(order.lines) > 1 else (),
            why=why,
            qualifying_waits=waits,
            backfill=turn.backfill,
        ),
    )


def _explain(
    turn: Turn, purchase: Purchase, order: Order, spend_minor: int, tier: Tier, terms: Terms
) -> None:
    """Counts the caps, grants what all rules together give, and says what each has in it."""
    count_caps(turn, order)
    waits = waiting(turn, order)
    found = worth_by(order, terms)
    why = "" if found.uncapped or not spend_minor else "no rule"
    capped_from = uncapped(order, found)
    announce(
        turn,
        PointsEarned(
            wallet=MAIN,
            qty=order.granted,
            qualifying=order.qualifying - waits,
            balance=grant(turn, order.granted, order),
            ref=Ref(purchase.order_id),
            rules=rule_shares(turn.plan, order, terms, found),
            rev=order.rev,
            eligible_minor=spend_minor,
            tier=tier.code,
            tier_times=tier.times_text,
            exact=(found.exact, order.scale),
            lines=line_shares(order, found) if len(order.lines) > 1 else (),
            capped_from=capped_from,
            why="capped" if capped_from is not None else why,
            qualifying_waits=waits,
            backfill=turn.backfill,
        ),
    )
