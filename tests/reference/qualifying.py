"""When qualifying points count, by the book: at the purchase, or when the points become active."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from engine.events import Adjust
from tests.reference.orders import Order

if TYPE_CHECKING:
    from tests.reference.member import Member

Counted = tuple[Order | None, date, int]


def day_of(member: "Member", day: date, order: Order | None = None) -> date | None:
    """The local day on which what was earned on a day counts; None: with the delivery, which is to come."""
    keys = member.keys.get("points", {})
    if keys.get("qualifying_at") != "activation":
        return day
    if "on" in keys["pending"]:
        return order.delivered_on if order else day
    return day + timedelta(days=int(keys["pending"]["days"]))


def counts(member: "Member", day: date | None, earned: date) -> bool:
    """Whether what was earned on a day counts by now."""
    return day is not None and (day == earned or member.clock.midnight(day) <= member.as_of_ms)


def earned(member: "Member") -> list[tuple[Counted, date]]:
    """All qualifying points that have a day to count on, with the day they were earned on."""
    found: list[tuple[Counted, date]] = []
    for order in member.orders.values():
        bought = order.day(member.clock)
        day = day_of(member, bought, order)
        if day:
            found.append(((order, day, 0), bought))
    for on, _, qualifying in member.engaged:
        found.append(((None, day_of(member, on) or on, qualifying), on))
    return found


def counted(member: "Member") -> list[Counted]:
    """All that counts by now."""
    found = [row for row, bought in earned(member) if counts(member, row[1], bought)]
    return found + [(None, day, qty) for day, qty in member.by_hand]


def over(rows: list[Counted], first: date, end: date) -> int:
    """Qualifying points that count on these days."""
    return sum((order.qualifying if order else qty) for order, day, qty in rows if first <= day < end)


def said(member: "Member", qty: int, of: Order | date) -> dict[str, int]:
    """How an entry of an order, or of an engagement of a day, tells of qualifying points."""
    on = of.day(member.clock) if isinstance(of, Order) else of
    if counts(member, day_of(member, on, of if isinstance(of, Order) else None), on):
        return {"qualifying": qty}
    return {"qualifying": 0, "qualifying_waits": qty}


def give(member: "Member", qty: int, tq: int, day: date, order: Order | None = None, **shown: Any) -> None:
    """Points and qualifying points of an order or an engagement, booked on a day."""
    name, delivered = (order.name, order.delivered) if order else ("", False)
    wallet = member.wallets[shown.pop("wallet", "points")]
    wallet.give(qty, day, name, delivered, **said(member, tq, order or day), **shown)


def deliver(member: "Member", order: Order, at_ms: int) -> None:
    """The goods arrived, once: what waited for them can be spent, and counts."""
    if order.delivered:
        return
    waited = not counts(member, day_of(member, order.day(member.clock), order), order.day(member.clock))
    order.delivered_on = member.clock.day(min(at_ms, member.now_ms))
    on_delivery = "on" in member.keys.get("points", {}).get("pending", {})
    tq = order.qualifying if waited and on_delivery else 0
    for wallet in member.wallets.values():
        wallet.delivered(order.name, member.clock.day(at_ms), tq if wallet is member.points else 0)


def due(member: "Member") -> list[int]:
    """The instants at which something begins to count with no event."""
    if "days" not in member.keys.get("points", {}).get("pending", {}):
        return []
    rows = [row for row, on in earned(member) if row[1] != on and (row[0].qualifying if row[0] else row[2])]
    return [member.clock.midnight(day) for _, day, _ in rows]


def fire(member: "Member") -> None:
    """Does in every wallet what is due at this instant; what begins to count may lift the customer."""
    day = member.clock.day(member.as_of_ms)
    begins = over(counted(member), day, day + timedelta(days=1)) if member.as_of_ms in due(member) else 0
    for wallet in member.wallets.values():
        wallet.fire(begins if wallet is member.points else 0)
    if begins and member.joined_ms is not None:
        for one in member.sets:
            one.judge("event", member.as_of_ms)


def adjust(member: "Member", data: Adjust) -> int:
    """Points by hand that count for levels too; never more are taken than ever counted."""
    says = data.qualifying
    if data.wallet != "points" or not (
        member.keys["points"].get("adjustments_qualify") if says is None else says
    ):
        return 0
    qty = max(data.qty, -over(counted(member), date.min, date.max))
    member.by_hand.append((member.clock.day(member.now_ms), qty))
    return qty


def judge(member: "Member", qty: int) -> None:
    """Levels, when points by hand counted."""
    if qty and member.joined_ms is not None:
        for one in member.sets:
            one.judge("event", member.event_ms or 0)
