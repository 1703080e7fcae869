"""Rulebooks that keep days of care and pay referrals."""

from tests.reference.book import BASE, CHURN, asks, book, level

FRIENDS = book(
    [
        level("member"),
        level("friend", [asks("referrals", "rolling 90 days", 1)], 1.5),
        level("gold", [asks("qualifying_points", "rolling 60 days", 300)], 2),
    ],
    care={
        "at": "09:30",
        "birthday": {"points": 70, "qualifying": True},
        "anniversary": {"points": 20, "years": [{"years": 2, "points": 90}]},
    },
    referral={"points": 40, "referee_points": 30, "after_days": 9, "cap": {"count": 2, "per": "year"}},
    churn=CHURN,
)
LASTING_FRIENDS = book(
    [level("member"), level("silver", [asks("qualifying_points", "rolling 30 days", 60)])],
    {"rules": [BASE]},
    cap={"points": 100, "per": "month"},
    care={"at": "00:00", "birthday": {}, "anniversary": {"points": 50, "wallet": "stars"}},
    referral={"points": 25, "after_days": 0, "min_spend": 60, "qualifying": True},
    points={"pending": {"days": 4}, "expiry": {"after": "2 months"}, "qualifying_at": "activation"},
    wallets=[{"id": "stars", "expiry": {"after": "1 month"}, "reminders": [7]}],
    enrolment="signup",
    engagement=[{"kind": "signup", "points": 5}, {"kind": "referral_signup", "points": 3}],
)
PERSONS = {"friends": FRIENDS, "lasting_friends": LASTING_FRIENDS}
