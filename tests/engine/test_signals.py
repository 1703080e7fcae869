"""What engagements say beside their points: the last one, complaints that are open, an unsubscription."""

import pytest

from engine.events import Engagement
from engine.ids import digest_of_event
from engine.insight import fact
from engine.plan import plan_of
from engine.rows import values_of
from engine.signals import (
    COMPLAINTS_MAX,
    Signals,
    note,
    ratio_falls_ms,
    ratio_ppm,
    score_falls_ms,
    score_ppm,
    signals_from,
    values_of_signals,
)
from engine.turn import Turn
from tests.engine.programmes import GOLD, MEMBER, SILVER, programme
from tests.engine.shop import DAY_MS, Shop

PLAIN = programme()
LADDER = programme(MEMBER, SILVER, GOLD)
AHEAD = programme(sections={"activity": {}})
RULE = AHEAD.activity
MILLION = 1_000_000


def told(*events: tuple[str, str, int]) -> Signals:
    """The signals after engagements (kind, ref_id, instant)."""
    signals = Signals()
    for kind, ref, at_ms in events:
        note(signals, RULE, Engagement(kind, ref), at_ms)
    return signals


def read(shop: Shop, name: str, at: str = "") -> object:
    """A fact of the customer at an instant."""
    now_ms = shop.at(at) if at else shop.now_ms
    turn = Turn(
        shop.account, shop.book, plan_of(shop.book), now_ms, now_ms, digest_of_event("a", "b"), "", False
    )
    return fact(turn, name)


@pytest.mark.parametrize(
    ("events", "still_open"),
    [
        ([("complaint", "t1", 10)], True),
        ([("complaint", "t1", 10), ("ticket_resolved", "t1", 20)], False),
        ([("complaint", "t1", 10), ("ticket_resolved", "t2", 20)], True),
        ([("complaint", "", 10), ("ticket_resolved", "t2", 20)], False),
        ([("complaint", "t1", 10), ("ticket_resolved", "", 20)], False),
        ([("complaint", "t1", 10), ("complaint", "t2", 11), ("ticket_resolved", "t1", 20)], True),
        ([("complaint", "t1", 30), ("ticket_resolved", "t1", 20)], True),
        ([("ticket_resolved", "t1", 20), ("complaint", "t1", 10)], False),  # Recorded the other way round.
        ([("ticket_resolved", "t1", 20), ("complaint", "t1", 30)], True),
        ([("ticket_resolved", "t1", 20), ("complaint", "t2", 10)], True),
        ([("ticket_opened", "t1", 10)], False),
    ],
)
def test_a_complaint_is_open_until_its_ticket_is_resolved(
    events: list[tuple[str, str, int]], still_open: bool
) -> None:
    assert told(*events).complains() is still_open


def test_open_complaints_lie_by_when_they_were_made_and_the_oldest_are_let_go() -> None:
    late = told(*(("complaint", f"t{at}", at) for at in (5, 3, 4)))
    assert late.complaints[1::2] == [3, 4, 5]
    many = told(*(("complaint", f"t{at}", at) for at in range(1, COMPLAINTS_MAX + 3)))
    assert many.complaints[1::2] == list(range(3, COMPLAINTS_MAX + 3))


def test_the_last_engagement_is_the_latest_in_time_and_what_a_desk_does_is_none() -> None:
    signals = told(("login", "", 20), ("review", "", 10), ("ticket_opened", "", 30), ("complaint", "", 40))
    assert signals.at_ms == 20


def test_the_score_is_half_after_30_days_and_a_late_engagement_counts_for_what_is_left_of_it() -> None:
    signals = told(("review", "", 10 * DAY_MS), ("login", "", 40 * DAY_MS))
    assert score_ppm(signals, RULE, 40 * DAY_MS) == 5 * MILLION // 2 + MILLION
    assert score_ppm(signals, RULE, 70 * DAY_MS) == (5 * MILLION // 2 + MILLION) // 2
    late = told(("login", "", 40 * DAY_MS), ("review", "", 10 * DAY_MS))
    assert values_of_signals(late) == values_of_signals(signals)


def test_even_activity_has_the_ratio_one() -> None:
    signals = told(*(("login", "", day * DAY_MS) for day in range(1500)))
    ratio = ratio_ppm(signals, RULE, 1500 * DAY_MS)
    assert ratio is not None
    assert 980_000 < ratio < 1_000_000


def test_the_ratio_of_who_stops_falls_below_two_fifths_after_59_days_and_a_half() -> None:
    signals = told(*(("login", "", day * DAY_MS) for day in range(1500)))
    at_ms = ratio_falls_ms(signals, RULE, 400_000)
    before, then = ratio_ppm(signals, RULE, at_ms - 60_000), ratio_ppm(signals, RULE, at_ms + 60_000)
    assert before is not None
    assert then is not None
    assert then < 400_000 <= before
    assert 59 < (at_ms - 1499 * DAY_MS) / DAY_MS < 60  # 45 * log2(1.003 / 0.4) days.


def test_the_score_falls_below_a_floor_when_it_says() -> None:
    signals = told(("review", "", 10 * DAY_MS))
    assert score_falls_ms(signals, RULE, 5 * MILLION // 2) == 40 * DAY_MS + 1
    assert score_falls_ms(signals, RULE, 6 * MILLION) < 10 * DAY_MS
    assert score_falls_ms(Signals(), RULE, MILLION) == 1
    assert (ratio_falls_ms(Signals(), RULE, MILLION), ratio_ppm(Signals(), RULE, 1)) == (0, None)


def test_signals_come_back_from_their_values() -> None:
    signals = told(("login", "", 20), ("complaint", "t1", 30), ("unsubscribe", "", 40))
    values = values_of_signals(signals)
    assert values_of_signals(signals_from(list(values))) == values
    assert signals_from(list(values)).complains()


def test_a_programme_that_does_not_look_ahead_keeps_no_signals() -> None:
    shop = Shop(PLAIN)
    shop.engage("login")
    assert shop.customer.signals is None
    assert values_of(shop.customer)[25] == []


def test_days_since_something_turn_one_millisecond_after_the_day_is_over() -> None:
    shop = Shop(AHEAD)
    shop.engage("login", "2026-01-10 10:00")
    assert read(shop, "days_since_purchase") is None
    shop.buy(1000, "2026-01-12 10:00")
    shop.now_ms += 90 * DAY_MS
    assert read(shop, "days_since_purchase") == 89  # A purchase at this very instant still comes in time.
    shop.now_ms += 1
    assert read(shop, "days_since_purchase") == 90
    assert read(shop, "days_since_engagement") == 92
    assert read(shop, "days_since_interaction") == 90


def test_facts_say_whether_the_level_is_the_highest() -> None:
    shop = Shop(LADDER)
    shop.buy(1000)
    assert (read(shop, "tier"), read(shop, "top_tier")) == ("member", 0)
    shop.buy(10_000_000)
    assert (read(shop, "tier"), read(shop, "top_tier")) == (shop.book.tier_set.tiers[-1].code, 1)
    with pytest.raises(KeyError):
        read(shop, "height")


def test_a_stored_customer_keeps_the_signals() -> None:
    shop = Shop(AHEAD, forgetful=True)
    shop.engage("complaint", ref_id="t1")
    shop.engage("unsubscribe")
    shop.buy(1000)
    assert (read(shop, "open_complaints"), read(shop, "unsubscribed")) == (1, 1)
    shop.engage("ticket_resolved", ref_id="t1")
    shop.buy(1000)
    assert read(shop, "open_complaints") == 0
