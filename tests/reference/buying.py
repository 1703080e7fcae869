"""What becomes of orders: bought, given back in part or whole, sent anew."""

from typing import TYPE_CHECKING

from engine.events import Cancel, Purchase, Refund
from tests.reference import evidence, others, paid, qualifying
from tests.reference.earning import Worth, after_refunds, worth
from tests.reference.orders import Order, Part, money_per_line, paid_per_line

if TYPE_CHECKING:
    from tests.reference.member import Member


def buy(member: "Member", data: Purchase, at_ms: int) -> None:
    by_line = paid_per_line(data, member.currency)
    money = money_per_line(data, by_line, member.currency)
    member._join(at_ms, "")
    parts = {line.line_id: Part(line, by_line[line.line_id], money[line.line_id]) for line in data.lines}
    times = member.multiplying.times_at(at_ms)
    order = Order(data.order_id, at_ms, data.order_version, times, member.is_member(at_ms), parts, data)
    member.orders[order.name] = order
    member.bought.append(at_ms)
    order.rooms = member.caps.rooms(member.clock.day(at_ms), order.name)
    order.qualifying = worth(others.of(member.keys["earn"], "points"), order, member.currency).qualifying


def grant(member: "Member", order: Order, before: str) -> None:
    """Gives the points of a new order; `before` is the level before it was judged."""
    levels, day = member.multiplying, member.clock.day(order.at_ms)
    lifted = levels.code and levels.rank(levels.code) > (levels.rank(before) if before else 0)
    if lifted and member.keys["earn"].get("multiplier_tier") == "after":
        order.level_times = levels.times()
    found = worth(others.of(member.keys["earn"], "points"), order, member.currency)
    order.granted = found.points
    others.use(member, order, found)
    shown = others.shown_of(found)
    why = ("capped" if shown["capped_from"] else None) if order.counts_for_points else "not enrolled"
    qualifying.give(member, found.points, order.qualifying, day, order, why=why, **shown)
    others.grant(member, order)


def take_back(member: "Member", data: Refund | Cancel) -> None:
    order = member.orders[data.order_id]
    order.touched = True
    over = False
    if isinstance(data, Cancel):
        order.cancelled = True
        for part in order.parts.values():
            part.back, part.units_back = part.paid, part.sent.qty
    else:
        order.refunds.add(data.refund_id)
        if data.amount is not None:
            over = order.take_amount(data.amount)
        for wanted in data.lines:
            over |= order.take_line(wanted)
    earn = others.of(member.keys["earn"], "points")
    _settle(member, order, after_refunds(earn, order, member.currency), over)


def update(member: "Member", data: Purchase, at_ms: int) -> None:
    order, day = member.orders[data.order_id], member.clock.day(member.orders[data.order_id].at_ms)
    order.replace(data, member.currency)
    member._join(at_ms, "")
    order.counts_for_points = member.is_member(order.at_ms)
    order.rooms = member.caps.rooms(day, order.name)
    earn = others.of(member.keys["earn"], "points")
    whole = worth(earn, order, member.currency, only_what_is_left=False)
    others.use(member, order, whole)
    found = after_refunds(earn, order, member.currency)
    _settle(member, order, found, False, whole)


def _settle(member: "Member", order: Order, found: Worth, over: bool, whole: Worth | None = None) -> None:
    """Grants or claws back the difference to what the order is worth now; a refund grants nothing.

    Of a newer version, `whole` is what it would earn had nothing come back.
    """
    back = paid.give_back(member, order)
    given = order.granted - order.clawed
    change, of_tq = found.points - given, found.qualifying - order.qualifying
    rises = max(change, 0), max(of_tq, 0)
    falls = max(-change, 0), max(-of_tq, 0)
    if whole is None:
        rises = 0, 0
    elif any(rises) or not any(falls):
        order.granted += rises[0]
        day, shown = member.clock.day(member.event_ms or 0), others.shown_of(whole)
        qualifying.give(member, *rises, day, order, order_points=whole.points, **shown)
    if any(falls) or whole is None:
        order.clawed += falls[0]
        tq = qualifying.said(member, falls[1], order)["qualifying"]
        member.points.claw(falls[0], order.name, qualifying=tq, over_refund=over)
    order.qualifying += rises[1] - falls[1]
    others.settle(member, order, over, whole is None)
    paid.let_go(member, back)
    for one in member.sets:
        if one.code:
            evidence.after_refund(one, member.event_ms or 0)
