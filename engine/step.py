"""The one door: an event, or a timer, meets a customer; effects come out.

Deterministic: no clock, no chance, no I/O. Time is `now_ms`, which the partition never lets go backwards.
"""

from typing import Final

from engine import care, churn, lapsing, latest, referring, tiers, waiting
from engine.calendar import DAY_MS
from engine.churn import purchased
from engine.commands import obey
from engine.earning import earn
from engine.effects import Parked
from engine.engagement import engage
from engine.events import (
    INTERNAL,
    ORDER_EVENTS,
    Delivered,
    Engagement,
    Event,
    Happening,
    OrderEvent,
    Profile,
    Purchase,
    TimerDue,
)
from engine.foresight import follow
from engine.ids import digest_of_timer
from engine.order import Order
from engine.outcome import Duplicate, Early, Outcome, Rejected
from engine.personal import update as update_profile
from engine.plan import Plan, plan_of
from engine.points import delivered, stir
from engine.refunds import refusal, take_back
from engine.seen import find, remember
from engine.state import Account
from engine.turn import Turn
from engine.updates import update
from engine.waiting import PATIENCE_DAYS, event_of, give_up, take_out, unknown
from engine.waking import wake
from rules.compiled import Rulebook

LATE_MS: Final = 90 * DAY_MS
FUTURE_MS: Final = 5 * 60_000


def step(account: Account, event: Event | TimerDue, rulebook: Rulebook, now_ms: int) -> Outcome:
    """The effects of one event on one customer, who is edited in place.

    A duplicate or a rejection leaves the customer exactly as before. `account.orders` must hold every
    order the event names. A timer is applied as of its due instant.
    """
    plan = plan_of(rulebook)
    if isinstance(event, TimerDue):
        return _wake(account, event, rulebook, plan)
    return _take(account, event, rulebook, plan, now_ms)


def _take(account: Account, event: Event, rulebook: Rulebook, plan: Plan, now_ms: int) -> Outcome:
    digest = event.digest
    key = digest[:8]
    refused = _refusal(account, event, key, now_ms)
    if refused is not None:
        return refused
    causation = f"{event.source}|{event.id}"
    occurred_ms = event.occurred_ms
    turn = Turn(account, rulebook, plan, now_ms, occurred_ms, digest, causation, event.backfill)
    customer = account.customer
    rev, enrolled_ms = customer.rev, customer.enrolled_ms
    customer.rev = rev + 1
    if not 0 <= enrolled_ms <= occurred_ms and _enrols(rulebook, event):
        customer.enrolled_ms = occurred_ms  # The earliest, in whatever order they come.
    refused = _apply(turn, event.data, joins=enrolled_ms < 0 <= customer.enrolled_ms)
    if refused is not None:
        customer.rev, customer.enrolled_ms = rev, enrolled_ms
        return refused
    if rulebook.care is not None:
        anew = customer.enrolled_ms != enrolled_ms or isinstance(event.data, Profile)
        care.watch(turn, rulebook.care, anew)
    if turn.rearm:
        lapsing.wait(turn)
    if plan.foresight:
        follow(turn, event.data)
    if plan.latest:
        latest.note(turn, event.data)
    remember(account, key, event.payload_hash, now_ms)
    if account.waiting is not None and isinstance(event.data, Purchase):
        _catch_up(turn, event.data.order_id)
    return turn.effects


def _catch_up(turn: Turn, order_id: str) -> None:
    """Applies what came before this order, right after it."""
    account = turn.account
    for each in take_out(account, order_id):
        event = event_of(account.customer.id, each)
        outcome = _take(account, event, turn.rulebook, turn.plan, turn.now_ms)
        if isinstance(outcome, list):
            turn.effects += outcome
        elif isinstance(outcome, Rejected):
            turn.emit(Parked.TYPE, Parked(each.record, outcome.reason, outcome.message))


def _refusal(account: Account, event: Event, key: bytes, now_ms: int) -> Duplicate | Rejected | Early | None:
    """Why the event cannot be counted, before anything is touched."""
    payload_hash = find(account, key, now_ms)
    if payload_hash is not None:
        if payload_hash == event.payload_hash:
            return Duplicate("event")
        return Rejected(
            "id_conflict", f"id {event.id!r} of {event.source!r} came before with another payload"
        )
    data, occurred_ms = event.data, event.occurred_ms
    if isinstance(data, ORDER_EVENTS):
        refused = _order_refusal(account.orders[data.order_id], data)
        if refused is not None and not isinstance(refused, Early):
            return refused
    elif isinstance(data, INTERNAL):
        return None  # The points have left the other customer: they may not get lost here.
    else:
        refused = None
    if occurred_ms > now_ms + FUTURE_MS:
        return Rejected("from_future", "time is more than 5 minutes ahead of when it was recorded")
    if occurred_ms < now_ms - LATE_MS and not event.backfill:
        return Rejected("too_late", "time is more than 90 days before it was recorded; send it with backfill")
    return refused


def _order_refusal(order: Order | None, data: OrderEvent) -> Duplicate | Rejected | Early | None:
    """Why the order that the event names does not allow it, if so."""
    if isinstance(data, Purchase):
        if order is None:
            return None
        return None if data.order_version > order.version else Duplicate("order")
    if order is None:
        return Early()
    return None if isinstance(data, Delivered) else refusal(order, data)


def _apply(turn: Turn, data: Happening, joins: bool) -> Rejected | None:
    if isinstance(data, Purchase):
        known = turn.account.orders[data.order_id]
        refused = earn(turn, data) if known is None else update(turn, known, data)
        if refused is not None:
            return refused
        tiers.settle(turn)
        order = turn.account.orders[data.order_id]
        assert order is not None, "it has just been booked"
        if known is None:
            if turn.plan.stirred:
                stir(turn, "purchase")
            if turn.rulebook.referral is not None:
                referring.bought(turn, data.order_id, order)
            purchased(turn, data.order_id)
        else:
            referring.changed(turn, data.order_id, order)
        return None
    if isinstance(data, Engagement):
        engage(turn, data)
        if turn.plan.stirred:
            stir(turn, f"engagement.{data.kind}")
        if joins:
            churn.enrolled(turn)
        if data.kind == referring.SIGNUP and turn.rulebook.referral is not None:
            referring.invite(turn, data)
    elif isinstance(data, Profile):
        return update_profile(turn, data)
    elif not isinstance(data, ORDER_EVENTS):
        obey(turn, data)
        if turn.plan.by_balance:
            tiers.settle(turn, by_balance=True)
        return None
    else:
        order = turn.account.orders[data.order_id]
        assert order is not None, "checked before anything was touched"
        if isinstance(data, Delivered):
            order.delivered_ms = turn.occurred_ms
            turn.account.touched.append(data.order_id)
            delivered(turn, order, data.order_id)
        else:
            take_back(turn, order, data)
            referring.changed(turn, data.order_id, order)
    tiers.settle(turn)
    return None


def _enrols(rulebook: Rulebook, event: Event) -> bool:
    """Whether the event makes its customer a member; what others do about a customer never does."""
    if rulebook.enrolment == "signup":
        return event.type == "engagement.signup"
    return isinstance(event.data, (Purchase, Engagement))


def _wake(account: Account, timer: TimerDue, rulebook: Rulebook, plan: Plan) -> Outcome:
    customer = account.customer
    armed = customer.timers[timer.kind]
    assert armed.due_ms == timer.due_ms, "the worker wakes a customer only at an armed instant"
    digest = digest_of_timer(customer.id, timer.kind, timer.due_ms, armed.epoch)
    causation = f"timer|{customer.id}|{timer.kind}|{timer.due_ms}|{armed.epoch}"
    turn = Turn(account, rulebook, plan, timer.due_ms, timer.due_ms, digest, causation, False)
    if timer.kind == churn.KIND:
        churn.due(turn)
    elif timer.kind == waiting.KIND:
        for each in give_up(account, timer.due_ms):
            message = f"{unknown(each.order_id)}, and none came within {PATIENCE_DAYS} days"
            turn.emit(Parked.TYPE, Parked(each.record, "unknown_order", message))
    elif timer.kind == care.KIND:
        armed.due_ms = 0
        care.due(turn)
    elif timer.kind == referring.KIND:
        armed.due_ms = 0
        referring.due(turn)
    elif timer.kind == lapsing.KIND:
        armed.due_ms = 0
        if lapsing.due(turn):
            tiers.settle(turn)
        elif plan.by_balance:
            tiers.settle(turn, by_balance=True)
    else:
        armed.due_ms = 0
        wake(turn, timer.kind)
        if turn.rearm:
            lapsing.wait(turn)
    if rulebook.care is not None:
        care.watch(turn, rulebook.care, anew=False)
    if plan.foresight:
        follow(turn, None)
    return turn.effects
