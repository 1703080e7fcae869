"""Days in a row, and caps per thing that an engagement is about."""

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.caps import EACH
from tests.engine.programmes import programme
from tests.engine.shop import DAY_MS, Shop, only

CHECKIN = {
    "kind": "checkin",
    "points": 5,
    "cap": {"count": 1, "per": "day"},
    "streak": {"days": 7, "points": 30},
}
BOOK = programme(engagement=[CHECKIN])
START = date(2026, 1, 10)


def checked_in(shop: Shop, day: int, recorded: int | None = None) -> int:
    """The points of a check-in at noon of a day from the start."""
    at = f"{START + timedelta(day)} 12:00"
    return only(
        shop.engage(
            "checkin", at, recorded="" if recorded is None else f"{START + timedelta(recorded)} 13:00"
        ),
        "points.earned",
    ).data.qty


def test_every_seventh_day_in_a_row_gives_thirty_points_more() -> None:
    shop = Shop(BOOK)
    got = [checked_in(shop, day) for day in range(22)]
    assert got == ([5] * 6 + [35]) * 3 + [5]
    shares = shop.said("points.earned")[6].data.rules
    assert [(share.rule, share.says, share.qty) for share in shares] == [
        ("checkin", "5", 5),
        ("checkin:streak", "30 per 7 days in a row", 30),
    ]


def test_a_missed_day_begins_the_row_anew_and_a_second_check_in_of_a_day_adds_nothing() -> None:
    shop = Shop(BOOK)
    days = [0, 1, 2, 3, 4, 5, 5, 7, 8, 9, 10, 11, 12, 13]
    assert [checked_in(shop, day) for day in days] == [5] * 6 + [0] + [5] * 6 + [35]


def test_a_late_day_that_closes_the_gap_completes_the_row_once() -> None:
    shop = Shop(BOOK)
    for day in (0, 1, 2, 4, 5, 6):
        checked_in(shop, day)
    assert checked_in(shop, 3, recorded=7) == 35
    assert [checked_in(shop, day) for day in range(7, 14)] == [5] * 6 + [35]


@given(st.sets(st.integers(0, 29), max_size=30), st.randoms())
def test_in_whatever_order_days_arrive_each_row_is_paid_for_its_whole_weeks(
    days: set[int], chance: Random
) -> None:
    shop, told = Shop(BOOK, "2026-02-09 00:00"), sorted(days)
    rows = "".join("x" if day in days else " " for day in range(30)).split()
    chance.shuffle(told)
    for day in told:
        checked_in(shop, day, recorded=30)
    assert shop.points == 5 * len(days) + 30 * sum(len(row) // 7 for row in rows)


def test_what_a_streak_remembers_is_bounded() -> None:
    shop = Shop(BOOK)
    start = shop.now_ms
    for day in range(500):
        shop.engage("checkin", start + day * DAY_MS)
    assert len(shop.customer.caps["checkin|streak"]) <= 6 * EACH
    assert shop.points == 500 * 5 + 500 // 7 * 30


@pytest.mark.parametrize(
    ("per", "refs", "granted"),
    [
        ("ref", ["a", "b", "a", "a/1"], [20, 20, 0, 20]),
        ("survey", ["s1", "s1", "s2"], [20, 0, 20]),
        ("order_line", ["o-1/1", "o-1/2", "o-1/1"], [20, 20, 0]),
        ("order", ["o-1/1", "o-1/2", "o-2/1", "o-2"], [20, 0, 20, 0]),
    ],
)
def test_an_engagement_earns_once_for_each_thing_it_is_about(
    per: str, refs: list[str], granted: list[int]
) -> None:
    shop = Shop(programme(engagement=[{"kind": "review", "points": 20, "cap": {"count": 1, "per": per}}]))
    start = shop.now_ms
    got = [
        only(shop.engage("review", start + at * 30 * DAY_MS, ref_id=ref), "points.earned").data.qty
        for at, ref in enumerate(refs)
    ]
    assert got == granted


def test_without_a_ref_id_a_cap_per_thing_lets_nothing_through() -> None:
    shop = Shop(
        programme(engagement=[{"kind": "survey", "points": 30, "cap": {"count": 1, "per": "survey"}}])
    )
    entry = only(shop.engage("survey"), "points.earned").data
    assert (entry.qty, entry.why) == (0, "no ref_id")


def test_the_newest_hundred_things_are_remembered() -> None:
    shop = Shop(
        programme(engagement=[{"kind": "survey", "points": 30, "cap": {"count": 1, "per": "survey"}}])
    )
    for number in range(150):
        shop.engage("survey", ref_id=f"s{number}")
    assert [len(used) for used in shop.customer.caps.values()] == [100 * EACH]
    assert only(shop.engage("survey", ref_id="s50"), "points.earned").data.qty == 0
