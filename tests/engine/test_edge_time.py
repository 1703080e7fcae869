"""Edge cases of the local calendar: ends of levels and points on days on which clocks change."""

import pytest

from tests.engine.lasting import changes, reviewed
from tests.engine.programmes import MEMBER, asks, level, programme
from tests.engine.shop import HOUR_MS, Shop, instant, only, types

CLUB = level("club", asks("spend_net", 100, "rolling 10 days"))
# When a level or points begin that last 2 days, the day that opens when they end, and how long that is.
DAYS = [
    ("Europe/Berlin", "2026-03-26 10:00", "2026-03-29", "2026-03-30", 23),
    ("Europe/Berlin", "2026-03-27 10:00", "2026-03-30", "2026-03-31", 24),
    ("Europe/Berlin", "2026-10-22 10:00", "2026-10-25", "2026-10-26", 25),
    ("Europe/Berlin", "2026-10-23 10:00", "2026-10-26", "2026-10-27", 24),
    ("America/Santiago", "2026-09-03 10:00", "2026-09-06", "2026-09-07", 23),  # 00:00 is 01:00.
    ("America/Havana", "2026-10-29 10:00", "2026-11-01", "2026-11-02", 25),  # 00:00 comes twice.
]


@pytest.mark.parametrize(("zone", "begins", "ends", "following", "hours"), DAYS)
def test_levels_and_points_end_at_the_very_local_midnight_on_days_when_clocks_change(
    zone: str, begins: str, ends: str, following: str, hours: int
) -> None:
    lasts = {"validity": {"for": "2 days", "round": "day"}, "points": {"expiry": {"after": "2 days"}}}
    shop = Shop(reviewed(MEMBER, CLUB, grace=None, timezone=zone, **lasts), begins)
    bought = shop.buy(10_000)
    midnight = instant(f"{ends} 00:00", zone)
    assert instant(f"{following} 00:00", zone) - midnight == hours * HOUR_MS
    assert only(bought, "tier.enrolled").data.valid_until_ms == midnight
    assert only(bought, "points.earned").data.expires_ms == midnight
    assert shop.tick(midnight - 1) == []
    told = shop.tick(midnight)
    assert sorted(types(told)) == ["points.expired", "tier.renewed"]
    assert {effect.time_ms for effect in told} == {midnight}


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-03-31 23:59:59.999", "2026-03-31"),  # In UTC it is still the afternoon.
        ("2026-04-01 00:00", "2026-04-01"),  # In UTC it is still March.
        ("2026-04-01 07:59:59.999", "2026-04-01"),
        ("2026-04-01 08:00", "2026-04-01"),  # UTC begins its first of April.
    ],
)
def test_the_last_millisecond_of_a_local_month_counts_in_it_wherever_utc_is(at: str, day: str) -> None:
    spender = level("spender", asks("spend_net", 100, "calendar month"))
    shop = Shop(programme(MEMBER, spender), "2026-03-15 10:00")
    shop.buy(5_000)
    assert changes(shop.buy(5_000, at)) == ([("upgraded", "spender")] if day < "2026-04" else [])
    assert shop.customer.days[-1].day == instant(f"{day} 00:00", "UTC") // 86_400_000
