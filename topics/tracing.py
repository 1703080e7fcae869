"""Where a trace travels: in headers of its own, outside of what an effect is.

The W3C header `traceparent`, and CloudEvents' `ce_traceparent` with the same content. What is put on a record
stands behind its own headers, after all hashing, and is taken off before anything is compared.
"""

import re
from collections.abc import Sequence
from typing import Final

from topics.framing import Headers, body_of, opened

PARENT: Final = "traceparent"
STATE: Final = "tracestate"
EXTENSION: Final = "ce_"  # Before the same names: CloudEvents' distributed tracing.
_NAMES: Final = frozenset({PARENT, STATE, EXTENSION + PARENT, EXTENSION + STATE})
_EFFECT: Final = "ce_ruleversion"  # What every effect has, and no dead letter behind its own headers.
_WELL_FORMED: Final = re.compile(rb"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}").fullmatch
_STATE_MAX: Final = 512  # Bytes; what W3C asks to be passed on at least.


def carried(headers: Sequence[tuple[str, bytes | None]]) -> dict[str, str] | None:
    """The trace that a record is part of, as W3C's headers by name; None for none, or a malformed one."""
    found = dict(headers)
    for prefix in ("", EXTENSION):
        parent = found.get(prefix + PARENT)
        if parent is not None and _WELL_FORMED(parent):
            trace = {PARENT: parent.decode()}
            state = found.get(prefix + STATE)
            if state and state.isascii() and len(state) <= _STATE_MAX:
                trace[STATE] = state.decode()
            return trace
    return None


def dressed(body: bytes, trace: dict[str, str]) -> bytes:
    """The body of an effect with the trace behind its own headers."""
    key, value, headers = opened(body)
    worn = [(prefix + name, text.encode()) for prefix in ("", EXTENSION) for name, text in trace.items()]
    return body_of(key, value, [*headers, *worn])


def undressed(headers: Sequence[tuple[str, bytes | None]]) -> Headers:
    """An effect's own headers; those of any other record as they are."""
    own = list(headers)
    if any(name == _EFFECT for name, _ in own):
        while own[-1][0] in _NAMES:
            own.pop()
    return own
