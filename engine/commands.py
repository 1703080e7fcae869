"""Commands to their part of the engine."""

from engine.adjusting import adjust, come_back, take_in, transfer
from engine.events import (
    TAG_COMMANDS,
    Adjust,
    Command,
    Internal,
    Redeem,
    RedeemReverse,
    ReferralClosed,
    ReferralOpened,
    SetConsent,
    TierOverride,
    Transfer,
    TransferBack,
    TransferIn,
)
from engine.overrides import override, release
from engine.personal import set_consent
from engine.redeeming import redeem, reverse
from engine.referring import closed, opened
from engine.rejecting import reject
from engine.tags_by_hand import by_hand
from engine.turn import Turn


def obey(turn: Turn, data: Command | Internal) -> None:
    """Does what the command says, or answers why it may not be done."""
    if isinstance(data, Redeem):
        redeem(turn, data)
    elif isinstance(data, RedeemReverse):
        reverse(turn, data)
    elif isinstance(data, Adjust):
        adjust(turn, data)
    elif isinstance(data, Transfer):
        transfer(turn, data)
    elif isinstance(data, TransferIn):
        take_in(turn, data)
    elif isinstance(data, TransferBack):
        come_back(turn, data)
    elif isinstance(data, SetConsent):
        set_consent(turn, data)
    elif isinstance(data, ReferralOpened):
        opened(turn, data)
    elif isinstance(data, ReferralClosed):
        closed(turn, data)
    else:
        if isinstance(data, TAG_COMMANDS):
            refused = by_hand(turn, data)
        else:
            refused = override(turn, data) if isinstance(data, TierOverride) else release(turn, data)
        if refused is not None:
            reject(turn, data, *refused)
