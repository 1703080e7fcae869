"""Points for engagements, within their caps."""

from engine.caps import PER_REF, room, use
from engine.days import bucket
from engine.effects import PointsEarned, Ref, RuleShare
from engine.events import Engagement
from engine.points import announce, grant_to
from engine.qualifying import count, counts, from_when
from engine.referrals import refer
from engine.streaks import streak_points
from engine.terms import PROGRAMME
from engine.turn import Turn
from engine.worth import UNBOUND
from rules.compiled_engagement import EngagementRule
from rules.facts import MAIN, REFERRAL_PURCHASE


def engage(turn: Turn, engagement: Engagement) -> None:
    """Books an engagement: points by its rule, or none; emits `points.earned` when a rule speaks of it."""
    if engagement.kind == REFERRAL_PURCHASE and turn.rulebook.referral is None:
        refer(turn.customer, turn.day)
    rule = turn.rulebook.engagements.get(engagement.kind)
    if rule is None or rule.points == 0:
        return
    ref = Ref(engagement=engagement.kind, ref_id=engagement.ref_id)
    reward(turn, rule, ref, _refused(turn, rule, engagement))


def reward(turn: Turn, rule: EngagementRule, ref: Ref, why: str = "") -> None:
    """Gives a rule's points within its caps, none where `why` says so; emits `points.earned`."""
    wanted, given = [rule.points], [0]
    if not why:
        wanted.append(streak_points(turn.customer, rule, turn.day))
        given = _within_caps(turn, rule, ref.ref_id, wanted)
        why = "capped" if sum(given) < sum(wanted) else ""
    granted = sum(given)
    qualifying = granted if rule.qualifying else 0
    balance = grant_to(turn, rule.wallet, granted)
    when = from_when(turn, of_order=False)
    waits = 0 if counts(turn, when) else qualifying
    _book(turn, granted if rule.wallet == MAIN else 0, qualifying, when)
    announce(
        turn,
        PointsEarned(
            wallet=rule.wallet,
            qty=granted,
            qualifying=qualifying - waits,
            balance=balance,
            ref=ref,
            rules=_rules(rule, wanted, given),
            rev=turn.customer.rev,
            exact=(sum(wanted), 1),
            capped_from=sum(wanted) if why == "capped" else None,
            why=why,
            qualifying_waits=waits,
            backfill=turn.backfill,
        ),
    )


def _rules(rule: EngagementRule, wanted: list[int], given: list[int]) -> tuple[RuleShare, ...]:
    """The rule, and its streak when that gave something."""
    if rule.streak is None or len(wanted) == 1 or wanted[1] == 0:
        return (RuleShare(rule.id, str(rule.points)),)
    says = f"{rule.streak.points} per {rule.streak.days} days in a row"
    return RuleShare(rule.id, str(rule.points), given[0]), RuleShare(f"{rule.id}:streak", says, given[1])


def _refused(turn: Turn, rule: EngagementRule, engagement: Engagement) -> str:
    """Why the engagement earns nothing, whatever the caps say."""
    if not turn.joined():
        return "not enrolled"
    if engagement.text_len < rule.min_text_len:
        return "text too short"
    if not engagement.ref_id and any(cap.per in PER_REF for cap in rule.caps):
        return "no ref_id"
    return ""


def _within_caps(turn: Turn, rule: EngagementRule, ref: str, wanted: list[int]) -> list[int]:
    """What the caps let through of the rule's points and the streak's; counts it.

    The rule's own caps bound its own points, the programme's cap both.
    """
    customer, day = turn.customer, turn.day
    caps = turn.plan.caps.get(PROGRAMME, ()) if rule.wallet == MAIN else ()
    own = room(customer, rule.id, rule.caps, day, ref)
    given = [wanted[0] if own == UNBOUND else max(min(wanted[0], own), 0), wanted[1]]
    left = room(customer, PROGRAMME, caps, day)
    if left != UNBOUND:
        given[0] = max(min(given[0], left), 0)
        given[1] = max(min(given[1], left - given[0]), 0)
    if given[0]:
        use(customer, rule.id, rule.caps, day, 1, given[0], ref)
    if sum(given):
        use(customer, PROGRAMME, caps, day, 1, sum(given))
    return given


def _book(turn: Turn, points: int, qualifying: int, when: list[int]) -> None:
    if points == 0:
        return
    totals, day = turn.customer.totals, bucket(turn.account, turn.day)
    totals.engagement_points += points
    day.engagement_points += points
    if when:
        count(turn, qualifying, when)
        return
    totals.qualifying += qualifying
    day.qualifying += qualifying
