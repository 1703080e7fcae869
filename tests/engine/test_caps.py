"""What is counted under a cap agrees with a plain account of it, in whatever order the days come."""

from hypothesis import given
from hypothesis import strategies as st

from engine.calendar import period_start
from engine.caps import CLOSED, EACH, room, use
from engine.state import Customer
from rules.compiled_engagement import Cap
from rules.facts import Period

CAPS = [
    Cap(Period.DAY, 10**6, 10**6, 1, "day"),
    Cap(Period.WEEK, 10**6, 10**6, 7, "week"),
    Cap(Period.LIFETIME, 10**6, 10**6, 0, "lifetime"),
    Cap(Period.ROLLING, 10**6, 10**6, 9, "rolling 9"),
    Cap(Period.REF, 10**6, 10**6, 0, "ref"),
]
GIVEN = st.tuples(st.integers(20_000, 20_060), st.sampled_from("abcdef"), st.integers(1, 9))


def counts(cap: Cap, day: int, thing: str, asked_day: int, asked_thing: str) -> bool:
    """Whether what was given for a thing on a day counts when another day and thing are asked for."""
    if cap.per is Period.REF:
        return thing == asked_thing
    if cap.per is Period.ROLLING:
        return asked_day - cap.days < day <= asked_day
    return period_start(cap.per, day) == period_start(cap.per, asked_day)


@given(
    st.sampled_from(CAPS),
    st.lists(GIVEN, max_size=60),
    st.integers(20_000, 20_060),
    st.sampled_from("abcdef"),
)
def test_the_room_under_a_cap_is_what_was_not_given_yet(
    cap: Cap, given: list[tuple[int, str, int]], day: int, thing: str
) -> None:
    customer = Customer("c1")
    for at, name, points in given:
        use(customer, "rule", (cap,), at, 1, points, name)
    counted = [points for at, name, points in given if counts(cap, at, name, day, thing)]
    assert room(customer, "rule", (cap,), day, thing) == 10**6 - sum(counted)
    full = Cap(cap.per, len(counted), None, cap.days, cap.text)
    assert room(customer, "rule", (full,), day, thing) == CLOSED
    more = Cap(cap.per, len(counted) + 1, None, cap.days, cap.text)
    assert room(customer, "rule", (more,), day, thing) != CLOSED
    for at, name, points in given:
        use(customer, "rule", (cap,), at, -1, -points, name)
    assert room(customer, "rule", (cap,), day, thing) == 10**6


def test_the_oldest_days_go_first_once_no_late_event_can_ask_for_them() -> None:
    customer, cap = Customer("c1"), CAPS[0]
    for day in (*range(20_100, 20_300), *range(20_000, 20_100)):
        use(customer, "rule", (cap,), day, 1, 5)
    assert len(customer.caps["rule|day"]) == 100 * EACH
    assert room(customer, "rule", (cap,), 20_299) == room(customer, "rule", (cap,), 20_200) == 10**6 - 5
    assert room(customer, "rule", (cap,), 20_199) == 10**6
