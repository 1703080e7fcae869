"""Where a customer stands: enrolment, upgrades at the instant of crossing, and refunds of the evidence.

A tier once given stays until a refund breaks the evidence it was given on. The evidence
is kept as grants, one for each rank a customer rose through with that rank's conditions holding.
"""

from typing import Final

from engine.calendar import window_days
from engine.effects import NextTier, Reading, TierChanged
from engine.history import Change, Evidence, Grant
from engine.metrics import read, read_all
from engine.order import Order
from engine.state import Standing
from engine.timers import arm
from engine.turn import Turn
from rules.compiled import Leaf
from rules.facts import Metric

Lost = tuple[int, int]  # How much of a metric, and since which `rev` of the customer it had counted.
HISTORY: Final = 24
TENURE: Final = "tenure"


def rank_at(standing: Standing | None, instant_ms: int) -> int:
    """The rank in force at an instant; 0 before enrolment; the oldest known when history was cut short."""
    if standing is None:
        return 0
    if standing.since_ms <= instant_ms:
        return standing.rank
    for change in reversed(standing.history):
        if change.at_ms <= instant_ms:
            return change.rank
    return standing.history[0].rank if len(standing.history) == HISTORY else 0


def settle(turn: Turn, reason: str = "event") -> None:
    """Enrols a new member in the highest tier that holds, or moves a member up to it."""
    if turn.customer.enrolled_ms < 0:
        return
    standing = turn.standing
    if standing is None:
        _enrol(turn, reason)
    elif _within_reach(turn, standing.rank):
        _upgrade(turn, standing, reason)
    if turn.plan.tenures:
        _arm_tenure(turn)


def _within_reach(turn: Turn, rank: int) -> bool:
    """Whether a tier above may hold; most events end here, before any window is read."""
    gates = turn.plan.gates
    if rank < len(gates):
        totals = turn.customer.totals
        for name, least in gates[rank]:
            if getattr(totals, name) >= least:
                return True
    return False


def _enrol(turn: Turn, reason: str) -> None:
    values = read_all(turn)
    rank = _highest(turn, values, 0)
    standing = Standing(0, turn.now_ms, [], [])
    turn.customer.standings[turn.plan.tier_set_id] = turn.standing = standing
    _rise(turn, standing, values, rank)
    _changed(turn, "tier.enrolled", None, standing, reason, _readings(turn, rank, values))


def _upgrade(turn: Turn, standing: Standing, reason: str) -> None:
    values, before = read_all(turn), standing.rank
    rank = _highest(turn, values, before)
    if rank > before:
        _rise(turn, standing, values, rank)
        _changed(turn, "tier.upgraded", before, standing, reason, _readings(turn, rank, values))


def lower_evidence(turn: Turn, order: Order, lost: dict[Metric, Lost]) -> None:
    """Takes a refund out of the grants that counted it, and revokes the tier they no longer carry."""
    standing = turn.standing
    if standing is None:
        return
    for grant in standing.grants:
        _lower(grant, order.day, lost)
    broken = _grant(standing, standing.rank)
    if broken is None or _carries(broken):
        return
    values = read_all(turn)
    if _holds(turn, standing.rank, values):
        _store_grant(turn, standing, values, standing.rank)
    else:
        _fall(turn, standing, values, broken)


def _fall(turn: Turn, standing: Standing, values: list[int], broken: Grant) -> None:
    before = standing.rank
    rank = before - 1
    while rank > 0:
        grant = _grant(standing, rank)
        if grant is not None and _carries(grant):
            break
        if _holds(turn, rank, values):
            _store_grant(turn, standing, values, rank)
            break
        rank -= 1
    standing.grants = [grant for grant in standing.grants if grant.rank <= rank]
    _place(turn, standing, rank)
    _changed(turn, "tier.downgraded", before, standing, "refund", _evidence_readings(broken))


def _rise(turn: Turn, standing: Standing, values: list[int], rank: int) -> None:
    for passed in range(standing.rank + 1, rank + 1):
        if _holds(turn, passed, values):
            _store_grant(turn, standing, values, passed)
    _place(turn, standing, rank)


def _place(turn: Turn, standing: Standing, rank: int) -> None:
    standing.rank = rank
    standing.since_ms = turn.now_ms
    standing.history.append(Change(turn.now_ms, rank))
    del standing.history[:-HISTORY]


def _highest(turn: Turn, values: list[int], floor: int) -> int:
    """The highest rank above `floor` whose entry holds, else `floor`."""
    entries = turn.plan.entries
    for rank in range(len(entries) - 1, floor, -1):
        for at, threshold in entries[rank]:
            if values[at] < threshold:
                break
        else:
            return rank
    return floor


def _holds(turn: Turn, rank: int, values: list[int]) -> bool:
    return all(values[at] >= threshold for at, threshold in turn.plan.entries[rank])


def _store_grant(turn: Turn, standing: Standing, values: list[int], rank: int) -> None:
    leaves = turn.rulebook.tier_set.tiers[rank].entry
    evidence = [
        Evidence(
            leaf.metric.value,
            _window_text(leaf),
            *window_days(leaf.window, leaf.days, turn.today),
            values[at],
            threshold,
        )
        for leaf, (at, threshold) in zip(leaves, turn.plan.entries[rank], strict=True)
    ]
    others = [grant for grant in standing.grants if grant.rank != rank]
    standing.grants = sorted(
        [*others, Grant(rank, turn.customer.rev, evidence)], key=lambda grant: grant.rank
    )


def _grant(standing: Standing, rank: int) -> Grant | None:
    return next((grant for grant in standing.grants if grant.rank == rank), None)


def _lower(grant: Grant, day: int, lost: dict[Metric, Lost]) -> None:
    for item in grant.evidence:
        amount, since_rev = lost.get(Metric(item.metric), (0, 0))
        if since_rev <= grant.rev and item.from_day <= day < item.to_day:
            item.value -= amount


def _carries(grant: Grant) -> bool:
    return all(item.value >= item.threshold for item in grant.evidence)


def _changed(
    turn: Turn,
    effect_type: str,
    before: int | None,
    standing: Standing,
    reason: str,
    explain: tuple[Reading, ...],
) -> None:
    tiers = turn.rulebook.tier_set.tiers
    first = 0 if before is None else before
    turn.emit(
        effect_type,
        TierChanged(
            tier_set=turn.rulebook.tier_set.id,
            from_tier="" if before is None else tiers[before].code,
            to_tier=tiers[standing.rank].code,
            reason=reason,
            effective_ms=turn.now_ms,
            qualified_ms=turn.occurred_ms,
            explain=explain,
            rev=turn.customer.rev,
            skipped=tuple(tier.code for tier in tiers[first + 1 : standing.rank]),
            next_tier=_next(turn, standing.rank),
            backfill=turn.backfill,
        ),
    )


def _next(turn: Turn, rank: int) -> NextTier | None:
    tiers = turn.rulebook.tier_set.tiers
    if rank + 1 >= len(tiers):
        return None
    above = tiers[rank + 1]
    gaps = {
        leaf.text: leaf.at_least - read(turn, leaf.metric, leaf.window, leaf.days) for leaf in above.entry
    }
    return NextTier(above.code, {text: gap for text, gap in gaps.items() if gap > 0})


def _readings(turn: Turn, rank: int, values: list[int]) -> tuple[Reading, ...]:
    leaves = turn.rulebook.tier_set.tiers[rank].entry
    return tuple(
        Reading(leaf.metric.value, _window_text(leaf), values[at], threshold, values[at] >= threshold)
        for leaf, (at, threshold) in zip(leaves, turn.plan.entries[rank], strict=True)
    )


def _evidence_readings(grant: Grant) -> tuple[Reading, ...]:
    return tuple(
        Reading(item.metric, item.window, item.value, item.threshold, item.value >= item.threshold)
        for item in grant.evidence
    )


def _window_text(leaf: Leaf) -> str:
    return f"{leaf.window.value} {leaf.days} days" if leaf.days else leaf.window.value


def _arm_tenure(turn: Turn) -> None:
    """Waits for the next local midnight at which a tenure condition begins to hold."""
    enrolled = turn.plan.days.of(turn.customer.enrolled_ms)
    ahead = [days for days in turn.plan.tenures if enrolled + days > turn.today]
    due_ms = turn.plan.days.start_ms(enrolled + ahead[0]) if ahead else 0
    arm(turn.customer, TENURE, due_ms)
