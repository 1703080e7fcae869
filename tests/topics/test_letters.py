"""A dead letter read back gives the record as it came, whatever headers it came with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topics.encode import ERRORS, REASON_HEADER, dead_letter
from topics.framing import opened
from topics.letters import TRIES_HEADER, Record, letter_of, names_of

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NAMES = st.sampled_from([ERRORS + "topic", REASON_HEADER, "ce_id", "traceparent"]) | TEXT
BYTES = st.none() | st.binary(max_size=12)


class Put:
    """A record of the dead letters."""

    def __init__(self, body: bytes) -> None:
        self.partition, self.offset, self.timestamp = 3, 41, 1_700_000_000_000
        self.key, self.value, self.headers = opened(body)


def put(key=b"c1", value=b"{", headers=(), reason="bad_json", topic="loyalty.purchases") -> Record:
    return Put(dead_letter(topic, 2, 17, 1_699_999_999_000, key, value, headers, reason, "$: no")[1])


@given(BYTES, BYTES, st.lists(st.tuples(NAMES, BYTES), max_size=4))
def test_key_value_and_headers_are_those_of_the_record(key, value, headers):
    letter = letter_of(put(key, value, headers))
    assert (letter.key, letter.value, letter.headers) == (key, value, headers)
    assert (letter.topic, letter.home, letter.at, letter.recorded_ms) == (
        "loyalty.purchases", 2, 17, 1_699_999_999_000,
    )  # fmt: skip
    assert (letter.place, letter.reason, letter.message, letter.tries) == ("3:41", "bad_json", "$: no", 0)


def test_each_try_counts_in_one_header_which_is_no_part_of_what_the_record_is():
    headers = [("a", b"1"), ("a", b"2")]
    first = letter_of(put(headers=headers))
    sent = opened(first.body)
    assert sent == (b"c1", b"{", [*headers, (TRIES_HEADER, b"1")])
    second = letter_of(put(headers=sent[2], reason="schema"))
    assert (second.tries, second.headers) == (1, headers)
    assert second.digest == first.digest
    assert opened(second.body)[2] == [*headers, (TRIES_HEADER, b"2")]
    assert letter_of(put(headers=headers, value=b"[")).digest != first.digest
    assert letter_of(put(headers=headers, topic="loyalty.commands")).digest != first.digest


@pytest.mark.parametrize("told", [b"", b"x", b"-1", b"1e9", b"99999", "\u0663".encode(), b"\xff"])
def test_a_count_that_is_none_of_ours_is_no_count(told):
    assert letter_of(put(headers=[(TRIES_HEADER, told)])).tries == 0


def test_a_record_that_is_no_dead_letter_is_none():
    record = put()
    record.headers = record.headers[:-1]
    assert letter_of(record) is None
    record.headers = []
    assert letter_of(record) is None


def test_a_timers_letter_has_nothing_to_send():
    assert letter_of(put(topic="timer|churn")).of_timer
    assert not letter_of(put()).of_timer


@pytest.mark.parametrize(
    ("value", "headers", "names"),
    [
        (b'{"source":"pos","id":"e1","data":7}', [], ("pos", "e1")),
        (b"{}", [("ce_source", b"pos"), ("ce_id", b"e1")], ("pos", "e1")),
        (b'{"source":1}', [], ("", "")),
        (b"\xff", [], ("", "")),
        (None, [], ("", "")),
    ],
)
def test_the_event_is_named_where_it_can_be_read(value, headers, names):
    assert names_of(letter_of(put(value=value, headers=headers))) == names
