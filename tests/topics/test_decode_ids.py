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
        for way in (["order_id"], ["lines", 1, "line_id"], ["paid_with_points", "wallet"])
    ],
    *[(REFUND, ("data", *way)) for way in (["order_id"], ["refund_id"], ["lines", 0, "line_id"])],
    (EXAMPLES["purchase.cancelled"], ("data", "order_id")),
    (EXAMPLES["purchase.delivered"], ("data", "order_id")),
    *[(EXAMPLES["engagement.review"], ("data", name)) for name in ("ref_id", "referee_id")],
]
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
    role = Role.ENGAGEMENTS if event["type"].startswith("engagement") else Role.PURCHASES
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
