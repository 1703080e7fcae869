"""The programme's own cycle: which days it holds, and levels that go by it."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calendar import day_of
from engine.cycles import cycle_days
from rules.values import Cycle, Duration
from tests.engine.programmes import MEMBER, asks, level, programme
from tests.engine.shop import Shop, only

LENGTHS = [Duration(1), Duration(5), Duration(12), Duration(0, 1), Duration(0, 28), Duration(0, 400)]
CYCLE = {"cycle": {"from": "2026-04-01", "every": "6 months"}}


def days(first: str, length: Duration, day: str) -> tuple[str, str]:
    """The cycle around a day: its first day, and that of the next."""
    found = cycle_days(Cycle(number(first), length), number(day))
    return tuple(str(date.fromordinal(each + date(1970, 1, 1).toordinal())) for each in found)  # type: ignore[return-value]


def number(day: str) -> int:
    return day_of(date.fromisoformat(day))


@pytest.mark.parametrize(
    ("first", "length", "day", "begins", "ends"),
    [
        ("2026-04-01", Duration(12), "2026-04-01", "2026-04-01", "2027-04-01"),
        ("2026-04-01", Duration(12), "2027-03-31", "2026-04-01", "2027-04-01"),
        ("2026-04-01", Duration(12), "2026-03-31", "2025-04-01", "2026-04-01"),
        ("2026-03-15", Duration(6), "2027-09-14", "2027-03-15", "2027-09-15"),
        ("2026-03-15", Duration(6), "2027-09-15", "2027-09-15", "2028-03-15"),
        ("2026-01-31", Duration(1), "2026-02-27", "2026-01-31", "2026-02-28"),
        ("2026-01-31", Duration(1), "2026-02-28", "2026-02-28", "2026-03-31"),
        ("2024-02-29", Duration(12), "2025-02-28", "2025-02-28", "2026-02-28"),
        ("2024-02-29", Duration(12), "2028-02-28", "2027-02-28", "2028-02-29"),
        ("2026-01-01", Duration(0, 400), "2027-02-04", "2026-01-01", "2027-02-05"),
        ("2026-01-01", Duration(0, 400), "2025-12-31", "2024-11-27", "2026-01-01"),
    ],
)
def test_a_cycle_holds_these_days(first: str, length: Duration, day: str, begins: str, ends: str) -> None:
    assert days(first, length, day) == (begins, ends)


@given(st.integers(0, 40_000), st.sampled_from(LENGTHS), st.integers(0, 40_000))
def test_cycles_follow_each_other_without_a_gap(first: int, length: Duration, day: int) -> None:
    cycle = Cycle(first, length)
    begins, ends = cycle_days(cycle, day)
    assert begins <= day < ends
    assert cycle_days(cycle, ends - 1) == cycle_days(cycle, begins) == (begins, ends)
    assert cycle_days(cycle, ends)[0] == ends
    assert cycle_days(cycle, begins - 1)[1] == begins
    assert cycle_days(cycle, first)[0] == first


def test_a_number_over_the_cycle_begins_at_nothing_on_its_first_day() -> None:
    book = programme(MEMBER, level("gold", asks("spend_net", 100, "cycle")), **CYCLE)
    shop = Shop(book, "2026-03-31 10:00")
    shop.buy(60_00)
    shop.buy(60_00, "2026-04-01 00:00")
    assert shop.tier == "member"
    shop.buy(60_00, "2026-09-30 23:59")
    assert shop.tier == "gold"


def test_a_rise_waits_for_the_next_cycle_and_its_level_is_reviewed_at_the_end_of_it() -> None:
    sets = {"period": "cycle", "upgrade": "next_period", "validity": "end_of_period"}
    book = programme(MEMBER, level("gold", asks("spend_net", 100, "cycle")), **CYCLE, **sets)
    shop = Shop(book, "2026-05-01 10:00")
    shop.buy(100_00)
    assert shop.tier == "member"
    (risen,) = shop.tick("2026-10-01 00:00")
    assert (risen.type, risen.data.valid_until_ms) == ("tier.upgraded", shop.at("2027-04-01 00:00"))
    assert only(shop.tick("2027-04-01 00:00"), "tier.downgraded").data.reason == "review"


def test_levels_that_end_at_once_end_with_the_cycle_whose_numbers_they_had() -> None:
    book = programme(
        MEMBER, level("gold", asks("spend_net", 100, "cycle")), **CYCLE, real_time_downgrade=True
    )
    shop = Shop(book, "2026-05-01 10:00")
    shop.buy(100_00)
    assert only(shop.tick("2026-10-01 00:00"), "tier.downgraded").data.reason == "real_time"
