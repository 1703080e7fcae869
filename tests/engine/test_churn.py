"""Alerts when a customer stays away longer than usual, at the instant of crossing."""

from fractions import Fraction

import pytest

from engine.calendar import DAY_MS
from engine.churn_effects import ChurnAlert
from engine.effects import ChurnRecovered
from engine.events import Cancel
from engine.timers import next_due
from tests.engine.programmes import CHURN, MEMBER, asks, level, programme
from tests.engine.shop import Shop, only, types

WEEKS = programme(churn=CHURN | {"population_interval_days": 30.03})
BOOK = programme(churn=CHURN)


def alerts(shop: Shop) -> list[tuple[str, int]]:
    """(level, crossing instant) of every alert so far."""
    return [(effect.data.level, effect.data.crossed_ms) for effect in shop.said("churn.alert")]


def after(shop: Shop, start_ms: int, days: Fraction) -> int:
    """The instant some days later, rounded up to the millisecond."""
    ms = days * DAY_MS
    return start_ms - (-ms.numerator // ms.denominator)


def test_six_purchase_days_in_twenty_weeks_alert_after_42_9_57_2_85_7_and_171_5_days() -> None:
    shop = Shop(WEEKS)
    last = shop.now_ms
    for days in (0, 30, 60, 90, 120, 140):
        shop.buy(1000, shop.at("2026-01-10 10:00") + days * DAY_MS)
        last = shop.now_ms
    shop.tick(last + 1000 * DAY_MS)
    interval = (140 + 2 * Fraction("30.03")) / 7
    assert round(float(interval / 7), 4) == 4.0829
    assert [(level, round((at - last) / DAY_MS, 1)) for level, at in alerts(shop)] == [
        ("watch", 42.9),
        ("at_risk", 57.2),
        ("high", 85.7),
        ("lost", 171.5),
    ]
    assert [at for _, at in alerts(shop)] == [
        after(shop, last, ratio * interval) for ratio in (Fraction("1.5"), 2, 3, 6)
    ]
    alert = shop.said("churn.alert")[1]
    assert isinstance(alert.data, ChurnAlert)
    assert alert.time_ms == alert.data.crossed_ms + 1
    assert Fraction(*alert.data.expected_gap_days) == interval
    assert (alert.data.previous, alert.data.ratio, alert.data.gap_days) == ("watch", "2", 57)
    assert (alert.data.purchase_days, alert.data.last_purchase_ms, alert.data.tier) == (6, last, "member")


def test_a_customer_who_bought_once_is_measured_by_the_population() -> None:
    shop = Shop(BOOK)
    shop.buy(1000)
    start = shop.now_ms
    shop.tick(start + 400 * DAY_MS)
    assert alerts(shop) == [
        ("watch", start + 45 * DAY_MS),
        ("at_risk", start + 60 * DAY_MS),
        ("high", start + 90 * DAY_MS),
        ("lost", start + 180 * DAY_MS),
    ]


def test_no_alert_comes_before_the_minimum_and_levels_crossed_together_are_one_alert() -> None:
    shop = Shop(programme(churn=CHURN | {"population_interval_days": 5, "minimum_days": 20}))
    shop.buy(1000)
    start = shop.now_ms
    assert shop.tick(start + 20 * DAY_MS) == []
    (alert,) = shop.tick(start + 20 * DAY_MS + 1)
    assert (alert.data.level, alert.data.previous, alert.data.crossed_ms) == ("high", "", start + 20 * DAY_MS)
    (alert,) = shop.tick(start + 365 * DAY_MS)
    assert (alert.data.level, alert.data.crossed_ms) == ("lost", start + 30 * DAY_MS)


def test_a_fraction_of_a_millisecond_is_rounded_up() -> None:
    churn = {"population_interval_days": 7, "minimum_days": 0, "levels": {"watch": 1.000001}}
    shop = Shop(programme(churn=churn))
    shop.buy(1000)
    start = shop.now_ms
    shop.tick(start + 8 * DAY_MS)
    assert alerts(shop) == [("watch", start + 604_800_605)]


@pytest.mark.parametrize(("late_ms", "level"), [(0, []), (1, ["watch"])])
def test_a_purchase_at_the_very_instant_of_crossing_prevents_the_alert(
    late_ms: int, level: list[str]
) -> None:
    shop = Shop(BOOK)
    shop.buy(1000)
    outcome = shop.buy(1000, shop.now_ms + 45 * DAY_MS + late_ms)
    assert [name for name, _ in alerts(shop)] == level
    assert types(outcome).count("churn.recovered") == len(level)


def test_a_purchase_after_an_alert_recovers_once_and_begins_anew() -> None:
    shop = Shop(BOOK)
    shop.buy(1000, "2026-01-10 10:00")
    outcome = shop.buy(1000, "2026-03-20 09:00", order="back")
    data = only(outcome, "churn.recovered").data
    assert isinstance(data, ChurnRecovered)
    assert (data.previous, data.gap_days, data.ref.order_id) == ("at_risk", 69, "back")
    assert "churn.recovered" not in types(shop.buy(1000, "2026-03-20 09:01"))
    shop.tick("2026-12-31 00:00")
    assert [name for name, _ in alerts(shop)] == ["watch", "at_risk", "watch", "at_risk", "high", "lost"]


def test_two_orders_of_one_day_count_once_and_the_gap_runs_from_the_later() -> None:
    shop = Shop(BOOK)
    for at in ("2026-01-10 10:00", "2026-01-20 08:00", "2026-01-20 22:00"):
        shop.buy(1000, at)
    last = shop.now_ms
    shop.tick(last + 36 * DAY_MS)
    assert alerts(shop) == [("watch", last + 35 * DAY_MS)]
    assert shop.said("churn.alert")[0].data.purchase_days == 2


def test_a_late_purchase_changes_the_rhythm_and_moves_the_alert() -> None:
    shop = Shop(BOOK)
    shop.buy(1000, "2026-01-10 10:00")
    shop.buy(1000, "2026-01-30 10:00")
    last = shop.now_ms
    shop.buy(1000, "2026-01-20 10:00", recorded="2026-01-31 10:00")
    shop.tick(last + 31 * DAY_MS)
    assert alerts(shop) == [("watch", last + 30 * DAY_MS)]


def test_a_late_first_purchase_lengthens_the_usual_interval() -> None:
    shop = Shop(BOOK)
    last = shop.at("2026-01-20 10:00")
    shop.buy(1000, last)
    shop.buy(1000, "2026-01-10 10:00", recorded="2026-01-21 10:00")
    shop.tick(last + 36 * DAY_MS)
    assert alerts(shop) == [("watch", last + 35 * DAY_MS)]


def test_a_late_purchase_that_is_not_the_latest_does_not_recover() -> None:
    shop = Shop(BOOK)
    shop.buy(1000, "2026-01-10 10:00")
    shop.tick("2026-03-01 10:00")
    outcome = shop.buy(1000, "2026-01-09 10:00", recorded="2026-03-01 10:00")
    assert types(outcome) == ["points.earned"]
    assert [name for name, _ in alerts(shop)] == ["watch"]


def test_a_late_purchase_that_is_the_latest_recovers_and_alerts_as_of_its_own_crossing() -> None:
    shop = Shop(BOOK)
    shop.buy(1000, "2026-01-10 10:00")
    shop.tick("2026-05-01 10:00")
    outcome = shop.buy(1000, "2026-02-10 10:00", recorded="2026-05-01 10:00")
    assert only(outcome, "churn.recovered").data.previous == "high"
    crossed = after(shop, shop.at("2026-02-10 10:00"), Fraction(91, 3) * Fraction("1.5"))
    assert shop.tick(shop.now_ms)[0].time_ms == crossed + 1
    assert alerts(shop)[3] == ("watch", crossed)


def test_engagements_and_refunds_do_not_move_the_rhythm() -> None:
    shop = Shop(BOOK)
    shop.buy(1000, order="o")
    start = shop.now_ms
    shop.engage("login", start + 20 * DAY_MS)
    shop.send(Cancel("o"), start + 30 * DAY_MS)
    shop.tick(start + 46 * DAY_MS)
    assert alerts(shop) == [("watch", start + 45 * DAY_MS)]


def test_a_returned_day_still_counts_for_the_rhythm_when_bought_again() -> None:
    shop = Shop(BOOK)
    shop.buy(1000, order="o")
    shop.send(Cancel("o"))
    shop.buy(1000)
    assert shop.customer.rhythm is not None
    assert (shop.customer.rhythm.days, shop.customer.totals.purchase_days) == (1, 1)


def test_backfilled_history_alerts_nobody_and_its_end_recovers_nothing() -> None:
    shop = Shop(BOOK, "2026-06-01 10:00")
    for at in ("2024-07-01 10:00", "2024-12-01 10:00", "2025-03-20 10:00"):
        shop.buy(1000, at, recorded="2026-06-01 10:00", backfill=True)
    assert shop.tick("2026-06-01 10:00") == []
    assert shop.customer.rhythm is not None
    assert shop.customer.rhythm.level == 3
    assert "churn.recovered" not in types(shop.buy(1000, "2026-06-02 10:00"))
    assert alerts(shop) == []


def test_a_backfilled_customer_is_alerted_when_the_next_level_is_crossed_live() -> None:
    shop = Shop(BOOK, "2026-03-01 10:00")
    shop.buy(1000, "2026-01-10 10:00", recorded="2026-03-01 10:00", backfill=True)
    shop.tick("2026-04-01 10:00")
    assert alerts(shop) == [("at_risk", shop.at("2026-03-11 10:00"))]
    assert only(shop.buy(1000, "2026-04-02 10:00"), "churn.recovered").data.previous == "at_risk"


def test_a_customer_who_joins_after_buying_is_watched_from_then_on() -> None:
    book = programme(churn=CHURN, enrolment="signup")
    shop = Shop(book)
    shop.buy(1000, "2026-01-10 10:00")
    assert shop.tick("2026-03-01 10:00") == []
    shop.engage("signup", "2026-03-01 10:00")
    shop.tick("2026-03-12 10:00")
    assert alerts(shop) == [("at_risk", shop.at("2026-03-11 10:00"))]


def test_a_rulebook_that_asks_for_no_alerts_lets_the_wait_lapse() -> None:
    shop = Shop(programme(MEMBER, level("old", asks("tenure_days", 30, "lifetime")), churn=CHURN))
    shop.buy(1000)
    shop.book = programme()
    assert shop.tick(shop.now_ms + 400 * DAY_MS) == []
    assert next_due(shop.customer) == (0, "")


def test_2000_purchases_are_watched_as_exactly_as_two() -> None:
    shop = Shop(BOOK, "2018-01-01 10:00")
    start = shop.now_ms
    for day in range(2000):
        shop.buy(100, start + day * DAY_MS)
    last = shop.now_ms
    shop.tick(last + 400 * DAY_MS)
    assert alerts(shop) == [("lost", last + 14 * DAY_MS)]
    assert shop.said("churn.alert")[0].data.expected_gap_days == (1999 + 60, 2001)


def test_a_repeated_wait_for_the_same_instant_has_another_epoch() -> None:
    shop = Shop(BOOK)
    start = shop.now_ms
    shop.buy(1000)
    first = shop.customer.timers["churn"].epoch
    shop.buy(1000, start, recorded=start + 1)
    assert shop.customer.timers["churn"].epoch == first
    shop.buy(1000, start + 2)
    assert shop.customer.timers["churn"].epoch == first + 1
