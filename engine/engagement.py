"""Points for engagements, within their caps."""

from typing import Final

from engine.calendar import period_start
from engine.days import bucket
from engine.effects import PointsEarned, Ref, RuleShare
from engine.events import Engagement
from engine.history import Used
from engine.points import WALLET, grant
from engine.referrals import refer
from engine.turn import Turn
from rules.compiled import Cap, EngagementRule

REFERRAL: Final = "referral_purchase"
PERIODS_KEPT: Final = 100  # Per cap; late events reach back 90 days.


def engage(turn: Turn, engagement: Engagement) -> None:
    """Books an engagement: points by its rule, or none; emits `points.earned` when a rule speaks of it."""
    if engagement.kind == REFERRAL:
        refer(turn.customer, turn.day)
    rule = turn.rulebook.engagements.get(engagement.kind)
    if rule is None or rule.points == 0:
        return
    granted, why = _grant(turn, rule, engagement)
    qualifying = granted if rule.qualifying else 0
    balance = grant(turn, granted)
    _book(turn, granted, qualifying)
    turn.emit(
        PointsEarned.TYPE,
        PointsEarned(
            wallet=WALLET,
            qty=granted,
            qualifying=qualifying,
            balance=balance,
            ref=Ref(engagement=engagement.kind, ref_id=engagement.ref_id),
            rules=(RuleShare(rule.id, str(rule.points)),),
            rev=turn.customer.rev,
            exact=(rule.points, 1),
            capped_from=rule.points if why == "capped" else None,
            why=why,
            backfill=turn.backfill,
        ),
    )


def _grant(turn: Turn, rule: EngagementRule, engagement: Engagement) -> tuple[int, str]:
    """(points, why less than the rule says): counts the caps when something is granted."""
    if not turn.joined():
        return 0, "not enrolled"
    if engagement.text_len < rule.min_text_len:
        return 0, "text too short"
    used = [(cap, _used(turn, rule, cap)) for cap in rule.caps]
    granted = min([rule.points, *(_room(cap, so_far) for cap, so_far in used)])
    if granted == 0:
        return 0, "capped"
    for _, so_far in used:
        so_far.count += 1
        so_far.points += granted
    return granted, "" if granted == rule.points else "capped"


def _room(cap: Cap, used: Used) -> int:
    if cap.count is not None and used.count >= cap.count:
        return 0
    return 10**9 if cap.points is None else max(cap.points - used.points, 0)


def _used(turn: Turn, rule: EngagementRule, cap: Cap) -> Used:
    """What the cap has let through in the event's own period; a period is made when first met."""
    start = period_start(cap.per, turn.day)
    periods = turn.customer.caps.setdefault(f"{rule.id}|{cap.per.value}", [])
    for used in reversed(periods):
        if used.period == start:
            return used
    used = Used(start, 0, 0)
    periods.append(used)
    periods.sort(key=lambda one: one.period)
    del periods[:-PERIODS_KEPT]
    return used


def _book(turn: Turn, points: int, qualifying: int) -> None:
    if points == 0:
        return
    totals, day = turn.customer.totals, bucket(turn.account, turn.day)
    totals.engagement_points += points
    totals.qualifying += qualifying
    day.engagement_points += points
    day.qualifying += qualifying
