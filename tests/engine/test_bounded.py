"""What is remembered of events, and that a customer's row stays small."""

import msgspec
import pytest

from engine.calendar import DAY_MS
from engine.days import ROW_DAYS
from engine.outcome import Duplicate
from engine.rows import values_of
from engine.seen import KEEP_DAYS, ROW_ENTRIES, chunks_with, entries, find
from engine.state import MARK, Account, Customer
from tests.engine.programmes import CHURN, GOLD, MEMBER, SILVER, asks, level, programme
from tests.engine.shop import NAME, Shop, reason

BOOK = programme(
    MEMBER,
    SILVER,
    GOLD,
    level("old", asks("tenure_days", 10000, "lifetime")),
    engagement=[{"kind": "checkin", "points": 5, "cap": {"count": 1, "per": "day"}}],
    churn=CHURN,
)


@pytest.mark.parametrize("forgetful", [False, True], ids=["held in memory", "rebuilt from its bytes"])
def test_an_id_is_known_for_91_days_wherever_it_is_kept(forgetful: bool) -> None:
    shop = Shop(BOOK, "2026-01-10 08:00", forgetful=forgetful)
    start = shop.now_ms
    for number in range(3 * ROW_ENTRIES + 5):
        shop.engage("login", start + number, event=f"x{number}")
    assert [number for number, _ in shop.customer.chunks] == [0, 1, 2]
    for at in (start + 1000, start + KEEP_DAYS * DAY_MS):
        shop.tick(at)
        assert [shop.engage("login", start + n, event=f"x{n}") for n in (0, 50, 148)] == [
            Duplicate("event")
        ] * 3
    assert reason(shop.engage("checkin", start, event="x1")) == "id_conflict"
    shop.engage("login", start + (KEEP_DAYS + 2) * DAY_MS)
    assert shop.customer.chunks == []
    assert [reason(shop.engage("login", start + n, event=f"x{n}")) for n in (0, 50)] == ["too_late"] * 2
    assert shop.engage("login", start + 148, event="x148") == Duplicate("event")


def test_a_chunk_is_kept_to_the_last_of_its_91_days_when_an_older_one_goes() -> None:
    shop = Shop(BOOK, "2026-01-10 08:00")
    start = shop.now_ms
    for number in range(2 * ROW_ENTRIES):
        shop.engage("login", start + number // ROW_ENTRIES * DAY_MS, event=f"x{number}")
    shop.engage("login", start + (KEEP_DAYS + 1) * DAY_MS)
    assert [number for number, _ in shop.customer.chunks] == [1]
    assert reason(shop.engage("login", start, event="x0")) == "too_late"
    assert shop.engage("login", start + DAY_MS, event=f"x{ROW_ENTRIES}") == Duplicate("event")


def test_a_held_account_and_a_rebuilt_one_answer_alike_and_keep_the_same_bytes() -> None:
    held, rebuilt = Shop(BOOK), Shop(BOOK, forgetful=True)
    start = held.now_ms
    for number in range(600):
        at = start + number * DAY_MS // 4
        event = f"x{number % 170}" if number % 2 else f"new{number}"
        answers = [shop.engage("login", at, event=event) for shop in (held, rebuilt)]
        assert answers[0] == answers[1]
    assert held.stored() == rebuilt.stored()
    assert 300 + 85 < held.customer.rev < 600


def test_an_id_is_not_taken_for_known_because_its_bytes_stand_across_others() -> None:
    customer = Customer(NAME)
    customer.seen = b"12345678" + b"abcdefgh" + b"ij" + b"klmnopqr" + b"ABCDEFGH" + b"IJ"
    account = Account(customer)
    assert find(account, b"12345678") == b"abcdefgh"
    assert find(account, b"klmnopqr") == b"ABCDEFGH"
    assert [find(account, key) for key in (b"abcdefgh", b"5678abcd", b"ghijklmn", b"CDEFGHIJ")] == [None] * 4


def test_only_the_chunks_that_may_have_an_id_are_asked_for_it() -> None:
    shop = Shop(BOOK)
    for number in range(5 * ROW_ENTRIES):
        shop.engage("login", shop.now_ms + number, event=f"e{number}")
    chunks = dict(enumerate(stored_chunks(shop)))
    assert len(chunks) == 5
    for number, chunk in chunks.items():
        for key in entries(number, chunk):
            assert number in chunks_with(shop.account, key)
    strange = [number.to_bytes(8, "little") for number in range(65_536)]
    asked = sum(len(chunks_with(shop.account, key)) for key in strange)
    assert asked == 5 * ROW_ENTRIES, "each id has one mark of the 65,536 that there are"


def stored_chunks(shop: Shop) -> list[bytes]:
    return [value for key, value in sorted(shop.shelf.rows.items()) if key.startswith(b"i")]


def test_what_was_dropped_from_the_store_leaves_memory_too() -> None:
    shop = Shop(BOOK, "2025-01-10 08:00")
    start = shop.now_ms
    for number in range(40 * ROW_ENTRIES):
        shop.engage("login", start + number * DAY_MS // 4)
    assert len(shop.account.older) <= 3 * ROW_ENTRIES * len(shop.customer.chunks)
    assert len(shop.account.beside.marks) == MARK * ROW_ENTRIES * len(shop.customer.chunks)
    assert len(shop.shelf.rows) == 2 + len(shop.customer.chunks)


def test_the_row_of_a_customer_with_thousands_of_orders_is_bounded() -> None:
    shop = Shop(BOOK, "2010-01-10 08:00")
    start, sizes = shop.now_ms, []
    for number in range(2500):
        shop.buy(100, start + number * DAY_MS, order=f"o{number}")
        if number % 10 == 0:
            shop.engage("checkin")
        if number >= 1000:
            sizes.append(len(msgspec.msgpack.encode(values_of(shop.customer))))
    assert max(sizes) - min(sizes) < ROW_ENTRIES * 18 + 400
    assert max(sizes) < 4_000
    customer = shop.customer
    assert len(customer.days) <= ROW_DAYS
    assert len(shop.account.beside.blocks) <= 401 // 32 + 2
    assert (customer.totals.orders, customer.totals.purchase_days) == (2500, 2500)
    assert all(len(periods) <= 100 for periods in customer.caps.values())
    assert all(len(standing.history) <= 24 for standing in customer.standings.values())
    assert len(customer.chunks) <= 2


def test_one_more_order_changes_two_rows_and_seldom_four_however_many_came_before() -> None:
    shop = Shop(BOOK)
    start, seldom = shop.now_ms, 0
    for number in range(1000):
        before = shop.stored()
        shop.buy(100, start + number, order=f"o{number}")
        after = shop.stored()
        changed = [key for key in after if after[key] != before.get(key)]
        seldom += len(changed) > 2
        assert len(changed) <= 4
        assert sum(len(after[key]) for key in changed) < 3000 + MARK * number
    assert seldom == 1000 // ROW_ENTRIES
