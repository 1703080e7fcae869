"""What makes a level one higher, what explains an alert, alerts told again, and a new rulebook in between."""

from math import log2
from typing import Any

import pytest

from engine.calendar import DAY_MS
from engine.churn_effects import ChurnAlert, Factor
from engine.timers import next_due
from tests.engine.programmes import CHURN, programme
from tests.engine.shop import Shop, types

Keys = dict[str, Any]
MODEL: Keys = {"version": "m1", "r": 0.525, "alpha_weeks": 6.183, "a": 0.891, "b": 1.614}
ALL: Keys = {"complaint": True, "unsubscribed": True, "refunds_above": 0.3}


def book(modifiers: Keys | None = None, **more: Any) -> Any:
    """The levels at 45, 60, 90 and 180 days for who bought once."""
    return programme(churn=CHURN | {"modifiers": ALL | (modifiers or {})} | more)


def told(shop: Shop) -> list[tuple[str, str, int]]:
    """(level, level before, crossing instant) of every alert so far."""
    return [(a.level, a.previous, a.crossed_ms) for a in alerts(shop)]


def alerts(shop: Shop) -> list[ChurnAlert]:
    return [effect.data for effect in shop.said("churn.alert") if isinstance(effect.data, ChurnAlert)]


def raising(alert: ChurnAlert) -> list[str]:
    """The factors that made the level higher."""
    return [factor.factor for factor in alert.factors if factor.raises]


def bought_once(modifiers: Keys | None = None, **more: Any) -> tuple[Shop, int]:
    shop = Shop(book(modifiers, **more))
    shop.buy(1000, order="o1")
    return shop, shop.now_ms


def test_a_complaint_lifts_a_raised_level_by_one_at_once() -> None:
    shop, start = bought_once()
    at = start + 50 * DAY_MS
    outcome = shop.engage("complaint", at, ref_id="t1")
    assert told(shop) == [("watch", "", start + 45 * DAY_MS), ("at_risk", "watch", at)]
    assert types(outcome) == ["churn.alert"]
    assert [raising(alert) for alert in alerts(shop)] == [[], ["open_complaints"]]


def test_no_number_of_reasons_lifts_a_level_by_two() -> None:
    shop, start = bought_once()
    shop.engage("complaint", start + 50 * DAY_MS)
    shop.engage("unsubscribe", start + 51 * DAY_MS)
    shop.refund("o1", 900, start + 52 * DAY_MS)
    assert [level for level, _, _ in told(shop)] == ["watch", "at_risk"]


@pytest.mark.parametrize(
    ("what", "factor"),
    [("complaint", "open_complaints"), ("unsubscribe", "unsubscribed"), ("", "refunds_ppm")],
)
def test_each_reason_that_held_before_makes_the_first_level_the_second(what: str, factor: str) -> None:
    shop, start = bought_once()
    if what:
        shop.engage(what, start + DAY_MS)
    else:
        shop.refund("o1", 301, start + DAY_MS)
    assert shop.tick(start + 45 * DAY_MS) == []
    shop.tick(start + 46 * DAY_MS)
    assert told(shop) == [("at_risk", "", start + 45 * DAY_MS)]
    assert raising(alerts(shop)[0]) == [factor]


def test_exactly_the_limit_of_refunds_lifts_nothing() -> None:
    shop, start = bought_once()
    shop.refund("o1", 300, start + DAY_MS)
    shop.tick(start + 46 * DAY_MS)
    assert told(shop) == [("watch", "", start + 45 * DAY_MS)]
    assert Factor("refunds_ppm", 300_000, 300_000) in alerts(shop)[0].factors


def test_a_reason_that_goes_takes_no_level_back_and_tells_none_twice() -> None:
    shop, start = bought_once()
    shop.engage("complaint", start + 50 * DAY_MS, ref_id="t1")
    shop.engage("ticket_resolved", start + 52 * DAY_MS, ref_id="t1")
    shop.tick(start + 100 * DAY_MS)
    assert [(level, at) for level, _, at in told(shop)][1:] == [
        ("at_risk", start + 50 * DAY_MS),
        ("high", start + 90 * DAY_MS),
    ]


def test_the_last_level_stays_the_last() -> None:
    shop, start = bought_once()
    shop.tick(start + 200 * DAY_MS)
    assert types(shop.engage("complaint")) == []
    assert next_due(shop.customer) == (0, "")


def test_reasons_alone_raise_the_first_level_only_where_the_rulebook_says_so() -> None:
    for alone, expected in ((False, []), (True, ["watch"])):
        shop, start = bought_once({"alone": alone})
        shop.engage("complaint", start + 2 * DAY_MS)
        assert shop.tick(start + 14 * DAY_MS) == []
        shop.tick(start + 44 * DAY_MS)
        assert [level for level, _, _ in told(shop)] == expected
        if alone:
            assert told(shop)[0][2] == start + 14 * DAY_MS
            shop.tick(start + 46 * DAY_MS)
            assert told(shop)[1] == ("at_risk", "watch", start + 45 * DAY_MS)


def test_a_purchase_ends_the_level_and_the_next_one_waits_again() -> None:
    shop, start = bought_once({"alone": True})
    shop.engage("complaint", start + 2 * DAY_MS)
    shop.tick(start + 20 * DAY_MS)
    back = start + 20 * DAY_MS
    assert "churn.recovered" in types(shop.buy(1000, back))
    shop.tick(back + 15 * DAY_MS)
    assert told(shop)[-1] == ("watch", "", back + 14 * DAY_MS)


def test_activity_that_falls_lifts_the_level_at_the_instant_at_which_it_has_fallen() -> None:
    activity = {"activity": {"fast": "30 days", "slow": "90 days", "weights": {"login": 1}}}
    shop = Shop(programme(churn=CHURN | {"modifiers": {"activity_below": 0.4}}, sections=activity))
    shop.buy(1000)
    start = shop.now_ms
    shop.engage("login", start + 5 * DAY_MS)  # The ratio is 3 then, and halves every 45 days.
    shop.tick(start + 400 * DAY_MS)
    falls = start + 5 * DAY_MS + 45 * DAY_MS * log2(3 / 0.4)
    assert [(level, before) for level, before, _ in told(shop)][:3] == [
        ("watch", ""),
        ("at_risk", "watch"),
        ("high", "at_risk"),
    ]
    assert told(shop)[2][2] == start + 90 * DAY_MS
    lost = told(shop)[3]
    assert lost[:2] == ("lost", "high")
    assert abs(lost[2] - falls) <= 2
    assert raising(alerts(shop)[3]) == ["activity_ratio_ppm"]
    assert [factor.value for factor in alerts(shop)[3].factors if factor.factor == "activity_ratio_ppm"] == [
        400_000
    ]


def test_new_activity_puts_that_instant_off() -> None:
    activity = {"activity": {"fast": "30 days", "slow": "90 days", "weights": {"login": 1}}}
    shop = Shop(programme(churn=CHURN | {"modifiers": {"activity_below": 0.4}}, sections=activity))
    shop.buy(1000)
    start = shop.now_ms
    shop.engage("login", start + 5 * DAY_MS)
    shop.engage("login", start + 100 * DAY_MS)
    shop.tick(start + 170 * DAY_MS)
    assert told(shop)[-1][0] == "high"


def test_refunds_count_of_the_last_five_orders() -> None:
    shop = Shop(book())
    start = shop.now_ms
    for day in range(6):
        shop.buy(1000, start + day * DAY_MS, order=f"o{day}")
    shop.refund("o0", 1000)  # The sixth last: of no account.
    shop.refund("o1", 1000)
    shop.refund("o2", 500)
    assert shop.customer.watch is not None
    assert shop.customer.watch.orders[1::3] == [1000] * 5
    assert shop.customer.watch.orders[2::3] == [1000, 500, 0, 0, 0]
    shop.buy(1000, start + 6 * DAY_MS, order="o6")  # Now the first of the two is out as well.
    assert shop.customer.watch.orders[2::3] == [500, 0, 0, 0, 0]


def test_a_newer_version_of_an_order_is_the_order_as_it_is_now() -> None:
    shop, _ = bought_once()
    shop.refund("o1", 400)
    shop.buy(2000, order="o1", order_version=2)
    assert shop.customer.watch is not None
    assert shop.customer.watch.orders[1:] == [2000, 400]


def test_every_alert_lists_all_that_is_asked_for_and_what_explains() -> None:
    shop = Shop(book())
    start = shop.now_ms
    for days in (0, 10, 30, 50, 150):
        shop.buy(1000, start + days * DAY_MS)
    last = shop.now_ms
    shop.tick(last + 200 * DAY_MS)
    late = [alert for alert in alerts(shop) if alert.last_purchase_ms == last]
    # Intervals 10, 20, 20, 100 days: 10, 13, 15.1, 40.57.
    assert late[0].factors == (
        Factor("open_complaints", 0, 1),
        Factor("unsubscribed", 0, 1),
        Factor("refunds_ppm", 0, 300_000),
        Factor("orders_90d", 1),
        Factor("orders_90d_before", 2),
        Factor("moving_interval_millidays", 40_570),
    )


def test_without_modifiers_alerts_explain_themselves_and_the_row_has_nothing_more() -> None:
    shop = Shop(programme(churn=CHURN))
    shop.buy(1000)
    shop.buy(1000, shop.now_ms + 40 * DAY_MS)
    shop.tick(shop.now_ms + 90 * DAY_MS)
    first, second = alerts(shop)
    assert first.factors == (
        Factor("orders_90d", 1),
        Factor("orders_90d_before", 1),
        Factor("moving_interval_millidays", 40_000),
    )
    assert (first.gap_ratio_ppm, second.gap_ratio_ppm) == (1_500_000, 2_000_000)
    assert shop.customer.watch is None


def test_a_backfilled_complaint_lifts_the_level_and_alerts_nobody() -> None:
    shop, start = bought_once()
    shop.tick(start + 50 * DAY_MS)
    assert (
        types(shop.engage("complaint", start + 40 * DAY_MS, recorded=start + 50 * DAY_MS, backfill=True))
        == []
    )
    shop.tick(start + 61 * DAY_MS)
    assert [level for level, _, _ in told(shop)] == ["watch", "high"]


def test_a_level_that_lasts_is_told_again_as_often_as_the_rulebook_says() -> None:
    shop = Shop(programme(churn=CHURN | {"levels": {"watch": 1.5}, "repeat_days": 20}))
    shop.buy(1000)
    start = shop.now_ms
    shop.tick(start + 100 * DAY_MS)
    days = [45, 65, 85]
    assert told(shop) == [("watch", "watch" if day > 45 else "", start + day * DAY_MS) for day in days]
    assert "churn.recovered" in types(shop.buy(1000))
    shop.tick(shop.now_ms + 20 * DAY_MS)
    assert len(alerts(shop)) == 3


def test_by_default_a_level_is_told_once() -> None:
    shop, start = bought_once(levels={"watch": 1.5})
    shop.tick(start + 1000 * DAY_MS)
    assert len(alerts(shop)) == 1


def test_a_new_model_alerts_nobody_by_itself_and_the_timers_that_wait_keep_their_days() -> None:
    old = book(levels={"watch": {"risk": 0.9}}, model=MODEL)
    new = book(levels={"watch": {"risk": 0.6}}, model=MODEL | {"version": "m2"})
    crowd = []
    for number in range(30):
        shop = Shop(old)
        shop.buy(1000)
        shop.buy(1000, shop.now_ms + (number + 1) * DAY_MS)
        shop.tick("2026-03-15 10:00")
        crowd.append((shop, next_due(shop.customer)))
    for shop, armed in crowd:
        assert alerts(shop) == []
        shop.book = new  # By it most of them are at risk now.
        assert types(shop.engage("login")) == []
        assert next_due(shop.customer) == armed
        shop.tick(shop.now_ms + 3000 * DAY_MS)
        (alert,) = alerts(shop)
        assert (alert.level, alert.model_version) == ("watch", "m2")
        assert alert.crossed_ms < armed[0]
    days = {shop.said("churn.alert")[0].time_ms // DAY_MS for shop, _ in crowd}
    assert len(days) > 20


def test_levels_that_a_new_rulebook_adds_are_told_within_a_week_and_not_at_once() -> None:
    shop, start = bought_once(levels={"watch": 1.5})
    shop.tick(start + 100 * DAY_MS)
    assert next_due(shop.customer) == (0, "")
    shop.book = book(levels={"watch": 1.5, "high": 3})
    assert types(shop.engage("complaint")) == []
    due_ms, _ = next_due(shop.customer)
    assert shop.now_ms < due_ms <= shop.now_ms + 7 * DAY_MS + 1
    shop.tick(due_ms)
    assert told(shop)[1] == ("high", "watch", start + 90 * DAY_MS)


def test_a_customer_rebuilt_from_the_row_has_the_same_alerts() -> None:
    said = []
    for forgetful in (False, True):
        shop = Shop(book({"alone": True}, repeat_days=9, model=MODEL), forgetful=forgetful)
        start = shop.now_ms
        shop.buy(1000, order="o1")
        shop.buy(2000, start + 20 * DAY_MS, order="o2")
        shop.refund("o2", 1500, start + 22 * DAY_MS)
        shop.tick(start + 50 * DAY_MS)
        shop.engage("complaint", start + 51 * DAY_MS)
        shop.tick(start + 300 * DAY_MS)
        said.append(shop.effects)
    assert said[0] == said[1]
    assert len([effect for effect in said[0] if effect.type == "churn.alert"]) > 5
