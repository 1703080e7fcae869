"""Commands to their part of the engine, and the answer to one that may not be done."""

from engine.effects import CommandRejected
from engine.events import (
    Adjust,
    Command,
    Internal,
    Redeem,
    RedeemReverse,
    TierOverride,
    TierRelease,
    Transfer,
    TransferBack,
    TransferIn,
)
from engine.turn import Turn

_TYPES = {
    Redeem: "command.points.redeem",
    RedeemReverse: "command.points.redeem_reverse",
    Adjust: "command.points.adjust",
    Transfer: "command.points.transfer",
    TierOverride: "command.tier.override",
    TierRelease: "command.tier.release",
    TransferIn: "transfer.received",
    TransferBack: "transfer.returned",
}


def obey(turn: Turn, data: Command | Internal) -> None:
    """Does what the command says, or answers why it may not be done."""
    reject(turn, data, "unavailable", f"{_TYPES[type(data)]} is not available in this version")


def reject(turn: Turn, data: Command | Internal, why: str, message: str) -> None:
    """Answers that the command may not be done: `why` in a word, `message` in one sentence."""
    kind = _TYPES[type(data)]
    turn.emit("command.rejected", CommandRejected(kind, why, message, data.by, turn.customer.rev))
