"""A newer version of an order: its new lines are earned again with what the order stored.

The level, the day and what had come back stay. What the order earns now, less what it has given so far, is
granted or clawed back; totals, the purchase day and the evidence of grants follow the difference.
"""

from msgspec.structs import replace

from engine.earning import (
    NO_RATES,
    ORDER_MAX,
    adjust,
    keep_terms,
    lines_of,
    most_granted,
    needs_adjusting,
    tier_at,
)
from engine.effects import PointsEarned, Ref
from engine.events import Cancel, Purchase
from engine.order import Order, OrderLine, Terms
from engine.outcome import Rejected
from engine.paid_points import give_back_paid, lapse_paid, spent_on
from engine.points import announce, grant, take_from
from engine.portions import change_portions
from engine.qualifying import counts
from engine.rebooking import rebook
from engine.refunds import refund_key
from engine.terms import as_rates, count_caps, rule_shares, terms_of, uncapped
from engine.tiers import lower_evidence
from engine.turn import Turn
from engine.worth import remainder, worth, worth_by
from rules.facts import MAIN


def update(turn: Turn, order: Order, purchase: Purchase) -> Rejected | None:
    """Books the new version of an order; emits `points.earned` or `points.clawed_back`, or both."""
    found = _with_lines(turn, order, purchase)
    if isinstance(found, Rejected):
        return found
    fresh, terms = found
    count_caps(turn, fresh, order)
    turn.account.orders[purchase.order_id] = fresh
    turn.account.touched.append(purchase.order_id)
    if fresh.spent is not None:
        give_back_paid(turn, fresh, purchase.order_id)
    points, qualifying = remainder(fresh)
    more = points - (order.granted - order.clawed)
    more_qualifying = qualifying - (order.qualifying - order.qualifying_clawed)
    fresh.granted += max(more, 0)
    fresh.clawed += max(-more, 0)
    fresh.qualifying += max(more_qualifying, 0)
    fresh.qualifying_clawed += max(-more_qualifying, 0)
    more_minor = fresh.left_minor() - order.left_minor()
    ref, less_minor = Ref(purchase.order_id, order_version=fresh.version), max(-more_minor, 0)
    if more > 0 or more_qualifying > 0 or more == more_qualifying == 0:
        _announce_more(turn, fresh, ref, max(more, 0), max(more_qualifying, 0), terms)
    active = 0
    if more < 0 or more_qualifying < 0:
        less_qualifying = max(-more_qualifying, 0)
        active = take_from(
            turn, fresh, ref, max(-more, 0), points, less_minor, qualifying_qty=less_qualifying
        )
    if fresh.others or order.others:
        change_portions(turn, order, fresh, ref, less_minor)
    lapse_paid(turn, fresh)
    lower_evidence(turn, rebook(turn, fresh, -more_minor, -more_qualifying, active))
    return None


def _with_lines(turn: Turn, order: Order, purchase: Purchase) -> tuple[Order, Terms | None] | Rejected:
    """The order with its new lines, and with what had come back of those that it still has; its parts."""
    rulebook, plan = turn.rulebook, turn.plan
    member = 0 <= turn.customer.enrolled_ms <= order.occurred_ms
    lines = lines_of(purchase, (plan.flat_rates or NO_RATES) if member else NO_RATES)
    if needs_adjusting(purchase, rulebook):
        refused = adjust(purchase, lines, rulebook)
        if refused is not None:
            return refused
    terms = None if plan.flat_rates or not member else terms_of(turn, purchase, order.day, order)
    fresh = replace(
        order,
        lines=lines,
        times=_times(turn, order),
        scale=plan.scale,
        rate_scale=rulebook.earning.rate_scale,
        rounding=rulebook.earning.rounding,
        ruleversion=rulebook.ruleversion,
        version=purchase.order_version,
        refunds=list(order.refunds),
        terms=None,
        numbers=list(order.numbers),
        counts=list(order.counts),
        others=[],
        spent=spent_on(purchase, order.spent),
    )
    if terms is not None and plan.keeps_terms:
        keep_terms(turn, fresh, terms)
        fresh.granted, fresh.qualifying = order.granted, order.qualifying
    elif terms is not None:
        as_rates(terms, lines, plan.times_scale)
    if max(fresh.left_minor(), most_granted(fresh), remainder(fresh)[0]) > ORDER_MAX:
        return Rejected("bad_money", f"the order comes to more than {ORDER_MAX} minor units or points")
    _carry_over(order, lines)
    return fresh, terms


def _times(turn: Turn, order: Order) -> int:
    """The multiplier of the level that the order earned at, over the rulebook's own denominator."""
    if order.ruleversion == turn.rulebook.ruleversion:
        return order.times
    return tier_at(turn, order.occurred_ms).times


def _carry_over(order: Order, lines: list[OrderLine]) -> None:
    """What had come back of a line has come back of it still; of a cancelled order nothing is left."""
    if refund_key(Cancel("")) in order.refunds:
        for line in lines:
            line.returned, line.returned_qty = line.paid, line.qty
        return
    before = {line.line_id: line for line in order.lines}
    for line in lines:
        old = before.get(line.line_id)
        if old is not None:
            line.returned = min(old.returned, line.paid)
            line.returned_qty = min(old.returned_qty, line.qty)


def _announce_more(
    turn: Turn, order: Order, ref: Ref, qty: int, qualifying: int, terms: Terms | None
) -> None:
    waits = 0 if counts(turn, order.counts) else qualifying
    whole = worth(order, returns=False) if terms is None else worth_by(order, terms)
    announce(
        turn,
        PointsEarned(
            wallet=MAIN,
            qty=qty,
            qualifying=qualifying - waits,
            balance=grant(turn, qty, order),
            ref=ref,
            rules=turn.plan.flat_shares if terms is None else rule_shares(turn.plan, order, terms, whole),
            rev=turn.customer.rev,
            eligible_minor=order.left_minor(),
            exact=(whole.exact, order.scale),
            capped_from=uncapped(order, whole),
            order_points=whole.points,
            qualifying_waits=waits,
            backfill=turn.backfill,
        ),
    )
