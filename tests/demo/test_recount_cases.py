"""Cases worked by hand come out of the recount as they should, and nothing else does."""

import orjson
import pytest

from demo.recount import recount

BOOK = {
    "timezone": "Asia/Shanghai",
    "earn": {"rules": [{"id": "base", "points": "1", "per": "1.00"}]},
    "tiers": {
        "levels": [
            {"code": "base", "multiplier": "1"},
            {
                "code": "silver",
                "multiplier": "1.1",
                "entry": [{"metric": "spend_net", "window": "rolling 365 days", "at_least": "1000"}],
            },
            {
                "code": "gold",
                "multiplier": "1.25",
                "entry": [{"metric": "spend_net", "window": "rolling 365 days", "at_least": "5000.00"}],
            },
            {
                "code": "top",
                "multiplier": "1.5",
                "entry": [
                    {"metric": "spend_net", "window": "rolling 365 days", "at_least": "6000"},
                    {"metric": "purchase_days", "window": "rolling 365 days", "at_least": "3"},
                ],
            },
        ]
    },
    "engagement": [
        {"kind": "checkin", "points": "5", "cap": {"count": "1", "per": "day"}},
        {"kind": "review", "points": "20", "min_text_len": "10", "cap": {"count": "1", "per": "week"}},
    ],
    "churn": {
        "population_interval_days": "30",
        "minimum_days": "14",
        "levels": {"watch": "1.5", "at_risk": "2", "high": "3", "lost": "6"},
    },
}


QUIET = BOOK | {"churn": BOOK["churn"] | {"levels": {}}}  # For cases that are not about alerts.


def record(kind, number, time, key=b"c1", **data):
    event = {"type": kind, "source": "s", "id": f"e-{number}", "time": time, "subject": "c1", "data": data}
    return key, orjson.dumps(event)


def buy(number, day, minor, time="10:00:00.000", **more):
    return record(
        "purchase.completed", number, f"{day}T{time}+08:00", order_id=f"o-{number}", amount=minor, **more
    )


def take_back(number, day, order, **part):
    return record(
        "purchase.refunded", number, f"{day}T12:00:00Z", order_id=order, refund_id=f"r-{number}", **part
    )


def end(time):
    return None, orjson.dumps({"type": "time.reached", "source": "s", "id": "end", "time": time})


def effect(kind, number, **data):
    return {"type": kind, "id": f"out-{number}", "subject": "c1", "data": data}


def told(issued, clawed, tier, *alerts):
    """The outputs that say this of customer c1; an alert is (level, instant in ms)."""
    points = [effect("points.earned", 1, qty=issued), effect("points.clawed_back", 2, qty=clawed)]
    tiers = [effect("tier.enrolled", 3, to="base"), effect("tier.upgraded", 4, to=tier)]
    return [
        *points,
        *tiers,
        *(effect("churn.alert", n, level=a, crossed_ms=at) for n, (a, at) in enumerate(alerts)),
    ]


GOLD_BY_TWO = [buy(1, "2026-01-10", 300_000), buy(2, "2026-03-01", 250_000)]
REFUND_600 = take_back(9, "2026-03-05", "o-2", amount=60_000)

TIERS = {
    "two orders within the year make gold": (GOLD_BY_TWO, (3_000 + 2_750, 0, "gold")),
    "a refund that breaks the evidence takes gold back at once": (
        [*GOLD_BY_TWO, REFUND_600],
        (5_750, 660, "silver"),
    ),
    "a later order keeps gold on today's numbers": (
        [*GOLD_BY_TWO, buy(3, "2026-03-04", 80_000), REFUND_600],
        (5_750 + 1_000, 660, "gold"),
    ),
    "evidence stored again on today's numbers breaks by a refund of the later order": (
        [
            *GOLD_BY_TWO,
            buy(3, "2026-03-04", 80_000),
            REFUND_600,
            record("purchase.cancelled", 10, "2026-03-06T01:00:00Z", order_id="o-3"),
        ],
        (6_750, 660 + 1_000, "silver"),
    ),
    "a refund of an order after the grant leaves the tier": (
        [*GOLD_BY_TWO, buy(3, "2026-03-04", 80_000), take_back(9, "2026-03-05", "o-3", amount=80_000)],
        (6_750, 1_000, "gold"),
    ),
    "a refund of an order before the window leaves the tier": (
        [
            buy(1, "2025-01-10", 100_000),
            buy(2, "2026-03-01", 510_000),
            take_back(9, "2026-03-05", "o-1", amount=9),
        ],
        (1_000 + 5_610, 1, "gold"),
    ),
    "a sum that leaves the window takes no tier": (
        [*GOLD_BY_TWO, buy(3, "2027-06-01", 100)],
        (5_750 + 1, 0, "gold"),
    ),
    "the top asks for three days too, and a returned order takes its day": (
        [
            *GOLD_BY_TWO,
            buy(3, "2026-03-02", 90_000),
            take_back(9, "2026-03-05", "o-3", lines=[{"line_id": "1"}]),
        ],
        (5_750 + 1_125, 1_125, "gold"),
    ),
    "another order kept on the day keeps the day": (
        [
            *GOLD_BY_TWO,
            buy(3, "2026-03-02", 90_000),
            buy(4, "2026-03-02", 90_000, "10:00:01.000"),
            take_back(9, "2026-03-05", "o-4", amount=90_000),
        ],
        (5_750 + 1_125 + 1_350, 1_350, "top"),
    ),
    "exactly the threshold is enough, by local days": ([buy(1, "2026-01-10", 100_000)], (1_000, 0, "silver")),
    "the 366th day is out": (
        [buy(1, "2025-01-10", 50_000), buy(2, "2026-01-10", 50_000)],
        (1_000, 0, "base"),
    ),
    "the 365th day is in": (
        [buy(1, "2025-01-11", 50_000), buy(2, "2026-01-10", 50_000)],
        (1_000, 0, "silver"),
    ),
}

THREE = {"lines": [{"line_id": "1", "unit_price": 3_350, "qty": 3}]}


def buy_three(number, day):
    return record("purchase.completed", number, f"{day}T10:00:00Z", order_id=f"o-{number}", **THREE)


def unit(number, day, qty=1):
    return take_back(number, day, "o-1", lines=[{"line_id": "1", "qty": qty}])


POINTS = {
    "a free order earns nothing and enrols": ([buy(1, "2026-01-10", 0)], (0, 0, "base")),
    "units return by cumulative parts": (
        [buy_three(1, "2026-01-10"), unit(2, "2026-01-11"), unit(3, "2026-01-12")],
        (100, 67, "base"),
    ),
    "all returned is all clawed back, and never more": (
        [buy_three(1, "2026-01-10"), unit(2, "2026-01-11"), unit(3, "2026-01-12", 99), unit(4, "2026-01-13")],
        (100, 100, "base"),
    ),
    "a refund is clipped to what is left": (
        [buy(1, "2026-01-10", 10_050), take_back(2, "2026-01-11", "o-1", amount=99_999)],
        (100, 100, "base"),
    ),
    "one event twice counts once": (
        [buy(1, "2026-01-10", 5_000), buy(1, "2026-01-10", 5_000)],
        (50, 0, "base"),
    ),
    "one order under two events counts once": (
        [
            buy(1, "2026-01-10", 5_000),
            record("purchase.completed", 2, "2026-01-11T00:00:00Z", order_id="o-1", amount=7_000),
        ],
        (50, 0, "base"),
    ),
    "a cap counts per local day, and short texts do not use it": (
        [
            record("engagement.checkin", 1, "2026-01-10T15:59:59.999Z"),
            record("engagement.checkin", 2, "2026-01-10T16:00:00Z"),
            record("engagement.checkin", 3, "2026-01-11T01:00:00Z"),
            record("engagement.review", 4, "2026-01-11T01:00:00Z", text_len=9),
            record("engagement.review", 5, "2026-01-11T02:00:00Z", text_len=10),
            record("engagement.review", 6, "2026-01-11T15:59:59Z", text_len=10),
            record("engagement.review", 7, "2026-01-11T16:00:00Z", text_len=10),
            record("engagement.login", 8, "2026-01-11T17:00:00Z"),
        ],
        (5 + 5 + 20 + 20, 0, "base"),
    ),
}


@pytest.mark.parametrize("case", TIERS | POINTS)
def test_a_case_worked_by_hand_is_counted_so(case):
    records, (issued, clawed, tier) = (TIERS | POINTS)[case]
    assert recount(QUIET, records, told(issued, clawed, tier))
    for wrong in ((issued + 1, clawed, tier), (issued, clawed + 1, tier), (issued, clawed, "other")):
        assert not recount(QUIET, records, told(*wrong))


DAY = 86_400_000
BOUGHT = 1_768_010_400_000  # 2026-01-10T10:00:00+08:00
CROSSED = {"watch": 45, "at_risk": 60, "high": 90, "lost": 180}  # Days: I = (0 + 2 * 30) / 2.


def alerts(*levels, ago=0):
    return [(level, BOUGHT + CROSSED[level] * DAY - ago) for level in levels]


def test_alerts_are_raised_as_the_customers_rhythm_says():
    bought = [buy(1, "2026-01-10", 5_000)]
    assert recount(BOOK, [*bought, end("2026-12-31T00:00:00Z")], told(50, 0, "base", *alerts(*CROSSED)))
    assert recount(
        BOOK, [*bought, end("2026-03-20T00:00:00Z")], told(50, 0, "base", *alerts("watch", "at_risk"))
    )
    assert recount(BOOK, [*bought, end("2026-02-24T02:00:00Z")], told(50, 0, "base", *alerts("watch")))
    assert recount(BOOK, [*bought, end("2026-02-24T01:59:59.999Z")], told(50, 0, "base"))


def test_a_purchase_at_the_very_instant_prevents_the_alert_and_one_after_does_not():
    first, last = buy(1, "2026-01-10", 5_000), end("2026-03-01T00:00:00Z")
    in_time = buy(2, "2026-02-24", 5_000)
    too_late = buy(2, "2026-02-24", 5_000, "10:00:00.001")
    assert recount(BOOK, [first, in_time, last], told(100, 0, "base"))
    assert recount(BOOK, [first, too_late, last], told(100, 0, "base", *alerts("watch")))


def test_levels_that_cross_at_the_minimum_are_one_alert_of_the_highest():
    book = BOOK | {"churn": BOOK["churn"] | {"population_interval_days": "4"}}
    three_days = [buy(n, f"2026-01-{7 + n:02d}", 5_000) for n in (1, 2, 3)]  # I = (2 + 8) / 4: 2.5 days.
    expected = [("high", BOUGHT + 14 * DAY), ("lost", BOUGHT + 15 * DAY)]
    assert recount(book, [*three_days, end("2026-12-31T00:00:00Z")], told(150, 0, "base", *expected))


def test_a_crossing_is_rounded_up_to_the_millisecond_and_orders_of_one_day_are_one():
    book = BOOK | {"churn": BOOK["churn"] | {"levels": {"watch": "1.5000000001"}}}
    instant = BOUGHT + 45 * DAY + 1  # 30 days times the last digit is 0.26 ms.
    twice = [buy(1, "2026-01-10", 5_000, "09:00:00.000"), buy(2, "2026-01-10", 5_000)]
    until = end("2026-02-24T02:00:00.001Z")
    assert recount(book, [*twice, until], told(100, 0, "base", ("watch", instant)))
    assert not recount(
        book, [*twice, end("2026-02-24T02:00:00.000Z")], told(100, 0, "base", ("watch", instant))
    )
