"""Local days, and the windows and periods made of them."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calendar import DAY_MS, LocalDays, date_of, day_of, period_start, window_days
from engine.metrics import read
from engine.plan import plan_of
from engine.turn import Turn
from rules.facts import Metric, Period, WindowKind
from tests.engine.programmes import MEMBER, asks, level, programme
from tests.engine.shop import HOUR_MS, Shop, instant

ZONES = ["Asia/Shanghai", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Sao_Paulo"]


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        ("Asia/Shanghai", "2026-01-10 23:59:59.999", "2026-01-10"),
        ("Asia/Shanghai", "2026-01-11 00:00:00", "2026-01-11"),
        ("America/New_York", "2026-12-31 23:59:59.999", "2026-12-31"),
        ("America/New_York", "2026-03-08 00:00", "2026-03-08"),
        ("America/New_York", "2026-03-08 23:59:59.999", "2026-03-08"),
        ("America/New_York", "2026-11-01 23:59:59.999", "2026-11-01"),
        ("America/Sao_Paulo", "2018-11-04 01:00", "2018-11-04"),
        ("Asia/Kathmandu", "2026-01-10 00:00", "2026-01-10"),
    ],
)
def test_an_instant_belongs_to_its_local_day(zone: str, at: str, day: str) -> None:
    assert date_of(LocalDays(ZoneInfo(zone)).of(instant(at, zone))) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("America/New_York", "2026-07-01", 24),
        ("Australia/Lord_Howe", "2026-10-04", 23.5),
        ("America/Sao_Paulo", "2018-11-04", 23),
        ("America/Sao_Paulo", "2018-02-17", 25),
        ("Asia/Shanghai", "2026-03-08", 24),
    ],
)
def test_a_day_of_a_clock_change_is_shorter_or_longer(zone: str, day: str, hours: float) -> None:
    days, number = LocalDays(ZoneInfo(zone)), day_of(date.fromisoformat(day))
    assert days.start_ms(number + 1) - days.start_ms(number) == hours * HOUR_MS


@given(st.sampled_from(ZONES), st.integers(0, 30_000))
def test_a_day_begins_at_its_midnight_and_ends_before_the_next(zone: str, day: int) -> None:
    days = LocalDays(ZoneInfo(zone))
    assert (days.of(days.start_ms(day)), days.of(days.start_ms(day) - 1)) == (day, day - 1)


@pytest.mark.parametrize(
    ("kind", "length", "today", "first", "last"),
    [
        (WindowKind.ROLLING, 1, "2026-03-01", "2026-03-01", "2026-03-01"),
        (WindowKind.ROLLING, 365, "2026-03-01", "2025-03-02", "2026-03-01"),
        (WindowKind.ROLLING, 365, "2024-03-01", "2023-03-03", "2024-03-01"),
        (WindowKind.MONTH, 0, "2024-02-29", "2024-02-01", "2024-02-29"),
        (WindowKind.MONTH, 0, "2026-12-31", "2026-12-01", "2026-12-31"),
        (WindowKind.QUARTER, 0, "2026-03-31", "2026-01-01", "2026-03-31"),
        (WindowKind.QUARTER, 0, "2026-04-01", "2026-04-01", "2026-06-30"),
        (WindowKind.QUARTER, 0, "2026-12-31", "2026-10-01", "2026-12-31"),
        (WindowKind.HALF, 0, "2026-06-30", "2026-01-01", "2026-06-30"),
        (WindowKind.HALF, 0, "2026-07-01", "2026-07-01", "2026-12-31"),
        (WindowKind.YEAR, 0, "2026-01-01", "2026-01-01", "2026-12-31"),
        (WindowKind.YEAR, 0, "2024-12-31", "2024-01-01", "2024-12-31"),
    ],
)
def test_a_window_reads_these_days(kind: WindowKind, length: int, today: str, first: str, last: str) -> None:
    start, end = window_days(kind, length, day_of(date.fromisoformat(today)))
    assert (date_of(start).isoformat(), date_of(end - 1).isoformat()) == (first, last)


CALENDAR = (Period.DAY, Period.WEEK, Period.MONTH, Period.YEAR, Period.LIFETIME)


@given(st.integers(-3000, 40_000), st.sampled_from(CALENDAR))
def test_a_period_begins_on_the_right_day(day: int, period: Period) -> None:
    when = date_of(day)
    begins = {
        Period.DAY: day,
        Period.WEEK: day_of(date.fromisocalendar(*when.isocalendar()[:2], 1)),
        Period.MONTH: day_of(date(when.year, when.month, 1)),
        Period.YEAR: day_of(date(when.year, 1, 1)),
        Period.LIFETIME: 0,
    }
    assert period_start(period, day) == begins[period]


@pytest.mark.parametrize(
    ("window", "at", "tier"),
    [
        ("rolling 30 days", "2026-02-08 23:59", "gold"),
        ("rolling 30 days", "2026-02-09 00:00", "member"),
        ("rolling 1 day", "2026-01-10 23:59", "gold"),
        ("rolling 1 day", "2026-01-11 00:00", "member"),
        ("rolling 400 days", "2027-02-13 23:59", "gold"),
        ("rolling 400 days", "2027-02-14 00:00", "member"),
        ("calendar month", "2026-01-31 23:59", "gold"),
        ("calendar month", "2026-02-01 00:00", "member"),
        ("calendar quarter", "2026-03-31 23:59", "gold"),
        ("calendar quarter", "2026-04-01 00:00", "member"),
        ("calendar half", "2026-06-30 23:59", "gold"),
        ("calendar half", "2026-07-01 00:00", "member"),
        ("calendar year", "2026-12-31 23:59", "gold"),
        ("calendar year", "2027-01-01 00:00", "member"),
        ("lifetime", "2036-01-01 00:00", "gold"),
    ],
)
def test_two_orders_add_up_while_the_window_holds_both(window: str, at: str, tier: str) -> None:
    shop = Shop(programme(MEMBER, level("gold", asks("spend_net", 200, window)), timezone="America/New_York"))
    shop.buy(10000, "2026-01-10 10:00")
    shop.buy(10000, at)
    assert shop.tier == tier


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        (Metric.SPEND_NET, 35000),
        (Metric.ORDERS, 3),
        (Metric.PURCHASE_DAYS, 2),
        (Metric.QUALIFYING_POINTS, 350),
        (Metric.ENGAGEMENT_POINTS, 10),
        (Metric.TENURE_DAYS, 3),
    ],
)
@pytest.mark.parametrize("kind", [WindowKind.LIFETIME, WindowKind.MONTH])
def test_every_metric_is_read_over_its_window(metric: Metric, value: int, kind: WindowKind) -> None:
    book = programme(engagement=[{"kind": "share", "points": 5}])
    shop = Shop(book, "2026-03-01 00:00")
    for at, money in (("03-01 00:00", 10000), ("03-01 23:59", 20000), ("03-03 10:00", 5000)):
        shop.buy(money, f"2026-{at}")
    shop.engage("share")
    shop.engage("share", "2026-03-04 10:00")
    turn = Turn(shop.account, book, plan_of(book), shop.now_ms, shop.now_ms, bytes(20), "", False)
    assert read(turn, metric, kind, 0, turn.today, 0) == value


def test_an_order_just_before_local_midnight_counts_on_that_day_though_utc_is_a_day_on() -> None:
    shop = Shop(programme(timezone="America/New_York"))
    shop.buy(100, "2026-01-10 23:59:59.999")
    shop.buy(100, "2026-01-11 00:00")
    assert [date_of(day.day).isoformat() for day in shop.customer.days] == ["2026-01-10", "2026-01-11"]
    assert shop.now_ms // DAY_MS == day_of(date(2026, 1, 11))
