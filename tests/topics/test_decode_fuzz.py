"""No bytes make the decoder raise."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.cutoffs import Counted, Cutoffs
from engine.events import Event
from topics.catalogue import Role
from topics.complaints import REASONS
from topics.decode import TimeReached, Undecodable, decode
from topics.examples import EXAMPLES

ATTRIBUTES = {
    "ce_specversion": b"1.0",
    "ce_type": b"purchase.cancelled",
    "ce_source": b"pos-7",
    "ce_id": b"e-1",
    "ce_time": b"2026-01-10T03:04:05.678Z",
    "ce_subject": b"c42",
    "content-type": b"application/json",
}
roles = st.sampled_from([Role.PURCHASES, Role.ENGAGEMENTS, Role.COMMANDS])
keys = st.none() | st.just(b"c42") | st.binary(max_size=4)
names = st.sampled_from([*ATTRIBUTES, "ce_backfill", "ce_", "x"]) | st.text(max_size=4)
headers = st.lists(st.tuples(names, st.none() | st.binary(max_size=30)), max_size=6) | st.just(
    [*ATTRIBUTES.items()]
)


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    """A published example with some bytes changed, or any bytes."""
    source = draw(st.sampled_from(list(EXAMPLES.values())))
    value = bytearray(json.dumps(source).encode())
    for _ in range(draw(st.integers(0, 5))):
        at = draw(st.integers(0, len(value)))
        value[at : at + draw(st.integers(0, 20))] = draw(st.binary(max_size=5))
    return bytes(value)


@settings(max_examples=1500, deadline=None)
@given(roles, keys, mangled() | st.binary(max_size=200), headers | st.just(()))
def test_no_bytes_raise(role, key, value, headers):
    got = decode(role, key, value, headers)
    if isinstance(got, Undecodable):
        assert got.reason in REASONS
        assert len(got.message) < 400
    else:
        assert isinstance(got, Event | TimeReached | Counted | Cutoffs)
