"""The poison is poison: what it is made of is good, and the decoder takes only what a rule has to refuse."""

import json
from collections import Counter
from random import Random

from engine.events import Event
from tests.chaos.load import shop_records
from tests.chaos.poison import poison
from tests.chaos.poison_fields import EVENTS, KEY
from topics.catalogue import Role
from topics.decode import Undecodable, decode

KINDS, PARTITIONS = 2_000, 4
AT = "2026-01-11T00:00:00Z"


def test_what_the_poison_is_made_of_is_good():
    for role, events in EVENTS.items():
        for event in events:
            assert not isinstance(decode(Role(role), KEY, json.dumps(event).encode()), Undecodable)


def test_thousands_of_kinds_differ_and_only_what_a_rule_refuses_is_an_event():
    chance = Random(11)
    given = [each for each in shop_records(chance, 2_000, PARTITIONS, "log") if each.good]
    orders = [each for each in given if b'"purchase.completed"' in each.value]
    bad = poison(chance, KINDS, orders, AT, PARTITIONS)
    assert len({(each.role, each.key, each.value, each.headers) for each in bad}) == KINDS
    decoded = [decode(Role(each.role), each.key, each.value, each.headers) for each in bad]
    reasons = Counter(each.reason for each in decoded if isinstance(each, Undecodable))
    assert (
        min(reasons[name] for name in ("bad_json", "schema", "unknown_type", "no_customer", "bad_money")) > 30
    )
    ids = {json.loads(each.value)["id"] for each in orders}
    taken = [each for each in decoded if not isinstance(each, Undecodable)]
    assert all(isinstance(each, Event) for each in taken)
    years = [each for each in taken if each.id == "poison"]
    assert len(years) == 2  # 1971 and 2099.
    for each in taken:
        assert each in years or each.id in ids or each.data.lines[0].line_id.startswith("unknown-")
