"""What makes the level of a customer who stays away one higher, and what else explains it."""

from itertools import pairwise
from typing import Final

from engine.churn_effects import Factor
from engine.days import KEEP_DAYS, within
from engine.events import Cancel, Happening, Purchase, Refund
from engine.order import Order
from engine.risk import NEVER_MS
from engine.signals import ratio_falls_ms, ratio_ppm
from engine.state import Account
from engine.turn import Turn
from engine.watch_state import Watch
from rules.compiled_churn import Modifiers

ORDERS_KEPT: Final = 5
SPAN_DAYS: Final = 90
MILLION: Final = 1_000_000
_NEW: Final = 3  # Of the moving interval: tenths that the newest one counts for.


def note(turn: Turn, data: Happening) -> None:
    """Keeps the money of the last five orders, and what came back of it."""
    if not isinstance(data, (Purchase, Refund, Cancel)):
        return
    order = turn.account.orders[data.order_id]
    assert order is not None, "it was booked in this turn"
    watch = watch_of(turn)
    watch.orders = _with(watch.orders, order)


def watch_of(turn: Turn) -> Watch:
    """What is kept of the customer for this, made if need be."""
    customer = turn.customer
    if customer.watch is None:
        customer.watch = Watch()
    return customer.watch


def _with(kept: list[int], order: Order) -> list[int]:
    """The orders with this one as it is now: (rev, bought, back) of each, the newest last."""
    bought = sum([line.eligible_minor for line in order.lines])
    values = [order.rev, bought, bought - order.left_minor()]
    for at in range(0, len(kept), 3):
        if kept[at] == order.rev:
            return kept[:at] + values + kept[at + 3 :]
    if len(kept) == 3 * ORDERS_KEPT and order.rev < kept[0]:
        return kept
    at = len(kept)
    while at > 0 and kept[at - 3] > order.rev:
        at -= 3
    return (kept[:at] + values + kept[at:])[-3 * ORDERS_KEPT :]


def from_when_ms(turn: Turn, modifiers: Modifiers) -> int:
    """The instant after which a modifier holds if nothing more happens: 0 for now, NEVER_MS for never."""
    signals = turn.customer.signals
    if signals is not None:
        if modifiers.complaint and signals.complains():
            return 0
        if modifiers.unsubscribed and signals.unsubscribed_ms:
            return 0
    if modifiers.refunds_ppm and _refunds_ppm(turn) > modifiers.refunds_ppm:
        return 0
    if signals is not None and modifiers.activity_ppm:
        falls_ms = ratio_falls_ms(signals, turn.rulebook.activity, modifiers.activity_ppm)
        return falls_ms - 1 if falls_ms else NEVER_MS
    return NEVER_MS


def factors(turn: Turn, modifiers: Modifiers | None, lifted: bool) -> tuple[Factor, ...]:
    """Every modifier that is asked for with its value, and what only explains.

    Without any engagement of the customer's own there is no ratio of activity.
    """
    found = [] if modifiers is None else _asked_for(turn, modifiers, lifted)
    account, today = turn.account, turn.today
    found.append(Factor("orders_90d", _orders(account, today - SPAN_DAYS + 1, today + 1)))
    found.append(
        Factor("orders_90d_before", _orders(account, today - 2 * SPAN_DAYS + 1, today - SPAN_DAYS + 1))
    )
    moving = _moving_interval(account)
    if moving is not None:
        found.append(Factor("moving_interval_millidays", moving))
    return tuple(found)


def _asked_for(turn: Turn, modifiers: Modifiers, lifted: bool) -> list[Factor]:
    """The modifiers of the rulebook with their values."""
    signals = turn.customer.signals
    found: list[Factor] = []
    if modifiers.complaint:
        open_now = 0 if signals is None else len(signals.complaints) // 2
        found.append(Factor("open_complaints", open_now, 1, lifted and open_now > 0))
    if modifiers.unsubscribed:
        gone = int(signals is not None and signals.unsubscribed_ms > 0)
        found.append(Factor("unsubscribed", gone, 1, lifted and gone > 0))
    if modifiers.refunds_ppm:
        share, limit = _refunds_ppm(turn), modifiers.refunds_ppm
        found.append(Factor("refunds_ppm", share, limit, lifted and share > limit))
    if modifiers.activity_ppm and signals is not None:
        ratio, limit = ratio_ppm(signals, turn.rulebook.activity, turn.now_ms), modifiers.activity_ppm
        if ratio is not None:
            found.append(Factor("activity_ratio_ppm", ratio, limit, lifted and ratio <= limit))
    return found


def _refunds_ppm(turn: Turn) -> int:
    """The part of the last five orders' money that came back, rounded down."""
    watch = turn.customer.watch
    kept = [] if watch is None else watch.orders
    bought = sum(kept[1::3])
    return sum(kept[2::3]) * MILLION // bought if bought > 0 else 0


def _orders(account: Account, first: int, end: int) -> int:
    """Orders on the local days [first, end) that are kept."""
    found, sums = within(account, first, end)
    return sum([d.orders for d in found]) + sum([s.orders for s in sums])


def _moving_interval(account: Account) -> int | None:
    """The interval between purchase days as it moves, in thousandths of a day; None before the second day.

    The newest interval counts for three tenths, what was before for seven, over the days that are kept.
    """
    days = account.customer.days
    if not days:
        return None
    found, _ = within(account, days[-1].day - KEEP_DAYS, days[-1].day + 1, whole=False)
    moving: int | None = None
    for earlier, later in pairwise(sorted([d.day for d in found if d.bought])):
        interval = (later - earlier) * 1000
        moving = interval if moving is None else (_NEW * interval + (10 - _NEW) * moving + 5) // 10
    return moving
