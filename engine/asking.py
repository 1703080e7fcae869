"""Conditions over facts: whether one holds now, and until when that stays so if nothing more happens.

Only what decides is read: of several parts that must all hold, none after the first that does not. So the
answer stays until one of the facts that were read turns.
"""

from collections.abc import Callable
from functools import cache
from typing import Final

from engine.calendar import window_days
from engine.days import within
from engine.insight import FALLS, RISES, Fact, now_of, reader_of
from engine.life_effects import Criterion
from engine.metrics import SPEND, TENURE, of_day, of_totals, read, sum_days
from engine.state import Day
from engine.turn import Turn
from engine.wallet import NEVER
from rules.compiled_facts import Asked, Test
from rules.facts import Metric, WindowKind

LIFETIME: Final = WindowKind.LIFETIME  # An enum's member is slow to look up.
ROLLING: Final = WindowKind.ROLLING
NOW: Final = WindowKind.NOW
FAR_MS: Final = 253_402_300_799_999  # The last instant of the year 9999: nothing waits longer.
# What a leaf reads.
WORD: Final = 0
NUMBER: Final = 1
RISING: Final = 2
FALLING: Final = 3
TOTAL: Final = 4
METRIC: Final = 5
GROWTH: Final = 6


class Look:
    """One look at a customer. `until_ms` is when an answer may turn first; `criteria` are what was read."""

    __slots__ = ("criteria", "now_ms", "turn", "until_ms")

    def __init__(self, turn: Turn) -> None:
        self.turn = turn
        self.now_ms = now_of(turn)
        self.until_ms = NEVER
        self.criteria: list[Criterion] | None = None

    def turns(self, at_ms: int) -> None:
        """Notes that an answer turns at an instant, if that is to come."""
        if self.now_ms < at_ms < self.until_ms and at_ms < FAR_MS:
            self.until_ms = at_ms


class Ask:
    """A condition ready to be asked: a leaf with its fact at hand, or `needed` of its parts.

    The fields of the test stand here once more: those of a compiled class are read in no time.
    """

    __slots__ = (
        "below",
        "days",
        "floor",
        "grown",
        "kind",
        "leaf",
        "metric",
        "moves",
        "needed",
        "negated",
        "parts",
        "reads",
        "text",
        "window",
        "words",
    )

    def __init__(self, asked: Asked) -> None:
        self.needed = asked.needed
        self.negated = asked.negated
        self.parts: list[Ask] = [Ask(part) for part in asked.parts]
        test = Test("") if asked.test is None else asked.test
        self.leaf = asked.test is not None
        self.text = test.text
        self.words: tuple[str, ...] = test.words
        self.floor = test.floor
        self.below = test.below
        self.metric: Metric | None = test.metric
        self.window: WindowKind = test.window
        self.days = test.days
        self.grown = test.grown
        self.kind = NUMBER
        self.reads: Callable[[Turn], Fact] | None = None
        self.moves: Callable[[Turn, int], int] | None = None
        if test.metric is not None:
            lifetime = test.window is LIFETIME and test.metric is not TENURE
            self.kind = GROWTH if test.grown else TOTAL if lifetime else METRIC
        elif self.leaf:
            self._find(test.fact)

    def _find(self, fact: str) -> None:
        self.reads = reader_of(fact)
        if self.words:
            self.kind = WORD
        elif self.floor > 0 and fact in RISES:
            self.kind, self.moves = RISING, RISES[fact]
        elif self.floor > 0 and fact in FALLS:
            self.kind, self.moves = FALLING, FALLS[fact]

    def holds(self, look: Look) -> bool:
        """Whether the condition holds now."""
        if not self.leaf:
            return self._several(look) != self.negated
        held = self._leaf(look)
        if look.criteria is not None:
            look.criteria.append(Criterion(self.text, self.shown(look.turn), held))
        return held

    def _several(self, look: Look) -> bool:
        needed, left = self.needed, len(self.parts)
        for part in self.parts:
            if needed > left:
                return False
            left -= 1
            if part.holds(look):
                needed -= 1
                if needed <= 0:
                    return True
        return False

    def _leaf(self, look: Look) -> bool:
        kind = self.kind
        if kind == TOTAL:
            metric = self.metric
            assert metric is not None, "the leaf is of a metric"
            return (of_totals(look.turn.customer.totals, metric) >= self.floor) != self.below
        if kind == RISING or kind == FALLING:  # noqa: SIM109 - compiled, this is two comparisons.
            return self._moving(look)
        if kind == METRIC:
            return _reached(look, self) != self.below
        if kind == GROWTH:
            return _grown(look, self)
        reads = self.reads
        assert reads is not None, "only numbers over a window have none"
        value = reads(look.turn)
        if kind == WORD:
            return isinstance(value, str) and value in self.words
        return isinstance(value, int) and (value >= self.floor) != self.below

    def _moving(self, look: Look) -> bool:
        """A fact that moves with time: it holds on one side of an instant."""
        moves = self.moves
        assert moves is not None, "it was found"
        at_ms = moves(look.turn, self.floor)
        if not at_ms:
            return False
        look.turns(at_ms)
        return (look.now_ms >= at_ms) != (self.below != (self.kind == FALLING))

    def shown(self, turn: Turn) -> Fact:
        """The value that the leaf reads; of growth the percentage more than before, None from nothing."""
        if self.reads is not None:
            return self.reads(turn)
        assert self.metric is not None, "it reads a fact or a metric"
        if self.kind != GROWTH:
            return read(turn, self.metric, self.window, self.days, turn.today, 0)
        early, late = _halves(turn, self.days)
        now, before = sum_days(late, self.metric), sum_days(early, self.metric)
        return None if before <= 0 else now * 100 // before - 100


@cache
def ask_of(asked: Asked) -> Ask:
    """A condition of the rulebook, made ready once."""
    return Ask(asked)


def _reached(look: Look, ask: Ask) -> bool:
    """Whether a number over a window is at least the floor; with time alone it only falls, but for tenure."""
    turn, metric, kind = look.turn, ask.metric, ask.window
    assert metric is not None, "the leaf is of a metric"
    if metric is TENURE:
        joined = turn.plan.days.of(turn.customer.enrolled_ms)
        at_ms = turn.plan.days.start_ms(joined + ask.floor)
        look.turns(at_ms)
        return look.now_ms >= at_ms
    value = read(turn, metric, kind, ask.days, turn.today, 0)
    held = value >= ask.floor
    if held and ask.floor > 0 and kind is not NOW:
        first, end = window_days(kind, ask.days, turn.today)
        if kind is ROLLING:
            end = _falls_on(turn, metric, first, value, ask)
        look.turns(turn.plan.days.start_ms(end))
    return held


def _falls_on(turn: Turn, metric: Metric, first: int, value: int, ask: Ask) -> int:
    """The day that begins with a rolling number below its floor, if nothing more comes."""
    for day in _between(turn, first, turn.today + 1):
        value -= of_day(day, metric)
        if value < ask.floor:
            return day.day + ask.days
    return turn.today + ask.days  # Refunds may leave days below 0; an early look does no harm.


def _between(turn: Turn, first: int, end: int) -> list[Day]:
    """The days [first, end), the oldest first."""
    days, _ = within(turn.account, first, end, whole=False)
    if turn.customer.last_block >= 0:
        days.sort(key=lambda d: d.day)
    return days


def _halves(turn: Turn, length: int) -> tuple[list[Day], list[Day]]:
    """The days of the window before, and those of the window."""
    middle = turn.today - length + 1
    days = _between(turn, middle - length, turn.today + 1)
    at = 0
    while at < len(days) and days[at].day < middle:
        at += 1
    return days[:at], days[at:]


def _grown(look: Look, ask: Ask) -> bool:
    """Whether a number is so much more than over the window before; it notes the midnight that turns it.

    Days leave the window for the one before it, and that one, as time goes on. Of a customer with days beyond
    the row, the two sums are kept: more of today only adds to the newer one, and until the next day leaves a
    window nothing else moves them.
    """
    turn, metric, length = look.turn, ask.metric, ask.days
    assert metric is not None, "the leaf is of a metric"
    customer = turn.customer
    days = customer.days
    if customer.last_block < 0 and (not days or days[0].day > turn.today - length):
        if days:  # Nothing before. The first day that leaves the window is soon enough for another look.
            look.turns(turn.plan.days.start_ms(days[0].day + length))
        return False
    life = customer.life if metric is SPEND and days and days[-1].day <= turn.today else None
    of_today = of_day(days[-1], metric) if days and days[-1].day == turn.today else 0
    if life is not None and life.growth[:2] == [turn.today, length]:
        _, _, now, before, next_day = life.growth
        look.turns(turn.plan.days.start_ms(next_day))
        return _more(now + of_today, before, ask.grown)
    early, late = _halves(turn, length)
    now, before = sum_days(late, metric), sum_days(early, metric)
    if life is not None and customer.last_block >= 0 and (early or late):
        next_day = min([day.day + length for day in late[:1]] + [day.day + 2 * length for day in early[:1]])
        life.growth = [turn.today, length, now - of_today, before, next_day]
    held = _more(now, before, ask.grown)
    every, moved, gone = early + late, len(early), 0
    while gone < len(every):
        day = every[moved].day + length if moved < len(every) else every[gone].day + 2 * length
        if gone < moved:
            day = min(day, every[gone].day + 2 * length)
        while gone < moved and every[gone].day + 2 * length <= day:
            before -= of_day(every[gone], metric)
            gone += 1
        while moved < len(every) and every[moved].day + length <= day:
            qty = of_day(every[moved], metric)
            now, before, moved = now - qty, before + qty, moved + 1
        if _more(now, before, ask.grown) != held:
            look.turns(turn.plan.days.start_ms(day))
            break
    return held


def _more(now: int, before: int, percent: int) -> bool:
    """Whether it grew so much; from nothing there is no growth."""
    return before > 0 and now * 100 >= before * (100 + percent)
