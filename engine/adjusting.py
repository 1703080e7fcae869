"""Points given or taken by hand, and points handed from one customer to another."""

from engine import qualifying, tiers
from engine.events import Adjust, Lot, Transfer, TransferBack, TransferIn
from engine.ledger import (
    Parts,
    balance,
    batches_in,
    numbered,
    put,
    rule_of,
    settle,
    shown,
    take,
    wallet_of,
)
from engine.ledger_effects import Batches, PointsAdjusted, TransferredIn, TransferredOut
from engine.points import expires_from
from engine.rejecting import reject
from engine.turn import Turn
from engine.wallet import NEVER, Wallet
from rules.facts import MAIN
from rules.wallets import WalletRule


def adjust(turn: Turn, data: Adjust) -> None:
    """Gives or takes points; emits `points.adjusted`, or `command.rejected`."""
    rule = rule_of(turn.rulebook, turn.customer, data.wallet)
    if rule is None:
        _no_wallet(turn, data)
        return
    wallet = wallet_of(turn.customer, data.wallet)
    refused = _refusal(turn, data, rule, wallet)
    if refused is not None:
        reject(turn, data, *refused)
        return
    if data.qty > 0:
        today = turn.plan.days.of(turn.now_ms)
        parts = _new(turn, wallet, data.qty, data.expires_ms or expires_from(turn, rule, wallet, today))
    else:
        parts = take(turn, wallet, -data.qty)
    wallet.adjusted += data.qty
    counted = _qualify(turn, data, rule)
    turn.emit(
        PointsAdjusted.TYPE,
        PointsAdjusted(
            data.wallet,
            data.qty,
            balance(wallet),
            data.reason_code,
            batches_in(parts),
            data.by,
            turn.customer.rev,
            data.second_actor,
            counted,
        ),
    )
    settle(turn, data.wallet, wallet)
    if counted:
        tiers.settle(turn)


def _qualify(turn: Turn, data: Adjust, rule: WalletRule) -> int:
    """Counts the points for levels too, today, if the command or else the rulebook says so; how many.

    Never more are taken than were ever counted.
    """
    if data.wallet != MAIN or not (rule.adjustments_qualify if data.qualifying is None else data.qualifying):
        return 0
    qty = max(data.qty, -turn.customer.totals.qualifying)
    qualifying.book(turn, qty, turn.plan.days.of(turn.now_ms))
    return qty


def _refusal(turn: Turn, data: Adjust, rule: WalletRule, wallet: Wallet) -> tuple[str, str] | None:
    """Why the points may not be adjusted: a word and a sentence."""
    limit = rule.second_actor_above
    if limit is not None and abs(data.qty) > limit:
        who = f"more than {limit} points need a second actor"
        if not data.second_actor:
            return "second_actor", f"{who}; name one in second_actor"
        if data.second_actor == data.by.actor:
            return "second_actor", f"{who}, and that cannot be {data.by.actor} again"
    if data.qualifying and data.wallet != MAIN:
        return "not_qualifying", f"only the wallet {MAIN} counts for levels; leave qualifying out"
    if data.qty < 0 and -data.qty > wallet.active:
        return "insufficient", f"{-data.qty} points were to be taken, {wallet.active} are there"
    if data.expires_ms and data.qty < 0:
        return "bad_expiry", "points that are taken cannot expire; leave expires out"
    if data.expires_ms and data.expires_ms <= turn.now_ms:
        return "bad_expiry", "the points would expire before they are given"
    return None


def _new(turn: Turn, wallet: Wallet, qty: int, expires_ms: int) -> Parts:
    """Makes so many new active points; where they lie."""
    first, end = (0, qty) if expires_ms == NEVER else numbered(wallet, qty)
    put(turn, wallet, expires_ms, first, end)
    return [expires_ms, first, end]


def transfer(turn: Turn, data: Transfer) -> None:
    """Takes points out for another customer; emits `points.transferred_out` and sends them on their way."""
    if rule_of(turn.rulebook, turn.customer, data.wallet) is None:
        _no_wallet(turn, data)
        return
    wallet = wallet_of(turn.customer, data.wallet)
    if data.qty > wallet.active:
        what = f"{data.qty} points were to be handed on, {wallet.active} are there"
        reject(turn, data, "insufficient", what)
        return
    parts = take(turn, wallet, data.qty)
    wallet.sent += data.qty
    batches = batches_in(parts)
    entry = TransferredOut(
        data.wallet,
        data.qty,
        balance(wallet),
        data.transfer_id,
        data.to,
        batches,
        data.by,
        turn.customer.rev,
    )
    turn.emit(TransferredOut.TYPE, entry)
    received = TransferIn(data.by, data.transfer_id, turn.customer.id, data.wallet, _lots(batches))
    turn.send(data.to, "transfer.received", received)


def take_in(turn: Turn, data: TransferIn) -> None:
    """Takes in what another customer handed on; or sends it back, to whom the programme does not know."""
    why = ""
    if turn.customer.enrolled_ms < 0:
        why = "not_enrolled"
    elif rule_of(turn.rulebook, turn.customer, data.wallet) is None:
        why = "unknown_wallet"
    if why:
        back = TransferBack(data.by, data.transfer_id, turn.customer.id, data.wallet, data.lots, why)
        turn.send(data.sender, "transfer.returned", back)
        return
    wallet_of(turn.customer, data.wallet).received += _sum(data.lots)
    _arrive(turn, data, data.sender)


def come_back(turn: Turn, data: TransferBack) -> None:
    """Takes back what the other customer could not take in."""
    wallet_of(turn.customer, data.wallet).sent -= _sum(data.lots)
    _arrive(turn, data, data.receiver, data.why)


def _arrive(turn: Turn, data: TransferIn | TransferBack, sender: str, returned: str = "") -> None:
    wallet = wallet_of(turn.customer, data.wallet)
    parts: Parts = []
    for lot in data.lots:
        parts += _new(turn, wallet, lot.qty, lot.expires_ms or NEVER)
    entry = TransferredIn(
        data.wallet,
        _sum(data.lots),
        balance(wallet),
        data.transfer_id,
        sender,
        batches_in(parts),
        data.by,
        turn.customer.rev,
        returned,
    )
    turn.emit(TransferredIn.TYPE, entry)
    settle(turn, data.wallet, wallet)


def _lots(batches: Batches) -> tuple[Lot, ...]:
    """What travels: how many points lapse when."""
    return tuple([Lot(batch.qty, shown(batch.expires_ms)) for batch in batches])


def _sum(lots: tuple[Lot, ...]) -> int:
    return sum([lot.qty for lot in lots])


def _no_wallet(turn: Turn, data: Adjust | Transfer) -> None:
    reject(turn, data, "unknown_wallet", f"the programme has no wallet {data.wallet!r}")
