"""Rulebooks about what orders and engagements earn: caps, exclusive groups, stops, bonuses, days in a row."""

from tests.reference.book import BASE, asks, book, level

VINYL, NEW = {"category": ["vinyl"]}, {"tag": ["new"]}
TIERS = [
    level("member"),
    level("silver", [asks("qualifying_points", "rolling 60 days", 150)], 1.15),
    level("gold", [asks("qualifying_points", "rolling 60 days", 400)], 1.5),
]
BOUNDED = book(
    TIERS,
    {
        "rules": [
            {"id": "base", "group": "rate", "points": 2, "per": 3, "cap": {"points": 150, "per": "day"}},
            {
                "id": "outlet",
                "group": "rate",
                "points": 1,
                "per": 10,
                "priority": 5,
                "stop": True,
                "when": {"store": ["s-1"]},
            },
            {"id": "press", "group": "rate", "points": 2, "per": 3, "priority": -1, "when": VINYL},
            {
                "id": "web",
                "points": 1,
                "per": 7,
                "when": {"channel": ["web"]},
                "cap": [{"count": 2, "per": "week"}, {"points": 30, "per": "rolling 10 days"}],
            },
        ],
        "multipliers": [
            {"id": "double", "group": "campaign", "times": 2, "when": VINYL, "qualifying": True},
            {
                "id": "new",
                "group": "campaign",
                "times": 3,
                "when": NEW,
                "cap": {"points": 60, "per": "month"},
            },
            {"id": "loud", "times": 1.37, "when": {"brand": ["verve"]}, "cap": {"count": 1, "per": "day"}},
        ],
        "bonuses": [
            {"id": "basket-100", "group": "basket", "points": 20, "min_spend": 100},
            {
                "id": "basket-200",
                "group": "basket",
                "points": 50,
                "min_spend": 200,
                "cap": {"count": 1, "per": "rolling 30 days"},
            },
            {"id": "first", "points": 33, "when": VINYL, "cap": {"count": 1, "per": "lifetime"}},
        ],
        "groups": [
            {"id": "campaign", "cap": {"points": 200, "per": "year"}},
            {"id": "basket", "cap": {"count": 2, "per": "month"}},
        ],
    },
    cap={"points": 600, "per": "month"},
    engagement=[
        {"kind": "share", "points": 7, "cap": {"points": 12, "per": "week"}, "qualifying": True},
        {"kind": "checkin", "points": 40, "cap": {"count": 3, "per": "rolling 20 days"}},
    ],
)
THRESHOLDS = book(
    TIERS,
    {
        "rounding": "half_up",
        "multiplier_tier": "after",
        "bonuses": [
            {"id": "early", "group": "basket", "points": 10, "priority": 3, "stop": True, "min_spend": 250},
            {"id": "small", "group": "basket", "points": 25, "min_spend": 50, "qualifying": True},
            {"id": "large", "group": "basket", "points": 60, "min_spend": 150, "qualifying": True},
            {"id": "vinyl", "points": 17, "when": VINYL, "min_spend": 30, "qualifying": True},
            {"id": "any", "points": 3, "cap": {"count": 1, "per": "day"}},
        ],
        "multipliers": [
            {"id": "half", "times": 1.5, "when": NEW, "qualifying": True},
            {"id": "third", "times": 1.333333, "when": VINYL},
        ],
        "groups": [{"id": "basket", "cap": {"points": 100, "per": "rolling 40 days"}}],
    },
    timezone="Asia/Shanghai",
    cap=[{"points": 900, "per": "year"}, {"count": 9, "per": "rolling 15 days"}],
    points={"pending": {"days": 3}, "expiry": {"after": "2 months"}},
)
PROPORTIONAL = book(
    TIERS,
    {
        "rounding": "ceil",
        "refund": "proportional",
        "rules": [BASE | {"cap": {"points": 250, "per": "month"}}],
        "multipliers": [
            {"id": "double", "times": 2, "when": VINYL, "cap": {"points": 77, "per": "rolling 9 days"}}
        ],
        "bonuses": [
            {"id": "basket", "points": 45, "min_spend": 100, "cap": {"count": 1, "per": "week"}},
            {"id": "new", "points": 5, "when": NEW, "qualifying": True},
        ],
    },
    timezone="America/New_York",
    points={"pending": {"on": "delivered"}, "shortfall": {"limit": 40}},
)
ROWS = book(
    [level("member"), level("active", [asks("engagement_points", "rolling 30 days", 60)], 1.2)],
    timezone="Pacific/Apia",
    cap=[{"points": 120, "per": "rolling 7 days"}, {"points": 300, "per": "lifetime"}],
    engagement=[
        {
            "id": "visit",
            "kind": "checkin",
            "points": 5,
            "qualifying": True,
            "cap": {"count": 1, "per": "day"},
            "streak": {"days": 2, "points": 30},
        },
        {
            "kind": "review",
            "points": 20,
            "min_text_len": 10,
            "cap": [{"count": 1, "per": "order_line"}, {"points": 30, "per": "order"}],
            "streak": {"days": 3, "points": 11},
        },
        {"kind": "survey", "points": 30, "cap": {"count": 1, "per": "survey"}},
        {"kind": "rating", "points": 4, "cap": [{"points": 6, "per": "ref"}, {"count": 3, "per": "month"}]},
        {"kind": "share", "points": 9, "cap": {"points": 13, "per": "day"}, "qualifying": True},
    ],
)
EARNING = {"bounded": BOUNDED, "thresholds": THRESHOLDS, "proportional": PROPORTIONAL, "rows": ROWS}
