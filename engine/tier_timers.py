"""The one timer of a set of levels: the earliest instant at which something is to be done."""

from typing import Final

from engine.days import within
from engine.metrics import span
from engine.state import Standing
from engine.tier_plan import SetPlan
from engine.timers import arm
from engine.turn import Turn
from engine.validity import days_before, later
from rules.compiled_tiers import NO_TIME, Leaf
from rules.facts import Metric, WindowKind

NO_END: Final = (WindowKind.LIFETIME, WindowKind.SINCE_TIER_START, WindowKind.NOW)


def ends_ms(turn: Turn, one: SetPlan, standing: Standing) -> int:
    """When the level is reviewed, extensions counted in; 0 when never."""
    term = standing.term
    if term is None or term.end_ms == 0 or one.set.validity is None:
        return 0
    return later(turn.plan.days, term.end_ms, one.set.extended_by)


def began_ms(standing: Standing) -> int:
    """When the customer's own level began, whatever was shown."""
    return (standing.term.began_ms if standing.term is not None else 0) or standing.since_ms


def held_until_ms(turn: Turn, one: SetPlan, standing: Standing) -> int:
    """Until when the level may not be lost by review; 0 when there is no such instant."""
    if one.set.min_hold == NO_TIME:
        return 0
    return later(turn.plan.days, began_ms(standing), one.set.min_hold)


def own_rank(one: SetPlan, standing: Standing) -> int:
    """The rank without any override; the highest there is when the rulebook has fewer now."""
    term = standing.term
    own = standing.rank if term is None or term.override is None else term.override.own
    return min(own, len(one.set.tiers) - 1)


def tenure_begins(turn: Turn, one: SetPlan) -> bool:
    """Whether it is the local midnight at which a condition on tenure begins to hold."""
    days, enrolled = turn.plan.days, turn.plan.days.of(turn.customer.enrolled_ms)
    return turn.today - enrolled in one.tenures and turn.now_ms == days.start_ms(turn.today)


def arm_set(turn: Turn, one: SetPlan, standing: Standing) -> None:
    """Waits for the earliest of what the customer's level waits for."""
    if not one.lasting and standing.term is None and not one.tenures:
        return
    waiting = [*_of_term(turn, one, standing), *_of_tenure(turn, one)]
    if one.set.real_time and own_rank(one, standing) > 0:
        waiting += _of_windows(turn, one, standing)
    arm(turn.customer, one.timer, min([due_ms for due_ms in waiting if due_ms], default=0))


def _of_term(turn: Turn, one: SetPlan, standing: Standing) -> list[int]:
    """Review, grace, warnings, a rise that waits, an override; overdue ones too."""
    term = standing.term
    if term is None:
        return []
    waiting = [term.pending_ms if one.set.upgrades_with is not None else 0]
    if term.override is not None:
        waiting.append(term.override.until_ms)
    end_ms = ends_ms(turn, one, standing)
    if end_ms:
        waiting.append(term.grace_ms or end_ms)
        if not term.grace_ms:
            before = [days_before(turn.plan.days, end_ms, number) for number in one.set.warnings]
            waiting += [due_ms for due_ms in before if due_ms > turn.now_ms]
    return waiting


def _of_tenure(turn: Turn, one: SetPlan) -> list[int]:
    """The next local midnight at which a condition on tenure begins to hold."""
    if not one.tenures:
        return []
    enrolled = turn.plan.days.of(turn.customer.enrolled_ms)
    ahead = [days for days in one.tenures if enrolled + days > turn.today]
    return [turn.plan.days.start_ms(enrolled + ahead[0])] if ahead else []


def _of_windows(turn: Turn, one: SetPlan, standing: Standing) -> list[int]:
    """The next local midnight at which a number that the level asks for may fall, with no event."""
    rank = own_rank(one, standing)
    waiting = [held_until_ms(turn, one, standing)]
    if waiting[0] <= turn.now_ms:
        waiting = []
    falls = [_falls(turn, leaf, standing) for leaf in one.set.tiers[rank].entry.leaves]
    ahead = [day for day in falls if day > turn.today]
    return [*waiting, *([turn.plan.days.start_ms(min(ahead))] if ahead else [])]


def _falls(turn: Turn, leaf: Leaf, standing: Standing) -> int:
    """The first day on which a number may be less than today with no event; 0 when there is none."""
    if leaf.window in NO_END or leaf.metric is Metric.TENURE_DAYS:
        return 0
    first, end = span(turn, leaf.window, leaf.days, turn.today, began_ms(standing))
    if leaf.window is not WindowKind.ROLLING:
        return end
    if leaf.metric is Metric.REFERRALS:
        counted = [day for day in turn.customer.referred[::2] if first <= day]
    else:
        counted = [day.day for day in within(turn.account, first, end, whole=False)[0]]
    return min(counted) + leaf.days if counted else 0
