"""Which ids are known, against a plain table of when each came."""

from hypothesis import given
from hypothesis import strategies as st

from agents.accounts import bucket_key
from agents.memory import MemoryStore
from engine.calendar import DAY_MS
from engine.seen import BUCKET_ENTRIES, KEEP_DAYS, ROW_BUCKETS, ROW_ENTRIES, find, place, remember
from engine.state import SEEN_ENTRY, Account, Customer
from tests.engine.storing import stored

START = 20_000
BURSTS = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 3), st.integers(0, 120)),  # Days that pass, then so many ids.
        st.one_of(st.integers(0, 20), st.integers(0, 300)),
        st.booleans(),  # Whether it is written and read again before.
    ),
    min_size=1,
    max_size=12,
)


def key_of(number: int) -> bytes:
    """Bytes as evenly spread as a hash's."""
    return (number * 0x9E3779B97F4A7C15 % 2**64).to_bytes(8, "big")


@given(BURSTS)
def test_an_id_is_known_exactly_when_it_came_in_the_last_91_days(bursts: list[tuple[int, int, bool]]) -> None:
    store, account = MemoryStore(), Account(Customer("c1"))
    came: dict[int, tuple[int, bytes]] = {}
    today, number = START, 0
    for passing, count, rebuilt in bursts:
        today += passing
        if rebuilt:
            account = stored(account, store)
        for _ in range(count):
            number += 1
            came[number] = today, today.to_bytes(8, "little")
            remember(account, key_of(number), came[number][1], today * DAY_MS)
        for each in range(max(1, number - 700), number + 20):
            day, payload = came.get(each, (0, b""))
            known = find(account, key_of(each), today * DAY_MS)
            assert known == (payload if day >= today - KEEP_DAYS else None)
        old = [each for each, (day, _) in came.items() if day < today - KEEP_DAYS][-5:]
        for each in old:  # An old id comes again, as another event's.
            came[each] = today, b"anew" + today.to_bytes(4, "big")
            remember(account, key_of(each), came[each][1], today * DAY_MS)
            assert find(account, key_of(each), today * DAY_MS) == came[each][1]
    account = stored(account, store)
    customer = account.customer
    assert len(customer.seen) < ROW_ENTRIES * SEEN_ENTRY
    assert not customer.seen or customer.buckets < ROW_BUCKETS
    buckets = {key: row for key, row in store.rows.items() if key.startswith(b"i")}
    assert sorted(buckets) == [bucket_key(b"c1", each) for each in range(customer.buckets)]
    assert sum(len(row) for row in buckets.values()) == customer.stored * SEEN_ENTRY


@given(st.integers(1, 5_000), st.binary(min_size=8, max_size=8))
def test_one_more_bucket_takes_ids_from_one_bucket_only(buckets: int, key: bytes) -> None:
    before, after = place(key, buckets), place(key, buckets + 1)
    assert 0 <= before < buckets
    assert after in (before, buckets)
    if after == buckets:
        assert before == buckets - (1 << (buckets.bit_length() - 1))


def test_ids_lie_evenly_and_as_many_as_wanted_in_a_bucket() -> None:
    account = Account(Customer("c1"))
    for number in range(20_000):
        remember(account, key_of(number), b"payload!", START * DAY_MS)
    sizes = [len(entries) // SEEN_ENTRY for entries in account.ids.values()]
    assert sum(sizes) == 20_000
    assert BUCKET_ENTRIES - 2 < 20_000 / len(sizes) <= BUCKET_ENTRIES
    assert max(sizes) < 4 * BUCKET_ENTRIES
