"""Commands about points by the book: obeyed, or answered with why not."""

from typing import TYPE_CHECKING, Any

from engine.events import Adjust, Redeem, RedeemReverse, Transfer, TransferBack, TransferIn
from tests.reference import qualifying
from tests.reference.ledger import NEVER, Redemption

if TYPE_CHECKING:
    from tests.reference.member import Member


def obey(member: "Member", data: Any) -> None:
    """Does what a command says, or rejects it."""
    match data:
        case Redeem():
            _redeem(member, data)
        case RedeemReverse():
            _reverse(member, data)
        case Adjust():
            _adjust(member, data)
        case Transfer():
            _transfer(member, data)
        case TransferIn():
            _receive(member, data)
        case TransferBack():
            _take_back(member, data)


def _rejected(member: "Member", why: str) -> None:
    member.say("command.rejected", why=why)


def _redeem(member: "Member", data: Redeem) -> None:
    wallet = member.wallets.get(data.wallet)
    why = ""
    if wallet is None:
        why = "unknown_wallet"
    elif data.redemption_id in member.redemptions:
        why = "redemption_known"
    elif wallet.active < data.qty:
        why = "insufficient"
    if why or wallet is None:
        member.say("points.redeem_rejected", why=why, qty=data.qty)
        return
    taken = wallet.take(data.qty)
    member.redemptions[data.redemption_id] = Redemption(data.wallet, taken)
    wallet.say("points.redeemed", qty=data.qty, redemption_id=data.redemption_id)


def _reverse(member: "Member", data: RedeemReverse) -> None:
    spent = member.redemptions.get(data.redemption_id)
    if spent is None:
        return _rejected(member, "unknown_redemption")
    qty = spent.left if data.qty is None else data.qty
    if qty > spent.left or qty == 0:
        return _rejected(member, "too_much")
    wallet = member.wallets[spent.wallet]
    back = wallet.bring_back(spent.last(qty))
    wallet.say("points.redeem_reversed", qty=qty, left=spent.left)
    wallet.returned(back)
    return None


def _adjust(member: "Member", data: Adjust) -> None:
    wallet = member.wallets.get(data.wallet)
    if wallet is None:
        return _rejected(member, "unknown_wallet")
    above = wallet.keys.get("second_actor_above", NEVER)
    if abs(data.qty) > above and data.second_actor in ("", data.by.actor):
        return _rejected(member, "second_actor")
    if data.qualifying and data.wallet != "points":
        return _rejected(member, "not_qualifying")
    if wallet.active < -data.qty:
        return _rejected(member, "insufficient")
    if data.expires_ms and (data.qty < 0 or data.expires_ms <= member.now_ms):
        return _rejected(member, "bad_expiry")
    tq = qualifying.adjust(member, data)
    if data.qty < 0:
        wallet.take(-data.qty)
        wallet.say("points.adjusted", qty=data.qty, qualifying=tq)
        return qualifying.judge(member, tq)
    today = member.clock.day(member.now_ms)
    batches = wallet.put([(data.qty, data.expires_ms or wallet._lapses(today, today))])
    wallet.say("points.adjusted", qty=data.qty, qualifying=tq)
    wallet.arrived(batches)
    return qualifying.judge(member, tq)


def _transfer(member: "Member", data: Transfer) -> None:
    wallet = member.wallets.get(data.wallet)
    if wallet is None:
        return _rejected(member, "unknown_wallet")
    if wallet.active < data.qty:
        return _rejected(member, "insufficient")
    lots = wallet.lots(wallet.take(data.qty))
    wallet.say("points.transferred_out", qty=data.qty, transfer_id=data.transfer_id)
    shown = [{"qty": lot.qty, "expires_ms": lot.expires_ms} for lot in lots]
    member.say("transfer.received", transfer_id=data.transfer_id, lots=shown)
    return None


def _receive(member: "Member", data: TransferIn) -> None:
    wallet = member.wallets.get(data.wallet)
    why = "not_enrolled" if member.joined_ms is None else "" if wallet else "unknown_wallet"
    if why or wallet is None:
        member.say("transfer.returned", transfer_id=data.transfer_id, why=why)
        return
    batches = wallet.put([(lot.qty, lot.expires_ms or NEVER) for lot in data.lots])
    qty = sum(lot.qty for lot in data.lots)
    wallet.say("points.transferred_in", qty=qty, transfer_id=data.transfer_id)
    wallet.arrived(batches)


def _take_back(member: "Member", data: TransferBack) -> None:
    wallet = member.wallets[data.wallet]
    batches = wallet.put([(lot.qty, lot.expires_ms or NEVER) for lot in data.lots])
    wallet.say("points.transferred_in", qty=sum(lot.qty for lot in data.lots), returned=data.why)
    wallet.arrived(batches)
