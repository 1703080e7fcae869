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


def test_a_tag_by_worth_is_taken_at_the_millisecond_at_which_the_worth_falls_below_with_nothing_new() -> None:
    shop = tagged({"fact": "clv", "at_least": 15})
    shop.buy(1000)
    shop.buy(2000, shop.now_ms + 20 * DAY_MS)
    assert now(shop, "clv_minor") > 1500
    bought_ms = shop.now_ms
    assert given_ms(shop)[-1] == bought_ms
    shop.tick(bought_ms + 900 * DAY_MS)
    *_, taken_ms = [effect.time_ms for effect in shop.said("tag.removed")]
    worth = []
    for shop.now_ms in (taken_ms - 1, taken_ms):
        worth.append(now(shop, "clv_minor"))
    assert worth == [1500, 1499]
    assert taken_ms > bought_ms + 30 * DAY_MS


def test_a_tag_below_a_worth_is_given_then_and_taken_by_a_purchase() -> None:
    shop = tagged({"fact": "clv", "below": 15})
    shop.buy(1000)
    bought_ms = shop.now_ms + 20 * DAY_MS
    shop.buy(2000, bought_ms)
    shop.tick(bought_ms + 900 * DAY_MS)
    given = given_ms(shop)[-1]
    assert given > bought_ms
    shop.now_ms = given
    assert now(shop, "clv_minor") == 1499
    shop.buy(500_000, bought_ms + 900 * DAY_MS)
    taken = [effect.time_ms for effect in shop.said("tag.removed")]
    assert taken[-1] == bought_ms + 900 * DAY_MS


def test_a_customer_whose_worth_is_far_above_is_looked_at_less_and_less_often() -> None:
    shop = tagged({"fact": "clv", "at_least": 0.01})
    shop.buy(1000)
    looks = []
    start_ms = shop.now_ms
    while shop.now_ms < start_ms + 2000 * DAY_MS:
        due_ms = shop.customer.timers["life"].due_ms
        looks.append((due_ms - start_ms) // DAY_MS)
        shop.tick(due_ms)
    assert looks[:3] == [14, 42, 98]  # At the alerts between there is a look too.
    assert len(looks) <= 9
    assert shop.said("tag.removed") == []


def test_what_is_worked_out_for_one_customer_serves_for_all_who_are_alike() -> None:
    first = tagged({"fact": "clv", "at_least": 1})
    fitted = plan_of(first.book).fitted
    assert fitted is not None
    fitted.known.clear()
    first.buy(1000)
    alone = len(fitted.known)
    assert 0 < alone < 10
    for number in range(50):
        other = tagged({"fact": "clv", "at_least": 1})
        other.buy(1000 + number, other.now_ms + number * DAY_MS)
    assert len(fitted.known) == alone
    assert other.customer.timers["life"].due_ms
    for key in fitted.known:
        fitted.known[key] = 0  # Who comes now goes by what is known: they are worth nothing.
    another = tagged({"fact": "clv", "at_least": 1})
    another.buy(1049, other.now_ms)
    assert "life" not in another.customer.timers
    fitted.known.clear()


def test_a_tag_below_a_risk_and_one_from_it_on_change_at_the_same_millisecond() -> None:
    tags = [
        {"tag": "sure", "dimension": "d", "when": {"fact": "risk", "below": 0.8}},
        {"tag": "unsure", "dimension": "d", "when": {"fact": "risk", "at_least": 0.8}},
    ]
    shop = Shop(programme(churn=CHURN | LEVELS, sections={"tags": tags}))
    shop.buy(1000)
    shop.buy(1000, shop.now_ms + 20 * DAY_MS)
    shop.tick(shop.now_ms + 900 * DAY_MS)
    (taken,) = shop.said("tag.removed")
    given = shop.said("tag.added")[-1]
    assert (given.time_ms, taken.time_ms) == (shop.said("churn.alert")[0].time_ms,) * 2
