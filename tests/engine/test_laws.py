"""Laws that hold whatever a customer does."""

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.days import ROW_DAYS, within
from engine.events import Cancel, RefundLine
from engine.metrics import sum_days
from engine.rows import FIELDS, values_of
from engine.tier_plan import TOTALS
from rules.compiled import Rulebook
from rules.facts import Metric
from tests.engine.model import STORY
from tests.engine.programmes import programme
from tests.engine.shop import DAY_MS, HOUR_MS, Shop, line, only

Action = tuple[str, int, int, int]
ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(["buy", "buy", "buy", "refund", "cancel", "checkin", "share"]),
        st.integers(0, 20 * 24),
        st.integers(0, 40000),
        st.integers(0, 5),
    ),
    min_size=1,
    max_size=25,
)
SPLIT = st.lists(st.integers(1, 5000), min_size=1, max_size=6)
LADDER = [
    {"id": "small", "group": "basket", "points": 10, "min_spend": 20},
    {"id": "large", "group": "basket", "points": 45, "min_spend": 90, "qualifying": True},
]
CAPPED = programme(
    rules=[{"id": "base", "points": 7, "per": 3}],
    multipliers=[{"id": "x", "times": 1.37, "qualifying": True, "cap": {"points": 33, "per": "week"}}],
    bonuses=LADDER,
    groups=[{"id": "basket", "cap": {"points": 50, "per": "day"}}],
    cap={"points": 150, "per": "day"},
)
SHARED = programme(
    rules=[{"id": "base", "points": 7, "per": 3}],
    bonuses=LADDER,
    multipliers=[{"id": "x", "times": 1.37, "when": {"channel": ["web"]}}],
    cap={"points": 150, "per": "day"},
)
DIGITS = programme(rules=[{"id": "base", "points": 7, "per": 3}], multipliers=[{"id": "x", "times": 1.37}])


def play(actions: list[Action], forgetful: bool = False) -> Shop:
    """A customer of `STORY` after some actions, each some hours after the one before."""
    shop, orders = Shop(STORY, forgetful=forgetful), 0
    for kind, hours, money, pick in actions:
        at = shop.now_ms + hours * HOUR_MS
        if kind == "buy":
            shop.buy([line("a", money), line("b", money // 3, category=("vinyl",))], at, order=f"o{orders}")
            orders += 1
        elif kind == "refund":
            shop.refund(f"o{max(orders - 1 - pick, 0)}", money, at)
        elif kind == "cancel":
            shop.send(Cancel(f"o{max(orders - 1 - pick, 0)}"), at)
        else:
            shop.engage(kind, at)
    return shop


BOOKS = st.sampled_from(
    [DIGITS, CAPPED, programme(refund="proportional", rounding="half_up", bonuses=LADDER)]
)


@given(SPLIT, BOOKS, st.integers(0, 9000))
def test_partial_refunds_in_any_split_sum_to_the_full_refund(
    parts: list[int], book: Rulebook, before: int
) -> None:
    shop = Shop(book)
    shop.buy(before, order="before")  # Uses up a part of the caps.
    shop.send(Cancel("before"))
    totals = shop.customer.totals
    assert (shop.points, totals.qualifying, totals.spend_minor, totals.orders) == (0, 0, 0, 0)
    shop.buy(sum(parts), order="o")
    granted, qualifying = shop.points, shop.customer.totals.qualifying
    claws = [only(shop.refund("o", part), "points.clawed_back").data for part in parts]
    assert (sum(claw.qty for claw in claws), sum(claw.qualifying for claw in claws)) == (granted, qualifying)
    assert (shop.points, shop.customer.totals.spend_minor, shop.customer.totals.orders) == (0, 0, 0)


@given(
    st.lists(st.integers(0, 9999), min_size=1, max_size=6),
    st.integers(0, 3000),
    st.sampled_from(["", "0.0469", "7.1025", "133.7"]),
    st.permutations(range(6)),
)
def test_buying_and_returning_every_line_in_any_order_leaves_nothing(
    prices: list[int], discount: int, fx_rate: str, order: list[int]
) -> None:
    shop = Shop(DIGITS)
    lines = [line(str(place), price, qty=place + 1) for place, price in enumerate(prices)]
    whole = sum(item.unit_price * item.qty for item in lines)
    currency = "USD" if fx_rate else "CNY"
    shop.buy(lines, order="o", order_discount=min(discount, whole), currency=currency, fx_rate=fx_rate)
    assert sum(share.qty for share in shop.effects[0].data.lines) in (shop.points, 0)
    for place in [place for place in order if place < len(lines)]:
        shop.refund("o", lines=(RefundLine(str(place), qty=place + 1),))
    totals = shop.customer.totals
    assert (shop.points, totals.spend_minor, totals.qualifying, totals.orders) == (0, 0, 0, 0)


@given(ACTIONS)
def test_the_ledger_adds_up_to_the_balance_after_every_entry(actions: list[Action]) -> None:
    balance = 0
    for effect in play(actions).effects:
        if effect.type.startswith("points."):
            balance += effect.data.qty if effect.type == "points.earned" else -effect.data.qty
            assert effect.data.balance.active == balance >= 0


@given(ACTIONS)
def test_a_tier_falls_by_a_refund_only_and_changes_are_a_chain(actions: list[Action]) -> None:
    ranks = {tier.code: tier.rank for tier in STORY.tier_set.tiers}
    at = ""
    for effect in play(actions).effects:
        if effect.type.startswith("tier."):
            data = effect.data
            falls = bool(at) and ranks[data.to_tier] < ranks[at]
            assert data.from_tier == at != data.to_tier
            assert falls == (data.reason == "refund") == (effect.type == "tier.downgraded")
            assert all(reading.result for reading in data.explain) != falls
            assert all(reading.result == (reading.value >= reading.threshold) for reading in data.explain)
            at = data.to_tier


@given(ACTIONS, st.integers(0, 400))
def test_no_window_holds_more_than_the_whole_life(actions: list[Action], back: int) -> None:
    """What `engine.tier_plan` leans on: a tier whose lifetime numbers fall short is not looked at."""
    shop = play(actions)
    if not shop.customer.days:
        return
    newest, totals = shop.customer.days[-1].day, shop.customer.totals
    for first, end in ((newest - back, newest + 1), (newest - 400, newest - back)):
        days, blocks = within(shop.account, first, end)
        for metric, name in TOTALS.items():
            if metric is Metric.REFERRALS:
                continue  # These have days of their own.
            whole = sum(getattr(sums, name) for sums in blocks)
            assert sum_days(days, metric) + whole <= getattr(totals, name)


@given(ACTIONS)
def test_the_days_of_the_row_add_up_to_its_totals(actions: list[Action]) -> None:
    customer = play(actions[:ROW_DAYS]).customer  # Of more days the row keeps the newest.
    totals, days = customer.totals, customer.days
    assert [day.day for day in days] == sorted({day.day for day in days})
    assert totals.spend_minor == sum(day.spend_minor for day in days)
    assert totals.orders == sum(day.orders for day in days)
    assert totals.purchase_days == sum(day.orders > 0 for day in days)
    assert totals.engagement_points == sum(day.engagement_points for day in days)
    assert totals.qualifying == sum(day.qualifying for day in days)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30_000), st.booleans()), max_size=12))
def test_what_caps_have_counted_is_what_orders_gave_and_never_more_than_they_allow(
    actions: list[tuple[int, int, bool]],
) -> None:
    shop = Shop(CAPPED, "2026-01-12 10:00")
    for version, (order, money, back) in enumerate(actions, start=1):
        if back:
            shop.refund(f"o{order}", money)
        else:
            shop.buy(money, order=f"o{order}", order_version=version)
    kept = [order for order in shop.account.orders.values() if order is not None]
    parts = [part for order in kept for part in order.terms.parts]
    for key, bound, rules in (
        ("x|week", 33, {"x"}),
        ("+basket|day", 50, {"small", "large"}),
        ("|day", 150, {"base", "x", "small", "large"}),
    ):
        given = sum(part.qty for part in parts if part.rule in rules)
        assert given == sum(shop.customer.caps.get(key, [])[2::3]) <= bound
    assert shop.points == sum(order.granted - order.clawed for order in kept) <= 150


@given(ACTIONS)
@settings(max_examples=50)
def test_the_same_events_give_the_same_effects_and_bytes_held_or_rebuilt(actions: list[Action]) -> None:
    first, second, rebuilt = play(actions), play(actions), play(actions, forgetful=True)
    assert first.effects == second.effects == rebuilt.effects
    assert first.stored() == second.stored() == rebuilt.stored()
    encoded = [msgspec.json.encode(effect) for effect in first.effects]
    assert encoded == [msgspec.json.encode(effect) for effect in rebuilt.effects]
    assert len({effect.id for effect in first.effects}) == len(first.effects)


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, DAY_MS // 2)), min_size=2, max_size=6),
    st.randoms(),
    st.sampled_from([programme(), SHARED]),
)
def test_the_order_in_which_orders_of_a_day_arrive_does_not_change_balances(
    orders: list[tuple[int, int]], chance: Any, book: Rulebook
) -> None:
    ends, listed = [], list(enumerate(orders))
    for _ in range(2):
        shop = Shop(book, "2026-01-10 12:00")
        noon, end = shop.now_ms, shop.now_ms + DAY_MS // 2 - 1
        for place, (money, offset) in listed:
            channel = "web" if place % 2 else ""
            shop.buy(
                money % 20_000, min(noon + offset, end), recorded=end, order=f"o{place}", channel=channel
            )
        row = dict(zip(FIELDS, values_of(shop.customer), strict=True))
        day, spend_minor, _, orders, *_ = row["days"]
        kept = ("active", "spend_minor", "qualifying", "orders", "purchase_days", "rhythm")
        ends.append(([row[name] for name in kept], (day, spend_minor, orders)))
        chance.shuffle(listed)
    assert ends[0] == ends[1]
