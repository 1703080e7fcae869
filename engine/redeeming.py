"""Points spent, all or nothing, and points that come back from what they were spent on."""

from engine.events import Actor, Redeem, RedeemReverse
from engine.history import Redemption
from engine.ledger import (
    Parts,
    balance,
    batches_in,
    lapse,
    put,
    repay,
    rule_of,
    take,
    wallet_of,
)
from engine.ledger_effects import PointsRedeemed, RedeemRejected, RedeemReversed
from engine.rejecting import reject
from engine.state import Account
from engine.turn import Turn
from engine.wallet import NEVER, Wallet
from rules.wallets import WalletRule


def redemption_of(account: Account, redemption_id: str) -> Redemption | None:
    """The customer's redemption of this id, for editing once it is `keep`t; None for none."""
    met = account.redemptions
    if met is not None and redemption_id in met:
        return met[redemption_id]
    if account.vault is None:
        return None
    return account.vault.redemption(account.customer.id, redemption_id)


def keep(account: Account, redemption_id: str, redemption: Redemption) -> None:
    """Has a redemption stored."""
    if account.redemptions is None:
        account.redemptions = {}
    account.redemptions[redemption_id] = redemption


def redeem(turn: Turn, data: Redeem) -> None:
    """Spends points; emits `points.redeemed`, or `points.redeem_rejected` and nothing is spent."""
    customer = turn.customer
    rule = rule_of(turn.rulebook, customer, data.wallet)
    if rule is None:
        _refuse(turn, data, Wallet(), "unknown_wallet", f"the programme has no wallet {data.wallet!r}")
        return
    wallet = wallet_of(customer, data.wallet)
    if redemption_of(turn.account, data.redemption_id) is not None:
        what = f"redemption {data.redemption_id!r} was made before; give another id"
        _refuse(turn, data, wallet, "redemption_known", what)
        return
    if data.qty > wallet.active:
        what = f"{data.qty} points were asked for, {wallet.active} can be spent"
        _refuse(turn, data, wallet, "insufficient", what)
        return
    parts = take(turn, wallet, data.qty)
    wallet.redeemed += data.qty
    keep(turn.account, data.redemption_id, Redemption(data.wallet, data.qty, data.qty, parts))
    turn.emit(
        PointsRedeemed.TYPE,
        PointsRedeemed(
            data.wallet,
            data.qty,
            balance(wallet),
            data.redemption_id,
            batches_in(parts),
            data.by,
            customer.rev,
            data.reward,
        ),
    )


def _refuse(turn: Turn, data: Redeem, wallet: Wallet, why: str, message: str) -> None:
    entry = RedeemRejected(
        data.wallet,
        data.qty,
        balance(wallet),
        data.redemption_id,
        why,
        message,
        data.by,
        turn.customer.rev,
    )
    turn.emit(RedeemRejected.TYPE, entry)


def reverse(turn: Turn, data: RedeemReverse) -> None:
    """Gives points of a redemption back; emits `points.redeem_reversed`, or `command.rejected`."""
    redemption = redemption_of(turn.account, data.redemption_id)
    if redemption is None:
        what = f"the customer has no redemption {data.redemption_id!r}"
        reject(turn, data, "unknown_redemption", what)
        return
    qty = redemption.left if data.qty is None else data.qty
    if not 0 < qty <= redemption.left:
        what = f"{redemption.left} points of redemption {data.redemption_id!r} can still come back"
        reject(turn, data, "too_much", f"{what}, not {qty}" if qty else what)
        return
    give_back(turn, data.redemption_id, redemption, qty, by=data.by)
    lapse(turn, redemption.wallet, wallet_of(turn.customer, redemption.wallet))


def give_back(
    turn: Turn,
    redemption_id: str,
    redemption: Redemption,
    qty: int,
    by: Actor | None = None,
    order_id: str = "",
    refund_id: str = "",
    due: int = 0,
) -> None:
    """Puts `qty` points, at most `left`, back where they lay, the last taken first.

    They repay what is owed. Whoever gives back must `lapse` the wallet: of the rest, those whose time has
    come since then go, unless `reinstate_grace_days` let them live. `due` is how many a refund asked for.
    """
    wallet_id = redemption.wallet
    wallet = wallet_of(turn.customer, wallet_id)
    rule = rule_of(turn.rulebook, turn.customer, wallet_id) or WalletRule(wallet_id)
    redemption.left -= qty
    keep(turn.account, redemption_id, redemption)
    parts = _last(redemption.parts, qty)
    wallet.redeemed -= qty
    for at in range(0, len(parts), 3):
        parts[at] = _expiry_again(turn, rule, wallet, parts[at])
        put(turn, wallet, parts[at], parts[at + 1], parts[at + 2])
    turn.emit(
        RedeemReversed.TYPE,
        RedeemReversed(
            wallet_id,
            qty,
            balance(wallet),
            redemption_id,
            redemption.left,
            batches_in(parts),
            turn.customer.rev,
            by,
            order_id,
            refund_id,
            due,
            "came_back_before" if qty < due else "",
            turn.backfill,
        ),
    )
    repay(turn, wallet_id, wallet)  # Before they lapse: they were missing when a refund asked for them.


def _last(parts: Parts, qty: int) -> Parts:
    """Takes the last `qty` points off the parts; which they were, in the order they had been taken."""
    last: Parts = []
    while qty:
        expires_ms, first, end = parts[-3:]
        start = max(first, end - qty)
        last[:0] = (expires_ms, start, end)
        qty -= end - start
        if start == first:
            del parts[-3:]
        else:
            parts[-1] = start
    return last


def _expiry_again(turn: Turn, rule: WalletRule, wallet: Wallet, expires_ms: int) -> int:
    """When points that come back lapse: as before, or as the wallet's others that inactivity threatens."""
    if expires_ms == NEVER:
        return NEVER
    if rule.expiry is not None and rule.expiry.kind == "inactivity":
        expires_ms = max(expires_ms, wallet.idle_ms)
    if expires_ms <= turn.now_ms and rule.reinstate_grace_days:
        days = turn.plan.days
        return days.start_ms(days.of(turn.now_ms) + rule.reinstate_grace_days + 1)
    return expires_ms
