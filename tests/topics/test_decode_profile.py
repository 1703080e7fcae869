"""Profiles are read field by field, and what is wrong is said without saying what was sent."""

import json

import pytest

from engine.events import Engagement, Profile
from topics.catalogue import Role
from topics.decode import Undecodable, decode
from topics.examples import EXAMPLES, SMALLEST

HASH = "0123456789abcdef" * 4
EVENT = {name: value for name, value in SMALLEST.items() if name != "type"}


def read(data: object, kind: str = '"profile.updated"', role: Role = Role.ENGAGEMENTS):
    value = json.dumps(EVENT | {"data": data})
    return decode(role, b"c42", f'{{"type":{kind},{value[1:]}'.encode())


def test_a_profile_is_read_in_full():
    value = json.dumps(EXAMPLES["profile.updated"]).encode()
    event = decode(Role.ENGAGEMENTS, b"c42", value)
    assert event.type == "profile.updated"
    assert event.data == Profile(
        (
            ("zone", "Asia/Shanghai"),
            ("language", "zh-Hans"),
            ("birthday", "02-29"),
            ("joined_on", "2019-05-01"),
            ("attribute.size", "XL"),
            ("attribute.children", 2),
            ("attribute.shoe_size", None),
            ("phone", ("4fd5e0e4ab7c5b1b",)),
            ("device", ()),
            ("card", None),
        )
    )


@pytest.mark.parametrize("name", ["zone", "language", "birthday", "joined_on", "attributes"])
def test_null_removes_and_what_is_left_out_is_not_named(name):
    assert read({name: None}).data == Profile(((name, None),))
    assert read({}).data == Profile(())


def test_of_hashes_the_first_digits_are_kept_each_once():
    other = "f" * 32
    assert read({"card_hashes": [other, HASH, HASH]}).data == Profile(
        (("card", ("0123456789abcdef", "f" * 16)),)
    )


SECRETS = {
    "zone": "Moon/Crater",
    "language": "secret language",
    "birthday": "1990-05-17",
    "joined_on": "2019-02-29",
    "phone_hashes": ["+8613912345678"],
    "device_hashes": ["A" * 32],
    "card_hashes": ["6222020200112230456"],
}


@pytest.mark.parametrize(("name", "value"), SECRETS.items())
def test_what_does_not_fit_is_refused_with_its_place_and_without_its_value(name, value):
    refused = read({name: value})
    assert isinstance(refused, Undecodable)
    assert refused.reason == "schema"
    assert refused.message.startswith(f"$.data.{name}: ")
    assert refused.message.endswith((" is expected", "never the thing itself"))
    for part in value if isinstance(value, list) else [value]:
        assert part not in refused.message


@pytest.mark.parametrize("birthday", ["02-30", "04-31", "13-01", "00-10", "1-1", "01-1", "02-29\n"])
def test_a_birthday_is_a_day_of_some_year(birthday):
    assert isinstance(read({"birthday": birthday}), Undecodable)
    assert read({"birthday": "02-29"}).data == Profile((("birthday", "02-29"),))


@pytest.mark.parametrize("name", ["Size", "1a", "", "a" * 33, "secret.word", "a b"])
def test_the_name_of_an_attribute_is_a_plain_word(name):
    refused = read({"attributes": {name: 1}})
    assert isinstance(refused, Undecodable)
    assert refused.message.startswith("$.data.attributes: as the name of an attribute ")
    assert name not in refused.message or len(name) < 2


def test_attributes_are_bounded_in_number_and_length():
    assert read({"attributes": {f"a{at}": at for at in range(33)}}).reason == "schema"
    assert read({"attributes": {"a": "x" * 65}}).reason == "schema"
    assert read({"attributes": {"a": 1.5}}).reason == "schema"
    assert read({"attributes": {"a": True}}).reason == "schema"
    assert len(read({"attributes": {f"a{at}": "x" * 64 for at in range(32)}}).data.fields) == 32


def test_the_type_counts_wherever_and_however_it_is_written():
    assert read({"language": "en"}, '"pro\\u0066ile.updated"').data == Profile((("language", "en"),))
    about = read({"ref_id": "profile.updated"}, '"engagement.share"')
    assert about.data == Engagement("share", "profile.updated")
    lost = read({}, '"profile.updated"', Role.PURCHASES)
    assert (lost.reason, lost.message.split(" belongs ")[1]) == (
        "unknown_type",
        "on the engagements topic, not on purchases",
    )
