"""No identifier with a control character gets through, however it is written."""

import copy
import json

import pytest

from topics.catalogue import Role
from topics.decode import Undecodable, decode
from topics.examples import EXAMPLES

CONTROL = [chr(code) for code in (*range(0x20), *range(0x7F, 0xA0))]
PURCHASE, REFUND = EXAMPLES["purchase.completed"], EXAMPLES["purchase.refunded"]
PLACES = [
    *[(PURCHASE, (name,)) for name in ("source", "id", "subject")],
    *[
        (PURCHASE, ("data", *way))
        for way in (
            ["order_id"],
            ["lines", 1, "line_id"],
            ["paid_with_points", "wallet"],
            ["paid_with_points", "redemption_id"],
        )
    ],
    *[(REFUND, ("data", *way)) for way in (["order_id"], ["refund_id"], ["lines", 0, "line_id"])],
    (EXAMPLES["purchase.cancelled"], ("data", "order_id")),
    (EXAMPLES["purchase.delivered"], ("data", "order_id")),
    *[(EXAMPLES["engagement.review"], ("data", name)) for name in ("ref_id", "referee_id")],
    *[(EXAMPLES[f"command.points.{name}"], ("data", "actor")) for name in ("redeem", "transfer")],
    *[(EXAMPLES["command.points.redeem"], ("data", name)) for name in ("redemption_id", "wallet")],
    *[(EXAMPLES["command.points.adjust"], ("data", name)) for name in ("reason_code", "second_actor")],
    *[(EXAMPLES["command.points.transfer"], ("data", name)) for name in ("transfer_id", "to")],
    *[(EXAMPLES["command.tier.override"], ("data", name)) for name in ("tier_set", "tier")],
    (EXAMPLES["transfer.received"], ("data", "sender")),
    (EXAMPLES["transfer.returned"], ("data", "receiver")),
    (EXAMPLES["transfer.returned"], ("data", "by", "actor")),
    (EXAMPLES["referral.opened"], ("data", "referrer")),
    (EXAMPLES["referral.closed"], ("data", "referee")),
]
ROLES = {
    "purchase": Role.PURCHASES,
    "engagement": Role.ENGAGEMENTS,
    "command": Role.COMMANDS,
    "transfer": Role.COMMANDS,
    "referral": Role.COMMANDS,
}
WRITTEN = {
    "raw": lambda event: json.dumps(event, ensure_ascii=False),
    "escaped": json.dumps,
}


def put(event: dict, way: tuple, value: str) -> dict:
    event = copy.deepcopy(event)
    node = event
    for name in way[:-1]:
        node = node[name]
    node[way[-1]] = value
    return event


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize(
    ("event", "way"), PLACES, ids=lambda part: part["type"] if "type" in part else str(part[-1])
)
def test_no_identifier_holds_a_control_character(event, way, written):
    role = ROLES[event["type"].partition(".")[0]]
    for character in [*CONTROL, ""]:
        made = put(event, way, f"a{character}b")
        got = decode(role, made["subject"].encode(), WRITTEN[written](made).encode())
        assert isinstance(got, Undecodable) == (character != ""), repr(character)


@pytest.mark.parametrize("name", ["channel", "store_id"])
def test_other_texts_may_hold_any_character(name):
    for character in CONTROL:
        value = json.dumps(put(PURCHASE, ("data", name), character)).encode()
        assert getattr(decode(Role.PURCHASES, b"c42", value).data, name) == character


@pytest.mark.parametrize("currency", ["ＣＮＹ", "cny", "CN", "CNYX", "C1Y", "ÄÖÜ"])
def test_a_currency_is_three_capital_letters_of_ascii(currency):
    for written in WRITTEN.values():
        value = written(put(PURCHASE, ("data", "currency"), currency)).encode()
        assert decode(Role.PURCHASES, b"c42", value).message.startswith("$.data.currency: ")
