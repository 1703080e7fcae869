"""One effect of every outbound type, as the documents show it: one customer's order, refund and absence."""

from typing import Any

from msgspec.structs import replace

from engine.churn_effects import ChurnAlert, Factor
from engine.cutoffs import Cutoffs
from engine.effects import (
    CareDue,
    ChurnRecovered,
    CommandRejected,
    ConsentRecorded,
    Effect,
    EffectData,
    LineShare,
    PointsClawedBack,
    PointsEarned,
    Ref,
    ReferralRefused,
    RuleShare,
)
from engine.events import Actor
from engine.ledger_effects import Balance
from engine.tier_effects import (
    NextTier,
    Reading,
    TierChanged,
    TierGraceStarted,
    TierOverridden,
    TierProgress,
    TierReleased,
    TierRenewed,
    TierWarning,
)
from topics.encode import effect_line, encode_effect
from topics.examples_ledger import LEDGER_EXAMPLES
from topics.examples_life import LIFE_EXAMPLES
from topics.examples_notices import NOTICE_EXAMPLES
from topics.framing import opened

_ENROLLED = TierChanged(
    tier_set="main",
    from_tier="",
    to_tier="silver",
    reason="event",
    effective_ms=1768014245678,
    qualified_ms=1768014245678,
    explain=(Reading("spend_net", "rolling 365 days", 120000, 100000, True),),
    rev=1,
    next_tier=NextTier("gold", {"spend_net rolling 365 days >= 5000.00": 380000}),
)
_EARNED = PointsEarned(
    wallet="points",
    qty=312,
    qualifying=125,
    balance=Balance(312),
    ref=Ref(order_id="o-1"),
    rules=(RuleShare("base", "1 per 1.00"), RuleShare("double-vinyl", "2")),
    rev=2,
    eligible_minor=12500,
    tier="gold",
    tier_times="1.5",
    exact=(312375, 1000),
    lines=(LineShare("A", 249), LineShare("B", 63)),
)
_CLAWED = PointsClawedBack(
    wallet="points",
    qty=63,
    qualifying=42,
    balance=Balance(249),
    ref=Ref(order_id="o-1", refund_id="r-1"),
    granted=312,
    kept=249,
    remaining_minor=8325,
    refunded_minor=4175,
    rev=3,
)
_ALERT = ChurnAlert(
    level="at_risk",
    previous="watch",
    ratio="2",
    crossed_ms=1773198245678,
    last_purchase_ms=1768014245678,
    gap_days=60,
    expected_gap_days=(30, 1),
    purchase_days=1,
    tier="silver",
    rev=3,
    suggested_action="welcome_back",
    gap_ratio_ppm=2000000,
    risk_ppm=612000,
    horizon_days=180,
    p_alive_ppm=455000,
    clv_minor=12900,
    clv_days=365,
    model_version="2026-01",
    value_segment="high",
    factors=(
        Factor("open_complaints", 1, 1, raises=True),
        Factor("orders_90d", 0),
        Factor("orders_90d_before", 3),
        Factor("moving_interval_millidays", 21700),
    ),
)
_RECOVERED = ChurnRecovered(previous="at_risk", gap_days=75, tier="silver", ref=Ref(order_id="o-2"), rev=4)
_UPGRADED = replace(
    _ENROLLED,
    from_tier="silver",
    to_tier="diamond",
    explain=(Reading("spend_net", "rolling 365 days", 2100000, 2000000, True),),
    rev=5,
    skipped=("gold",),
    next_tier=None,
)
_DOWNGRADED = replace(
    _UPGRADED,
    from_tier="diamond",
    to_tier="gold",
    reason="refund",
    explain=(Reading("spend_net", "rolling 365 days", 1990000, 2000000, False),),
    rev=6,
    skipped=(),
    next_tier=NextTier("diamond", {"spend_net rolling 365 days >= 20000.00": 10000}),
)
_SILVER = (Reading("spend_net", "rolling 365 days", 70000, 80000, False),)
_MISSING = {"spend_net over rolling 365 days >= 800.00 CNY": 10000}
_UNTIL_MS, _NEXT_MS = 1801411200000, 1832947200000
_RENEWED = TierRenewed(
    tier_set="main",
    tier="silver",
    reason="review",
    previous_until_ms=_UNTIL_MS,
    valid_until_ms=_NEXT_MS,
    explain=(Reading("spend_net", "rolling 365 days", 90000, 80000, True),),
    rev=8,
)
_GRACE = TierGraceStarted(
    tier_set="main",
    tier="silver",
    valid_until_ms=_UNTIL_MS,
    grace_until_ms=1804003200000,
    missing=_MISSING,
    explain=_SILVER,
    rev=8,
)
_WARNING = TierWarning("main", "silver", 30, _UNTIL_MS, _MISSING, _SILVER, 8)
_PROGRESS = TierProgress(
    tier_set="main",
    tier="silver",
    percent=94,
    next_tier=NextTier("gold", {"spend_net over rolling 365 days >= 5000.00 CNY": 30000}),
    explain=(Reading("spend_net", "rolling 365 days", 470000, 500000, False),),
    rev=9,
)
_BY = Actor("li.na", "service", "complaint 771")
_OVERRIDDEN = TierOverridden("main", "gold", "floor", _BY, 10, _UNTIL_MS)
_RELEASED = TierReleased("main", "gold", "floor", "until", _BY, 11)
_REJECTED = CommandRejected(
    command="command.tier.override",
    why="unknown_tier",
    message="no tier 'platinum' is in the tier set 'main'; choose from base, silver, gold, diamond",
    by=Actor("li.na", "service", "complaint 771"),
    rev=7,
)
_DATA: dict[str, EffectData] = {
    "points.earned": _EARNED,
    "points.clawed_back": _CLAWED,
    "points.pending": replace(_EARNED, balance=Balance(0, 312), activates_ms=1769184000000, first=1),
    **LEDGER_EXAMPLES,
    "tier.enrolled": _ENROLLED,
    "tier.upgraded": _UPGRADED,
    "tier.downgraded": _DOWNGRADED,
    "tier.renewed": _RENEWED,
    "tier.grace_started": _GRACE,
    "tier.downgrade_warning": _WARNING,
    "tier.progress": _PROGRESS,
    "tier.override_set": _OVERRIDDEN,
    "tier.override_released": _RELEASED,
    "churn.alert": _ALERT,
    "churn.recovered": _RECOVERED,
    **NOTICE_EXAMPLES,
    "consent.recorded": ConsentRecorded("marketing.sms", True, _BY, 12, previous="withdrawn"),
    "care.due": CareDue("anniversary", "2027-01-10", "silver", 13, years=1, points=50),
    "referral.refused": ReferralRefused("c43", "returned", "nothing is left of the first purchase", 14),
    **LIFE_EXAMPLES,
    "command.rejected": _REJECTED,
    "rfm.cutoffs": Cutoffs(12, 20463, 365, (12, 41, 96, 200), (9950, 20300, 51000, 120700), 41200, 4),
}


def example_data(kind: str) -> EffectData:
    """The data of the example of this outbound type."""
    return _DATA[kind]


def example_record(kind: str) -> dict[str, Any]:
    """Headers and payload of the example of this outbound type."""
    effect = Effect(
        id="0b9f41c1-74c8-5d5e-9a57-5b7c2f6f8e21",
        type=kind,
        customer="c42" if kind != "rfm.cutoffs" else kind,
        time_ms=1768014245678,
        causationid="pos-7|e-1",
        ruleversion="record-shop@1",
        data=_DATA[kind],
    )
    headers = opened(encode_effect(effect)[1])[2]
    return {
        "headers": {name: (text or b"").decode() for name, text in headers},
        "payload": effect_line(effect)["data"],
    }
