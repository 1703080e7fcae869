"""One example of each request to notify, and of each that is not made."""

from engine.notice_effects import NoticeData, NotifyRequested, NotifySuppressed, Suggestion

_EFFECT = "0b9f41c1-74c8-8d5e-9a57-5b7c2f6f2000"
_REQUESTED = NotifyRequested(
    intent="come-back",
    kind="marketing",
    dedupe_key=f"come-back|{_EFFECT}",
    not_before_ms=1773273600000,
    expires_ms=1773457445679,
    priority="normal",
    language="en",
    text="We have not seen you for 60 days: a welcome-back coupon is waiting.",
    values={"gap_days": 60, "action": "a welcome-back coupon"},
    effect=_EFFECT,
    effect_type="churn.alert",
    why="churn.alert where level is at_risk or high",
    rev=3,
    channels=("wechat", "sms"),
    suggestion=Suggestion("welcome_back", "coupon", "a welcome-back coupon"),
    held_by="quiet_hours",
)
_SUPPRESSED = NotifySuppressed(
    intent="come-back",
    kind="marketing",
    cause="no_consent",
    dedupe_key=f"come-back|{_EFFECT}",
    effect=_EFFECT,
    effect_type="churn.alert",
    rev=3,
)

NOTICE_EXAMPLES: dict[str, NoticeData] = {
    "notify.requested": _REQUESTED,
    "notify.suppressed": _SUPPRESSED,
}
