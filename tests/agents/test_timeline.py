"""The index of what happened to a customer: newest first, page by page, and made anew where it is missing."""

import socket
from itertools import pairwise

import msgspec
import pytest

from agents.lines import LineRecord
from agents.owners import Owners, address, member_url, served_at
from agents.reasons import reason_of
from agents.reasons_words import Shop
from agents.settings import WorkerSettings
from agents.timeline import Timeline, entry_of, told
from agents.worker import advertised
from tests.agents.support_fold import CATALOGUE, Fold, story
from topics.catalogue import Role
from topics.examples_out import example_record
from topics.framing import opened

SHOP = Shop(2, "CNY")


def outputs(fold):
    """All that a fold sent, as records of their topics."""
    found = []
    for work in fold.works:
        for topic, partition, body, timestamp in work.outputs:
            key, value, headers = opened(body)
            found.append(LineRecord(topic, partition, len(found), timestamp, key, value, headers))
    return found


@pytest.fixture
def filled(tmp_path):
    """(timeline, records) of a shop's life."""
    records, fold = story(0), Fold()
    fold.take(records)
    fold.rest()
    timeline = Timeline(tmp_path / "timeline", CATALOGUE)
    every = [*records, *outputs(fold)]
    for topic in timeline.sources:
        mine = [each for each in every if each.topic == topic]
        for start in range(0, len(mine), 40):
            some = mine[start : start + 40]
            timeline.add(topic, some, some[-1].offset + 1)
    yield timeline, every
    timeline.close()


def test_pages_have_every_entry_of_a_customer_once_and_the_newest_first(filled):
    timeline, every = filled
    names = {each.key for each in every if each.key and entry_of(CATALOGUE, each)}
    for name in sorted(names):
        wanted = [each for each in every if each.key == name and entry_of(CATALOGUE, each)]
        found, after = [], ""
        while True:
            page = timeline.page(name.decode(), after, 7, lambda entry: True)
            found += page.entries
            after = page.next
            if not after:
                break
        assert len(found) == len(wanted)
        assert all(one.recorded_ms >= other.recorded_ms for one, other in pairwise(found))
        assert sorted(each.type for each in found) == sorted(
            entry_of(CATALOGUE, each).type for each in wanted
        )


def test_an_index_goes_on_where_it_was_and_an_emptied_one_begins_anew(filled):
    timeline, every = filled
    positions = dict(timeline.positions)
    timeline.close()
    again = Timeline(timeline.path, CATALOGUE)
    assert again.positions == positions
    assert max(positions.values()) > 0
    again.wipe()
    assert set(again.positions.values()) == {0}
    name = next(each.key for each in every if each.key).decode()
    assert again.page(name, "", 10, lambda entry: True).entries == []
    again.close()
    timeline._open()


def test_a_customer_whose_name_begins_like_anothers_has_entries_of_its_own(tmp_path):
    timeline = Timeline(tmp_path / "timeline", CATALOGUE)
    points = CATALOGUE.name(Role.POINTS)
    record = example_record("points.earned")
    headers = [(name, text.encode()) for name, text in record["headers"].items()]
    value = msgspec.json.encode(record["payload"])
    rows = [
        LineRecord(points, 0, at, 5, name, value, headers) for at, name in enumerate((b"c", b"c1", b"c\xff"))
    ]
    timeline.add(points, rows, 3)
    assert [len(timeline.page(name, "", 10, lambda entry: True).entries) for name in ("c", "c1")] == [1, 1]
    for wrong in ("zz", "00", "é"):
        with pytest.raises(ValueError):  # noqa: PT011
            timeline.page("c", wrong, 10, lambda entry: True)
    timeline.close()


def test_what_is_not_known_is_told_by_its_name():
    assert reason_of("points.earned", {"strange": 1}, SHOP).en == "Points earned: strange 1."
    assert reason_of("new.kind", {}, SHOP) == ("New kind.", "new.kind。")


def test_every_entry_of_a_life_can_be_told(filled):
    _, every = filled
    for record in every:
        entry = entry_of(CATALOGUE, record)
        if entry is not None:
            shown = msgspec.json.decode(msgspec.json.encode(told(entry, SHOP)))
            assert shown["reason"]["en"] != entry.type, entry
            assert isinstance(shown["data"], dict)


class _App:
    """What the group's assignment says."""

    def __init__(self, told):
        self.assignor = self
        self.told = told

    def tables_metadata(self):
        return self.told


def test_members_are_told_apart_behind_one_address_and_found_at_it(tmp_path):

    settings = WorkerSettings(rules="x", kafka="localhost:1", web_port=7000, instance_id="till 1@a")
    urls = [member_url(settings, name) for name in ("till 1@a", "till-2")]
    assert len(set(urls)) == 2
    assert {served_at(url) for url in urls} == {"127.0.0.1:7000"}
    topic = settings.catalogue.name(Role.CHANGELOG)
    told = {
        "http://a@10.0.0.1:7001": {topic: [0, 2]},
        "http://silent": {topic: [1]},
        "http://b@[::1]:9": {topic: [3]},
    }
    owners = Owners(_App(told), settings)
    assert [owners.of(number) for number in range(5)] == ["10.0.0.1:7001", "", "10.0.0.1:7001", "[::1]:9", ""]
    assert owners.others() == ["10.0.0.1:7001", "[::1]:9"]


def test_a_worker_that_listens_everywhere_is_reached_by_its_machines_name_or_as_it_says():

    anywhere = WorkerSettings(rules="x", kafka="localhost:1", web_port=7000, web_host="0.0.0.0")
    assert address(anywhere) == f"{socket.gethostname()}:7000"
    assert address(anywhere.model_copy(update={"web_advertise": "w.example:80"})) == "w.example:80"
    assert [advertised("w.example:80", number) for number in (1, 3)] == ["w.example:80", "w.example:82"]
    assert advertised("", 2) == ""
