"""Whatever happens to a customer, the entries of the ledger add up to its points after every step."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.effects import Effect
from engine.events import Cancel, Delivered, Engagement, Lot, PaidWith, Purchase, Refund, Transfer, TransferIn
from engine.ledger import wallets
from engine.outcome import Outcome
from tests.engine.programmes import MEMBER, asks, level, programme
from tests.engine.recount import Recount
from tests.engine.shop import BY, DAY_MS, Shop, line, types

RULES: list[Any] = [
    None,
    {"expiry": {"after": "1 month"}, "reminders": [7, 1], "shortfall": {"limit": 40}},
    {"pending": {"days": 14}, "expiry": {"after": "2 months", "round": "month"}, "reinstate_grace_days": 5},
    {"pending": {"on": "delivered"}, "expiry": {"inactivity": "2 months"}, "shortfall": "write_off"},
    {"pending": {"days": 10}, "qualifying_at": "activation"},
]
LEVELS = [MEMBER, *(level(f"l{least}", asks("qualifying_points", least)) for least in (50, 150, 400))]
STARS = [{"id": "stars", "expiry": {"after": "20 days"}}]
ORDERS = ["buy", "buy", "pay", "update", "refund", "cancel", "deliver", "share"]
LEDGER = ["redeem", "redeem stars", "reverse", "reverse", "adjust", "adjust stars", "send", "receive"]
LEAST, MOST = 15, 40  # Left to itself, chance makes lives too short for a debt.
Step = tuple[str, int, int, int]


def steps(*kinds: str) -> st.SearchStrategy[list[Step]]:
    """Lists of steps: a kind, a size, which of the orders or redemptions, and days since the one before."""
    each = st.tuples(
        st.sampled_from(("wait", *kinds)), st.integers(1, 120), st.integers(0, 3), st.integers(0, 25)
    )
    return st.lists(each, min_size=LEAST, max_size=MOST)


def shop(points: Any, *levels: Any, forgetful: bool = False) -> Shop:
    """A customer of a programme with these rules for points, and a second wallet."""
    share = [{"kind": "share", "points": 9, "qualifying": True}]
    return Shop(programme(*levels, points=points, wallets=STARS, engagement=share), forgetful=forgetful)


def happen(of: Shop, kind: str, size: int, which: int, days: int) -> Outcome | None:
    """One step of a random life; the shop holds the ledger to its law after each."""
    at = of.now_ms + days * DAY_MS
    if kind == "buy":
        return of.buy(size * 100, at, order=f"o{which}")
    if kind == "pay":
        paid = PaidWith("points", size, f"rd{which}")
        return of.buy(size * 100, at, order=f"o{which}", points_value=size * 30, paid_with=paid)
    if kind == "update":
        return of.buy(size * 50, at, order=f"o{which}", order_version=2 + days)
    if kind == "refund":
        return of.refund(f"o{which}", size * 60, at)
    if kind == "cancel":
        return of.send(Cancel(f"o{which}"), at)
    if kind == "deliver":
        return of.send(Delivered(f"o{which}"), at)
    if kind == "share":
        return of.engage("share", at)
    if kind == "redeem":
        return of.redeem(of.points * size // 100 + 1, f"rd{which}", at)
    if kind == "redeem stars":
        return of.redeem(size, f"rd{which}", at, wallet="stars")
    if kind == "reverse":
        return of.reverse(f"rd{which}", size if size % 2 else None, at)
    if kind.startswith("adjust"):
        return of.adjust(size if size % 3 else -size, at, wallet="stars" if "stars" in kind else "points")
    if kind == "send":
        return of.send(Transfer(BY, f"t{which}", "c77", size), at)
    if kind == "receive":
        return of.send(TransferIn(BY, f"t{which}", "c78", "points", (Lot(size, at + which * DAY_MS),)), at)
    of.tick(at)
    return None


@settings(max_examples=300)
@given(st.sampled_from(RULES), steps(*ORDERS, *LEDGER))
def test_every_entry_keeps_the_sums_and_the_points_in_agreement(points: Any, life: list[Step]) -> None:
    kept, forgetful = (shop(points, forgetful=each) for each in (False, True))
    recount, told = Recount(), 0
    for step in life:
        happen(kept, *step)
        happen(forgetful, *step)
        recount.add(kept.effects[told:])
        told = len(kept.effects)
        for name, wallet in wallets(kept.customer):
            recount.agrees(name, wallet)
    assert kept.effects == forgetful.effects
    assert kept.stored() == forgetful.stored()


@settings(max_examples=200)
@given(st.sampled_from(RULES), st.integers(1, 500), st.lists(st.integers(1, 20_000), max_size=6))
def test_parts_that_come_back_take_what_the_whole_order_gave(
    points: Any, price: int, parts: list[int]
) -> None:
    of = shop(points)
    of.buy(price * 77, order="o")
    for part in parts:
        of.refund("o", part)
    of.send(Cancel("o"))
    wallet = of.customer.wallet
    assert (wallet.active, wallet.pending, wallet.debt) == (0, 0, 0)
    assert wallet.earned == wallet.clawed
    assert "points.redeemed" not in types(of.effects)


@settings(max_examples=200)
@given(
    st.sampled_from(RULES),
    steps("buy", "buy", "pay", "update", "refund", "deliver", "redeem", "redeem", "reverse"),
    st.booleans(),
)
def test_whoever_returns_everything_keeps_what_was_let_go_at_most_and_owes_what_lapsed_at_most(
    points: Any, life: list[Step], reversed_first: bool
) -> None:
    of = shop(points)
    for step in life:
        happen(of, *step)
    ends = [lambda which: of.reverse(f"rd{which}"), lambda which: of.send(Cancel(f"o{which}"))]
    for end in ends if reversed_first else ends[::-1]:
        for which in range(4):
            end(which)
    wallet = of.customer.wallet
    assert (wallet.pending, wallet.redeemed) == (0, 0)
    assert wallet.active <= wallet.written_off  # With no such policy: nothing.
    assert wallet.debt <= wallet.expired
    assert of.customer.totals.qualifying == 0


@settings(max_examples=200)
@given(
    st.sampled_from(RULES),
    st.sampled_from(RULES),
    st.lists(
        st.tuples(
            st.integers(0, 1),
            st.sampled_from(["wait", "buy", "cancel", "adjust", "send", "send"]),
            st.integers(1, 120),
            st.integers(0, 7),
            st.integers(0, 25),
        ),
        max_size=25,
    ),
)
def test_points_handed_on_are_neither_lost_nor_doubled(
    one: Any, other: Any, life: list[tuple[int, str, int, int, int]]
) -> None:
    both = [shop(one), shop(other)]
    for number, (who, kind, size, which, days) in enumerate(life):
        of = both[who]
        of.tick(max(each.now_ms for each in both))
        if kind != "send":
            happen(of, kind, size, which, days)
            continue
        under_way, to = of.send(Transfer(BY, f"t{number}", "other", size)), 1 - who
        while isinstance(under_way, list) and (sent := _sent(under_way)):
            both[to].tick(of.now_ms)
            under_way, to = both[to].send(sent[0].data), 1 - to
    wallets = [each.customer.wallet for each in both]
    assert sum(wallet.sent for wallet in wallets) == sum(wallet.received for wallet in wallets)


def _sent(effects: list[Effect]) -> list[Effect]:
    return [effect for effect in effects if effect.type.startswith("transfer.")]


@settings(max_examples=200)
@given(st.sampled_from(RULES), st.data())
def test_in_whatever_order_the_happenings_of_a_day_arrive_the_wallet_is_the_same(
    points: Any, data: st.DataObject
) -> None:
    amounts = data.draw(st.lists(st.integers(0, 20_000), min_size=1, max_size=4))
    happenings: list[Any] = [Engagement("share")]
    for number, amount in enumerate(amounts):
        happenings.append(Purchase(f"o{number}", "CNY", (line("1", amount),)))
        happenings += [Refund(f"r{number}", f"o{number}", amount=amount // 3)] * (amount % 2)
        happenings += [Delivered(f"o{number}")] * (amount % 3 == 0)
    ends = []
    for order in (happenings, data.draw(st.permutations(happenings))):
        of = shop(points)
        end = of.at("2026-01-10 22:00")
        for happening in order:
            at = of.at("2026-01-10 12:00") + happenings.index(happening)
            of.send(happening, at, recorded=end, event=repr(happening))
        wallet = of.customer.wallet
        shelves = [
            [(each.expires_ms, each.qty()) for each in held] for held in (wallet.shelves, wallet.waiting)
        ]
        ends.append((wallet.active, wallet.pending, wallet.debt, wallet.earned, wallet.clawed, shelves))
    assert ends[0] == ends[1]


@settings(max_examples=150)
@given(st.sampled_from(RULES), steps(*ORDERS, *LEDGER))
def test_levels_are_the_same_whatever_becomes_of_the_points(points: Any, life: list[Step]) -> None:
    """Spending, losing, giving and taking points lowers no level and lifts nobody."""
    spender, saver = shop(points, *LEVELS), shop(points, *LEVELS)
    for kind, size, which, days in life:
        happen(spender, kind, size, which, days)
        happen(saver, "wait" if kind in LEDGER else kind, size, which, days)
    assert _levels(spender) == _levels(saver)


def _levels(of: Shop) -> list[tuple[object, ...]]:
    said = [effect for effect in of.effects if effect.type.startswith("tier.")]
    return [(e.type, e.time_ms, e.data.from_tier, e.data.to_tier, e.data.explain) for e in said]
