"""Conditions over what the model says: they turn at the very instant, and are false without consent."""

from typing import Any

from engine.calendar import DAY_MS
from engine.churn_effects import ChurnAlert
from engine.events import SetConsent
from engine.insight import fact
from engine.plan import plan_of
from engine.turn import Turn
from tests.engine.programmes import CHURN, programme
from tests.engine.shop import BY, Shop

Keys = dict[str, Any]
SPEND: Keys = {"p": 6.25, "q": 3.74, "v": 15.44, "margin": 0.3}
MODEL: Keys = {"version": "m1", "r": 0.525, "alpha_weeks": 6.183, "a": 0.891, "b": 1.614, "spend": SPEND}
LEVELS: Keys = {"levels": {"high": {"risk": 0.8}}, "model": MODEL}


def tagged(when: Keys, **more: Any) -> Shop:
    tags = [{"tag": "t", "dimension": "d", "when": when}]
    return Shop(programme(churn=CHURN | LEVELS, sections={"tags": tags}, **more))


def given_ms(shop: Shop) -> list[int]:
    """When the tag was given."""
    return [effect.time_ms for effect in shop.said("tag.added")]


def now(shop: Shop, name: str) -> Any:
    return fact(
        Turn(shop.account, shop.book, plan_of(shop.book), shop.now_ms, shop.now_ms, b"", "", False), name
    )


def test_a_tag_by_risk_comes_with_the_alert_by_the_same_risk() -> None:
    shop = tagged({"fact": "risk", "at_least": 0.8})
    shop.buy(1000)
    shop.buy(1000, shop.now_ms + 20 * DAY_MS)
    shop.tick(shop.now_ms + 900 * DAY_MS)
    (alert,) = shop.said("churn.alert")
    assert isinstance(alert.data, ChurnAlert)
    assert given_ms(shop) == [alert.data.crossed_ms + 1]


def test_a_tag_by_p_alive_comes_when_it_has_fallen() -> None:
    shop = tagged({"fact": "p_alive", "below": 0.5})
    shop.buy(1000)
    shop.buy(1000, shop.now_ms + 20 * DAY_MS)
    shop.tick(shop.now_ms + 900 * DAY_MS)
    (at_ms,) = given_ms(shop)
    assert at_ms > shop.now_ms - 900 * DAY_MS
    shop.now_ms = at_ms
    assert now(shop, "p_alive_ppm") in (499_999, 500_000)


def test_facts_are_those_of_the_alert() -> None:
    shop = tagged({"fact": "clv", "at_least": 1})
    shop.buy(1000)
    shop.tick(shop.now_ms + 900 * DAY_MS)
    (alert,) = shop.said("churn.alert")
    assert isinstance(alert.data, ChurnAlert)
    assert given_ms(shop) == [shop.now_ms - 900 * DAY_MS]
    shop.now_ms = alert.time_ms
    assert now(shop, "clv_minor") == alert.data.clv_minor
    assert abs(now(shop, "risk_ppm") - 800_000) <= 1


def test_without_consent_there_is_no_score() -> None:
    shop = tagged({"fact": "risk", "at_least": 0.1}, consents={"assumed": ["program"]})
    shop.buy(1000)
    assert [now(shop, name) for name in ("risk_ppm", "p_alive_ppm", "clv_minor")] == [None] * 3
    shop.tick(shop.now_ms + 100 * DAY_MS)
    assert given_ms(shop) == []
    shop.send(SetConsent(BY, "profiling", True))
    assert now(shop, "risk_ppm") > 500_000
    assert len(given_ms(shop)) == 1
