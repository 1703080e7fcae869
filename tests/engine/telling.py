"""Programmes that tell customers things, for the tests, and what they asked to tell."""

from typing import Any

from engine.notice_effects import NotifyRequested, NotifySuppressed
from rules.compiled import Rulebook
from tests.engine.programmes import CHURN, GOLD, MEMBER, SILVER, Keys, programme
from tests.engine.shop import Shop


def intent(id: str, on: str, kind: str = "service", zh: str = "您好", en: str = "Hello", **more: Any) -> Keys:
    """An intent of the rulebook."""
    return {"id": id, "on": on, "class": kind, "texts": {"zh": zh, "en": en}} | more


WELCOME = intent("welcome", "tier.enrolled", zh="欢迎加入{to_name}", en="Welcome, you are {to_name}")
UP = intent("up", "tier.upgraded", zh="恭喜升级为{to_name}", en="You are {to_name} now, no longer {from}")
DOWN = intent("down", "tier.downgraded", zh="您现在是{to_name}", en="You are {to_name} now")
EARNED = intent("earned", "points.earned", "transactional", zh="{qty}分", en="{qty} points, {balance} in all")


def telling(*intents: Keys, more: Keys | None = None, sections: Keys | None = None, **keys: Any) -> Rulebook:
    """A programme with these intents; `more` are other keys of `notifications`, `sections` of the file."""
    section = {"languages": ["en", "zh"], "intents": list(intents)} | (more or {})
    return programme(
        MEMBER, SILVER, GOLD, churn=CHURN, sections={"notifications": section} | (sections or {}), **keys
    )


def requests(shop: Shop) -> list[NotifyRequested]:
    """What the customer is to be told so far."""
    return [each.data for each in shop.said("notify.requested") if isinstance(each.data, NotifyRequested)]


def suppressed(shop: Shop) -> list[tuple[str, str]]:
    """(intent, cause) of what the customer was not told so far."""
    found = [each.data for each in shop.said("notify.suppressed")]
    return [(data.intent, data.cause) for data in found if isinstance(data, NotifySuppressed)]
