"""Commands, and what the engine sends itself, become engine events, or one reason and one sentence."""

import json

import pytest

from engine.events import (
    Actor,
    Adjust,
    Lot,
    Redeem,
    RedeemReverse,
    ReferralClosed,
    ReferralOpened,
    SetConsent,
    TierOverride,
    TierRelease,
    Transfer,
    TransferBack,
    TransferIn,
)
from tests.topics.test_decode import KEY, changed, data_of
from topics.catalogue import Role
from topics.decode import Undecodable, decode
from topics.examples import EXAMPLES, SMALLEST

BY = Actor("li.na", "service", "asked at the till")
LOTS = (Lot(200, 1798732800000), Lot(50))
COMMANDS = {
    "command.points.redeem": Redeem(BY, "x-1", 500, "points", "mug"),
    "command.points.redeem_reverse": RedeemReverse(BY, "x-1", 200),
    "command.points.adjust": Adjust(BY, -120, "wrong-order", "points", 1798732800000, "wang.wei", True),
    "command.points.transfer": Transfer(BY, "t-1", "c43", 250, "points"),
    "command.tier.override": TierOverride(BY, "main", "gold", "floor", 1798732800000),
    "command.tier.release": TierRelease(BY, "main"),
    "command.consent.set": SetConsent(BY, "marketing.sms", True),
    "transfer.received": TransferIn(BY, "t-1", "c41", "points", LOTS),
    "transfer.returned": TransferBack(BY, "t-1", "c43", "points", LOTS, "unknown_wallet"),
    "referral.opened": ReferralOpened("c41", ("0123456789abcdef",), ("phone:4fd5e0e4ab7c5b1b",)),
    "referral.closed": ReferralClosed("c43", "returned", ()),
}


@pytest.mark.parametrize("kind", COMMANDS)
def test_every_command_is_read_in_full(kind):
    assert data_of(kind, Role.COMMANDS) == COMMANDS[kind]


def test_a_command_needs_little_more_than_an_actor():
    data = {"actor": "till", "redemption_id": "x", "qty": 1}
    got = decode(
        Role.COMMANDS, KEY, json.dumps({**SMALLEST, "type": "command.points.redeem", "data": data}).encode()
    )
    assert got.data == Redeem(Actor("till"), "x", 1, "points", "")


@pytest.mark.parametrize(
    ("kind", "path", "value", "reason", "message"),
    [
        ("points.redeem", "data.actor", ..., "schema", "$.data: missing the required field actor"),
        ("points.redeem", "data.qty", 0, "negative_qty", "$.data.qty: expected int >= 1"),
        ("points.adjust", "data.qty", 0, "schema", "$.data.qty: 0 adjusts nothing"),
        ("points.adjust", "data.expires", "soon", "schema", "$.data.expires: an RFC 3339 time"),
        ("points.transfer", "data.to", "c42", "schema", "$.data.to: it is the customer who gives"),
        ("tier.override", "data.mode", "ceiling", "schema", "$.data.mode: invalid enum value"),
        ("tier.override", "data.until", "2026-02-30T00:00:00Z", "schema", "$.data.until: an RFC 3339 time"),
        ("tier.release", "subject", "c43", "no_customer", "$.subject: the customer differs"),
        ("tier.release", "type", "command.tier.x", "unknown_type", "$.type: the type 'command.tier.x'"),
    ],
)  # fmt: skip
def test_a_command_that_cannot_be_read_names_the_place(kind, path, value, reason, message):
    got = decode(Role.COMMANDS, KEY, changed(path, value, EXAMPLES[f"command.{kind}"]))
    assert (got.reason, got.message[: len(message)]) == (reason, message)


@pytest.mark.parametrize(
    "kind", ["transfer.received", "transfer.returned", "referral.opened", "referral.closed"]
)
def test_what_the_engine_sends_itself_is_taken_from_the_engine_alone(kind):
    got = decode(Role.COMMANDS, KEY, changed("source", "pos-7", EXAMPLES[kind]))
    assert got == Undecodable("schema", "$.source: only the engine sends this type, as /tierline")
