"""The CDNOW file is the published one and is read exactly."""

import lzma
import zipfile
from collections import Counter
from datetime import date
from fractions import Fraction
from itertools import pairwise
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.cdnow import DATA_FILE, Row, midnight_ms, parse_rows, read_rows, to_cents, to_text
from demo.data_from_wheel import MEMBER, compressed
from demo.population import population_interval_days


def test_the_file_holds_the_published_purchases(rows):
    assert len(rows) == 69_659
    assert len({row.customer for row in rows}) == 23_570
    assert (min(row.day for row in rows), max(row.day for row in rows)) == (
        date(1997, 1, 1),
        date(1998, 6, 30),
    )
    assert sum(row.cents == 0 for row in rows) == 80
    assert len(rows) - len({row[1:] for row in rows}) == 255


def test_a_row_has_its_line_number_and_its_money_in_cents(rows):
    assert rows[6] == Row(8, "c00003", date(1997, 11, 15), 5, 5745)


def test_a_file_with_one_changed_byte_is_refused(tmp_path):
    content = lzma.decompress(DATA_FILE.read_bytes()).replace(b"11.77", b"11.78", 1)
    changed = tmp_path / "changed.xz"
    changed.write_bytes(lzma.compress(content, preset=0))
    with pytest.raises(ValueError, match=r"changed\.xz is not the published CDNOW file"):
        read_rows(changed)


@pytest.mark.parametrize("text", ["11.7", "11", "-1.00", "1e2.00", "", "1,000.00", "1.000"])
def test_money_without_exactly_two_places_is_refused(text):
    with pytest.raises(ValueError, match="not an amount in dollars and cents"):
        to_cents(text)


@given(st.integers(0, 10**9))
def test_money_is_read_to_the_cent(cents):
    assert to_cents(f"{cents // 100}.{cents % 100:02d}") == cents


def test_a_line_that_is_not_a_purchase_is_refused():
    with pytest.raises(ValueError, match="not enough values"):
        parse_rows(b"header\r\n 00001 19970101  1\r\n")


def test_the_shops_days_have_23_and_25_hours_when_clocks_change():
    spring, autumn = date(1997, 4, 6), date(1997, 10, 26)
    assert midnight_ms(date(1997, 4, 7)) - midnight_ms(spring) == 23 * 3_600_000
    assert midnight_ms(date(1997, 10, 27)) - midnight_ms(autumn) == 25 * 3_600_000
    assert to_text(midnight_ms(date(1998, 7, 1)) + 7) == "1998-07-01T04:00:00.007Z"


def test_the_data_file_can_be_made_again_from_the_wheel(tmp_path):
    wheel = tmp_path / "a.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(MEMBER, lzma.decompress(DATA_FILE.read_bytes()))
    (tmp_path / "again.xz").write_bytes(compressed(wheel))
    assert read_rows(tmp_path / "again.xz") == read_rows()


def test_a_wheel_with_other_data_is_refused(tmp_path):
    wheel = tmp_path / "b.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(MEMBER, b"customer_id\r\n")
    with pytest.raises(ValueError, match="holds another"):
        compressed(wheel)


def test_the_rulebooks_population_interval_is_the_one_of_the_data(rows, book):
    assert Fraction(book["churn"]["population_interval_days"]) == population_interval_days(rows)


@given(st.lists(st.integers(0, 60), min_size=2, unique=True))
def test_the_interval_is_the_exact_median_between_purchase_days(offsets):
    days = sorted(offsets)
    bought = [
        Row(n, "c1", date.fromordinal(date(1997, 1, 1).toordinal() + d), 1, 100) for n, d in enumerate(days)
    ]
    gaps = [later - earlier for earlier, later in pairwise(days)]
    assert population_interval_days([*bought, *bought]) == Fraction(median(gaps))


def test_purchases_after_the_calibration_do_not_count():
    day = date(1997, 9, 1)
    bought = [
        Row(2, "c1", day, 1, 1),
        Row(3, "c1", date(1997, 9, 30), 1, 1),
        Row(4, "c1", date(1997, 10, 1), 1, 1),
    ]
    assert population_interval_days(bought) == 29
    with pytest.raises(ValueError, match="nobody bought on two days"):
        population_interval_days([bought[0], bought[2]])


def test_every_customer_came_first_in_the_first_quarter_of_1997(rows):
    firsts = {}
    for row in rows:
        firsts[row.customer] = min(row.day, firsts.get(row.customer, row.day))
    assert Counter((day.year, (day.month - 1) // 3) for day in firsts.values()) == {(1997, 0): 23_570}
