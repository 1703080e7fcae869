"""Edge cases of points: what lapsed stays lapsed, reminders go with what they were about."""

from tests.engine.programmes import programme
from tests.engine.shop import Shop, only, types

YEARLY = {"expiry": {"after": "12 months", "round": "year"}, "reminders": [30, 7, 1]}


def test_what_lapsed_for_inactivity_comes_back_by_hand_only() -> None:
    shop = Shop(programme(points={"expiry": {"inactivity": "1 month"}}))
    shop.buy(100_00)
    assert only(shop.tick("2026-02-11 00:00"), "points.expired").data.qty == 100
    shop.buy(10_00, "2026-02-05 10:00", recorded="2026-02-12 10:00")  # Made before they lapsed, told after.
    assert shop.points == 10
    given = only(shop.adjust(100, "2026-02-13 10:00"), "points.adjusted").data
    assert (given.reason_code, shop.points) == ("goodwill", 110)


def test_a_reminder_is_cancelled_when_the_points_are_spent_and_told_of_the_rest_otherwise() -> None:
    shop = Shop(programme(points=YEARLY))
    shop.buy(100_00)
    assert only(shop.tick("2027-12-02 00:00"), "points.expiring").data.qty == 100
    shop.redeem(60, at="2027-12-10 10:00")
    assert only(shop.tick("2027-12-25 00:00"), "points.expiring").data.qty == 40
    shop.redeem(40, "rd-2", at="2027-12-26 10:00")
    assert shop.tick("2028-01-02 00:00") == []


def test_one_reminder_sums_all_batches_of_a_day_and_a_wallet() -> None:
    shop = Shop(programme(points=YEARLY))
    for month in range(1, 13):
        shop.buy(10_00, f"2026-{month:02d}-10 10:00")
    told = shop.tick("2028-01-01 00:00")
    assert types(told) == ["points.expiring"] * 3 + ["points.expired"]
    assert [effect.data.qty for effect in told] == [120] * 4
    assert [effect.time_ms for effect in told] == [
        shop.at(text)
        for text in ("2027-12-02 00:00", "2027-12-25 00:00", "2027-12-31 00:00", "2028-01-01 00:00")
    ]
