"""What orders give to wallets beside the points: granted, taken back and changed, each rounded by itself."""

from engine.effects import PointsEarned, Ref
from engine.order import Order, Portion
from engine.points import announce, grant_to, take_from
from engine.terms import line_shares, rule_shares, uncapped
from engine.turn import Turn
from engine.worth import remainder, worth_by
from rules.compiled_tiers import Tier


def grant_portions(turn: Turn, order: Order, order_id: str, tier: Tier) -> None:
    """Grants what a new order gives to other wallets; emits `points.earned` for each."""
    for portion in order.others:
        _more(turn, order, portion, portion.granted, Ref(order_id), tier)


def take_portions(turn: Turn, order: Order, ref: Ref, refunded_minor: int, over: bool) -> None:
    """Takes back what other wallets were given for what came back; emits `points.clawed_back`."""
    for portion in order.others:
        kept = remainder(order, portion.wallet)[0]
        claw = portion.granted - portion.clawed - kept
        if claw > 0:
            _less(turn, order, portion, claw, kept, ref, refunded_minor, over)


def change_portions(turn: Turn, before: Order, order: Order, ref: Ref, refunded_minor: int) -> None:
    """Grants or takes back what a newer version of an order changes in other wallets."""
    held = {portion.wallet: portion for portion in before.others}
    now = [portion.wallet for portion in order.others]
    order.others += [Portion(wallet, 0) for wallet in held if wallet not in now]
    for portion in order.others:
        kept, old = remainder(order, portion.wallet)[0], held.get(portion.wallet)
        portion.granted, portion.clawed, portion.numbers = 0, 0, []
        if old is not None:
            portion.granted, portion.clawed, portion.numbers = old.granted, old.clawed, list(old.numbers)
        more = kept - (portion.granted - portion.clawed)
        if more > 0:
            portion.granted += more
            _more(turn, order, portion, more, ref, None)
        elif more < 0:
            _less(turn, order, portion, -more, kept, ref, refunded_minor, False)


def _more(turn: Turn, order: Order, portion: Portion, qty: int, ref: Ref, tier: Tier | None) -> None:
    """Grants points of the order to the portion's wallet; without a `tier` they are a newer version's."""
    terms = order.terms
    assert terms is not None, "an order that gives to other wallets keeps its parts"
    found = worth_by(order, terms, portion.wallet)
    capped_from = uncapped(order, found)
    announce(
        turn,
        PointsEarned(
            wallet=portion.wallet,
            qty=qty,
            qualifying=0,
            balance=grant_to(turn, portion.wallet, qty, order, portion.numbers),
            ref=ref,
            rules=rule_shares(turn.plan, order, terms, found),
            rev=turn.customer.rev,
            eligible_minor=order.left_minor(),
            tier="" if tier is None else tier.code,
            tier_times="" if tier is None else tier.times_text,
            exact=(found.exact, order.scale),
            lines=line_shares(order, found) if tier is not None and len(order.lines) > 1 else (),
            capped_from=capped_from,
            order_points=found.points if tier is None else None,
            why="" if tier is None or capped_from is None else "capped",
            backfill=turn.backfill,
        ),
    )


def _less(
    turn: Turn, order: Order, portion: Portion, qty: int, kept: int, ref: Ref, refunded_minor: int, over: bool
) -> None:
    """Takes points of the order back from the portion's wallet."""
    portion.clawed += qty
    take_from(turn, order, ref, qty, kept, refunded_minor, over_refund=over, portion=portion)
