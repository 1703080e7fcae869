"""The answer to a command that may not be done."""

from engine.effects import CommandRejected
from engine.events import (
    Adjust,
    Command,
    Handed,
    Redeem,
    RedeemReverse,
    SetConsent,
    TagAdd,
    TagRelease,
    TagRemove,
    TierOverride,
    TierRelease,
    Transfer,
    TransferBack,
    TransferIn,
)
from engine.turn import Turn

TYPES = {
    Redeem: "command.points.redeem",
    RedeemReverse: "command.points.redeem_reverse",
    Adjust: "command.points.adjust",
    Transfer: "command.points.transfer",
    TierOverride: "command.tier.override",
    TierRelease: "command.tier.release",
    SetConsent: "command.consent.set",
    TagAdd: "command.tag.add",
    TagRemove: "command.tag.remove",
    TagRelease: "command.tag.release",
    TransferIn: "transfer.received",
    TransferBack: "transfer.returned",
}


def reject(turn: Turn, data: Command | Handed, why: str, message: str) -> None:
    """Answers that the command may not be done: `why` in a word, `message` in one sentence."""
    kind = TYPES[type(data)]
    turn.emit("command.rejected", CommandRejected(kind, why, message, data.by, turn.customer.rev))
