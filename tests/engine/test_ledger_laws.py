"""Whatever happens to a customer, the sums of the ledger agree with its points after every step."""

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.events import Cancel, Delivered, Lot, Transfer, TransferIn
from tests.engine.programmes import programme
from tests.engine.shop import BY, DAY_MS, Shop, types

RULES = [
    None,
    {"expiry": {"after": "1 month"}, "reminders": [7, 1], "shortfall": {"limit": 40}},
    {"pending": {"days": 14}, "expiry": {"after": "2 months", "round": "month"}, "reinstate_grace_days": 5},
    {"pending": {"on": "delivered"}, "expiry": {"inactivity": "2 months"}, "shortfall": "write_off"},
]
KINDS = ["buy", "refund", "cancel", "redeem", "reverse", "adjust", "deliver", "send", "receive", "wait"]
STEPS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(1, 120), st.integers(0, 7), st.integers(0, 25)),
    min_size=1,
    max_size=30,
)


def happen(shop: Shop, kind: str, size: int, which: int, days: int) -> None:
    """One step of a random life; the shop holds the ledger to its law after each."""
    at = shop.now_ms + days * DAY_MS
    if kind == "buy":
        shop.buy(size * 100, at, order=f"o{which}")
    elif kind == "refund":
        shop.refund(f"o{which}", size * 60, at)
    elif kind == "cancel":
        shop.send(Cancel(f"o{which}"), at)
    elif kind == "deliver":
        shop.send(Delivered(f"o{which}"), at)
    elif kind == "redeem":
        shop.redeem(size, f"rd{which}", at)
    elif kind == "reverse":
        shop.reverse(f"rd{which}", size if size % 2 else None, at)
    elif kind == "adjust":
        shop.adjust(size if size % 3 else -size, at)
    elif kind == "send":
        shop.send(Transfer(BY, f"t{which}", "c77", size), at)
    elif kind == "receive":
        shop.send(TransferIn(BY, f"t{which}", "c78", "points", (Lot(size, at + which * DAY_MS),)), at)
    else:
        shop.tick(at)


@settings(max_examples=300)
@given(st.sampled_from(RULES), STEPS)
def test_every_entry_keeps_the_sums_and_the_points_in_agreement(points, steps):
    kept, forgetful = (Shop(programme(points=points), forgetful=each) for each in (False, True))
    for step in steps:
        happen(kept, *step)
        happen(forgetful, *step)
    assert kept.effects == forgetful.effects
    assert kept.stored() == forgetful.stored()


@settings(max_examples=200)
@given(st.sampled_from(RULES), st.integers(1, 500), st.lists(st.integers(1, 20_000), max_size=6))
def test_parts_that_come_back_take_what_the_whole_order_gave(points, price, parts):
    shop = Shop(programme(points=points))
    shop.buy(price * 77, order="o")
    for part in parts:
        shop.refund("o", part)
    shop.send(Cancel("o"))
    wallet = shop.customer.wallet
    assert (wallet.active, wallet.pending, wallet.debt) == (0, 0, 0)
    assert wallet.earned == wallet.clawed
    assert "points.redeemed" not in types(shop.effects)
