"""Several inputs become one order, and nothing is lost, repeated or taken too early."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.merge import Fetched, Gap, Inputs

TOPICS = ("a", "b", "c")


@dataclass(frozen=True)
class Rec:
    topic: str
    offset: int
    timestamp: int


def fetched(topic, timestamps, start=0, end=None, at_end=True, epoch=0):
    records = [Rec(topic, start + i, each) for i, each in enumerate(timestamps)]
    return Fetched(start, start + len(records) if end is None else end, at_end, epoch, records)


def by_heads(lists):
    """The definition: again and again the smallest (timestamp, topic) among the heads."""
    lists = [list(each) for each in lists]
    merged = []
    while any(lists):
        best = min((each for each in lists if each), key=lambda each: (each[0].timestamp, each[0].topic))
        merged.append(best.pop(0))
    return merged


def take_all(inputs, limit, wait=True):
    taken = []
    while records := inputs.take(limit, wait):
        taken += records
    return taken


timestamps = st.lists(st.integers(0, 20), max_size=30)


@given(runs=st.lists(timestamps, min_size=3, max_size=3), limit=st.integers(1, 40))
def test_records_come_out_by_smallest_head_whatever_the_size_of_the_bites(runs, limit):
    inputs = Inputs(TOPICS, {})
    fetches = [fetched(topic, each) for topic, each in zip(TOPICS, runs, strict=True)]
    for topic, each in zip(TOPICS, fetches, strict=True):
        inputs.add(topic, each)
    assert take_all(inputs, limit) == by_heads([each.records for each in fetches])
    assert inputs.positions == {topic: len(each) for topic, each in zip(TOPICS, runs, strict=True)}
    assert inputs.empty


@given(
    runs=st.lists(timestamps, min_size=3, max_size=3),
    cuts=st.lists(st.tuples(st.sampled_from(TOPICS), st.integers(1, 8)), max_size=40),
    limit=st.integers(1, 10),
)
def test_records_that_come_bit_by_bit_come_out_as_if_all_had_been_there(runs, cuts, limit):
    """As long as an input that has more to give is waited for."""
    whole = {topic: fetched(topic, each).records for topic, each in zip(TOPICS, runs, strict=True)}
    inputs, given_so_far, taken = Inputs(TOPICS, {}), dict.fromkeys(TOPICS, 0), []
    for topic, count in [*cuts, *((topic, 99) for topic in TOPICS)]:
        start = given_so_far[topic]
        part = whole[topic][start : start + count]
        end = start + len(part)
        inputs.add(topic, Fetched(start, end, end == len(whole[topic]), 0, part))
        given_so_far[topic] = end
        taken += take_all(inputs, limit)
    assert taken == by_heads(whole.values())


def test_an_empty_input_that_may_have_earlier_records_holds_the_others_back():
    inputs = Inputs(("a", "b"), {})
    inputs.add("a", fetched("a", [5, 6]))
    assert not inputs.take(10, wait=True)
    inputs.add("b", Fetched(0, 0, True, 0, ()))
    assert [each.timestamp for each in inputs.take(10, wait=True)] == [5, 6]


def test_after_waiting_long_enough_the_others_go_first():
    inputs = Inputs(("a", "b"), {})
    inputs.add("a", fetched("a", [5, 6]))
    assert [each.timestamp for each in inputs.take(10, wait=False)] == [5, 6]


def test_nothing_is_taken_beyond_the_last_known_record_of_an_input_with_more():
    inputs = Inputs(("a", "b"), {})
    inputs.add("a", fetched("a", [1, 3], at_end=False))
    inputs.add("b", fetched("b", [2, 9]))
    assert [each.timestamp for each in inputs.take(10, wait=True)] == [1, 2, 3]
    assert not inputs.take(10, wait=True)


def test_equal_timestamps_go_by_the_order_of_the_topics():
    inputs = Inputs(("b", "a"), {})
    inputs.add("a", fetched("a", [7]))
    inputs.add("b", fetched("b", [7]))
    assert [each.topic for each in inputs.take(10, wait=True)] == ["b", "a"]


def test_the_position_lies_past_markers_once_all_before_them_is_taken():
    inputs = Inputs(("a",), {})
    inputs.add("a", fetched("a", [1, 2], end=5))
    inputs.take(1, wait=True)
    assert inputs.positions == {"a": 1}
    inputs.take(1, wait=True)
    assert inputs.positions == {"a": 5}


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_a_limit_below_the_number_of_inputs_is_kept(limit):
    inputs = Inputs(TOPICS, {})
    for topic in TOPICS:
        inputs.add(topic, fetched(topic, [1, 2]))
    taken = [inputs.take(limit, wait=True) for _ in range(6)]
    assert max(map(len, taken)) == limit
    assert [each.timestamp for records in taken for each in records] == [1, 1, 1, 2, 2, 2]


def test_what_is_known_already_is_left_out():
    inputs = Inputs(("a",), {"a": 10})
    inputs.add("a", fetched("a", range(4), start=6))
    inputs.add("a", fetched("a", range(4), start=8))
    inputs.add("a", fetched("a", range(2), start=7))
    assert [each.offset for each in take_all(inputs, 5)] == [10, 11]
    assert inputs.positions == {"a": 12}


def test_a_fetch_that_begins_above_the_position_is_a_gap():
    inputs = Inputs(("a",), {"a": 10})
    with pytest.raises(Gap, match=r"a: offset 10 is next, but the records begin at 11\."):
        inputs.add("a", fetched("a", [1], start=11))


def test_missing_offsets_inside_a_fetch_are_no_gap():
    """Aborted transactions and compaction leave such holes."""
    inputs = Inputs(("a",), {})
    inputs.add("a", Fetched(0, 9, True, 0, [Rec("a", 3, 1), Rec("a", 7, 1)]))
    assert [each.offset for each in inputs.take(5, wait=True)] == [3, 7]
    assert inputs.positions == {"a": 9}
