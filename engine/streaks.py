"""Days in a row with an engagement: every so many of them give points, in whatever order they are told.

Kept per rule: a head, then spans of 32 days as bits, the days there was one and those that were paid for. A
row of n days is paid n // streak.days times in all. The head says which span is the first that may be there,
and how many unpaid days of a row stand right before it: of what went before nothing else is kept.
"""

from typing import Final

from engine.caps import EACH, LATE_DAYS, NOTHING
from engine.state import Customer
from rules.compiled_engagement import EngagementRule

SPAN_BITS: Final = 5
SPAN: Final = 1 << SPAN_BITS


class Span:
    """A span of 32 days by its number: as bits, the days there was an engagement and those paid for."""

    __slots__ = ("count", "period", "points")

    def __init__(self, period: int, count: int, points: int) -> None:
        self.period = period
        self.count = count
        self.points = points


def _spans(values: list[int]) -> list[Span]:
    """The spans as kept in the row, three values each; the first is the head."""
    return [Span(values[at], values[at + 1], values[at + 2]) for at in range(0, len(values), EACH)]


def streak_points(customer: Customer, rule: EngagementRule, day: int) -> int:
    """Points for the row of days that an engagement on this local day completes, if so; notes the day."""
    streak = rule.streak
    if streak is None:
        return 0
    number, bit = day >> SPAN_BITS, 1 << day % SPAN
    spans = _spans(customer.caps.get(f"{rule.id}|streak", NOTHING))
    if not spans:
        spans.append(Span(number - (LATE_DAYS >> SPAN_BITS) - 1, 0, 0))
    if number < spans[0].period:
        return 0  # Loaded from long ago: what rows there were is no longer known.
    span = _span(spans, number)
    if span.count & bit:
        return 0
    span.count |= bit
    completed = _unpaid(spans, day, streak.days) >= streak.days
    if completed:
        span.points |= bit
    _let_go(spans, streak.days)
    customer.caps[f"{rule.id}|streak"] = [v for each in spans for v in (each.period, each.count, each.points)]
    return streak.points if completed else 0


def _span(spans: list[Span], number: int) -> Span:
    """The span of this number, made if need be; rising. `count` holds its days, `points` those paid for."""
    at = len(spans)
    while at > 1 and spans[at - 1].period >= number:
        at -= 1
    if at == len(spans) or spans[at].period != number:
        spans.insert(at, Span(number, 0, 0))
    return spans[at]


def _unpaid(spans: list[Span], day: int, length: int) -> int:
    """How many days of the row that holds the day were not paid for."""
    row, last, met = spans[0].count, spans[0].period - 1, False
    for span in spans[1:]:
        if span.period != last + 1:
            if met:
                return row
            row = 0
        last = span.period
        for place in range(SPAN):
            if span.count >> place & 1:
                row += 1 - (length if span.points >> place & 1 else 0)
                met |= last << SPAN_BITS | place == day
            elif met:
                return row
            else:
                row = 0
    return row


def _let_go(spans: list[Span], length: int) -> None:
    """Drops spans that no late event reaches; the row that crosses into what is left is in the head."""
    head, oldest = spans[0], spans[-1].period - (LATE_DAYS >> SPAN_BITS) - 1
    while spans[1].period < oldest:
        dropped = spans.pop(1)
        row = head.count if dropped.period == head.period else 0
        for place in range(SPAN):
            paid = length if dropped.points >> place & 1 else 0
            row = row + 1 - paid if dropped.count >> place & 1 else 0
        head.period, head.count = dropped.period + 1, row
    if head.period < oldest:
        head.period, head.count = oldest, 0
