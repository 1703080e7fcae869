"""What a text or a condition may name of each effect that customers can be told of.

The engine reads exactly these (`engine.notice_words`); a test holds the two together. Kinds: a `word`, a
`number`, `money` in minor units, the `day` of an instant, `until`: the last day before an instant, a `level`,
which has a `_name` too, the name of a `churn` level, of a `tag`, of a day of `care`, of an `axis` of a
lifecycle, or of a `stage` or segment there ("" before the first). Of parts per million a `share` is shown in
percent, a `ratio` with one decimal.
"""

from functools import cache
from types import MappingProxyType
from typing import Final

_WALLET: Final = {"wallet": "word", "qty": "number", "balance": "number"}
_CHANGE: Final = {
    "tier_set": "word",
    "from": "level",
    "to": "level",
    "reason": "word",
    "effective_ms": "day",
    "valid_until_ms": "until",
}
_EARNED: Final = _WALLET | {
    "qualifying": "number",
    "eligible_minor": "money",
    "tier": "level",
    "tier_times": "word",
    "why": "word",
    "expires_ms": "until",
    "activates_ms": "day",
}
_ENDING: Final = {
    "tier_set": "word",
    "tier": "level",
    "valid_until_ms": "until",
    "missing_minor": "money",
}

_TAG: Final = {"tag": "tag", "dimension": "word", "group": "word", "why": "word"}

JOINING: Final = "tier.enrolled"
CHANGES: Final = (JOINING, "tier.upgraded", "tier.downgraded")
"""What is told of a customer's level once a collapse window is over."""

FIELDS: Final = MappingProxyType(
    {
        **dict.fromkeys(CHANGES, _CHANGE),
        "tier.renewed": {
            "tier_set": "word",
            "tier": "level",
            "reason": "word",
            "previous_until_ms": "until",
            "valid_until_ms": "until",
        },
        "tier.grace_started": _ENDING | {"grace_until_ms": "until"},
        "tier.downgrade_warning": _ENDING | {"days_left": "number"},
        "tier.progress": {
            "tier_set": "word",
            "tier": "level",
            "percent": "number",
            "next_tier": "level",
            "missing_minor": "money",
        },
        "points.earned": _EARNED,
        "points.pending": _EARNED,
        "points.activated": _WALLET,
        "points.clawed_back": _WALLET
        | {"granted": "number", "kept": "number", "remaining_minor": "money", "refunded_minor": "money"},
        "points.redeemed": _WALLET | {"redemption_id": "word", "reward": "word"},
        "points.redeem_reversed": _WALLET | {"redemption_id": "word", "left": "number"},
        "points.expiring": _WALLET | {"expires_ms": "until"},
        "points.expired": _WALLET | {"why": "word"},
        "points.adjusted": _WALLET | {"reason_code": "word"},
        "points.transferred_in": _WALLET | {"sender": "word"},
        "points.transferred_out": _WALLET | {"to": "word"},
        "churn.alert": {
            "level": "churn",
            "previous": "churn",
            "gap_days": "number",
            "purchase_days": "number",
            "tier": "level",
            "last_purchase_ms": "day",
            "suggested_action": "word",
            "value_segment": "word",
            "gap_ratio_ppm": "ratio",
            "risk_ppm": "share",
            "horizon_days": "number",
            "p_alive_ppm": "share",
            "clv_minor": "money",
            "clv_days": "number",
        },
        "care.due": {"kind": "care", "day": "word", "tier": "level", "years": "number", "points": "number"},
        "referral.refused": {"referee": "word", "why": "word", "message": "word"},
        "lifecycle.changed": {
            "axis": "axis",
            "from": "stage",
            "to": "stage",
            "tier": "level",
            "days": "number",
        },
        "tag.added": _TAG | {"until_ms": "until"},
        "tag.removed": _TAG,
        "churn.recovered": {"previous": "churn", "gap_days": "number", "tier": "level"},
    }
)

ENDS: Final = MappingProxyType(
    {
        "points.expiring": "expires_ms",
        "tier.downgrade_warning": "valid_until_ms",
        "tier.grace_started": "grace_until_ms",
    }
)
"""What a warning warns of: once it has come, the word is too late."""

MONEY_METRIC: Final = "spend_net "
"""How a condition on money begins among what is missing for a level."""

NEEDS: Final = MappingProxyType(
    {
        "value_segment": "lifecycle",
        "risk_ppm": "churn.model",
        "horizon_days": "churn.model",
        "p_alive_ppm": "churn.model",
        "clv_minor": "churn.model.spend",
        "clv_days": "churn.model.spend",
    }
)
"""Fields that an effect has only where the rulebook has these keys."""

SUGGESTING: Final = ("churn.alert", "lifecycle.changed", "care.due")
"""With these goes what the strategy suggests; `action` is its text."""


@cache
def placeholders(effect: str) -> dict[str, str]:
    """What a text may name of an effect, with the kind of each."""
    fields = FIELDS[effect]
    named = {f"{name}_name": "name" for name, kind in fields.items() if kind == "level"}
    return {**fields, **named, **({"action": "action"} if effect in SUGGESTING else {})}
