"""When qualifying points count: with the order, or when its points become active (`qualifying_at`).

Points that wait for a day count on the day they become active, those that wait for the delivery on its day.
An order keeps when its own count; those that a timer is to count are summed by instant in the wallet.
"""

from engine.days import KEEP_DAYS, bucket, find
from engine.expiry import later
from engine.order import Order
from engine.turn import Turn
from engine.wallet import NEVER, Wallet
from rules.values import Duration
from rules.wallets import ON_DELIVERY


def from_when(turn: Turn, of_order: bool) -> list[int]:
    """[instant, rev] at which qualifying points given now count; empty: at once, on the event's own day.

    NEVER until the delivery. The instant may have passed: then they count as of it.
    """
    rule, plan = turn.rulebook.points, turn.plan
    if not plan.qualifies_later or (rule.pending_days == ON_DELIVERY and not of_order):
        return []
    if rule.pending_days == ON_DELIVERY:
        return [NEVER, turn.customer.rev]
    return [plan.days.start_ms(later(turn.day, Duration(0, rule.pending_days))), turn.customer.rev]


def counts(turn: Turn, when: list[int]) -> bool:
    """Whether qualifying points of this [instant, rev] count by now."""
    return not when or when[0] <= turn.now_ms


def waiting(turn: Turn, order: Order) -> int:
    """How many qualifying points of an order do not count yet."""
    return order.qualifying if order.counts and order.counts[0] > turn.now_ms else 0


def count(turn: Turn, qty: int, when: list[int]) -> None:
    """Has qualifying points that are not of the event's own day count as of their instant, or wait for it."""
    if counts(turn, when):
        book(turn, qty, turn.plan.days.of(when[0]))
    elif qty and when[0] != NEVER:
        _wait(turn, turn.customer.wallet, when[0], qty)


def book(turn: Turn, qty: int, day: int) -> None:
    """Counts qualifying points on a local day, or takes them off; of days long past in the sum alone."""
    turn.customer.totals.qualifying += qty
    held = find(turn.account, day)
    if held is None and qty and day > turn.today - KEEP_DAYS:
        held = bucket(turn.account, day)
    if held is not None:
        held.qualifying += qty


def delivered(turn: Turn, order: Order) -> int:
    """Counts what waited for the order's delivery; how many those are."""
    if not order.counts or order.counts[0] != NEVER:
        return 0
    at_ms = min(turn.occurred_ms, turn.now_ms)
    order.counts = [at_ms, turn.customer.rev]
    qty = order.qualifying - order.qualifying_clawed
    book(turn, qty, turn.plan.days.of(at_ms))
    return qty


def count_due(turn: Turn, wallet: Wallet) -> int:
    """Counts what a timer was to count by now; how many those are."""
    total = 0
    while wallet.later and wallet.later[0] <= turn.now_ms:
        at_ms, qty = wallet.later[:2]
        del wallet.later[:2]
        book(turn, qty, turn.plan.days.of(at_ms))
        total += qty
    return total


def _wait(turn: Turn, wallet: Wallet, at_ms: int, qty: int) -> None:
    """Adds to what waits for an instant, or takes off it."""
    held, at = wallet.later, 0
    while at < len(held) and held[at] < at_ms:
        at += 2
    if at == len(held) or held[at] != at_ms:
        held[at:at] = [at_ms, 0]
    held[at + 1] += qty
    if not held[at + 1]:
        del held[at : at + 2]
    turn.rearm = True
