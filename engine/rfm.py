"""Recency, frequency and money: what a customer counts for among all, and the scores 1 to 5 from cut-offs.

Whoever bought within the window is counted. Scores come with the first cut-offs, and are seen anew with each
event of the customer, at the local midnight on which a day leaves the window or recency passes a cut-off, and
some days after the last time at the latest, so that new cut-offs reach everybody without a scan.
"""

from typing import Final

from engine.calendar import window_days
from engine.counted import Part
from engine.cutoffs import Cutoffs
from engine.days import within
from engine.events import ORDER_EVENTS, Happening
from engine.metrics import PURCHASE_DAYS, SPEND, of_totals, sum_days
from engine.population import FREQUENCY_TOP, bucket_of
from engine.scores import Rfm
from engine.timers import arm
from engine.turn import Turn
from rules.compiled import RfmRule
from rules.facts import WindowKind

KIND: Final = "rfm"
LOWEST: Final = 111  # The scores of who did not buy within the window.
_ROLLING: Final = WindowKind.ROLLING


def follow(turn: Turn, data: Happening | None, rule: RfmRule) -> None:
    """Moves on what is known of the customer; `data` is the event's, None for a timer."""
    customer = turn.customer
    rfm = customer.rfm
    if rfm is None:
        if customer.rhythm is None or customer.enrolled_ms < 0:
            return
        rfm = customer.rfm = Rfm()
        _count(turn, rfm, rule, turn.today)
    else:
        today = max(turn.today, rfm.day)  # A timer of long ago may come late.
        if isinstance(data, ORDER_EVENTS) or 0 < rfm.leaves <= today:
            _count(turn, rfm, rule, today)
    cutoffs = _in_force(turn, rfm, rule)
    if cutoffs is not None:
        _score(rfm, rule, cutoffs, max(turn.today, rfm.day))
    _wait(turn, rfm, rule, cutoffs)


def part_of(rfm: Rfm) -> Part | None:
    """What the customer counts for."""
    if not rfm.inside:
        return None
    return rfm.last_day, bucket_of(max(rfm.money, 0)), min(rfm.frequency, FREQUENCY_TOP)


def _count(turn: Turn, rfm: Rfm, rule: RfmRule, today: int) -> None:
    """Sees anew what happened within the window, and tells the population."""
    rhythm = turn.customer.rhythm
    assert rhythm is not None, "only who bought is counted"
    before = part_of(rfm)
    first, end = window_days(_ROLLING, rule.window_days, today)
    days, sums = within(turn.account, first, end)
    rfm.day, rfm.last_day = today, rhythm.last_day
    rfm.inside = rhythm.last_day >= first
    rfm.money = sum_days(days, SPEND) + sum([of_totals(each, SPEND) for each in sums])
    rfm.frequency = sum_days(days, PURCHASE_DAYS) + sum([of_totals(each, PURCHASE_DAYS) for each in sums])
    oldest = min([day.day for day in days if day.orders > 0 or day.spend_minor], default=end)
    if sums:  # Somewhere in a block: looked for again when the block's first day leaves.
        oldest = min(oldest, max(first, turn.customer.first_block << 5))
    if rfm.inside:
        oldest = min(oldest, rhythm.last_day)
    rfm.leaves = oldest + rule.window_days if oldest < end else 0
    after = part_of(rfm)
    if after != before:
        turn.account.moves.append((turn.now_ms, before, after))


def _score(rfm: Rfm, rule: RfmRule, cutoffs: Cutoffs, today: int) -> None:
    """Sees the scores anew."""
    rfm.version = cutoffs.version
    if not rfm.inside:
        rfm.cell = LOWEST
        return
    r, f, m = rfm.cell // 100, 1, rfm.cell % 10
    for from_days in rule.frequency:
        f += rfm.frequency >= from_days
    r = _recency(today - rfm.last_day, cutoffs, r, rule.hysteresis)
    rfm.cell = 100 * r + 10 * f + _money(rfm.money, cutoffs, m, rule.hysteresis)


def _in_force(turn: Turn, rfm: Rfm, rule: RfmRule) -> Cutoffs | None:
    """The newest cut-offs of the rulebook's window that the customer may be scored by, None for none."""
    found: Cutoffs | None = None
    for each in turn.account.cutoffs:
        usable = each.from_ms <= turn.now_ms or each.cutoffs.version <= rfm.version
        if usable and each.cutoffs.window_days == rule.window_days:
            found = each.cutoffs
    return found


def _recency(since: int, cutoffs: Cutoffs, before: int, percent: int) -> int:
    """The score of so many days; one that was given stays until they are past a cut-off by the margin."""
    score = _reached(since, cutoffs.recency, 100)
    if before == 0 or score == before:
        return score
    if score > before:
        return max(before, _reached(since, cutoffs.recency, 100 - percent))
    return min(before, _reached(since, cutoffs.recency, 100 + percent))


def _reached(since: int, bounds: tuple[int, int, int, int], percent: int) -> int:
    score = 1
    for bound in bounds:
        score += since * 100 <= bound * percent
    return score


def _money(spent: int, cutoffs: Cutoffs, before: int, percent: int) -> int:
    """The score of so much money; one that was given stays until it is past a cut-off by the margin."""
    score = _passed(spent, cutoffs.money, 100)
    if before == 0 or score == before:
        return score
    if score > before:
        return max(before, _passed(spent, cutoffs.money, 100 + percent))
    return min(before, _passed(spent, cutoffs.money, 100 - percent))


def _passed(spent: int, bounds: tuple[int, int, int, int], percent: int) -> int:
    score = 1
    for bound in bounds:
        score += spent * 100 >= bound * percent
    return score


def _wait(turn: Turn, rfm: Rfm, rule: RfmRule, cutoffs: Cutoffs | None) -> None:
    """Waits for the next local midnight on which anything may change with no event."""
    today, wakes = max(rfm.day, turn.today), 0
    if rfm.inside or not rfm.cell:
        wakes = today + rule.rescore_days
        if rfm.leaves:
            wakes = min(wakes, rfm.leaves)
        falls = _falls(rfm, rule, cutoffs)
        if falls > today:
            wakes = min(wakes, falls)
    elif rfm.leaves:
        wakes = rfm.leaves
    if wakes != rfm.wakes:
        rfm.wakes = wakes
        arm(turn.customer, KIND, turn.plan.days.start_ms(wakes) if wakes else 0)


def _falls(rfm: Rfm, rule: RfmRule, cutoffs: Cutoffs | None) -> int:
    """The day on which recency falls by a score, 0 for none."""
    score = rfm.cell // 100
    if cutoffs is None or not rfm.inside or score < 2:
        return 0
    return rfm.last_day + cutoffs.recency[5 - score] * (100 + rule.hysteresis) // 100 + 1
