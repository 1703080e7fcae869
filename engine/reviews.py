"""Reviews at the end of a level's validity: renewal, warnings before, grace and the fall after.

A review reads windows as of the last instant of the validity, so that a calendar year is the year that
ended; where the validity was extended, or grace was given, as of the present day too.
"""

from typing import Final

from engine.calendar import DAY_MS
from engine.conditions import for_life, missing
from engine.grants import drop_grants, met, readings, store_grant, values_on
from engine.ledger import lapse_all
from engine.placing import is_shown, move, term_of
from engine.state import Standing
from engine.tier_effects import TierGraceStarted, TierRenewed, TierWarning
from engine.tier_plan import SetPlan
from engine.tier_timers import arm_set, began_ms, ends_ms, held_until_ms, own_rank
from engine.turn import Turn
from engine.validity import days_before, later, renewed_end
from rules.compiled_tiers import Condition
from rules.facts import MAIN, Metric

Held = tuple[Condition, list[int], int]  # What held, its numbers, as of which local day.
CORRECTED_MS: Final = 90 * DAY_MS  # Later ones are too late to be taken.


def review(turn: Turn, one: SetPlan, standing: Standing) -> None:
    """Renews the level at the end of its validity, or starts its grace, or ends it."""
    term, end_ms = term_of(standing), ends_ms(turn, one, standing)
    days = _days(turn, term.end_ms, end_ms)
    held = _held(turn, one, standing, days)
    if held is not None:
        renew(turn, one, standing, held, "review")
        return
    last_ms = max(later(turn.plan.days, end_ms, one.set.grace), held_until_ms(turn, one, standing))
    if last_ms <= turn.now_ms:
        fall(turn, one, standing)
        return
    term.grace_ms = last_ms
    if is_shown(one, standing):
        keep, values = _asked(turn, one, standing, days[-1])
        turn.emit(
            TierGraceStarted.TYPE,
            TierGraceStarted(
                tier_set=one.id,
                tier=one.set.tiers[standing.rank].code,
                valid_until_ms=end_ms,
                grace_until_ms=last_ms,
                missing=missing(keep.shape, keep.leaves, values),
                explain=readings(keep, values),
                rev=turn.customer.rev,
            ),
        )
    arm_set(turn, one, standing)


def in_grace(turn: Turn, one: SetPlan, standing: Standing) -> None:
    """Renews a level in grace as soon as what keeps it holds."""
    end_ms = term_of(standing).end_ms
    held = _held(turn, one, standing, [*_days(turn, end_ms, ends_ms(turn, one, standing)), turn.today])
    if held is not None:
        renew(turn, one, standing, held, "event")


def end_of_grace(turn: Turn, one: SetPlan, standing: Standing) -> None:
    """The grace is over: the level ends, unless what keeps it holds after all."""
    days = _days(turn, term_of(standing).end_ms, ends_ms(turn, one, standing), turn.now_ms)
    held = _held(turn, one, standing, days)
    if held is not None:
        renew(turn, one, standing, held, "review")
    else:
        fall(turn, one, standing)


def renew(turn: Turn, one: SetPlan, standing: Standing, held: Held, reason: str) -> None:
    """The level lasts on from its old end; what kept it is its evidence now."""
    term, validity = term_of(standing), one.set.validity
    assert validity is not None, "only what has a validity is renewed"
    condition, values, day = held
    previous_ms = ends_ms(turn, one, standing)
    term.end_ms = renewed_end(turn.plan.days, validity, term.end_ms, turn.customer.enrolled_ms)
    term.grace_ms = 0
    store_grant(turn, standing, own_rank(one, standing), condition, values, day)
    if is_shown(one, standing):
        turn.emit(
            TierRenewed.TYPE,
            TierRenewed(
                tier_set=one.id,
                tier=one.set.tiers[standing.rank].code,
                reason=reason,
                previous_until_ms=previous_ms,
                valid_until_ms=ends_ms(turn, one, standing),
                explain=readings(condition, values),
                rev=turn.customer.rev,
                backfill=turn.backfill,
            ),
        )
    _reset(turn, one)
    arm_set(turn, one, standing)


def _reset(turn: Turn, one: SetPlan) -> None:
    """After a review, where the rulebook says so, the points that can be spent lapse."""
    if one.set.reset_points:
        lapse_all(turn, MAIN, turn.customer.wallet, "reset")


def fall(turn: Turn, one: SetPlan, standing: Standing) -> None:
    """Ends the level: the customer falls as far as the rulebook says, to a level with its own validity."""
    term, own = term_of(standing), own_rank(one, standing)
    days = _days(turn, term.end_ms, turn.now_ms)
    keep, values = _asked(turn, one, standing, days[0])
    rank = max(_landing(turn, one, standing, days), _floor(turn, one, standing))
    if one.set.soft_landing:
        rank = max(rank, own - one.set.soft_landing)
    term.lapse = [own, term.end_ms, turn.now_ms, began_ms(standing)]
    drop_grants(standing, rank)
    entry = one.set.tiers[rank].entry
    for day in days:
        held = values_on(turn, entry, day, began_ms(standing))
        if rank > 0 and met(entry, held):
            store_grant(turn, standing, rank, entry, held, day)
    move(turn, one, standing, rank, "review", readings(keep, values))
    _reset(turn, one)


def restore(turn: Turn, one: SetPlan, standing: Standing) -> None:
    """Gives back a level that was lost at a review which this late event would have passed."""
    term = term_of(standing)
    rank, end_ms, fell_ms, since_ms = term.lapse
    if turn.now_ms > fell_ms + CORRECTED_MS or own_rank(one, standing) >= rank or one.set.validity is None:
        term.lapse = []
        return
    if turn.occurred_ms >= fell_ms or rank >= len(one.set.tiers):
        return
    keep = one.set.tiers[rank].keep
    if any(leaf.metric is Metric.ACTIVE_POINTS for leaf in keep.leaves):
        term.lapse = []  # Nobody knows what could be spent then.
        return
    for day in _days(turn, end_ms, later(turn.plan.days, end_ms, one.set.extended_by), fell_ms):
        values = values_on(turn, keep, day, since_ms)
        if met(keep, values):
            renewed_ms = renewed_end(turn.plan.days, one.set.validity, end_ms, turn.customer.enrolled_ms)
            term.lapse = []
            store_grant(turn, standing, rank, keep, values, day, since_ms)
            move(turn, one, standing, rank, "correction", readings(keep, values), end_ms=renewed_ms)
            return


def warn(turn: Turn, one: SetPlan, standing: Standing) -> None:
    """Says that the coming review will fail if nothing more comes, on the days that the rulebook names."""
    term, end_ms = term_of(standing), ends_ms(turn, one, standing)
    if term.grace_ms or not end_ms or not is_shown(one, standing):
        return
    left = [n for n in one.set.warnings if days_before(turn.plan.days, end_ms, n) == turn.now_ms]
    days = _days(turn, term.end_ms, end_ms)
    if not left or _held(turn, one, standing, days) is not None:
        return
    keep, values = _asked(turn, one, standing, days[-1])
    turn.emit(
        TierWarning.TYPE,
        TierWarning(
            tier_set=one.id,
            tier=one.set.tiers[standing.rank].code,
            days_left=left[0],
            valid_until_ms=end_ms,
            missing=missing(keep.shape, keep.leaves, values),
            explain=readings(keep, values),
            rev=turn.customer.rev,
        ),
    )


def _days(turn: Turn, *instants_ms: int) -> list[int]:
    """The local days of the last instants before these."""
    return list(dict.fromkeys(turn.plan.days.of(instant_ms - 1) for instant_ms in instants_ms))


def _asked(turn: Turn, one: SetPlan, standing: Standing, day: int) -> tuple[Condition, list[int]]:
    """What keeps the customer's own level, and its numbers as of a day."""
    keep = one.set.tiers[own_rank(one, standing)].keep
    return keep, values_on(turn, keep, day, began_ms(standing))


def _held(turn: Turn, one: SetPlan, standing: Standing, days: list[int]) -> Held | None:
    """What keeps the customer's own level, on the first of the days on which it holds."""
    for day in days:
        keep, values = _asked(turn, one, standing, day)
        if met(keep, values):
            return keep, values, day
    own = own_rank(one, standing)
    if one.set.lifetime_floor and _floor(turn, one, standing) >= own:
        entry = one.set.tiers[own].entry
        return entry, values_on(turn, entry, turn.today, began_ms(standing)), turn.today
    return None


def _floor(turn: Turn, one: SetPlan, standing: Standing) -> int:
    """The highest rank that lifetime numbers alone give, where the rulebook has such a floor."""
    if one.set.lifetime_floor:
        for tier in reversed(one.set.tiers[1:]):
            values = values_on(turn, tier.entry, turn.today, began_ms(standing))
            if for_life(tier.entry.shape, tier.entry.leaves, values):
                return tier.rank
    return 0


def _landing(turn: Turn, one: SetPlan, standing: Standing, days: list[int]) -> int:
    """The rank to fall to, before any limit."""
    own = own_rank(one, standing)
    if one.set.falls_to == "base":
        return 0
    if one.set.falls_to == "one_down":
        return own - 1
    for rank in range(own - 1, 0, -1):
        entry = one.set.tiers[rank].entry
        if any(met(entry, values_on(turn, entry, day, began_ms(standing))) for day in days):
            return rank
    return 0
