"""A customer's wallets counted again from the effects alone, entry by entry."""

from collections import Counter
from collections.abc import Iterable

from engine.effects import Effect, PointsClawedBack
from engine.wallet import Wallet

# What an entry of `qty` points does to the active, the pending and the owed ones.
MOVES = {
    "points.earned": (1, 0, 0),
    "points.pending": (0, 1, 0),
    "points.activated": (1, -1, 0),
    "points.expired": (-1, 0, 0),
    "points.redeemed": (-1, 0, 0),
    "points.redeem_reversed": (1, 0, 0),
    "points.adjusted": (1, 0, 0),
    "points.transferred_in": (1, 0, 0),
    "points.transferred_out": (-1, 0, 0),
    "points.debt_repaid": (-1, 0, -1),
    "points.written_off": (0, 0, -1),
}
SILENT = {"points.redeem_rejected", "points.expiring"}


class Recount:
    """Active, pending and owed points of each wallet, and how many points each type of entry has moved.

    Each entry must show the balance that the entries so far come to.
    """

    def __init__(self) -> None:
        self.kept: dict[str, list[int]] = {}
        self.moved: Counter[tuple[str, str]] = Counter()

    def add(self, effects: Iterable[Effect]) -> None:
        """Counts the entries among some effects."""
        for effect in effects:
            data = effect.data
            if effect.type.startswith("points."):
                held = self.kept.setdefault(data.wallet, [0, 0, 0])
                if effect.type not in SILENT:
                    self._move(held, effect)
                shown = data.balance
                assert held == [shown.active, shown.pending, shown.debt], effect

    def _move(self, held: list[int], effect: Effect) -> None:
        data = effect.data
        if isinstance(data, PointsClawedBack):
            active = data.qty - data.from_pending - data.from_expired - data.to_debt
            moves = -active, -data.from_pending, data.to_debt
            self.moved[data.wallet, "from expired"] += data.from_expired
        else:
            moves = tuple(data.qty * sign for sign in MOVES[effect.type])
        for place, move in enumerate(moves):
            held[place] += move
        back = "returned " if getattr(data, "returned", "") else ""
        self.moved[data.wallet, back + effect.type] += data.qty

    def agrees(self, name: str, wallet: Wallet) -> None:
        """Asserts that a wallet holds what the entries come to, and keeps the sums they add up to."""
        assert self.kept.get(name, [0, 0, 0]) == [wallet.active, wallet.pending, wallet.debt]
        of = {kind: qty for (wallet_id, kind), qty in self.moved.items() if wallet_id == name}

        def told(kind: str) -> int:
            return of.get(kind, 0)

        assert told("points.earned") + told("points.pending") == wallet.earned
        assert told("points.clawed_back") - told("from expired") == wallet.clawed
        assert told("points.redeemed") - told("points.redeem_reversed") == wallet.redeemed
        assert told("points.transferred_out") - told("returned points.transferred_in") == wallet.sent
        assert told("points.transferred_in") == wallet.received
        assert told("points.adjusted") == wallet.adjusted
        assert told("points.expired") == wallet.expired
        assert told("points.written_off") == wallet.written_off
        assert (
            wallet.earned + wallet.adjusted + wallet.received + wallet.written_off
            == (wallet.redeemed + wallet.expired + wallet.clawed + wallet.sent)
            + sum(self.kept.get(name, [0, 0, 0])[:2])
            - wallet.debt
        )
