"""Times are read and written exactly."""

import re
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from topics.instants import format_ms, parse_ms


@settings(max_examples=500, deadline=None)
@given(
    st.datetimes(datetime(1971, 1, 2), datetime(9998, 12, 30)),
    st.integers(-1439, 1439),
    st.integers(0, 12),
    st.data(),
)
def test_a_time_is_the_floor_of_its_milliseconds_in_utc(moment, offset_minutes, digits, data):
    zone = timezone(timedelta(minutes=offset_minutes))
    fraction = data.draw(st.text("0123456789", min_size=digits, max_size=digits))
    sign, off = "-" if offset_minutes < 0 else "+", abs(offset_minutes)
    text = f"{moment:%Y-%m-%dT%H:%M:%S}" + (f".{fraction}" if digits else "")
    text += f"{sign}{off // 60:02}:{off % 60:02}"
    whole = moment.replace(microsecond=0, tzinfo=zone) - datetime(1970, 1, 1, tzinfo=UTC)
    assert parse_ms(text) == whole // timedelta(milliseconds=1) + int((fraction + "000")[:3])


@settings(max_examples=500, deadline=None)
@given(st.integers(31_622_400_000, 253_370_764_799_999))
def test_an_instant_written_is_read_back(time_ms):
    text = format_ms(time_ms).decode()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text)
    assert parse_ms(text) == time_ms
