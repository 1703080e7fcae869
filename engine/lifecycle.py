"""A customer's stage and segment of value: the first of each list that holds.

Both are judged with every event and at the very instant at which time alone changes the answer; there is no
scan. A look changes each at most once. `engine.tagging` follows with the tags.
"""

from typing import Final

from engine.asking import Ask, Look
from engine.calendar import DAY_MS
from engine.life import Life
from engine.life_effects import Criterion, LifecycleChanged
from engine.turn import Turn
from rules.compiled import Rulebook
from rules.compiled_facts import Stage

CHANNELS_KEPT: Final = 10


class Place:
    """A stage or a segment, ready to be asked."""

    __slots__ = ("code", "entry", "exit", "leave_ms")

    def __init__(self, stage: Stage) -> None:
        self.code = stage.code
        self.entry: Ask | None = None if stage.entry is None else Ask(stage.entry)
        self.exit: Ask | None = None if stage.exit is None else Ask(stage.exit)
        self.leave_ms = stage.leave_ms


class Places:
    """The stages and segments of a rulebook."""

    __slots__ = ("segments", "stages")

    def __init__(self, rulebook: Rulebook) -> None:
        self.stages = [Place(stage) for stage in rulebook.stages]
        self.segments = [Place(stage) for stage in rulebook.segments]


PLACES: Final[dict[str, Places]] = {}  # By digest: a memo of a pure function.


def places_of(rulebook: Rulebook) -> Places:
    """The stages and segments of a rulebook, made once."""
    found = PLACES.get(rulebook.digest)
    if found is None:
        found = PLACES[rulebook.digest] = Places(rulebook)
    return found


def settle(turn: Turn) -> int:
    """Moves stage and segment on; the first instant at which time alone may change one of them."""
    places, life = places_of(turn.rulebook), life_of(turn)
    _count(turn, life)
    look, stage, doubt_ms = Look(turn), life.stage, life.doubt_ms
    place, since_ms = _place(look, places.stages, stage, doubt_ms)
    if place.code != stage:
        _tell(turn, "stage", _named(places.stages, stage), stage, life.since_ms, place)
        life.stage, life.since_ms, life.bought_in_stage = place.code, look.now_ms, 0
        look = Look(turn)
        _, since_ms = _place(look, places.stages, place.code, 0)
    if since_ms != doubt_ms:
        life.doubt_ms = since_ms
    value, doubt_ms = life.value, life.value_doubt_ms
    segment, since_ms = _place(look, places.segments, value, doubt_ms)
    if segment.code != value:
        _tell(turn, "value", _named(places.segments, value), value, life.value_ms, segment)
        life.value, life.value_ms = segment.code, look.now_ms
    if since_ms != doubt_ms:
        life.value_doubt_ms = since_ms
    return look.until_ms


def life_of(turn: Turn) -> Life:
    """What is kept of the customer's stage, made if need be."""
    customer = turn.customer
    if customer.life is None:
        rhythm = customer.rhythm
        customer.life = Life(bought=0 if rhythm is None else rhythm.days)
    return customer.life


def bought_by(turn: Turn, channel: str) -> None:
    """Remembers the channel of an order."""
    channels = life_of(turn).channels
    channels.append(channel)
    del channels[:-CHANNELS_KEPT]


def _count(turn: Turn, life: Life) -> None:
    """Counts purchase days of the stage."""
    rhythm = turn.customer.rhythm
    if rhythm is not None and rhythm.days > life.bought:
        if turn.occurred_ms >= life.since_ms:
            life.bought_in_stage += rhythm.days - life.bought
        life.bought = rhythm.days


def _place(look: Look, places: list[Place], code: str, doubt_ms: int) -> tuple[Place, int]:
    """The first that holds for a customer in `code`, and since when that is in doubt (0: it is not)."""
    for place in places:
        entry = place.entry
        if entry is None:
            return place, 0
        if place.code != code:
            if entry.holds(look):
                return place, 0
        elif place.exit is not None:
            if not place.exit.holds(look):
                return place, 0
        elif entry.holds(look):
            return place, 0
        elif place.leave_ms:
            since_ms = doubt_ms or look.now_ms
            if look.now_ms < since_ms + place.leave_ms:
                look.turns(since_ms + place.leave_ms)
                return place, since_ms
    raise AssertionError("the last of a list has no entry")


def _named(places: list[Place], code: str) -> Place | None:
    for place in places:
        if place.code == code:
            return place
    return None


def _tell(turn: Turn, axis: str, left: Place | None, code: str, since_ms: int, place: Place) -> None:
    """Says the change, with what led in and what no longer held."""
    look = Look(turn)
    criteria: list[Criterion] = []
    look.criteria = criteria
    if place.entry is not None:
        place.entry.holds(look)
    if left is not None:
        ends = left.exit if left.exit is not None else left.entry
        kept = len(criteria)
        if ends is not None and ends.holds(look) != (left.exit is not None):
            del criteria[kept:]  # It still holds: another came before it.
    turn.emit(
        LifecycleChanged.TYPE,
        LifecycleChanged(
            axis=axis,
            from_=code,
            to=place.code,
            criteria=tuple(criteria),
            tier=turn.tier().code,
            rev=turn.customer.rev,
            days=(look.now_ms - since_ms) // DAY_MS if code else 0,
            backfill=turn.backfill,
        ),
    )
