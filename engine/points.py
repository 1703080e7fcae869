"""The one door to a wallet for what earns: points given, points taken back."""

from typing import Final

from engine.effects import Balance
from engine.turn import Turn

WALLET: Final = "points"


def grant(turn: Turn, qty: int) -> Balance:
    """Gives points; the balance afterwards."""
    wallet = turn.customer.wallet
    wallet.active += qty
    wallet.earned += qty
    return Balance(wallet.active)


def claw_back(turn: Turn, qty: int) -> Balance:
    """Takes points back that were granted; the balance afterwards."""
    wallet = turn.customer.wallet
    wallet.active -= qty
    wallet.clawed += qty
    return Balance(wallet.active)
