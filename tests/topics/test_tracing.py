"""A trace is read from either header, put behind an effect's own, and taken off without a trace."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.topics.test_encode import EARNED
from topics.encode import dead_letter, encode_effect
from topics.framing import opened
from topics.tracing import carried, dressed, undressed

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE = {"traceparent": PARENT, "tracestate": "shop=1"}
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["traceparent", "ce_traceparent", "tracestate", "ce_ruleversion", "a"]), st.binary()
    )
)


@pytest.mark.parametrize(
    ("headers", "trace"),
    [
        ([("traceparent", PARENT.encode())], {"traceparent": PARENT}),
        ([("ce_traceparent", PARENT.encode())], {"traceparent": PARENT}),
        ([("traceparent", PARENT.encode()), ("tracestate", b"shop=1")], TRACE),
        ([("ce_traceparent", PARENT.encode()), ("ce_tracestate", b"shop=1")], TRACE),
        ([("traceparent", PARENT.encode()), ("tracestate", b"x" * 600)], {"traceparent": PARENT}),
        ([("traceparent", b"00-x"), ("ce_traceparent", PARENT.encode())], {"traceparent": PARENT}),
        ([("traceparent", PARENT.replace("0af7651916cd43dd8448eb211c80319c", "0" * 32).encode())], None),
        ([("traceparent", PARENT.upper().encode())], None),
        ([("traceparent", None)], None),
        ([("tracestate", b"shop=1")], None),
        ([], None),
    ],
)
def test_a_trace_is_read_where_it_is_well_formed(headers, trace):
    assert carried(headers) == trace


def test_an_effect_wears_the_trace_in_both_headers_and_is_the_same_without_it():
    _, body = encode_effect(EARNED)
    key, value, headers = opened(dressed(body, TRACE))
    own = opened(body)
    assert (key, value) == own[:2]
    assert headers == [
        *own[2],
        ("traceparent", PARENT.encode()), ("tracestate", b"shop=1"),
        ("ce_traceparent", PARENT.encode()), ("ce_tracestate", b"shop=1"),
    ]  # fmt: skip
    assert undressed(headers) == own[2]
    assert undressed(own[2]) == own[2]


@given(HEADERS)
def test_the_headers_that_a_dead_letter_came_with_are_never_taken_off(headers):
    headers = [(name, value) for name, value in headers]
    _, body = dead_letter("t", 0, 1, 2, b"k", b"v", headers, "schema", "no")
    found = opened(body)[2]
    assert undressed(found) == found
