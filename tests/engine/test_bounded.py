"""What is remembered of events, and that a customer's row stays small."""

from collections.abc import Callable

import msgspec
import pytest

from engine.calendar import DAY_MS
from engine.caps import EACH
from engine.days import KEEP_DAYS as DAYS_KEPT
from engine.days import ROW_DAYS
from engine.outcome import Duplicate
from engine.rows import values_of
from engine.seen import BUCKET_ENTRIES, KEEP_DAYS, ROW_BUCKETS, ROW_ENTRIES, find
from engine.state import SEEN_ENTRY, Account, Customer
from rules.load import load_rulebook
from tests.engine.programmes import CHURN, GOLD, MEMBER, SILVER, asks, level, programme
from tests.engine.shop import HOUR_MS, NAME, Shop, reason

BOOK = programme(
    MEMBER,
    SILVER,
    GOLD,
    level("old", asks("tenure_days", 10000, "lifetime")),
    engagement=[{"kind": "checkin", "points": 5, "cap": {"count": 1, "per": "day"}}],
    churn=CHURN,
)
DEFAULT = load_rulebook("rules/programs/default.yaml")
A_YEAR = {"buy": 20, "checkin": 6, "review": 4, "share": 1, "survey": 1}  # An ordinary customer's.
EAGER = {"buy": 100, "checkin": 365, "review": 100, "share": 500, "survey": 60, "referral_purchase": 10}


@pytest.mark.parametrize("forgetful", [False, True], ids=["held in memory", "rebuilt from its bytes"])
def test_an_id_is_known_for_91_days_wherever_it_is_kept(forgetful: bool) -> None:
    shop = Shop(BOOK, "2026-01-10 08:00", forgetful=forgetful)
    start = shop.now_ms
    for number in range(149):
        shop.engage("login", start + number, event=f"x{number}")
    assert shop.customer.buckets > ROW_BUCKETS
    for at in (start + 1000, start + KEEP_DAYS * DAY_MS):
        shop.tick(at)
        assert [shop.engage("login", start + n, event=f"x{n}") for n in range(149)] == [
            Duplicate("event")
        ] * 149
    assert reason(shop.engage("checkin", start, event="x1")) == "id_conflict"
    shop.tick(start + (KEEP_DAYS + 1) * DAY_MS)
    assert [reason(shop.engage("login", start + n, event=f"x{n}")) for n in range(149)] == ["too_late"] * 149
    shop.engage("login")
    assert (shop.customer.buckets, shop.customer.stored) == (0, 0)
    assert len(shop.shelf.rows) == 1


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
    assert find(account, b"12345678", 0) == b"abcdefgh"
    assert find(account, b"klmnopqr", 0) == b"ABCDEFGH"
    strange = (b"abcdefgh", b"5678abcd", b"ghijklmn", b"CDEFGHIJ")
    assert [find(account, key, 0) for key in strange] == [None] * 4


def test_ids_are_let_go_while_others_come() -> None:
    shop = Shop(BOOK, "2025-01-10 08:00")
    start, most = shop.now_ms, 0
    for number in range(1_600):
        shop.engage("login", start + number * DAY_MS // 4)
        most = max(most, shop.customer.buckets)
    young = 4 * (KEEP_DAYS + 1)
    assert young <= shop.customer.stored <= 1.25 * young
    assert most <= 1.25 * young / BUCKET_ENTRIES + 1
    assert len(shop.shelf.rows) == 1 + shop.customer.buckets
    assert sum(len(value) for key, value in shop.shelf.rows.items() if key.startswith(b"i")) == (
        shop.customer.stored * SEEN_ENTRY
    )


def test_the_row_of_a_customer_with_thousands_of_orders_is_bounded() -> None:
    shop = Shop(BOOK, "2010-01-10 08:00")
    start, sizes = shop.now_ms, []
    for number in range(2500):
        shop.buy(100, start + number * DAY_MS, order=f"o{number}")
        if number % 10 == 0:
            shop.engage("checkin")
        if number >= 1000:
            sizes.append(len(msgspec.msgpack.encode(values_of(shop.customer))))
    assert max(sizes) - min(sizes) < ROW_ENTRIES * SEEN_ENTRY + 400
    assert max(sizes) < 4_000
    customer = shop.customer
    assert len(customer.days) <= ROW_DAYS
    assert len(shop.account.blocks) <= DAYS_KEPT // 32 + 2
    assert (customer.totals.orders, customer.totals.purchase_days) == (2500, 2500)
    assert all(len(used) <= 100 * EACH for used in customer.caps.values())
    assert all(len(standing.history) <= 24 for standing in customer.standings.values())
    assert customer.buckets <= (KEEP_DAYS + 1) * 1.2 / BUCKET_ENTRIES + 1


def test_one_more_order_changes_three_rows_and_seldom_more_however_many_came_before() -> None:
    shop = Shop(BOOK)
    start, seldom = shop.now_ms, 0
    for number in range(1000):
        before = shop.stored()
        shop.buy(100, start + number, order=f"o{number}")
        after = shop.stored()
        changed = [key for key in after if after[key] != before.get(key)]
        seldom += len(changed) > 3
        assert len(changed) <= 2 + ROW_BUCKETS
        assert sum(len(after[key]) for key in changed) < 2_500
    assert seldom <= 1000 / BUCKET_ENTRIES + ROW_BUCKETS


def size(shop: Shop) -> int:
    """The row's bytes."""
    return len(msgspec.msgpack.encode(values_of(shop.customer)))


def largest(a_year: dict[str, int], years: int) -> int:
    """The most bytes that the row of a member of the default programme has, who does so much in each year."""
    shop = Shop(DEFAULT, "2024-01-01 10:00:07.123")  # No round instants: those are written in fewer bytes.
    shop.engage("signup")
    shop.engage("profile_completed")
    start, most = shop.now_ms, 0
    for at, kind in sorted(
        (start + ((year * times + n) * 365 * DAY_MS) // times, kind)
        for kind, times in a_year.items()
        for year in range(years)
        for n in range(times)
    ):
        shop.tick(at - 1)
        most = max(most, size(shop))
        if kind == "buy":
            shop.buy(120_00, at)
        else:
            shop.engage(kind, at, ref_id=f"{kind}{at}/1", text_len=20)
        most = max(most, size(shop))
    return most


def test_the_row_of_an_ordinary_customer_of_the_default_programme_is_below_one_kilobyte(
    report: Callable[[str], None],
) -> None:
    most = largest(A_YEAR, 3)
    report(f"row of an ordinary customer of the default programme, 20 orders a year: at most {most} bytes")
    assert most < 1024


def test_the_row_of_an_eager_customer_of_the_default_programme_stays_small() -> None:
    few, many = largest(EAGER, 2), largest(EAGER, 4)
    assert many < 4_096
    assert many < few + 128  # Nothing of it grows any more.


def test_the_row_of_a_customer_with_100_000_orders_is_bounded(report: Callable[[str], None]) -> None:
    shop = Shop(DEFAULT, "2015-01-01 10:00")
    start, sizes = shop.now_ms, []
    for number in range(100_000):
        shop.buy(10_00, start + number * HOUR_MS, order=f"o{number}")
        shop.account.orders.clear()
        if number % 100 == 99:
            sizes.append(size(shop))
    report(f"row of a customer with 100,000 orders in the default programme: at most {max(sizes)} bytes")
    assert shop.customer.totals.orders == 100_000
    assert max(sizes) < 1024
    assert max(sizes[750:]) <= max(sizes[500:750]) + 64
