"""Rulebooks whose rules fill more than one wallet."""

from tests.reference.book import BASE, asks, book, level

VINYL, NEW = {"category": ["vinyl"]}, {"tag": ["new"]}
SEVERAL = book(
    [level("member"), level("silver", [asks("qualifying_points", "rolling 60 days", 300)], 1.5)],
    {
        "rules": [
            BASE,
            {"id": "stars", "points": 1, "per": 7, "wallet": "stars", "cap": {"points": 90, "per": "month"}},
            {"id": "more", "points": 2, "per": 9, "wallet": "stars", "when": VINYL},
            {"id": "miles", "points": 3, "per": 2, "wallet": "miles", "when": {"channel": ["web", "app"]}},
        ],
        "multipliers": [
            {"id": "double", "times": 2, "when": VINYL},
            {"id": "triple", "times": 3, "when": NEW, "wallet": "stars", "group": "sky"},
            {"id": "half", "times": 1.5, "when": VINYL, "wallet": "stars", "group": "sky"},
        ],
        "bonuses": [
            {"id": "basket", "points": 40, "min_spend": 100, "wallet": "stars", "group": "sky"},
            {"id": "large", "points": 25, "min_spend": 200},
            {"id": "new", "points": 9, "when": NEW, "wallet": "miles", "cap": {"count": 2, "per": "week"}},
        ],
        "groups": [{"id": "sky", "cap": {"points": 150, "per": "rolling 20 days"}}],
    },
    cap={"points": 900, "per": "month"},
    points={"expiry": {"after": "2 months"}},
    wallets=[
        {"id": "stars", "pending": {"days": 6}, "expiry": {"after": "1 month"}, "reminders": [7]},
        {"id": "miles", "expiry": {"inactivity": "20 days"}, "shortfall": {"limit": 60}},
    ],
    engagement=[
        {
            "kind": "checkin",
            "points": 6,
            "wallet": "stars",
            "cap": {"points": 16, "per": "day"},
            "streak": {"days": 2, "points": 5},
        },
        {"kind": "share", "points": 8, "qualifying": True},
    ],
)
BESIDE = book(
    [level("member"), level("silver", [asks("spend_net", "rolling 60 days", 300)], 1.333333)],
    {
        "rounding": "ceil",
        "refund": "proportional",
        "multiplier_tier": "after",
        "rules": [{"id": "stars", "points": 1, "per": 3, "wallet": "stars"}],
        "bonuses": [{"id": "new", "points": 31, "when": NEW, "min_spend": 30}],
    },
    timezone="America/New_York",
    cap={"count": 3, "per": "week"},
    points={"shortfall": "write_off"},
    wallets=[{"id": "stars", "pending": {"on": "delivered"}}],
    engagement=[{"kind": "checkin", "points": 12, "wallet": "stars"}],
)
WALLETS = {"several": SEVERAL, "beside": BESIDE}
