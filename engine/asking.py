"""Conditions over facts: whether one holds now, and until when that stays so if nothing more happens.

Only what decides is read: of several parts that must all hold, none after the first that does not. So the
answer stays until one of the facts that were read turns.
"""

from collections.abc import Callable
from functools import cache

from engine.calendar import window_days
from engine.days import within
from engine.insight import FACTS, FALLS, RISES, Fact, now_of
from engine.life_effects import Criterion
from engine.metrics import TENURE, read, sum_days
from engine.state import Day
from engine.turn import Turn
from engine.wallet import NEVER
from rules.compiled_facts import Asked, Test
from rules.facts import Metric, WindowKind

LIFETIME, ROLLING, NOW = WindowKind.LIFETIME, WindowKind.ROLLING, WindowKind.NOW
WORD, NUMBER, RISING, FALLING, METRIC, GROWTH = range(6)


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
        if self.now_ms < at_ms < self.until_ms:
            self.until_ms = at_ms


class Ask:
    """A condition ready to be asked: a leaf with its fact at hand, or `needed` of its parts."""

    __slots__ = ("kind", "moves", "needed", "negated", "parts", "reads", "test")

    def __init__(self, asked: Asked) -> None:
        self.test: Test | None = asked.test
        self.needed = asked.needed
        self.negated = asked.negated
        self.parts: list[Ask] = [Ask(part) for part in asked.parts]
        self.kind = NUMBER
        self.reads: Callable[[Turn], Fact] | None = None
        self.moves: Callable[[Turn, int], int] | None = None
        if asked.test is not None:
            self._find(asked.test)

    def _find(self, test: Test) -> None:
        if test.metric is not None:
            self.kind = GROWTH if test.grown else METRIC
            return
        self.reads = FACTS[test.fact]
        if test.words:
            self.kind = WORD
        elif test.floor > 0 and test.fact in RISES:
            self.kind, self.moves = RISING, RISES[test.fact]
        elif test.floor > 0 and test.fact in FALLS:
            self.kind, self.moves = FALLING, FALLS[test.fact]

    def holds(self, look: Look) -> bool:
        """Whether the condition holds now."""
        test = self.test
        if test is None:
            return self._several(look) != self.negated
        held = self._leaf(look, test)
        if look.criteria is not None:
            look.criteria.append(Criterion(test.text, self.shown(look.turn, test), held))
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

    def _leaf(self, look: Look, test: Test) -> bool:
        kind = self.kind
        if kind == METRIC:
            return _reached(look, test) != test.below
        if kind == GROWTH:
            return _grown(look, test)
        if kind in (RISING, FALLING):
            return self._moving(look, test)
        reads = self.reads
        assert reads is not None, "only numbers over a window have none"
        value = reads(look.turn)
        if value is None:
            return False
        if isinstance(value, str):
            return value in test.words
        return (value >= test.floor) != test.below

    def _moving(self, look: Look, test: Test) -> bool:
        """A fact that moves with time: it holds on one side of an instant."""
        moves = self.moves
        assert moves is not None, "it was found"
        at_ms = moves(look.turn, test.floor)
        if not at_ms:
            return False
        look.turns(at_ms)
        return (look.now_ms >= at_ms) != (test.below != (self.kind == FALLING))

    def shown(self, turn: Turn, test: Test) -> Fact:
        """The value that the leaf reads; of growth the percentage more than before, None from nothing."""
        if self.reads is not None:
            return self.reads(turn)
        assert test.metric is not None, "it reads a fact or a metric"
        if self.kind == METRIC:
            return read(turn, test.metric, test.window, test.days, turn.today, 0)
        late, early = _halves(turn, test)
        now, before = sum_days(late, test.metric), sum_days(early, test.metric)
        return None if before <= 0 else now * 100 // before - 100


@cache
def ask_of(asked: Asked) -> Ask:
    """A condition of the rulebook, made ready once."""
    return Ask(asked)


def _reached(look: Look, test: Test) -> bool:
    """Whether a number over a window is at least the floor; with time alone it only falls, but for tenure."""
    turn, metric, kind = look.turn, test.metric, test.window
    assert metric is not None, "the leaf is of a metric"
    if metric is TENURE:
        joined = turn.plan.days.of(turn.customer.enrolled_ms)
        at_ms = turn.plan.days.start_ms(joined + test.floor)
        look.turns(at_ms)
        return look.now_ms >= at_ms
    value = read(turn, metric, kind, test.days, turn.today, 0)
    held = value >= test.floor
    if held and test.floor > 0 and kind is not LIFETIME and kind is not NOW:
        first, end = window_days(kind, test.days, turn.today)
        if kind is not ROLLING:
            look.turns(turn.plan.days.start_ms(end))
        else:
            day = _falls_on(turn, metric, first, value, test)
            look.turns(turn.plan.days.start_ms(day))
    return held


def _falls_on(turn: Turn, metric: Metric, first: int, value: int, test: Test) -> int:
    """The day that begins with a rolling number below its floor, if nothing more comes."""
    for day in _between(turn, first, turn.today + 1):
        value -= sum_days([day], metric)
        if value < test.floor:
            return day.day + test.days
    return turn.today + test.days  # Refunds may leave days below 0; an early look does no harm.


def _between(turn: Turn, first: int, end: int) -> list[Day]:
    """The days [first, end), the oldest first."""
    days, _ = within(turn.account, first, end, whole=False)
    days.sort(key=lambda d: d.day)
    return days


def _halves(turn: Turn, test: Test) -> tuple[list[Day], list[Day]]:
    """The days of the window, and those of the window before."""
    middle = turn.today - test.days + 1
    days = _between(turn, middle - test.days, turn.today + 1)
    return [d for d in days if d.day >= middle], [d for d in days if d.day < middle]


def _grown(look: Look, test: Test) -> bool:
    """Whether a number is so much more than over the window before; it notes the midnight that turns it.

    Days leave the window for the one before it, and that one, as time goes on.
    """
    turn, metric, length = look.turn, test.metric, test.days
    assert metric is not None, "the leaf is of a metric"
    late, early = _halves(turn, test)
    now, before = sum_days(late, metric), sum_days(early, metric)
    held = _more(now, before, test.grown)
    every, moved, gone = early + late, len(early), 0
    while gone < len(every):
        day = every[moved].day + length if moved < len(every) else every[gone].day + 2 * length
        if gone < moved:
            day = min(day, every[gone].day + 2 * length)
        while gone < moved and every[gone].day + 2 * length <= day:
            before -= sum_days([every[gone]], metric)
            gone += 1
        while moved < len(every) and every[moved].day + length <= day:
            qty = sum_days([every[moved]], metric)
            now, before, moved = now - qty, before + qty, moved + 1
        if _more(now, before, test.grown) != held:
            look.turns(turn.plan.days.start_ms(day))
            break
    return held


def _more(now: int, before: int, percent: int) -> bool:
    """Whether it grew so much; from nothing there is no growth."""
    return before > 0 and now * 100 >= before * (100 + percent)
