"""What `step` takes, what it has had already, and what it refuses."""

from collections.abc import Callable
from uuid import UUID

import pytest

from engine.calendar import DAY_MS
from engine.events import RefundLine
from engine.outcome import Duplicate, Outcome
from engine.plan import plan_of
from engine.rows import FIELDS, values_of
from engine.turn import Turn
from tests.engine.programmes import CHURN, GOLD, MEMBER, SILVER, programme
from tests.engine.shop import Shop, only, reason, types

LADDER = programme(MEMBER, SILVER, GOLD, engagement=[{"kind": "share", "points": 5}], churn=CHURN)


@pytest.mark.parametrize(
    ("again", "why"),
    [
        (lambda shop: shop.buy(10000, event="e", order="o"), "event"),
        (lambda shop: shop.buy(10001, event="e", order="o"), "id_conflict"),
        (lambda shop: shop.buy(10000, event="other", order="o"), "order"),
        (lambda shop: shop.buy(9000, event="other", order="o"), "order"),
        (lambda shop: shop.engage("share", event="e"), "id_conflict"),
        (lambda shop: shop.refund("o", lines=(RefundLine("none"),)), "unknown_order"),
    ],
    ids=[
        "the same event twice",
        "the same id with another amount",
        "the same order under another id",
        "the same order with another amount",
        "the same id with another type",
        "a refund of a line that the order does not have",
    ],
)
def test_what_is_not_counted_leaves_every_byte_as_it_was(again: Callable[[Shop], Outcome], why: str) -> None:
    shop = Shop(LADDER)
    shop.buy(10000, event="e", order="o")
    before, effects = shop.stored(), len(shop.effects)
    assert reason(again(shop)) == why
    shop.store()
    assert (shop.stored(), len(shop.effects), shop.points) == (before, effects, 100)


def test_an_event_is_known_by_source_and_id_together() -> None:
    shop = Shop(LADDER)
    assert types(shop.engage("share", event="e")) == ["points.earned", "tier.enrolled"]
    assert shop.engage("share", event="e") == Duplicate("event")
    assert types(shop.engage("share", event="E")) == ["points.earned"]


@pytest.mark.parametrize(
    ("offset_ms", "backfill", "why"),
    [
        (-90 * DAY_MS, False, ""),
        (-90 * DAY_MS - 1, False, "too_late"),
        (-90 * DAY_MS - 1, True, ""),
        (-730 * DAY_MS, True, ""),
        (300_000, False, ""),
        (300_001, False, "from_future"),
        (300_001, True, "from_future"),
    ],
)
def test_events_up_to_90_days_old_and_5_minutes_ahead_are_taken(
    offset_ms: int, backfill: bool, why: str
) -> None:
    shop = Shop(LADDER)
    now_ms = shop.now_ms
    outcome = shop.buy(10000, now_ms + offset_ms, recorded=now_ms, backfill=backfill)
    assert (reason(outcome) if why else types(outcome)) == (why or ["points.earned", "tier.enrolled"])
    assert shop.points == (0 if why else 100)


def test_a_refused_event_may_be_sent_again_once_it_is_right() -> None:
    shop = Shop(LADDER)
    assert reason(shop.buy(10000, event="e", currency="USD")) == "no_fx_rate"
    assert types(shop.buy(10000, event="e", currency="USD", fx_rate="7")) == [
        "points.earned",
        "tier.enrolled",
    ]


def test_events_out_of_order_by_minutes_end_in_the_same_state() -> None:
    times = [("2026-01-10 10:00", 30000), ("2026-01-10 10:03", 30000), ("2026-01-10 10:05", 30000)]
    ends = set()
    for order in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        shop = Shop(programme(MEMBER, SILVER, churn=CHURN))
        for place in order:
            at, money = times[place]
            shop.buy(money, at, recorded="2026-01-10 10:05", order=f"o{place}")
        row = dict(zip(FIELDS, values_of(shop.customer), strict=True))
        row |= {"rhythm": tuple(row["rhythm"]), "days": tuple(row["days"])}
        kept = ("enrolled_ms", "spend_minor", "qualifying", "orders", "purchase_days", "rhythm")
        ends.add((*(row[name] for name in kept), shop.points, shop.tier))
    assert len(ends) == 1


def test_a_clock_that_goes_backwards_moves_no_time_back() -> None:
    shop = Shop(LADDER)
    shop.buy(500000, "2026-03-01 10:00")
    early = shop.buy(10000, "2026-01-20 10:00")
    assert only(early, "points.earned").data.tier == "member"
    last = shop.customer.rhythm
    assert last is not None
    assert last.last_ms == shop.at("2026-03-01 10:00")
    standing = shop.customer.standings["main"]
    assert [change.at_ms for change in standing.history] == [shop.at("2026-03-01 10:00")]
    assert [day.day for day in shop.customer.days] == sorted(day.day for day in shop.customer.days)


def test_two_years_of_backfill_give_the_right_tier_and_marked_effects_and_no_alert() -> None:
    shop = Shop(LADDER, "2026-06-01 10:00")
    start = shop.at("2024-06-02 10:00")
    outcomes = []
    for week in range(104):
        at = start + week * 7 * DAY_MS
        outcomes += shop.buy(10000, at, recorded="2026-06-01 10:00", backfill=True)
    shop.tick("2026-06-01 10:00")
    assert {effect.type for effect in outcomes} == {"points.earned", "tier.enrolled", "tier.upgraded"}
    assert all(effect.data.backfill for effect in outcomes)
    assert (shop.tier, shop.points) == ("gold", 10400)
    assert not shop.said("churn.alert")
    assert shop.customer.totals.purchase_days == 104


def test_live_and_backfill_of_the_same_orders_count_once() -> None:
    shop = Shop(LADDER)
    shop.buy(10000, "2026-01-10 10:00", order="o")
    again = shop.buy(10000, "2026-01-10 10:00", order="o", event="load-1", backfill=True)
    assert again == Duplicate("order")


def test_ids_of_effects_differ_by_source_id_type_and_place() -> None:
    shop = Shop(LADDER)
    for source, event in (("a", "bc"), ("ab", "c"), ("abc", "d"), ("a", "bcd")):
        shop.buy(500000, source=source, event=event)
    turn = Turn(shop.account, LADDER, plan_of(LADDER), shop.now_ms, shop.now_ms, bytes(20), "", False)
    for _ in range(2):
        turn.emit("points.earned", shop.effects[0].data)
    ids = [effect.id for effect in shop.effects + turn.effects]
    assert len(set(ids)) == len(ids) == 7
    assert all(UUID(name).version in (5, 8) and str(UUID(name)) == name for name in ids)


def test_every_effect_says_what_caused_it_and_its_id_follows_from_that() -> None:
    first, second = Shop(LADDER), Shop(LADDER)
    for shop in (first, second):
        shop.buy(500000, event="e-1")
        shop.tick(shop.now_ms + 100 * DAY_MS)
    assert [effect.id for effect in first.effects] == [effect.id for effect in second.effects]
    assert len({effect.id for effect in first.effects}) == len(first.effects) == 5
    assert [effect.causationid for effect in first.effects[:2]] == ["pos|e-1"] * 2
    assert {effect.ruleversion for effect in first.effects} == {"shop@1"}
    assert [effect.data.rev for effect in first.effects] == [1] * 5
