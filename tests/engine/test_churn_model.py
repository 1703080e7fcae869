"""Levels of absence that go by the model: raised at the computed instant, with the numbers behind them."""

from typing import Any

import pytest

from engine.calendar import DAY_MS
from engine.churn_effects import ChurnAlert
from engine.events import Cancel
from tests.engine.programmes import CHURN, programme
from tests.engine.shop import Shop, types

Keys = dict[str, Any]
MODEL: Keys = {"version": "grocery-1", "r": 0.777, "alpha_weeks": 10.18, "a": 0.1025, "b": 1.4364}
SPEND: Keys = {"p": 6.25, "q": 3.74, "v": 15.44, "margin": 0.3, "horizon_days": 365}
WEEKS: Keys = CHURN | {"population_interval_days": 30.03, "model": MODEL}


def watched(levels: Keys, **more: Any) -> Shop:
    """A customer with six purchase days in twenty weeks, the last one now."""
    shop = Shop(programme(churn=WEEKS | {"levels": levels} | more))
    start = shop.now_ms
    for days in (0, 30, 60, 90, 120, 140):
        shop.buy(1000, start + days * DAY_MS)
    return shop


def alerts(shop: Shop) -> list[ChurnAlert]:
    return [effect.data for effect in shop.said("churn.alert") if isinstance(effect.data, ChurnAlert)]


def test_levels_by_the_interval_carry_the_models_numbers_of_the_worked_example() -> None:
    shop = watched({"watch": 1.5, "at_risk": 2, "high": 3, "lost": 6})
    shop.tick(shop.now_ms + 1000 * DAY_MS)
    told = {alert.level: alert for alert in alerts(shop)}
    assert [told[name].p_alive_ppm for name in ("watch", "high", "lost")] == [955_745, 897_704, 669_690]
    assert [told[name].risk_ppm for name in ("watch", "high", "lost")] == [87_588, 160_432, 402_550]
    watch = told["watch"]
    assert (watch.gap_ratio_ppm, watch.horizon_days, watch.model_version) == (1_500_000, 180, "grocery-1")
    assert (watch.clv_minor, watch.clv_days) == (None, 0)


def test_a_level_by_p_alive_is_raised_after_51_6130_weeks_in_all() -> None:
    shop = watched({"lost": {"p_alive": 0.5}})
    last = shop.now_ms
    (effect,) = shop.tick(last + 1000 * DAY_MS)
    assert isinstance(effect.data, ChurnAlert)
    assert round(20 + (effect.data.crossed_ms - last) / DAY_MS / 7, 4) == 51.6130
    assert effect.time_ms == effect.data.crossed_ms + 1
    assert (effect.data.ratio, effect.data.p_alive_ppm) == ("", 500_000)


def test_a_level_by_risk_is_raised_when_the_risk_is_reached_and_not_a_millisecond_before() -> None:
    shop = watched({"high": {"risk": 0.40255}})
    (effect,) = shop.tick(shop.now_ms + 1000 * DAY_MS)
    assert isinstance(effect.data, ChurnAlert)
    assert effect.data.risk_ppm == 402_550
    again = watched({"high": {"risk": 0.40255}})
    assert types(again.buy(1000, effect.data.crossed_ms)) == ["points.earned"]
    late = watched({"high": {"risk": 0.40255}})
    assert "churn.recovered" in types(late.buy(1000, effect.data.crossed_ms + 1))


@pytest.mark.parametrize(("match", "choose"), [("any", min), ("all", max)])
def test_any_takes_the_first_of_the_instants_and_all_the_last(match: str, choose: Any) -> None:
    for one, other in (
        ({"ratio": 2}, {"risk": 0.3}),
        ({"ratio": 6}, {"risk": 0.1}),
        ({"p_alive": 0.9}, {"risk": 0.2}),
    ):
        instants = []
        for asked in (one, other, one | other | {"match": match}):
            shop = watched({"high": asked})
            shop.tick(shop.now_ms + 3000 * DAY_MS)
            instants.append(alerts(shop)[-1].crossed_ms)
        assert instants[2] == choose(instants[:2])


def test_no_level_comes_before_the_least_number_of_days_and_the_highest_one_is_told() -> None:
    shop = Shop(
        programme(churn=WEEKS | {"levels": {"watch": {"risk": 0.01}, "high": {"risk": 0.02}, "lost": 9}})
    )
    shop.buy(1000)
    start = shop.now_ms
    assert shop.tick(start + 14 * DAY_MS) == []
    (effect,) = shop.tick(start + 14 * DAY_MS + 1)
    assert isinstance(effect.data, ChurnAlert)
    assert (effect.data.level, effect.data.previous, effect.data.crossed_ms) == (
        "high",
        "",
        start + 14 * DAY_MS,
    )


def test_a_milder_level_that_is_crossed_after_a_graver_one_is_not_told() -> None:
    shop = watched({"watch": {"risk": 0.9}, "high": 2})
    shop.tick(shop.now_ms + 3000 * DAY_MS)
    assert [alert.level for alert in alerts(shop)] == ["high"]


def test_a_level_that_is_never_reached_is_not_waited_for() -> None:
    never = MODEL | {"a": 0.0001, "r": 0.001}
    shop = Shop(programme(churn=WEEKS | {"levels": {"lost": {"p_alive": 0.0001}}, "model": never}))
    shop.buy(1000)
    shop.tick(shop.now_ms + 20 * DAY_MS)
    assert (alerts(shop), shop.customer.timers["churn"].due_ms) == ([], 0)


def test_a_purchase_moves_the_wait_and_ends_the_alert() -> None:
    shop = watched({"high": {"risk": 0.3}})
    shop.tick(shop.now_ms + 400 * DAY_MS)
    assert "churn.recovered" in types(shop.buy(1000, shop.now_ms))
    assert shop.customer.timers["churn"].due_ms == shop.now_ms + 14 * DAY_MS + 1


def test_a_one_time_buyers_risk_rises_until_the_alert() -> None:
    shop = Shop(programme(churn=WEEKS | {"levels": {"watch": {"risk": 0.5}, "high": {"risk": 0.7}}}))
    shop.buy(1000)
    shop.tick(shop.now_ms + 3000 * DAY_MS)
    watch, high = alerts(shop)
    assert (watch.risk_ppm, high.risk_ppm) == (500_000, 700_000)
    assert watch.crossed_ms < high.crossed_ms
    assert watch.p_alive_ppm is not None
    assert high.p_alive_ppm is not None
    assert watch.p_alive_ppm > high.p_alive_ppm


def test_two_thousand_purchases_have_a_risk_and_a_worth() -> None:
    shop = Shop(
        programme(churn=WEEKS | {"levels": {"high": {"risk": 0.5}}, "model": MODEL | {"spend": SPEND}}),
        "2018-01-01 10:00",
    )
    start = shop.now_ms
    for day in range(2000):
        shop.buy(1000, start + day * DAY_MS)
    last = shop.now_ms
    shop.tick(last + 400 * DAY_MS)
    (alert,) = alerts(shop)
    assert last + 14 * DAY_MS <= alert.crossed_ms < last + 60 * DAY_MS
    assert alert.clv_minor is not None
    assert 0 < alert.clv_minor < 365 * 1000


def test_worth_is_margin_times_expected_purchases_times_likely_spend() -> None:
    shop = watched({"watch": 1.5}, model=MODEL | {"spend": SPEND})
    shop.tick(shop.now_ms + 1000 * DAY_MS)
    (alert,) = alerts(shop)
    # 7.559384 purchase days of 12.032951 each, as `lifetimes` has it, of which 30 % are earned: 27.2885.
    assert (alert.clv_minor, alert.clv_days) == (2729, 365)


def test_what_came_back_is_not_worth_anything() -> None:
    kept, returned = (watched({"watch": 1.5}, model=MODEL | {"spend": SPEND}) for _ in range(2))
    for number in range(2, 7):
        returned.send(Cancel(f"o{number}"))
    for shop in (kept, returned):
        shop.tick(shop.now_ms + 1000 * DAY_MS)
    more, less = alerts(kept)[0].clv_minor, alerts(returned)[0].clv_minor
    assert more is not None
    assert less is not None
    assert less > more  # Nothing is known of the customer then but the population's mean, which is higher.


def test_a_customer_rebuilt_from_the_row_is_alerted_at_the_same_instants() -> None:
    said = []
    for forgetful in (False, True):
        shop = Shop(
            programme(churn=WEEKS | {"levels": {"watch": {"risk": 0.2}, "lost": {"p_alive": 0.3}}}),
            forgetful=forgetful,
        )
        start = shop.now_ms
        for days in (0, 3, 40, 41):
            shop.buy(1000, start + days * DAY_MS)
        shop.tick(shop.now_ms + 3000 * DAY_MS)
        said.append(shop.effects)
    assert said[0] == said[1]
