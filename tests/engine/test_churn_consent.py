"""Who does not agree to profiling is not watched: no alert, no score, no wait."""

from typing import Any

import pytest

from engine.calendar import DAY_MS
from engine.events import SetConsent
from engine.plan import plan_of
from engine.profile import profile_of
from engine.timers import next_due
from tests.engine.programmes import CHURN, programme
from tests.engine.shop import BY, Shop, types
from tests.engine.test_rfm import Scored

ASSUMED = {"assumed": ["profiling"]}
NOT_ASSUMED = {"assumed": ["marketing.sms"]}
MODIFIERS = {"modifiers": {"complaint": True, "alone": True}}


def levels(shop: Shop) -> list[str]:
    return [effect.data.level for effect in shop.said("churn.alert")]  # type: ignore[union-attr]


def says(shop: Shop, granted: bool, at: str | int = "") -> Any:
    return shop.send(SetConsent(BY, "profiling", granted), at)


@pytest.mark.parametrize(
    ("consents", "expected"), [(None, ["watch"]), (ASSUMED, ["watch"]), (NOT_ASSUMED, [])]
)
def test_who_said_nothing_is_watched_as_the_programme_holds(consents: Any, expected: list[str]) -> None:
    more = {"consents": consents} if consents else {}
    shop = Shop(programme(churn=CHURN, **more))
    shop.buy(1000)
    shop.tick(shop.now_ms + 46 * DAY_MS)
    assert levels(shop) == expected
    assert next_due(shop.customer)[1] == ("churn" if expected else "")


def test_a_consent_withdrawn_between_setting_a_timer_and_its_instant_prevents_the_alert() -> None:
    shop = Shop(programme(churn=CHURN))
    shop.buy(1000)
    start = shop.now_ms
    says(shop, False, start + 44 * DAY_MS)
    assert next_due(shop.customer) == (0, "")
    assert shop.tick(start + 400 * DAY_MS) == []


def test_a_purchase_without_consent_neither_waits_nor_recovers() -> None:
    shop = Shop(programme(churn=CHURN))
    shop.buy(1000)
    shop.tick(shop.now_ms + 50 * DAY_MS)
    says(shop, False)
    assert types(shop.buy(1000)) == ["points.earned"]
    assert next_due(shop.customer) == (0, "")
    assert shop.customer.rhythm is not None
    assert (shop.customer.rhythm.days, shop.customer.rhythm.level) == (2, 0)


def test_a_consent_given_later_alerts_from_then_on_and_not_for_the_past() -> None:
    shop = Shop(programme(churn=CHURN, consents=NOT_ASSUMED))
    shop.buy(1000)
    start = shop.now_ms
    assert types(says(shop, True, start + 50 * DAY_MS)) == ["consent.recorded"]
    shop.tick(start + 100 * DAY_MS)
    assert levels(shop) == ["at_risk", "high"]


def test_a_complaint_without_consent_raises_nothing() -> None:
    shop = Shop(programme(churn=CHURN | MODIFIERS, consents=NOT_ASSUMED))
    shop.buy(1000)
    shop.tick(shop.now_ms + 20 * DAY_MS)
    assert types(shop.engage("complaint")) == []
    assert next_due(shop.customer) == (0, "")


def test_a_consent_to_something_else_changes_nothing() -> None:
    shop = Shop(programme(churn=CHURN))
    shop.buy(1000)
    armed = next_due(shop.customer)
    shop.send(SetConsent(BY, "program", False))
    assert next_due(shop.customer) == armed


def test_a_rulebook_that_begins_to_ask_for_consent_lets_the_wait_lapse() -> None:
    shop = Shop(programme(churn=CHURN))
    shop.buy(1000)
    shop.book = programme(churn=CHURN, consents=NOT_ASSUMED)
    assert shop.tick(shop.now_ms + 400 * DAY_MS) == []
    assert next_due(shop.customer) == (0, "")


def test_levels_raised_before_a_rulebook_asks_for_consent_are_seen_no_more() -> None:
    sections = {"tags": [{"tag": "t", "dimension": "d", "when": {"fact": "risk_level", "one_of": ["watch"]}}]}
    shop = Shop(programme(churn=CHURN, sections=sections))
    shop.buy(1000)
    shop.tick(shop.now_ms + 46 * DAY_MS)
    assert [e.data.tag for e in shop.said("tag.added")] == ["t"]  # type: ignore[union-attr]
    shop.book = programme(churn=CHURN, consents=NOT_ASSUMED, sections=sections)
    view = profile_of(shop.account, shop.book, plan_of(shop.book), shop.now_ms)
    assert view.rhythm is not None
    assert view.rhythm.level == ""
    assert types(shop.engage("login")) == ["tag.removed"]
    assert shop.customer.rhythm is not None
    assert shop.customer.rhythm.level == 0
    assert shop.tick(shop.now_ms + 400 * DAY_MS) == []


@pytest.mark.parametrize(("said", "shown"), [(None, False), (False, False), (True, True)])
def test_without_consent_to_profiling_the_profile_has_no_score(said: bool | None, shown: bool) -> None:
    model = {"version": "m", "r": 0.525, "alpha_weeks": 6.183, "a": 0.891, "b": 1.614}
    model |= {"spend": {"p": 6.25, "q": 3.74, "v": 15.44}}
    churn, sections = CHURN | {"model": model}, {"rfm": {}, "profiles": "on"}
    shop = Scored(book=programme(churn=churn, consents=NOT_ASSUMED, sections=sections))
    shop.buy(1000)
    if said is not None:
        says(shop, said)
    view = profile_of(shop.account, shop.book, plan_of(shop.book), shop.now_ms)
    assert view.rhythm is not None
    scores = [view.rhythm.risk_ppm, view.rhythm.p_alive_ppm, view.rhythm.clv_minor]
    scores += [view.facts.get(name) for name in ("rfm_r", "rfm_f", "rfm_m")]
    assert {"risk_ppm", "p_alive_ppm", "clv_minor"}.isdisjoint(view.facts)
    assert [score is not None for score in scores] == [shown] * 6
    assert view.rhythm.expected_gap_days == (60, 2)
