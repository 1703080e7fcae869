"""What is framed here is what aiokafka and Kafka write and read, byte for byte."""

import pytest
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from hypothesis import given
from hypothesis import strategies as st

from agents.batches import BATCH_BYTES, Batch, batches
from topics.framing import body_of, by_place, opened, varint

CONTENT = st.none() | st.binary(max_size=200)
HEADERS = st.lists(st.tuples(st.text(max_size=20), CONTENT), max_size=12)
ROWS = st.lists(st.tuples(CONTENT, CONTENT, HEADERS, st.integers(0, 2**41)), min_size=1, max_size=40)
PRODUCER = (7, 3, 1_000)


@given(CONTENT, CONTENT, HEADERS)
def test_a_body_is_opened_into_the_parts_it_was_made_of(key, value, headers):
    assert opened(body_of(key, value, headers)) == (key, value, headers)


@pytest.mark.parametrize("size", [0, 63, 64, 8_191, 8_192, 2**20])
def test_contents_of_any_length_are_framed(size):
    assert opened(body_of(bytes(size), bytes(size), [("h", bytes(size))]))[1] == bytes(size)


@pytest.mark.parametrize(
    ("number", "written"),
    [(0, b"\0"), (-1, b"\1"), (1, b"\2"), (63, b"\x7e"), (64, b"\x80\x01"), (-65, b"\x81\x01")],
)
def test_a_varint_is_zigzag_with_the_lowest_seven_bits_first(number, written):
    assert varint(number) == written


def theirs(rows):
    builder = BatchBuilder(2**30, 0, is_transactional=1)
    for key, value, headers, timestamp in rows:
        builder.append(timestamp=timestamp, key=key, value=value, headers=headers)
    builder._set_producer_state(*PRODUCER)
    return bytes(builder._build())


def ours(rows):
    batch = Batch([body_of(*row[:3]) for row in rows], [row[3] for row in rows])
    batch._set_producer_state(*PRODUCER)
    return bytes(batch._build())


@given(ROWS)
def test_a_batch_that_does_not_shrink_is_the_very_batch_that_aiokafka_builds(rows):
    built = ours(rows)
    if built[22] & 7 == 0:  # Not compressed.
        assert built == theirs(rows)


@given(ROWS)
def test_a_batch_is_read_back_with_a_good_checksum(rows):
    (batch,) = batches_in(ours([*rows, (b"k", bytes(5_000), [], rows[-1][3])]))
    assert batch.validate_crc()
    assert batch.is_transactional
    assert (batch.producer_id, batch.producer_epoch, batch.base_sequence) == PRODUCER
    found = [(each.key, each.value, list(each.headers), each.timestamp) for each in batch]
    assert found[:-1] == [(key, value, headers, timestamp) for key, value, headers, timestamp in rows]


def batches_in(built):
    records = MemoryRecords(built)
    while records.has_next():
        yield records.next_batch()


def test_a_batch_that_is_sent_again_is_the_same_though_its_producer_moved_on():
    batch = Batch([body_of(b"k", b"v")], [1])
    batch._set_producer_state(*PRODUCER)
    first = batch._build()
    batch._set_producer_state(8, 8, 8)
    assert batch._build() is first
    assert (batch.record_count(), batch.size()) == (1, len(first))


def test_a_batch_ends_where_it_is_full_and_a_larger_record_has_one_of_its_own():
    sizes = [1_000] * 5 + [BATCH_BYTES - 500] + [2 * BATCH_BYTES] * 2 + [1_000]
    bodies = [body_of(b"k", bytes(size)) for size in sizes]
    assert [each.record_count() for each in batches(bodies, [0] * len(bodies))] == [5, 1, 1, 1, 1]
    assert batches([], []) == []


def test_outputs_are_put_together_by_place_in_the_order_sent():
    outputs = [("a", 0, b"1", 5), ("b", 0, b"2", 6), ("a", 1, b"3", 7), ("a", 0, b"4", 8)]
    assert by_place(outputs) == {
        ("a", 0): ([b"1", b"4"], [5, 8]),
        ("b", 0): ([b"2"], [6]),
        ("a", 1): ([b"3"], [7]),
    }
