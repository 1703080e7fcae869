"""Who is told what of a customer's effects, when, and what is not told."""

import pytest

from engine.calendar import DAY_MS
from engine.events import Cancel, Profile
from engine.notice_words import value_of
from engine.timers import next_due
from rules.notice_checks import WORDS
from rules.notice_fields import FIELDS
from tests.engine.programmes import CHURN, GOLD, MEMBER, SILVER, programme
from tests.engine.shop import HOUR_MS, Shop, instant, reason, types
from tests.engine.telling import DOWN, EARNED, UP, WELCOME, intent, requests, suppressed, telling
from topics.examples_out import example_data

LEVELS = telling(WELCOME, UP, DOWN)


def test_a_rise_is_told_once_its_window_is_over_with_its_numbers_and_its_cause() -> None:
    shop = Shop(LEVELS, forgetful=True)
    shop.engage("checkin")
    shop.tick(shop.now_ms + HOUR_MS)
    shop.buy(150_000)
    (upgraded,) = shop.said("tier.upgraded")
    bought_ms = shop.now_ms
    assert len(requests(shop)) == 1, "the welcome; the rise waits"
    shop.tick(bought_ms + 4_999)
    assert len(requests(shop)) == 1
    shop.tick(bought_ms + 5_000)
    told = requests(shop)[-1]
    assert (told.intent, told.kind, told.text) == ("up", "service", "You are Silver now, no longer member")
    assert (told.effect, told.effect_type) == (upgraded.id, "tier.upgraded")
    assert told.dedupe_key == f"up|{upgraded.id}"
    assert told.values == {"to_name": "Silver", "from": "member"}
    assert told.not_before_ms == bought_ms + 5_000
    assert told.expires_ms == told.not_before_ms + 3 * DAY_MS
    assert (told.why, told.changes, told.held_by, told.language) == ("tier.upgraded", 1, "", "en")
    assert next_due(shop.customer)[1] != "notify"


def test_up_and_down_within_the_window_is_one_word_on_what_it_comes_to_and_none_when_undone() -> None:
    shop = Shop(LEVELS)
    shop.engage("checkin")
    shop.tick(shop.now_ms + HOUR_MS)
    shop.buy(600_000, order="big")
    shop.send(Cancel("big"), shop.now_ms + 1_000)
    assert [e.type for e in shop.effects if e.type.startswith("tier.")][1:] == [
        "tier.upgraded",
        "tier.downgraded",
    ]
    shop.tick(shop.now_ms + HOUR_MS)
    assert [told.intent for told in requests(shop)] == ["welcome"]
    assert suppressed(shop) == [("down", "undone")]
    (word,) = shop.said("notify.suppressed")
    assert (word.data.changes, word.data.effect) == (2, shop.said("tier.downgraded")[0].id)


def test_a_rise_and_part_of_it_lost_in_the_window_is_told_as_the_rise_that_is_left() -> None:
    shop = Shop(LEVELS)
    shop.engage("checkin")
    shop.tick(shop.now_ms + HOUR_MS)
    shop.buy(150_000)
    shop.buy(450_000, order="big")
    shop.send(Cancel("big"), shop.now_ms + 1_000)
    shop.tick(shop.now_ms + HOUR_MS)
    told = requests(shop)[-1]
    assert (told.intent, told.values["to_name"], told.changes) == ("up", "Silver", 3)
    assert len(requests(shop)) == 2
    assert suppressed(shop) == []


def test_changes_one_after_the_other_window_are_told_each() -> None:
    shop = Shop(LEVELS)
    shop.buy(150_000)
    shop.tick(shop.now_ms + 5_000)
    shop.buy(450_000)
    shop.tick(shop.now_ms + 5_000)
    assert [told.intent for told in requests(shop)] == ["welcome", "up"]


def test_without_a_window_each_change_is_told_at_once() -> None:
    shop = Shop(telling(WELCOME, UP, DOWN, more={"collapse_seconds": 0}))
    assert types(shop.buy(600_000, order="big"))[-1] == "notify.requested"
    shop.send(Cancel("big"), shop.now_ms + 1_000)
    assert [told.intent for told in requests(shop)] == ["welcome", "down"]


@pytest.mark.parametrize(
    ("bought", "told", "held"),
    [
        ("2026-01-10 21:59", "2026-01-10 21:59", ""),
        ("2026-01-10 22:00", "2026-01-11 08:00", "quiet_hours"),
        ("2026-01-11 00:30", "2026-01-11 08:00", "quiet_hours"),
        ("2026-01-11 07:59", "2026-01-11 08:00", "quiet_hours"),
        ("2026-01-11 08:00", "2026-01-11 08:00", ""),
    ],
)
def test_quiet_hours_move_what_is_said_to_their_end(bought: str, told: str, held: str) -> None:
    shop = Shop(telling(WELCOME, more={"collapse_seconds": 0}))
    shop.buy(1000, bought)
    (word,) = requests(shop)
    assert (word.not_before_ms, word.held_by) == (shop.at(told), held)


def test_the_answer_to_what_a_customer_did_is_not_held_back_by_night() -> None:
    shop = Shop(telling(EARNED))
    shop.buy(12_300, "2026-01-10 23:30")
    (word,) = requests(shop)
    assert (word.not_before_ms, word.kind) == (shop.now_ms, "transactional")
    assert (word.text, word.values) == ("123 points, 123 in all", {"qty": 123, "balance": 123})


def test_quiet_hours_may_lie_within_a_day() -> None:
    quiet = {"quiet_hours": {"from": "12:00", "to": "14:30"}, "collapse_seconds": 0}
    shop = Shop(telling(WELCOME, more=quiet))
    shop.buy(1000, "2026-01-10 13:00")
    assert requests(shop)[0].not_before_ms == shop.at("2026-01-10 14:30")


def test_quiet_hours_end_by_the_clock_on_the_days_on_which_it_is_set() -> None:
    quiet = {"quiet_hours": {"from": "22:00", "to": "02:30"}, "collapse_seconds": 0}
    book = telling(WELCOME, more=quiet, timezone="Europe/Paris")
    spring = Shop(book)
    spring.buy(1000, "2026-03-29 01:00")  # 02:30 is skipped: an hour and a half later it is 03:30.
    assert requests(spring)[0].not_before_ms == spring.at("2026-03-29 03:30")
    autumn = Shop(book)
    first = autumn.at("2026-10-25 02:00")
    autumn.buy(1000, first + HOUR_MS)  # 02:00 for the second time.
    assert requests(autumn)[0].not_before_ms == first + HOUR_MS + HOUR_MS // 2


@pytest.mark.parametrize(
    ("bought", "told"),
    [
        ("2026-03-07 23:00", "2026-03-08 08:00"),  # Eight hours on: the clocks go forward in between.
        ("2026-10-31 23:00", "2026-11-01 08:00"),  # Ten hours on: they go back.
    ],
)
def test_quiet_hours_end_by_the_clock_where_the_customer_is_when_it_is_set(bought: str, told: str) -> None:
    where = "America/New_York"
    shop = Shop(telling(WELCOME, more={"collapse_seconds": 0}))
    shop.send(Profile((("zone", where),)))
    shop.buy(1000, instant(bought, where))
    assert requests(shop)[0].not_before_ms == instant(told, where)


def test_what_expires_before_the_quiet_hours_end_is_not_told() -> None:
    soon = intent("welcome", "tier.enrolled", expires_after="2 hours")
    shop = Shop(telling(soon, more={"collapse_seconds": 0}))
    shop.buy(1000, "2026-01-10 23:00")
    assert (requests(shop), suppressed(shop)) == ([], [("welcome", "expired")])


def test_a_reminder_is_not_sent_once_the_points_have_lapsed() -> None:
    lapsing = intent(
        "lapsing", "points.expiring", en="{qty} points lapse after {expires_ms}", expires_after="60 days"
    )
    points = {"expiry": {"after": "12 months", "round": "year"}, "reminders": [30]}
    shop = Shop(telling(lapsing, points=points))
    shop.buy(123_400, "2026-01-10 10:00")
    shop.tick("2027-12-15")
    (word,) = requests(shop)
    assert word.text == "1,234 points lapse after 2027-12-31"
    assert word.expires_ms == shop.at("2028-01-01 00:00")


def test_of_several_intents_the_first_that_fits_is_told() -> None:
    book = telling(
        intent("gold", "tier.enrolled", when={"to": ["gold"]}),
        intent("some", "points.earned", when={"qty": {"at_least": 100, "at_most": 4999}}),
        intent("many", "points.earned", when={"qty": {"at_least": 1000}}, priority="high"),
        more={"collapse_seconds": 0},
    )
    shop = Shop(book)
    shop.buy(9_999)
    assert requests(shop) == []
    shop.buy(100_000)
    shop.buy(10_000_000)
    assert [(told.intent, told.priority) for told in requests(shop)] == [("some", "normal"), ("many", "high")]
    assert requests(shop)[0].why == "points.earned where qty from 100 to 4999"


def test_two_years_of_backfill_notify_nobody_and_what_happens_afterwards_is_told() -> None:
    points = {"expiry": {"after": "12 months", "round": "year"}, "reminders": [30]}
    lapsed = intent("lapsed", "points.expired")
    book = telling(WELCOME, UP, DOWN, EARNED, lapsed, intent("away", "churn.alert"), points=points)
    shop = Shop(book)
    now = "2028-02-01 10:00"
    for year, month in [(2026, 2), (2026, 3), (2027, 2), (2027, 4), (2027, 12)]:
        shop.buy(100_000, f"{year}-{month:02}-05 10:00", recorded=now, backfill=True)
    shop.tick("2028-02-01 10:01")
    assert {"tier.enrolled", "tier.upgraded", "points.expired"} <= {e.type for e in shop.effects}
    assert (requests(shop), suppressed(shop)) == ([], [])
    shop.buy(300_000)
    shop.tick(shop.now_ms + HOUR_MS)
    assert [told.intent for told in requests(shop)] == ["earned", "up"]


def test_a_change_that_a_rulebook_without_notifications_let_pass_is_not_told_later() -> None:
    shop = Shop(LEVELS)
    shop.buy(150_000)
    shop.book = programme(MEMBER, SILVER, GOLD, churn=CHURN)
    shop.tick(shop.now_ms + HOUR_MS)
    shop.book = LEVELS
    shop.engage("checkin")
    assert (requests(shop), shop.customer.notices) == ([], None)


def test_a_strategys_action_is_part_of_the_text_and_stands_beside_it() -> None:
    actions = [{"id": "coupon", "offer": "coupon", "texts": {"zh": "一张礼券", "en": "a coupon"}}]
    strategy = {"actions": actions, "rows": [{"risk": ["at_risk"], "action": "coupon"}]}
    away = intent("away", "churn.alert", en="{gap_days} days away: {action} is here")
    shop = Shop(telling(away, sections={"strategy": strategy}))
    shop.buy(1000)
    shop.tick(shop.now_ms + 61 * DAY_MS)
    assert suppressed(shop) == [("away", "no_action")], "the level watch has no action to speak of"
    (word,) = requests(shop)
    assert word.text == "60 days away: a coupon is here"
    assert word.suggestion is not None
    assert (word.suggestion.action, word.suggestion.offer, word.suggestion.text) == (
        "coupon",
        "coupon",
        "a coupon",
    )
    assert word.values == {"gap_days": 60, "action": "a coupon"}


def test_a_repeat_and_an_account_read_back_give_the_same_ids_keys_and_bytes() -> None:
    told = []
    for forgetful in (False, True):
        shop = Shop(LEVELS, forgetful=forgetful)
        shop.buy(150_000, event="e-1")
        shop.buy(450_000, order="big", event="e-2")
        assert reason(shop.buy(450_000, order="big", event="e-2", recorded=shop.now_ms)) == "event"
        shop.tick(shop.now_ms + HOUR_MS)
        told.append([(e.id, e.data) for e in shop.effects if e.type.startswith("notify.")])
    assert told[0] == told[1]
    assert len(told[0]) == 1


def test_a_programme_that_tells_nothing_keeps_nothing() -> None:
    shop = Shop(programme(MEMBER, SILVER, GOLD, churn=CHURN))
    shop.buy(600_000)
    assert shop.customer.notices is None
    assert "notify" not in shop.customer.timers


@pytest.mark.parametrize("effect", FIELDS)
def test_every_field_that_a_text_may_name_is_a_value_of_its_kind_in_the_effect(effect: str) -> None:
    data = example_data(effect)
    for name, kind in FIELDS[effect].items():
        value = value_of(data, name)
        assert isinstance(value, str if kind in WORDS else int), name
