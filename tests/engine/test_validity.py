"""How long a level lasts: ends on the local calendar, rounding, renewals."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calendar import LocalDays, day_of
from engine.validity import days_before, first_end, later, renewed_end, rounded_up
from rules.compiled_tiers import Validity
from rules.facts import Boundary
from rules.values import Cycle, Duration
from tests.engine.shop import instant

SHANGHAI = LocalDays(ZoneInfo("Asia/Shanghai"))
APRIL = Cycle(day_of(date(2026, 4, 1)), Duration(6))
NEW_YORK = LocalDays(ZoneInfo("America/New_York"), APRIL)
YEAR = Duration(12)


def at(text: str, zone: str = "Asia/Shanghai") -> int:
    return instant(text, zone)


@pytest.mark.parametrize(
    ("boundary", "begins", "ends"),
    [
        (None, "2026-03-01 10:00", "2027-03-01 10:00"),
        (Boundary.DAY, "2026-03-01 10:00", "2027-03-02 00:00"),
        (Boundary.MONTH, "2026-03-01 10:00", "2027-04-01 00:00"),
        (Boundary.QUARTER, "2026-03-01 10:00", "2027-04-01 00:00"),
        (Boundary.YEAR, "2026-03-01 10:00", "2028-01-01 00:00"),
        (Boundary.MONTH, "2026-03-01 00:00", "2027-03-01 00:00"),
        (Boundary.YEAR, "2026-01-01 00:00", "2027-01-01 00:00"),
        (Boundary.MONTH, "2026-02-28 23:59:59.999", "2027-03-01 00:00"),
    ],
)
def test_a_validity_is_rounded_up_to_the_next_boundary_and_an_instant_on_one_stays(
    boundary: Boundary | None, begins: str, ends: str
) -> None:
    assert first_end(SHANGHAI, Validity(YEAR, boundary), at(begins), 0) == at(ends)


@pytest.mark.parametrize(
    ("begins", "span", "ends"),
    [
        ("2026-01-31 10:00", Duration(1), "2026-02-28 10:00"),
        ("2024-01-31 10:00", Duration(1), "2024-02-29 10:00"),
        ("2024-02-29 10:00", Duration(12), "2025-02-28 10:00"),
        ("2026-12-31 10:00", Duration(2), "2027-02-28 10:00"),
        ("2026-01-31 10:00", Duration(1, 1), "2026-03-01 10:00"),
        ("2026-01-10 10:00", Duration(0, 30), "2026-02-09 10:00"),
    ],
)
def test_31_january_and_a_month_is_the_last_day_of_february(begins: str, span: Duration, ends: str) -> None:
    assert later(SHANGHAI, at(begins), span) == at(ends)


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        ("2026-03-07 12:00", "2026-03-08 12:00"),  # 23 hours later.
        ("2026-10-31 12:00", "2026-11-01 12:00"),  # 25 hours later.
        ("2026-03-07 02:30", "2026-03-08 03:30"),  # There is no half past two.
    ],
)
def test_a_day_later_is_the_same_time_of_day_when_clocks_change(begins: str, ends: str) -> None:
    zone = "America/New_York"
    assert later(NEW_YORK, at(begins, zone), Duration(0, 1)) == at(ends, zone)


@pytest.mark.parametrize("month", ["2026-03", "2026-11"])
def test_a_validity_ends_at_local_midnight_in_months_when_clocks_change(month: str) -> None:
    zone = "America/New_York"
    begins = at(f"{month}-01 00:00", zone)
    following = {"2026-03": "2026-04-01 00:00", "2026-11": "2026-12-01 00:00"}[month]
    assert first_end(NEW_YORK, Validity(Duration(1), Boundary.MONTH), begins, 0) == at(following, zone)


@pytest.mark.parametrize(
    ("ahead", "begins", "ends", "renewed"),
    [
        (0, "2026-02-10 10:00", "2026-04-01 00:00", "2026-07-01 00:00"),
        (0, "2026-04-01 00:00", "2026-07-01 00:00", "2026-10-01 00:00"),
        (1, "2026-02-10 10:00", "2026-07-01 00:00", "2026-10-01 00:00"),
    ],
)
def test_the_end_of_a_period_is_renewed_by_one_period(
    ahead: int, begins: str, ends: str, renewed: str
) -> None:
    validity = Validity(None, Boundary.QUARTER, ahead)
    assert first_end(SHANGHAI, validity, at(begins), 0) == at(ends)
    assert renewed_end(SHANGHAI, validity, at(ends), 0) == at(renewed)


@pytest.mark.parametrize(
    ("joined", "begins", "ends", "renewed"),
    [
        ("2024-02-29 09:00", "2026-01-05 10:00", "2026-02-28 00:00", "2027-02-28 00:00"),
        ("2024-02-29 09:00", "2027-03-05 10:00", "2028-02-29 00:00", "2029-02-28 00:00"),
        ("2026-01-05 09:00", "2026-01-05 10:00", "2027-01-05 00:00", "2028-01-05 00:00"),
    ],
)
def test_an_anniversary_of_29_february_is_the_last_of_february(
    joined: str, begins: str, ends: str, renewed: str
) -> None:
    validity = Validity(None, None)
    assert first_end(SHANGHAI, validity, at(begins), at(joined)) == at(ends)
    assert renewed_end(SHANGHAI, validity, at(ends), at(joined)) == at(renewed)


@given(
    st.integers(0, 2 * 10**12),
    st.sampled_from([None, *Boundary]),
    st.sampled_from([Duration(0, 1), Duration(1), Duration(12), Duration(3, 5), None]),
    st.integers(0, 1),
)
def test_a_level_ends_after_it_began_and_a_renewal_ends_later(
    begins_ms: int, boundary: Boundary | None, span: Duration | None, ahead: int
) -> None:
    validity = Validity(span, boundary, ahead if span is None and boundary else 0)
    end_ms = first_end(NEW_YORK, validity, begins_ms, 10**11)
    assert begins_ms < end_ms < renewed_end(NEW_YORK, validity, end_ms, 10**11)
    if boundary is not None:
        assert rounded_up(NEW_YORK, end_ms, boundary) == end_ms
    assert days_before(NEW_YORK, end_ms, 7) < end_ms
