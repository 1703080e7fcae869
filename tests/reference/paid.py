"""Points that paid for an order, by the book: what comes back with it."""

from typing import TYPE_CHECKING, Any

from engine.events import PaidWith, Redeem
from tests.reference.ledger import Batch
from tests.reference.orders import Order, half_up

if TYPE_CHECKING:
    from tests.reference.member import Member


def give_back(member: "Member", order: Order) -> list[Batch]:
    """Points that paid for what came back go back where they were taken from, unless they did before."""
    paid = order.sent.paid_with
    if paid is None:
        return []
    due = half_up(paid.points * order.part_back()) - order.points_back
    if due <= 0:
        return []
    order.points_back += due
    told: dict[str, Any] = {"due": due, "order_id": order.name}
    spent = member.redemptions.get(paid.redemption_id)
    if spent is None:
        why = "unknown_redemption" if paid.redemption_id else "no_redemption"
        member.say("points.redeem_reversed", qty=0, why=why, **told)
        return []
    if spent.wallet != paid.wallet:
        member.say("points.redeem_reversed", qty=0, why="other_wallet", **told)
        return []
    wallet, qty = member.wallets[spent.wallet], min(due, spent.left)
    batches = wallet.bring_back(spent.last(qty))
    why = "came_back_before" if qty < due else ""
    wallet.say("points.redeem_reversed", qty=qty, why=why, **told)
    wallet.repay(batches)
    return batches


def let_go(member: "Member", batches: list[Batch]) -> None:
    """What came back and was not taken for the order's own points lapses if its time is past."""
    for wallet in member.wallets.values():
        wallet.lapse([one for one in batches if any(one is held for held in wallet.batches)], "")


def drawn(history: Any, value: int) -> PaidWith | None:
    """How an order of a random history says that points paid so much of it, mostly by a redemption sent."""
    chance = history.chance
    if not value or chance.random() < 0.1:
        return None
    sent = [one.data for one in history.sent if isinstance(one.data, Redeem)][-4:]
    if sent and chance.random() < 0.8:
        spent = chance.choice(sent)
        return PaidWith(
            spent.wallet, chance.choice((spent.qty, spent.qty, spent.qty // 2)), spent.redemption_id
        )
    return PaidWith(chance.choice(("points", "moons")), chance.randrange(0, 400), chance.choice(("", "none")))
