"""Where a customer stands: enrolment, upgrades at the instant of crossing, and refunds of the evidence.

Every set of levels is judged by itself. A tier once given stays until a review ends it, a refund breaks the
evidence it was given on, or it ends at once where the rulebook says so.
"""

from typing import Final

from engine import progress, reviews
from engine.conditions import holds, nearly
from engine.grants import (
    Lost,
    carries,
    drop_grants,
    evidence_readings,
    grant_of,
    lower,
    met,
    readings,
    store_grant,
    values_on,
)
from engine.history import Grant, Term
from engine.metrics import read
from engine.placing import fresh_end, move, term_of, wait_no_more
from engine.state import Standing
from engine.tier_effects import Reading
from engine.tier_plan import SetPlan
from engine.tier_timers import arm_set, began_ms, held_until_ms, own_rank
from engine.turn import Turn
from engine.validity import next_start
from rules.facts import Metric

HYSTERESIS_PERCENT: Final = 95


def settle(turn: Turn, reason: str = "event", by_balance: bool = False) -> None:
    """Enrols a new member in the highest tier that holds, or moves a member as the rules say, set by set.

    With `by_balance` only the sets are judged in which a level asks for points that can be spent.
    """
    if turn.customer.enrolled_ms < 0:
        return
    for one in turn.plan.sets:
        if by_balance and not one.by_balance:
            continue
        standing = turn.standing if one.main else turn.customer.standings.get(one.id)
        if standing is None:
            _enrol(turn, one, reason)
        elif one.lasting or standing.term is not None:
            follow(turn, one, standing, reason)
        else:
            if _within_reach(turn, one, standing.rank):
                _upgrade(turn, one, standing, reason)
            if one.tenures:
                arm_set(turn, one, standing)  # The day of joining may have become an earlier one.


def follow(turn: Turn, one: SetPlan, standing: Standing, reason: str) -> None:
    """Judges a customer whose level may end, begin late, or be near the next one."""
    term = term_of(standing)
    if one.set.validity is not None and term.end_ms == 0 and own_rank(one, standing) > 0:
        term.end_ms = fresh_end(turn, one, own_rank(one, standing))  # Given under rules without validity.
        arm_set(turn, one, standing)
    if term.lapse:
        reviews.restore(turn, one, standing)
    if _within_reach(turn, one, max(own_rank(one, standing), term.pending)):
        _upgrade(turn, one, standing, reason)
    if term.grace_ms and reason != "tenure":
        reviews.in_grace(turn, one, standing)
    if one.set.real_time:
        fall_at_once(turn, one, standing)
    if one.set.progress and reason == "event":
        progress.look(turn, one, standing)
    if one.tenures or one.set.real_time:
        arm_set(turn, one, standing)


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
    reached = 0 if one.set.upgrades_with is not None else rank
    _keep_grants(turn, one, standing, values, 0, rank)
    move(turn, one, standing, reached, reason, _entry_readings(one, values, reached), enrols=True)
    if rank > reached:
        _wait(turn, one, standing, rank)
    if one.set.progress:
        progress.look(turn, one, standing)


def _upgrade(turn: Turn, one: SetPlan, standing: Standing, reason: str) -> None:
    values, own = _read_all(turn, one, standing), own_rank(one, standing)
    floor = own if standing.term is None else max(own, standing.term.pending)
    rank = _highest(one, values, floor)
    if rank > floor:
        _keep_grants(turn, one, standing, values, floor, rank)
        if one.set.upgrades_with is not None:
            _wait(turn, one, standing, rank)
        else:
            move(turn, one, standing, rank, reason, _entry_readings(one, values, rank))


def _wait(turn: Turn, one: SetPlan, standing: Standing, rank: int) -> None:
    """The rank is reached, and begins with the next period."""
    boundary, term = one.set.upgrades_with, term_of(standing)
    assert boundary is not None, "only then a rise waits"
    for passed in range(max(own_rank(one, standing), term.pending) + 1, rank + 1):
        grant = grant_of(standing, passed)
        if grant is not None and carries(grant):
            term.reached += (passed, turn.occurred_ms)
    term.pending = rank
    term.pending_ms = next_start(turn.plan.days, turn.now_ms, boundary)
    arm_set(turn, one, standing)


def promote(turn: Turn, one: SetPlan, standing: Standing) -> None:
    """A rise that waited begins, as far as its evidence still carries or its entry held last."""
    term, own = term_of(standing), own_rank(one, standing)
    rank, reached = _carried(one, standing), term.reached
    wait_no_more(term)
    standing.grants = [grant for grant in standing.grants if grant.rank <= max(rank, own)]
    grant = grant_of(standing, rank)
    if rank > own and grant is not None:
        reached_ms = reached[2 * reached[::2].index(rank) + 1]
        move(turn, one, standing, rank, "event", evidence_readings(grant), qualified_ms=reached_ms)


def _carried(one: SetPlan, standing: Standing) -> int:
    """The highest rank that waits and whose evidence still carries; 0 when there is none."""
    ranks = term_of(standing).reached[::2]
    grants = [grant for grant in standing.grants if grant.rank in ranks and carries(grant)]
    return max([grant.rank for grant in grants if grant.rank < len(one.set.tiers)], default=0)


def fall_at_once(turn: Turn, one: SetPlan, standing: Standing) -> None:
    """Ends a level of which less than 95 % holds, unless it is to be held for longer."""
    own = rank = own_rank(one, standing)
    if own == 0 or turn.now_ms < held_until_ms(turn, one, standing):
        return
    while rank > 0:
        entry = one.set.tiers[rank].entry
        values = values_on(turn, entry, turn.today, began_ms(standing))
        if nearly(entry.shape, entry.leaves, values, HYSTERESIS_PERCENT):
            break
        rank -= 1
    if rank == own:
        return
    entry = one.set.tiers[own].entry
    lost = readings(entry, values_on(turn, entry, turn.today, began_ms(standing)))
    drop_grants(standing, rank)
    move(turn, one, standing, rank, "real_time", lost)


def lower_evidence(turn: Turn, lost: dict[Metric, Lost]) -> None:
    """Takes a refund out of the grants that counted it, and revokes tiers they no longer carry."""
    for one in turn.plan.sets:
        standing = turn.customer.standings.get(one.id)
        if standing is None:
            continue
        lower(standing, lost)
        if standing.term is not None and standing.term.pending:
            _see_anew(turn, one, standing, standing.term)
        own = own_rank(one, standing)
        broken = grant_of(standing, own)
        if broken is None or carries(broken) or one.set.refund_at_review:
            continue
        if not _regrant(turn, one, standing, own):
            _fall(turn, one, standing, broken)


def _see_anew(turn: Turn, one: SetPlan, standing: Standing, term: Term) -> None:
    """Of the ranks that wait, those stay whose evidence still carries, or whose entry holds today."""
    kept: list[int] = []
    for at in range(0, len(term.reached), 2):
        rank, reached_ms = term.reached[at : at + 2]
        grant = grant_of(standing, rank)
        if (grant is not None and carries(grant)) or _regrant(turn, one, standing, rank):
            kept += (rank, reached_ms)
    if len(kept) < len(term.reached):
        waits = kept[-2] if kept else 0
        own = own_rank(one, standing)
        standing.grants = [grant for grant in standing.grants if grant.rank <= max(own, waits)]
        if waits:
            term.pending, term.reached = waits, kept
        else:
            wait_no_more(term)
        arm_set(turn, one, standing)


def _fall(turn: Turn, one: SetPlan, standing: Standing, broken: Grant) -> None:
    rank = own_rank(one, standing) - 1
    while rank > 0:
        grant = grant_of(standing, rank)
        if (grant is not None and carries(grant)) or _regrant(turn, one, standing, rank):
            break
        rank -= 1
    drop_grants(standing, rank)
    move(turn, one, standing, rank, "refund", evidence_readings(broken))


def _regrant(turn: Turn, one: SetPlan, standing: Standing, rank: int) -> bool:
    """Whether a rank's entry holds today; if so, that is what it is held for."""
    entry = one.set.tiers[rank].entry
    values = values_on(turn, entry, turn.today, began_ms(standing))
    held = met(entry, values)
    if held:
        store_grant(turn, standing, rank, entry, values, turn.today)
    return held


def _keep_grants(
    turn: Turn, one: SetPlan, standing: Standing, values: list[int], floor: int, rank: int
) -> None:
    """What each rank passed on the way up is held for, where its own entry holds."""
    for passed in range(floor + 1, rank + 1):
        if _holds(one, values, passed):
            entry, own = one.set.tiers[passed].entry, [values[at] for at, _ in one.entries[passed]]
            store_grant(turn, standing, passed, entry, own, turn.today)


def _read_all(turn: Turn, one: SetPlan, standing: Standing) -> list[int]:
    """Every number that the entries ask for, in the order of `one.reads`."""
    today, since_ms = turn.today, began_ms(standing)
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
