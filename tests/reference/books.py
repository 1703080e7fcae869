"""Rulebooks that between them use every key, as the plain values of their files."""

from tests.reference.book import BASE, CHECKIN, CHURN, asks, book, level
from tests.reference.books_of_earning import EARNING
from tests.reference.books_of_levels import LEVELS
from tests.reference.books_of_persons import PERSONS
from tests.reference.books_of_wallets import WALLETS

LADDER = [
    level("member"),
    level("silver", [asks("spend_net", "rolling 30 days", 100)], 1.1),
    level(
        "gold",
        [asks("spend_net", "rolling 60 days", 300), asks("purchase_days", "calendar quarter", 2)],
        1.25,
    ),
    level("diamond", [asks("orders", "lifetime", 4), asks("qualifying_points", "rolling 90 days", 500)], 1.5),
]

PLAIN = book(
    LADDER,
    {
        "multipliers": [
            {"id": "double", "times": 2, "when": {"category": ["vinyl"]}},
            {
                "id": "new",
                "group": "campaign",
                "times": 1.5,
                "when": {"tag": ["new"], "store": ["s-1", "s-2"]},
            },
            {"id": "loud", "group": "campaign", "times": 1.37, "when": {"brand": ["verve"]}},
        ]
    },
    timezone="America/New_York",
    engagement=[
        {"kind": "checkin", "points": 5, "cap": {"count": 1, "per": "day"}, "qualifying": True},
        {"kind": "share", "points": 7, "cap": {"points": 12, "per": "week"}},
        {
            "kind": "review",
            "id": "words",
            "points": 20,
            "min_text_len": 10,
            "cap": [{"count": 2, "per": "day"}, {"points": 50, "per": "month"}],
        },
    ],
    churn=CHURN,
)
SIGNUP = book(
    [
        level("member", times=1.15),
        level("friend", [asks("tenure_days", "lifetime", 20)]),
        level("silver", [asks("tenure_days", "lifetime", 40), asks("orders", "calendar year", 2)]),
        level(
            "gold",
            [asks("engagement_points", "calendar half", 120), asks("spend_net", "calendar month", 150)],
            2,
        ),
    ],
    {
        "rounding": "half_even",
        "rules": [
            {"id": "base", "points": 7, "per": 3},
            {"id": "web", "points": 1, "per": 10, "when": {"channel": ["web", "app"]}},
            {"id": "lp", "points": 1, "per": 30, "when": {"sku": ["LP-1"]}},
        ],
    },
    timezone="Pacific/Auckland",
    currency="JPY",
    enrolment="signup",
    engagement=[
        {"kind": "signup", "points": 100, "cap": {"count": 1, "per": "lifetime"}},
        {"kind": "checkin", "points": 15, "cap": {"points": 100, "per": "year"}},
    ],
    churn=CHURN | {"minimum_days": 20},
)
COINS = book([level("member")], {"rounding": "half_up"}, currency="BHD", timezone="Asia/Shanghai")
CEILING = book(
    [level("member"), level("silver", [asks("spend_net", "lifetime", 150)], 1.333333)],
    {"rounding": "ceil"},
    timezone="UTC",
    currency="CNY",
)
TREES = book(
    [],
    timezone="Africa/Cairo",
    tiers=[
        {
            "id": "main",
            "levels": [
                level("member"),
                level(
                    "silver",
                    {
                        "any": [
                            asks("spend_net", "anniversary", 200),
                            {
                                "all": [
                                    asks("orders", "since_tier_start", 3),
                                    {"not": asks("purchase_days", "rolling 20 days", 3)},
                                ]
                            },
                        ]
                    },
                ),
                level(
                    "gold",
                    {
                        "at_least": {
                            "k": 2,
                            "of": [
                                asks("spend_net", "since_tier_start", 250),
                                asks("qualifying_points", "anniversary", 400),
                                asks("referrals", "rolling 90 days", 1),
                                asks("tenure_days", "lifetime", 45),
                            ],
                        }
                    },
                ),
            ],
        },
        {
            "id": "club",
            "multiplies": True,
            "levels": [
                level("guest"),
                level("friend", asks("referrals", "lifetime", 1), 1.5),
                level(
                    "fan",
                    {
                        "any": [
                            asks("tenure_days", "lifetime", 30),
                            {
                                "all": [
                                    asks("referrals", "anniversary", 2),
                                    asks("orders", "rolling 60 days", 2),
                                ]
                            },
                        ]
                    },
                    2,
                ),
            ],
        },
    ],
    engagement=[{"kind": "referral_purchase", "points": 50, "cap": {"count": 2, "per": "year"}}],
)
SPENDING = {
    "rules": [BASE],
    "multipliers": [{"id": "double", "times": 2, "when": {"category": ["vinyl"]}}],
}
SHORT = book(
    [level("member"), level("silver", [asks("qualifying_points", "rolling 60 days", 300)], 1.5)],
    SPENDING,
    points={
        "pending": {"days": 5},
        "expiry": {"after": "1 month"},
        "reminders": [20, 7, 1],
        "second_actor_above": 200,
    },
    wallets=[
        {"id": "stars", "expiry": {"after": "10 days", "round": "month", "anchor": "earn"}, "reminders": [3]},
        {"id": "miles", "expiry": {"inactivity": "20 days", "by": ["purchase"]}, "shortfall": "write_off"},
    ],
    engagement=[CHECKIN],
)
DELIVERY = book(
    LADDER[:2],
    SPENDING,
    timezone="America/New_York",
    points={
        "pending": {"on": "delivered"},
        "expiry": {"yearly": "02-29", "min_age": "2 months"},
        "reminders": [60, 30],
        "reinstate_grace_days": 10,
        "shortfall": {"limit": 150},
    },
    engagement=[CHECKIN],
)
IDLE = book(
    [level("member")],
    SPENDING,
    timezone="Asia/Shanghai",
    points={
        "expiry": {"inactivity": "1 month", "by": ["purchase", "engagement.checkin"]},
        "reminders": [10, 2],
        "shortfall": "write_off",
    },
    wallets=[{"id": "stars", "pending": {"days": 3}}],
    engagement=[CHECKIN, {"kind": "share", "points": 10}],
)
COUNTED_LATER = [
    level("member"),
    level("silver", [asks("qualifying_points", "rolling 30 days", 100)], 1.5),
    level("gold", [asks("qualifying_points", "calendar quarter", 250)], 2),
    level("diamond", [asks("qualifying_points", "lifetime", 900), asks("spend_net", "lifetime", 500)], 2.5),
]
LATER = book(
    COUNTED_LATER,
    SPENDING,
    points={"pending": {"days": 9}, "qualifying_at": "activation", "adjustments_qualify": True},
    engagement=[CHECKIN | {"qualifying": True}],
)
ARRIVED = book(
    COUNTED_LATER,
    SPENDING,
    timezone="America/New_York",
    points={"pending": {"on": "delivered"}, "qualifying_at": "activation"},
    engagement=[CHECKIN | {"qualifying": True}],
)
KEPT = book(LADDER, SPENDING, points={"shortfall": "debt"}, engagement=[CHECKIN])
QUARTER = book(
    [level("member")],
    {"refund": "re_earn"},
    timezone="Pacific/Apia",
    points={
        "expiry": {"after": "3 months", "round": "quarter"},
        "reminders": [30, 7, 1],
        "reinstate_grace_days": 3,
    },
)
BOOKS = (
    {
        "short": SHORT,
        "delivery": DELIVERY,
        "idle": IDLE,
        "later": LATER,
        "arrived": ARRIVED,
        "kept": KEPT,
        "quarter": QUARTER,
        "trees": TREES,
        "plain": PLAIN,
        "signup": SIGNUP,
        "coins": COINS,
        "ceiling": CEILING,
    }
    | EARNING
    | LEVELS
    | WALLETS
    | PERSONS
)
