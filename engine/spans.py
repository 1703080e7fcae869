"""Points by their numbers: sorted spans of them, as flat lists [start, end, start, end, ...].

A wallet numbers the points it gives with a life of their own. So a few spans say which of them are left,
however many orders gave them, and an order knows its points by their numbers alone.
"""

from typing import Final

FEWEST: Final = 2  # Values of one span.


def total(spans: list[int]) -> int:
    """How many points the spans hold."""
    return sum(spans[1::2]) - sum(spans[::2])


def add(spans: list[int], start: int, end: int) -> None:
    """Puts the points [start, end) in, none of which is there yet; neighbours become one span."""
    if start >= end:
        return
    if spans and spans[-1] == start:  # Nearly always: the newest.
        spans[-1] = end
        return
    at = len(spans)
    while at and spans[at - FEWEST] > start:
        at -= FEWEST
    spans[at:at] = [start, end]
    if at + FEWEST < len(spans) and spans[at + FEWEST] == end:
        del spans[at + 1 : at + 3]
    if at and spans[at - 1] == start:
        del spans[at - 1 : at + 1]


def take(spans: list[int], qty: int) -> list[int]:
    """Takes the first `qty` points, or all there are, out of the spans; what was taken."""
    taken: list[int] = []
    while qty > 0 and spans:
        start, end = spans[0], min(spans[1], spans[0] + qty)
        taken += (start, end)
        qty -= end - start
        if end == spans[1]:
            del spans[:FEWEST]
        else:
            spans[0] = end
    return taken


def take_within(spans: list[int], start: int, end: int, qty: int) -> int:
    """Takes up to `qty` of the points numbered [start, end) out of the spans, the last first; how many."""
    left = qty
    at = len(spans)
    while at and left > 0:
        at -= FEWEST
        first, last = max(spans[at], start), min(spans[at + 1], end)
        if first >= last:
            continue
        first = max(first, last - left)
        left -= last - first
        spans[at : at + FEWEST] = [
            *((spans[at], first) if spans[at] < first else ()),
            *((last, spans[at + 1]) if last < spans[at + 1] else ()),
        ]
    return qty - left


def shorten(spans: list[int], most: int) -> None:
    """Keeps at most `most` spans: the first ones move up to their neighbours, the number of points stays."""
    while len(spans) > FEWEST * most:
        length = spans[1] - spans[0]
        spans[2] -= length
        del spans[:FEWEST]
