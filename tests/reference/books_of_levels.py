"""Rulebooks about how long levels last: reviews, grace, falls, waiting rises, floors, in several sets."""

from tests.reference.book import CHECKIN, Keys, asks, book, level


def spend(window: str, *bounds: int) -> list[Keys]:
    """Levels by money spent, all of the same window."""
    codes = ["silver", "gold", "diamond"]
    return [level(code, [asks("spend_net", window, at)]) for code, at in zip(codes, bounds, strict=False)]


def kept(levels: list[Keys], keep: object) -> list[Keys]:
    """The same levels with something else to keep them."""
    return [one | {"keep": keep} for one in levels]


MEMBER = level("member")
YEARS = book(
    [],
    timezone="Asia/Shanghai",
    tiers={
        "validity": {"for": "12 months", "round": "month"},
        "grace": "30 days",
        "downgrade": {"to": "qualified", "soft_landing": 1},
        "warnings": [60, 30, 7],
        "progress": {"at": "80 %"},
        "levels": [MEMBER, *kept(spend("rolling 365 days", 150, 400, 900), "80 %")],
    },
)
LEASES = book(  # Short ones, so that one life sees many.
    [],
    timezone="America/New_York",
    engagement=[CHECKIN],
    tiers=[
        {
            "id": "main",
            "validity": {"for": "20 days"},
            "min_hold": "26 days",
            "downgrade": {"to": "one_down"},
            "warnings": [9, 3, 1],
            "levels": [
                MEMBER,
                level(
                    "silver",
                    [asks("orders", "rolling 30 days", 2)],
                    1.1,
                    keep={
                        "any": [
                            asks("orders", "since_tier_start", 1),
                            asks("spend_net", "rolling 20 days", 90),
                        ]
                    },
                ),
                level("gold", [asks("orders", "rolling 60 days", 4)], 1.5),
                level(
                    "diamond",
                    [asks("orders", "rolling 90 days", 4), asks("tenure_days", "lifetime", 50)],
                    2,
                ),
            ],
        },
        {
            "id": "club",
            "validity": {"for": "2 weeks", "round": "day"},
            "grace": "5 days",
            "downgrade": {"to": "base"},
            "refund_tier": "at_review",
            "progress": {"at": "50 %", "cool_down": "20 days"},
            "levels": [
                MEMBER,
                level("friend", [asks("spend_net", "rolling 40 days", 60)]),
                level(
                    "fan",
                    {
                        "at_least": {
                            "k": 2,
                            "of": [
                                asks("spend_net", "rolling 40 days", 200),
                                asks("engagement_points", "rolling 20 days", 90),
                                asks("tenure_days", "lifetime", 30),
                            ],
                        }
                    },
                    keep=[asks("spend_net", "rolling 40 days", 100)],
                ),
            ],
        },
    ],
)
PERIODS = book(
    [],
    timezone="Africa/Cairo",
    tiers=[
        {
            "id": "main",
            "validity": "end_of_period",
            "period": "quarter",
            "extended_by": "1 month",
            "grace": "10 days",
            "downgrade": {"to": "one_down"},
            "warnings": [40, 10],
            "levels": [
                MEMBER,
                *kept(spend("calendar quarter", 100, 300), "50 %"),
                level("diamond", [asks("spend_net", "calendar quarter", 700)]),
            ],
        },
        {
            "id": "half",
            "validity": "end_of_next_period",
            "period": "half",
            "downgrade": {"to": "qualified", "soft_landing": 2},
            "lifetime_floor": True,
            "levels": [
                MEMBER,
                level(
                    "silver",
                    {"any": [asks("orders", "calendar half", 2), asks("spend_net", "lifetime", 500)]},
                ),
                level(
                    "gold",
                    {"any": [asks("orders", "calendar half", 3), asks("spend_net", "lifetime", 1500)]},
                ),
                level("diamond", [asks("orders", "calendar half", 4)]),
            ],
        },
    ],
)
WAITING = book(
    [],
    timezone="Pacific/Apia",
    tiers=[
        {
            "id": "main",
            "upgrade": "next_period",
            "validity": "end_of_period",
            "period": "month",
            "downgrade": {"to": "qualified"},
            "levels": [MEMBER, *spend("calendar month", 60, 200, 400)],
        },
        {
            "id": "slow",
            "upgrade": "next_period",
            "period": "quarter",
            "levels": [MEMBER, *spend("rolling 60 days", 100, 300)],
        },
        {
            "id": "lease",
            "upgrade": "next_period",
            "period": "half",
            "validity": {"for": "50 days"},
            "grace": "10 days",
            "progress": {"at": "50 %"},
            "levels": [MEMBER, *spend("rolling 90 days", 90, 250, 500)],
        },
        {
            "id": "loose",
            "upgrade": "next_period",
            "period": "quarter",
            "real_time_downgrade": True,
            "levels": [MEMBER, *spend("rolling 40 days", 90, 250)],
        },
    ],
)
MEMBERSHIP = book(
    [],
    timezone="Europe/Paris",
    tiers={
        "validity": "anniversary",
        "extended_by": "2 months",
        "min_hold": "3 months",
        "refund_tier": "at_review",
        "lifetime_floor": True,
        "warnings": [100, 20],
        "progress": {"at": "70 %", "cool_down": "1 month"},
        "levels": [
            MEMBER,
            level(
                "silver",
                {"any": [asks("purchase_days", "anniversary", 2), asks("orders", "lifetime", 6)]},
                1.2,
            ),
            level(
                "gold",
                [asks("spend_net", "anniversary", 300), asks("purchase_days", "anniversary", 3)],
                1.4,
                keep=[asks("spend_net", "anniversary", 200)],
            ),
            level("diamond", [asks("spend_net", "anniversary", 800), asks("orders", "rolling 400 days", 5)]),
        ],
    },
)
AT_ONCE = book(
    [],
    timezone="America/New_York",
    engagement=[CHECKIN],
    tiers=[
        {
            "id": "main",
            "real_time_downgrade": True,
            "progress": {"at": "60 %", "cool_down": "3 days"},
            "levels": [
                MEMBER,
                level("silver", [asks("spend_net", "rolling 30 days", 100)], 1.2),
                level(
                    "gold",
                    {
                        "any": [
                            asks("spend_net", "rolling 60 days", 300),
                            asks("qualifying_points", "calendar month", 200),
                        ]
                    },
                    1.5,
                ),
            ],
        },
        {
            "id": "held",
            "real_time_downgrade": True,
            "min_hold": "1 month",
            "refund_tier": "at_review",
            "levels": [
                MEMBER,
                level("friend", [asks("orders", "calendar month", 1)]),
                level(
                    "fan", [asks("orders", "anniversary", 3), asks("engagement_points", "calendar year", 30)]
                ),
            ],
        },
    ],
)
LEVELS = {
    "years": YEARS,
    "leases": LEASES,
    "periods": PERIODS,
    "waiting": WAITING,
    "membership": MEMBERSHIP,
    "at-once": AT_ONCE,
}
