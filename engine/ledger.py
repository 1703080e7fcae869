"""Points within a wallet: onto shelves by when they expire, and off them, the first to expire first."""

from typing import Final

from engine import spans
from engine.ledger_effects import Balance, Batch, Batches, DebtRepaid, PointsExpired
from engine.state import Customer
from engine.turn import Turn
from engine.wallet import NEVER, Shelf, Wallet
from rules.compiled import Rulebook
from rules.facts import MAIN
from rules.wallets import WalletRule

SPANS_MAX: Final = 64  # Of one shelf. Beyond, the oldest points forget which order gave them.
GONE_MAX: Final = 32  # Shelves of lapsed points remembered, for refunds that come later.
Parts = list[int]  # (expires or NEVER, first number, end) each; what never expires is counted from 0.


def wallet_of(customer: Customer, wallet_id: str) -> Wallet:
    """The customer's wallet of this id, made if need be."""
    if wallet_id == MAIN:
        return customer.wallet
    wallet = customer.wallets.get(wallet_id)
    if wallet is None:
        wallet = customer.wallets[wallet_id] = Wallet()
    return wallet


def rule_of(rulebook: Rulebook, customer: Customer, wallet_id: str) -> WalletRule | None:
    """The rules of a wallet; one the rulebook does not have any more has none; None: it never was there."""
    if wallet_id == MAIN:
        return rulebook.points
    rule = rulebook.wallets.get(wallet_id)
    if rule is None and wallet_id in customer.wallets:
        return WalletRule(wallet_id)
    return rule


def wallets(customer: Customer) -> list[tuple[str, Wallet]]:
    """All wallets of a customer, the points first, then by id."""
    return [(MAIN, customer.wallet), *sorted(customer.wallets.items())]


def balance(wallet: Wallet) -> Balance:
    """The wallet as an entry shows it."""
    return Balance(wallet.active, wallet.pending, wallet.debt)


def numbered(wallet: Wallet, qty: int) -> tuple[int, int]:
    """Numbers [first, end) for so many new points."""
    first = wallet.given + 1
    wallet.given += qty
    return first, first + qty


def shelve(shelves: list[Shelf], expires_ms: int, activates_ms: int, first: int, end: int) -> bool:
    """Puts points on the shelf of their instants; whether it is a new one, for which to wait."""
    at = len(shelves)
    while at and (shelves[at - 1].expires_ms, shelves[at - 1].activates_ms) > (expires_ms, activates_ms):
        at -= 1
    if at and (shelves[at - 1].expires_ms, shelves[at - 1].activates_ms) == (expires_ms, activates_ms):
        held = shelves[at - 1].spans
        spans.add(held, first, end)
        if len(held) > spans.FEWEST * SPANS_MAX:
            spans.shorten(held, SPANS_MAX)
        return False
    shelves.insert(at, Shelf(expires_ms, activates_ms, [first, end]))
    return True


def take(turn: Turn, wallet: Wallet, qty: int) -> Parts:
    """Takes active points out, the first to expire first and those that never do last; which they were.

    There must be so many.
    """
    assert 0 <= qty <= wallet.active, "who takes points has looked how many there are"
    free = wallet.active - sum([shelf.qty() for shelf in wallet.shelves])
    wallet.active -= qty
    parts: Parts = []
    for shelf in wallet.shelves:
        if not qty:
            break
        taken = spans.take(shelf.spans, qty)
        for at in range(0, len(taken), 2):
            parts += (shelf.expires_ms, taken[at], taken[at + 1])
            qty -= taken[at + 1] - taken[at]
    if parts:
        clear(turn, wallet.shelves)
    if qty:
        assert qty <= free, "points without expiry are what is on no shelf"
        parts += (NEVER, 0, qty)
    return parts


def clear(turn: Turn, shelves: list[Shelf]) -> None:
    """Takes empty shelves away."""
    if any(not shelf.spans for shelf in shelves):
        shelves[:] = [shelf for shelf in shelves if shelf.spans]
        turn.rearm = True


def take_own(turn: Turn, shelves: list[Shelf], numbers: list[int], qty: int) -> int:
    """Takes up to `qty` points with these numbers (spans) off, the first to expire first; how many."""
    left = qty
    for shelf in shelves:
        for at in range(len(numbers) - spans.FEWEST, -1, -spans.FEWEST):
            if left:
                left -= spans.take_within(shelf.spans, numbers[at], numbers[at + 1], left)
    if left < qty:
        clear(turn, shelves)
    return qty - left


def put(turn: Turn, wallet: Wallet, expires_ms: int, first: int, end: int) -> None:
    """Makes points active. Whoever does so must `settle` afterwards: they may have lapsed, or be owed."""
    wallet.active += end - first
    if expires_ms != NEVER and shelve(wallet.shelves, expires_ms, 0, first, end):
        turn.rearm = True


def lapse(turn: Turn, wallet_id: str, wallet: Wallet, why: str = "") -> None:
    """Lets active points go whose time has come by now; emits `points.expired`."""
    due = [shelf for shelf in wallet.shelves if shelf.expires_ms <= turn.now_ms]
    if due:
        _let_go(turn, wallet_id, wallet, due, 0, why)


def lapse_all(turn: Turn, wallet_id: str, wallet: Wallet, why: str) -> None:
    """Lets all active points go, whenever they would lapse; emits `points.expired`."""
    free = wallet.active - sum([shelf.qty() for shelf in wallet.shelves])
    if wallet.active:
        _let_go(turn, wallet_id, wallet, list(wallet.shelves), free, why)


def _let_go(turn: Turn, wallet_id: str, wallet: Wallet, due: list[Shelf], free: int, why: str) -> None:
    """Lets the points of the first shelves go, and so many that never lapse."""
    qty = free + sum([shelf.qty() for shelf in due])
    del wallet.shelves[: len(due)]  # Shelves rise by when they expire.
    wallet.active -= qty
    wallet.expired += qty
    turn.rearm = True
    left = (*batches_of(due), *([Batch(free)] if free else []))
    for shelf in due:
        for at in range(0, len(shelf.spans), spans.FEWEST):
            shelve(wallet.gone, shelf.expires_ms, 0, shelf.spans[at], shelf.spans[at + 1])
    while len(wallet.gone) > GONE_MAX:
        wallet.forgotten = max(wallet.forgotten, wallet.gone.pop(0).spans[-1])
    entry = PointsExpired(
        wallet_id, qty, balance(wallet), left, turn.customer.rev, why=why, backfill=turn.backfill
    )
    turn.emit(PointsExpired.TYPE, entry)


def repay(turn: Turn, wallet_id: str, wallet: Wallet) -> None:
    """Active points go to what is owed first; emits `points.debt_repaid`."""
    qty = min(wallet.debt, wallet.active)
    if qty:
        take(turn, wallet, qty)
        wallet.debt -= qty
        entry = DebtRepaid(wallet_id, qty, balance(wallet), turn.customer.rev, backfill=turn.backfill)
        turn.emit(DebtRepaid.TYPE, entry)


def settle(turn: Turn, wallet_id: str, wallet: Wallet, why: str = "") -> None:
    """After points came in: those lapsed already go, what is owed is repaid."""
    lapse(turn, wallet_id, wallet, why)
    repay(turn, wallet_id, wallet)


def batches_of(shelves: list[Shelf]) -> Batches:
    """Points on shelves as an entry shows them."""
    return tuple([Batch(shelf.qty(), shown(shelf.expires_ms), shelf.spans[0]) for shelf in shelves])


def batches_in(parts: Parts) -> Batches:
    """Points taken, as an entry shows them."""
    return tuple(
        [
            Batch(parts[at + 2] - parts[at + 1], shown(parts[at]), parts[at + 1])
            for at in range(0, len(parts), 3)
        ]
    )


def shown(instant_ms: int) -> int:
    """An instant as messages give it: 0 for never."""
    return 0 if instant_ms == NEVER else instant_ms
