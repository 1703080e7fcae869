"""Where a customer stands: enrolment, upgrades at the instant of crossing, and refunds of the evidence.

Every set of levels is judged by itself. A tier once given stays until a refund breaks the evidence it
was given on.
"""

from engine.conditions import holds
from engine.effects import Reading
from engine.grants import (
    Lost,
    carries,
    evidence_readings,
    grant_of,
    lower,
    met,
    readings,
    store_grant,
    values_on,
)
from engine.history import Grant
from engine.metrics import read
from engine.order import Order
from engine.placing import announce, place
from engine.state import Standing
from engine.tier_plan import SetPlan
from engine.timers import arm
from engine.turn import Turn
from rules.facts import Metric


def settle(turn: Turn, reason: str = "event") -> None:
    """Enrols a new member in the highest tier that holds, or moves a member up to it, set by set."""
    if turn.customer.enrolled_ms < 0:
        return
    for one in turn.plan.sets:
        standing = turn.standing if one.main else turn.customer.standings.get(one.id)
        if standing is None:
            _enrol(turn, one, reason)
        elif _within_reach(turn, one, standing.rank):
            _upgrade(turn, one, standing, reason)
        if one.tenures:
            _arm_tenure(turn, one)


def wake(turn: Turn, kind: str) -> None:
    """Does what a set of levels was waiting for."""
    for one in turn.plan.sets:
        if one.timer == kind:
            settle(turn, "tenure")


def _within_reach(turn: Turn, one: SetPlan, rank: int) -> bool:
    """Whether a tier above may hold; most events end here, before any window is read."""
    if rank < len(one.gates):
        totals = turn.customer.totals
        for name, least in one.gates[rank]:
            if getattr(totals, name) >= least:
                return True
    return False


def _enrol(turn: Turn, one: SetPlan, reason: str) -> None:
    standing = Standing(0, turn.now_ms, [], [])
    turn.customer.standings[one.id] = standing
    if one.main:
        turn.standing = standing
    values = _read_all(turn, one, standing)
    rank = _highest(one, values, 0)
    _rise(turn, one, standing, values, rank)
    announce(turn, one, standing, None, reason, _entry_readings(one, values, rank))


def _upgrade(turn: Turn, one: SetPlan, standing: Standing, reason: str) -> None:
    values, before = _read_all(turn, one, standing), standing.rank
    rank = _highest(one, values, before)
    if rank > before:
        _rise(turn, one, standing, values, rank)
        announce(turn, one, standing, before, reason, _entry_readings(one, values, rank))


def lower_evidence(turn: Turn, order: Order, lost: dict[Metric, Lost]) -> None:
    """Takes a refund out of the grants that counted it, and revokes tiers they no longer carry."""
    for one in turn.plan.sets:
        standing = turn.customer.standings.get(one.id)
        if standing is None:
            continue
        lower(standing, order, lost)
        broken = grant_of(standing, standing.rank)
        if broken is None or carries(broken):
            continue
        if not _regrant(turn, one, standing, standing.rank):
            _fall(turn, one, standing, broken)


def _fall(turn: Turn, one: SetPlan, standing: Standing, broken: Grant) -> None:
    before = standing.rank
    rank = before - 1
    while rank > 0:
        grant = grant_of(standing, rank)
        if (grant is not None and carries(grant)) or _regrant(turn, one, standing, rank):
            break
        rank -= 1
    standing.grants = [grant for grant in standing.grants if grant.rank <= rank]
    place(turn, standing, rank)
    announce(turn, one, standing, before, "refund", evidence_readings(broken))


def _regrant(turn: Turn, one: SetPlan, standing: Standing, rank: int) -> bool:
    """Whether a rank's entry holds today; if so, that is what it is held for."""
    entry = one.set.tiers[rank].entry
    values = values_on(turn, entry, turn.today, standing.since_ms)
    held = met(entry, values)
    if held:
        store_grant(turn, standing, rank, entry, values, turn.today)
    return held


def _rise(turn: Turn, one: SetPlan, standing: Standing, values: list[int], rank: int) -> None:
    for passed in range(standing.rank + 1, rank + 1):
        if _holds(one, values, passed):
            entry, own = one.set.tiers[passed].entry, [values[at] for at, _ in one.entries[passed]]
            store_grant(turn, standing, passed, entry, own, turn.today)
    place(turn, standing, rank)


def _read_all(turn: Turn, one: SetPlan, standing: Standing) -> list[int]:
    """Every number that the entries ask for, in the order of `one.reads`."""
    today, since_ms = turn.today, standing.since_ms
    return [read(turn, metric, kind, length, today, since_ms) for metric, kind, length in one.reads]


def _highest(one: SetPlan, values: list[int], floor: int) -> int:
    """The highest rank above `floor` whose entry holds, else `floor`."""
    for rank in range(len(one.entries) - 1, floor, -1):
        if _holds(one, values, rank):
            return rank
    return floor


def _holds(one: SetPlan, values: list[int], rank: int) -> bool:
    shape = one.shapes[rank]
    if shape:
        return holds(shape, [values[at] >= threshold for at, threshold in one.entries[rank]])
    return all(values[at] >= threshold for at, threshold in one.entries[rank])


def _entry_readings(one: SetPlan, values: list[int], rank: int) -> tuple[Reading, ...]:
    return readings(one.set.tiers[rank].entry, [values[at] for at, _ in one.entries[rank]])


def _arm_tenure(turn: Turn, one: SetPlan) -> None:
    """Waits for the next local midnight at which a tenure condition begins to hold."""
    enrolled = turn.plan.days.of(turn.customer.enrolled_ms)
    ahead = [days for days in one.tenures if enrolled + days > turn.today]
    due_ms = turn.plan.days.start_ms(enrolled + ahead[0]) if ahead else 0
    arm(turn.customer, one.timer, due_ms)
