"""What becomes of points by time alone: they activate, lapse, and the customer is told before.

A customer waits for the earliest such instant. At one instant points lapse first, then others become
active, then the customer is reminded.
"""

from typing import Final

from engine import spans
from engine.expiry import before_ms
from engine.ledger import balance, batches_of, lapse, put, repay, rule_of, shown, wallets
from engine.ledger_effects import PointsActivated, PointsExpiring
from engine.qualifying import count_due
from engine.timers import arm
from engine.turn import Turn
from engine.wallet import NEVER, Wallet
from rules.wallets import WalletRule

KIND: Final = "points"


def due(turn: Turn) -> bool:
    """Does what is due in the customer's wallets at this instant, and waits for the next.

    Whether qualifying points began to count.
    """
    counted = False
    for wallet_id, wallet in wallets(turn.customer):
        lapse(turn, wallet_id, wallet)
        counted |= _activate(turn, wallet_id, wallet) > 0
        rule = rule_of(turn.rulebook, turn.customer, wallet_id)
        if rule is not None:
            _remind(turn, rule, wallet)
    wait(turn)
    return counted


def wait(turn: Turn) -> None:
    """Waits for the next instant at which points activate, lapse or are to be spoken of."""
    earliest_ms = NEVER
    for wallet_id, wallet in wallets(turn.customer):
        if wallet.shelves or wallet.waiting or wallet.later:
            rule = rule_of(turn.rulebook, turn.customer, wallet_id)
            reminders = () if rule is None else rule.reminders
            earliest_ms = min(earliest_ms, _next_ms(turn, reminders, wallet))
    turn.rearm = False
    arm(turn.customer, KIND, shown(earliest_ms))


def _next_ms(turn: Turn, reminders: tuple[int, ...], wallet: Wallet) -> int:
    found_ms = min([shelf.activates_ms for shelf in wallet.waiting], default=NEVER)
    if wallet.later:
        found_ms = min(found_ms, wallet.later[0])
    if wallet.shelves:
        found_ms = min(found_ms, wallet.shelves[0].expires_ms)
    for days_before in reminders:
        for shelf in wallet.shelves:
            at_ms = before_ms(turn.plan.days, shelf.expires_ms, days_before)
            if at_ms > turn.now_ms:
                found_ms = min(found_ms, at_ms)
                break
    return found_ms


def _activate(turn: Turn, wallet_id: str, wallet: Wallet) -> int:
    """Makes points active whose time has come, and has qualifying points count; how many of those."""
    ready = [shelf for shelf in wallet.waiting if shelf.activates_ms <= turn.now_ms]
    counted = count_due(turn, wallet)
    if not ready and not counted:
        return 0
    wallet.waiting[:] = [shelf for shelf in wallet.waiting if shelf.activates_ms > turn.now_ms]
    qty = sum([shelf.qty() for shelf in ready])
    wallet.pending -= qty
    for shelf in ready:
        for at in range(0, len(shelf.spans), spans.FEWEST):
            put(turn, wallet, shelf.expires_ms, shelf.spans[at], shelf.spans[at + 1])
    entry = PointsActivated(
        wallet_id, qty, balance(wallet), batches_of(ready), turn.customer.rev, qualifying=counted
    )
    turn.emit(PointsActivated.TYPE, entry)
    repay(turn, wallet_id, wallet)
    return counted


def _remind(turn: Turn, rule: WalletRule, wallet: Wallet) -> None:
    """One message for all points of the wallet that are to be spoken of at this instant."""
    days = turn.plan.days
    spoken = [
        shelf
        for shelf in wallet.shelves
        if any(before_ms(days, shelf.expires_ms, before) == turn.now_ms for before in rule.reminders)
    ]
    if spoken:
        qty = sum([shelf.qty() for shelf in spoken])
        entry = PointsExpiring(rule.id, qty, balance(wallet), batches_of(spoken), turn.customer.rev)
        turn.emit(PointsExpiring.TYPE, entry)
