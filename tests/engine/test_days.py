"""Days of a customer, in the row and in blocks beside it, against a plain table of days."""

from hypothesis import example, given
from hypothesis import strategies as st

from agents.memory import MemoryStore
from engine.days import KEEP_DAYS, ROW_DAYS, bucket, find, within
from engine.metrics import sum_days
from engine.state import Account, Customer
from rules.facts import Metric
from tests.engine.storing import stored

START = 20_000
STEPS = st.lists(
    st.tuples(
        st.integers(0, 40), st.one_of(st.just(0), st.integers(0, 90), st.integers(0, 450)), st.booleans()
    ),
    max_size=150,
)


@given(STEPS, st.booleans())
@example([(1, 0, True)] * 17, True)
@example([(1, 0, True)] * 17 + [(0, 17, True), (0, 450, True), (1, 12, True)], True)
@example([(40, 0, True)] * 40, False)
@example([(1, 0, True)] * 80 + [(0, 60, False)] * 2, False)
@example([(1, 0, True)] * 80 + [(0, 60, False)] * 2, True)
def test_days_are_found_as_in_a_plain_table(steps: list[tuple[int, int, bool]], rebuilt: bool) -> None:
    store, account = MemoryStore(), Account(Customer("c1"))
    table: dict[int, int] = {}
    newest = START
    for ahead, back, made in steps:
        newest += ahead if made and back <= KEEP_DAYS else 0
        day = newest - back
        if made and back <= KEEP_DAYS:
            bucket(account, day).orders += 1
            table[day] = table.get(day, 0) + 1
            newest = max(table)
        for first, end in ((newest - 400, newest + 1), (newest - 29, newest + 1), (newest - 90, newest - 20)):
            wanted = {each: count for each, count in table.items() if first <= each < end}
            days, blocks = within(account, first, end)
            assert {each.day: each.orders for each in days}.items() <= wanted.items()
            assert len(days) + sum(each.purchase_days for each in blocks) == len(wanted)
            assert sum_days(days, Metric.ORDERS) + sum(each.orders for each in blocks) == sum(wanted.values())
        found = find(account, day)
        assert (found.orders if found else 0) == (table.get(day, 0) if day >= newest - KEEP_DAYS else 0)
        if found:
            found.orders += 1
            table[day] += 1
        assert len(account.customer.days) <= ROW_DAYS
        if rebuilt:
            account = stored(account, store)
    kept = sum(key.startswith(b"b") for key in store.rows)
    assert kept <= KEEP_DAYS // 32 + 2
