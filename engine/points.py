"""The one door to the points for what earns: given, taken back, made active, kept alive."""

from msgspec.structs import replace

from engine import qualifying, spans
from engine.effects import PointsClawedBack, PointsEarned, Ref
from engine.expiry import lapses_ms, later
from engine.ledger import (
    balance,
    numbered,
    put,
    repay,
    rule_of,
    settle,
    shelve,
    shown,
    take,
    take_own,
    wallet_of,
)
from engine.ledger_effects import PENDING, Balance, Batch, PointsActivated, WrittenOff
from engine.order import Order, Portion
from engine.turn import Given, Turn
from engine.wallet import NEVER, Shelf, Wallet
from rules.facts import MAIN
from rules.values import Duration
from rules.wallets import ON_DELIVERY, WalletRule


def grant(turn: Turn, qty: int, order: Order | None = None) -> Balance:
    """Gives points, of an order or not; the balance afterwards. `announce` tells of them."""
    wallet = turn.customer.wallet
    wallet.earned += qty
    if turn.plan.plain_points:
        wallet.active += qty
        return balance(wallet) if wallet.debt or wallet.pending else Balance(wallet.active)
    numbers = None if order is None else order.numbers
    turn.given = _give(turn, turn.rulebook.points, wallet, qty, order, numbers)
    return balance(wallet)


def grant_to(
    turn: Turn, wallet_id: str, qty: int, order: Order | None = None, numbers: list[int] | None = None
) -> Balance:
    """Gives points to a wallet by its id, see `grant`; `numbers` take theirs in, for the order to know."""
    if wallet_id == MAIN:
        return grant(turn, qty, order)
    wallet = wallet_of(turn.customer, wallet_id)
    wallet.earned += qty
    turn.given = _give(turn, _rule(turn, wallet_id), wallet, qty, order, numbers)
    return balance(wallet)


def _rule(turn: Turn, wallet_id: str) -> WalletRule:
    return rule_of(turn.rulebook, turn.customer, wallet_id) or WalletRule(wallet_id)


def _give(
    turn: Turn, rule: WalletRule, wallet: Wallet, qty: int, order: Order | None, numbers: list[int] | None
) -> Given:
    activates_ms, expires_ms = _times(turn, rule, wallet, order)
    if not qty:
        return Given(activates_ms, expires_ms, 0)
    if not activates_ms and expires_ms == NEVER:
        wallet.active += qty
        return Given(0, NEVER, 0)
    first, end = numbered(wallet, qty)
    if numbers is not None:
        spans.add(numbers, first, end)
    if activates_ms:
        wallet.pending += qty
        turn.rearm |= shelve(wallet.waiting, expires_ms, activates_ms, first, end)
    else:
        put(turn, wallet, expires_ms, first, end)
    return Given(activates_ms, expires_ms, first)


def _times(turn: Turn, rule: WalletRule, wallet: Wallet, order: Order | None) -> tuple[int, int]:
    """When points given now activate (0: at once, NEVER: nobody knows) and lapse."""
    day, activates_ms = turn.day, 0
    if rule.pending_days == ON_DELIVERY:
        if order is not None and not order.delivered_ms:
            return NEVER, NEVER
    elif rule.pending_days:
        activation_day = later(day, Duration(0, rule.pending_days))
        activates_ms = turn.plan.days.start_ms(activation_day)
        if rule.expiry is None or rule.expiry.from_activation:
            day = activation_day
        if activates_ms <= turn.now_ms:
            activates_ms = 0
    return activates_ms, expires_from(turn, rule, wallet, day)


def expires_from(turn: Turn, rule: WalletRule, wallet: Wallet, day: int) -> int:
    """When points of this day lapse by the wallet's rule."""
    if rule.expiry is None:
        return NEVER
    expires_ms = lapses_ms(turn.plan.days, rule.expiry, day)
    return max(expires_ms, wallet.idle_ms) if rule.expiry.kind == "inactivity" else expires_ms


def announce(turn: Turn, earned: PointsEarned) -> None:
    """Emits `points.earned`, or `points.pending` for points that wait; then what follows from it."""
    given = turn.given
    if given is None:  # They are plain points.
        turn.emit(PointsEarned.TYPE, earned)
        if turn.customer.wallet.debt:
            repay(turn, MAIN, turn.customer.wallet)
        return
    wallet_id, wallet = earned.wallet, wallet_of(turn.customer, earned.wallet)
    turn.given = None
    told = replace(
        earned,
        expires_ms=shown(given.expires_ms),
        activates_ms=shown(given.activates_ms),
        awaits="delivered" if given.activates_ms == NEVER else "",
        first=given.first,
    )
    turn.emit(PENDING if given.activates_ms else PointsEarned.TYPE, told)
    if given.expires_ms <= turn.now_ms or wallet.debt:
        settle(turn, wallet_id, wallet, "late")


def take_from(
    turn: Turn,
    order: Order,
    ref: Ref,
    qty: int,
    kept: int,
    refunded_minor: int,
    *,
    qualifying_qty: int = 0,
    over_refund: bool = False,
    portion: Portion | None = None,
) -> int:
    """Takes back points that an order gave, of a `portion` those of its wallet; emits `points.clawed_back`.

    `kept` is what is left of the order earns. What is missing is owed, and let go beyond the wallet's limit.
    Comes back: how many of the points taken had not been waiting.
    """
    held, wallet_id = (order, MAIN) if portion is None else (portion, portion.wallet)
    wallet = wallet_of(turn.customer, wallet_id)
    pending, expired, owed = _claw_back(turn, wallet_id, wallet, qty, held.numbers)
    turn.emit(
        PointsClawedBack.TYPE,
        PointsClawedBack(
            wallet=wallet_id,
            qty=qty,
            qualifying=qualifying_qty if qualifying.counts(turn, order.counts) else 0,
            balance=balance(wallet),
            ref=ref,
            granted=held.granted,
            kept=kept,
            remaining_minor=order.left_minor(),
            refunded_minor=refunded_minor,
            rev=turn.customer.rev,
            from_pending=pending,
            from_expired=expired,
            to_debt=owed,
            over_refund=over_refund,
            backfill=turn.backfill,
        ),
    )
    _let_go(turn, wallet_id, wallet, ref, owed)
    return qty - pending


def _claw_back(
    turn: Turn, wallet_id: str, wallet: Wallet, qty: int, numbers: list[int]
) -> tuple[int, int, int]:
    """Takes points with these numbers out of a wallet; how many were pending, had lapsed, and are owed.

    First the order's own pending points go, then its lapsed ones (they change nothing), its active ones,
    any active ones; what is missing is owed.
    """
    pending = expired = taken = 0
    if numbers and qty:
        pending = take_own(turn, wallet.waiting, numbers, qty)
        wallet.pending -= pending
        expired = take_own(turn, wallet.gone, numbers, qty - pending)
        expired += _forgotten(wallet, numbers, qty - pending - expired)
        taken = take_own(turn, wallet.shelves, numbers, qty - pending - expired)
        wallet.active -= taken
    if qty and (not numbers or _rule(turn, wallet_id).expiry is None):
        # Points that never expire are alike: the order's own lie among those on no shelf.
        loose = wallet.active - sum([shelf.qty() for shelf in wallet.shelves])
        loose = min(qty - pending - expired - taken, loose)
        taken += loose
        wallet.active -= loose
    wanted = qty - pending - expired - taken
    more = min(wanted, wallet.active)
    if more:
        take(turn, wallet, more)
    wallet.debt += wanted - more
    wallet.clawed += qty - expired
    return pending, expired, wanted - more


def _forgotten(wallet: Wallet, numbers: list[int], most: int) -> int:
    """How many of these points may have lapsed so long ago that nobody remembers: they count as lapsed."""
    if not wallet.forgotten:
        return 0
    old = [min(number, wallet.forgotten) for number in numbers]
    lying = 0
    for shelf in (*wallet.shelves, *wallet.waiting, *wallet.gone):
        for at in range(0, len(old), spans.FEWEST):
            lying += spans.take_within(list(shelf.spans), old[at], old[at + 1], spans.total(old))
    return max(0, min(most, spans.total(old) - lying))


def _let_go(turn: Turn, wallet_id: str, wallet: Wallet, ref: Ref, owed: int) -> None:
    """Lets go of a debt just made, as far as the wallet's limit asks; emits `points.written_off`."""
    limit = _rule(turn, wallet_id).debt_max
    if owed and 0 <= limit < wallet.debt:
        let_go = min(owed, wallet.debt - limit)
        wallet.debt -= let_go
        wallet.written_off += let_go
        entry = WrittenOff(
            wallet_id,
            let_go,
            balance(wallet),
            ref.order_id,
            turn.customer.rev,
            backfill=turn.backfill,
        )
        turn.emit(WrittenOff.TYPE, entry)


def delivered(turn: Turn, order: Order, order_id: str) -> None:
    """Makes the points active that waited for the order's delivery, wallet by wallet."""
    _deliver(turn, order_id, MAIN, order.numbers, qualifying.delivered(turn, order))
    for portion in order.others:
        _deliver(turn, order_id, portion.wallet, portion.numbers, 0)


def _deliver(turn: Turn, order_id: str, wallet_id: str, numbers: list[int], counted: int) -> None:
    wallet, rule = wallet_of(turn.customer, wallet_id), _rule(turn, wallet_id)
    held = Shelf(NEVER, NEVER)
    for shelf in [shelf for shelf in wallet.waiting if shelf.activates_ms == NEVER]:
        for at in range(0, len(numbers), spans.FEWEST):
            first, end = numbers[at], numbers[at + 1]
            before = list(shelf.spans)
            if spans.take_within(shelf.spans, first, end, end - first):
                _keep_difference(before, first, end, held.spans)
    wallet.waiting[:] = [shelf for shelf in wallet.waiting if shelf.spans]
    qty = held.qty()
    if not qty and not counted:
        return
    held.expires_ms = expires_from(turn, rule, wallet, turn.day)
    wallet.pending -= qty
    for at in range(0, len(held.spans), spans.FEWEST):
        put(turn, wallet, held.expires_ms, held.spans[at], held.spans[at + 1])
    entry = PointsActivated(
        wallet_id,
        qty,
        balance(wallet),
        (Batch(qty, shown(held.expires_ms), held.spans[0]),) if qty else (),
        turn.customer.rev,
        order_id,
        counted,
        turn.backfill,
    )
    turn.emit(PointsActivated.TYPE, entry)
    settle(turn, wallet_id, wallet, "late")


def _keep_difference(held: list[int], first: int, end: int, into: list[int]) -> None:
    """Adds the points of `held` numbered [first, end) to `into`."""
    for at in range(0, len(held), spans.FEWEST):
        spans.add(into, max(held[at], first), min(held[at + 1], end))


def stir(turn: Turn, kind: str) -> None:
    """An activity: points that lapse for inactivity live longer, all of a wallet together."""
    for wallet_id in turn.plan.stirred.get(kind, ()):
        rule = turn.rulebook.points if wallet_id == MAIN else turn.rulebook.wallets[wallet_id]
        assert rule.expiry is not None
        wallet = wallet_of(turn.customer, wallet_id)
        expires_ms = lapses_ms(turn.plan.days, rule.expiry, turn.day)
        wallet.idle_ms = max(wallet.idle_ms, expires_ms)
        moved = [shelf for shelf in wallet.shelves if shelf.expires_ms < expires_ms]
        wallet.shelves[:] = [shelf for shelf in wallet.shelves if shelf.expires_ms >= expires_ms]
        for shelf in moved:
            for at in range(0, len(shelf.spans), spans.FEWEST):
                shelve(wallet.shelves, expires_ms, 0, shelf.spans[at], shelf.spans[at + 1])
        turn.rearm |= bool(moved)
