"""A profile as the documents show it."""

from typing import Any

import msgspec

from engine.events import Actor
from engine.profile_parts import (
    Lifetime,
    OrderShown,
    OverrideShown,
    Parcel,
    Profile,
    RhythmShown,
    TagShown,
    TicketShown,
    TierAhead,
    TierShown,
    WalletShown,
)
from topics.encode import encode_profile
from topics.framing import opened

PROFILE = Profile(
    customer="c42",
    rev=9,
    computed_ms=1768614245678,
    ruleversion="record-shop@1",
    currency="CNY",
    enrolled_ms=1768014245678,
    tiers={
        "main": TierShown(
            tier="silver",
            name="Silver",
            rank=1,
            since_ms=1768014245678,
            valid_until_ms=1801411200000,
            override=OverrideShown("silver", "floor", "base", Actor("li.na", "service", "complaint 771")),
            ahead=TierAhead("gold", "Gold", 94, {"spend_net over rolling 365 days >= 5000.00 CNY": 30000}),
        )
    },
    wallets={"points": WalletShown(249, earned=312, clawed_back=63, expiring=(Parcel(249, 1830268800000),))},
    lifetime=Lifetime(8325, 1, 1, 83),
    last_purchase_ms=1768014245678,
    rhythm=RhythmShown((60, 2), suggested_action="call"),
    facts={"open_complaints": 1},
    tags=(TagShown("vinyl-lover", "behaviour", 1768014245678),),
    person={"language": "zh"},
    consents={"marketing.sms": True},
    orders=(OrderShown("o-1", 12500, 1768014245000, 4175),),
    tickets=(TicketShown("t-7", "complaint", 1768100645000, 1768187045000),),
)


def profile_record() -> dict[str, Any]:
    """Headers and payload of the example."""
    _, value, headers = opened(encode_profile(PROFILE))
    return {
        "headers": {name: (text or b"").decode() for name, text in headers},
        "payload": msgspec.json.decode(value or b""),
    }
