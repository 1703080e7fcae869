"""Rulebooks for the tests, written as the file would be and read by the real parser."""

import json
from functools import lru_cache
from typing import Any

from rules.compiled import Rulebook
from rules.load import parse_rulebook

Keys = dict[str, Any]

BASE = {"id": "base", "points": 1, "per": 1}
EARN = ("bonuses", "groups", "refund", "multiplier_tier")
CHURN = {"population_interval_days": 30, "levels": {"watch": 1.5, "at_risk": 2, "high": 3, "lost": 6}}


def level(code: str, *entry: Keys, times: float = 1) -> Keys:
    """One level of a programme; without conditions it is the lowest."""
    return {"code": code, "name": code.title(), "multiplier": times} | (
        {"entry": list(entry)} if entry else {}
    )


def asks(metric: str, at_least: float, window: str = "rolling 365 days") -> Keys:
    """One condition of a level; money in major units."""
    return {"metric": metric, "window": window, "at_least": at_least}


MEMBER = level("member")
SILVER = level("silver", asks("spend_net", 1000), times=1.1)
GOLD = level("gold", asks("spend_net", 5000), times=1.25)
DIAMOND = level("diamond", asks("spend_net", 20000), times=1.5)


def programme(
    *levels: Keys,
    rules: list[Keys] | None = None,
    multipliers: list[Keys] | None = None,
    rounding: str = "floor",
    engagement: list[Keys] | None = None,
    churn: Keys | None = None,
    timezone: str = "Asia/Shanghai",
    currency: str = "CNY",
    enrolment: str = "first_event",
    sets: list[Keys] | None = None,
    cap: Any = None,
    points: Keys | None = None,
    wallets: list[Keys] | None = None,
    cycle: Keys | None = None,
    sections: Keys | None = None,
    consents: Keys | None = None,
    care: Keys | None = None,
    referral: Keys | None = None,
    **more: Any,
) -> Rulebook:
    """A compiled rulebook; by default one point per yuan and a single level.

    `more` are further keys of earning or of the set of levels, `sets` further sets,
    `sections` whole sections of the file.
    """
    earn = {key: value for key, value in more.items() if key in EARN}
    tiers = {key: value for key, value in more.items() if key not in EARN}
    first = {"levels": list(levels) or [MEMBER]} | tiers
    keys: Keys = {
        "programme": "shop",
        "version": 1,
        "timezone": timezone,
        "currency": currency,
        "enrolment": enrolment,
        "earn": {"rounding": rounding, "rules": rules or [BASE], "multipliers": multipliers or []} | earn,
        "tiers": [first, *sets] if sets else first,
        "engagement": engagement or [],
    }
    given = {"churn": churn, "cap": cap, "points": points, "wallets": wallets, "cycle": cycle}
    given |= {"consents": consents, "care": care, "referral": referral}
    keys |= {key: value for key, value in given.items() if value} | (sections or {})
    return _parsed(json.dumps(keys, indent=1))


@lru_cache
def _parsed(text: str) -> Rulebook:
    return parse_rulebook(text, "a test's rulebook")
