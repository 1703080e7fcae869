"""Segments of value: entered at once, left only after a while."""

from tests.engine.programmes import MEMBER
from tests.engine.shop import DAY_MS, Shop
from tests.engine.test_lifecycle import book, changes

VALUES = {
    "lifecycle": {
        "stages": [{"code": "one"}],
        "value": [
            {
                "code": "high",
                "entry": {"metric": "spend_net", "window": "rolling 30 days", "at_least": 1000},
                "leave_after": "7 days",
            },
            {"code": "low"},
        ],
    }
}


def test_high_is_left_only_when_it_has_not_held_for_seven_days() -> None:
    shop = Shop(book(MEMBER, **VALUES), "2026-01-10 12:00")
    shop.buy(100000)
    assert changes(shop.effects, "value") == [("", "high")]
    shop.tick("2026-03-01 00:00")
    fell = shop.at("2026-02-09 00:00")
    left = shop.said("lifecycle.changed")[-1]
    assert (left.data.to, left.time_ms) == ("low", fell + 7 * DAY_MS)


def test_who_is_high_again_within_the_seven_days_stays_so_and_the_wait_begins_anew() -> None:
    shop = Shop(book(MEMBER, **VALUES), "2026-01-10 12:00")
    shop.buy(100000)
    shop.buy(100000, "2026-02-12 12:00")
    shop.tick("2026-04-01 00:00")
    left = shop.said("lifecycle.changed")[-1]
    assert changes(shop.effects, "value") == [("", "high"), ("high", "low")]
    assert left.time_ms == shop.at("2026-03-14 00:00") + 7 * DAY_MS


def test_the_highest_level_is_of_high_value_by_default() -> None:
    shop = Shop(book(), "2026-01-10 12:00")
    shop.buy(10000)
    shop.buy(600000, "2026-01-20 12:00")
    assert changes(shop.effects, "value") == [("", "low"), ("low", "high")]
