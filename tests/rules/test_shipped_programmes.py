"""The programmes in `rules/programs/` are good, named as their files, and say what is promised."""

from pathlib import Path

from rules.load import load_rulebook

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "rules" / "programs").glob("*.yaml"))


def test_every_shipped_programme_is_good_and_has_the_name_of_its_file():
    named = {load_rulebook(file).programme for file in SHIPPED}
    assert named == {file.stem.replace("_", "-") for file in SHIPPED}
    assert named >= {"default", "plain", "record-shop"}


def test_the_default_programme_is_the_one_promised():
    book = load_rulebook(ROOT / "rules" / "programs" / "default.yaml")
    levels = [
        (tier.name, tier.times_text, *(leaf.text for leaf in tier.entry.leaves))
        for tier in book.tier_set.tiers
    ]
    assert levels == [
        ("普通", "1"),
        ("银", "1.1", "spend_net over rolling 365 days >= 1000.00 CNY"),
        ("金", "1.25", "spend_net over rolling 365 days >= 5000.00 CNY"),
        ("钻", "1.5", "spend_net over rolling 365 days >= 20000.00 CNY"),
    ]
    assert (book.timezone, book.enrolment, book.earning.rules[0].text) == (
        "Asia/Shanghai",
        "first_event",
        "1 per 1.00 CNY",
    )
    bounds = {
        kind: [(rule.points, cap.count, cap.text) for cap in rule.caps]
        for kind, rule in book.engagements.items()
    }
    assert bounds == {
        "signup": [(100, 1, "lifetime")],
        "profile_completed": [(50, 1, "lifetime")],
        "checkin": [(5, 1, "day")],
        "review": [(20, 1, "order_line")],
        "share": [(5, 3, "day")],
        "survey": [(30, 1, "survey")],
    }
    referral, care = book.referral, book.care
    assert referral is not None
    assert care is not None
    assert [(cap.count, cap.text) for cap in referral.referrer.caps] == [(20, "year")]
    assert (referral.referrer.points, referral.referee.points, referral.after_days) == (200, 200, 14)
    assert (care.at_minute, care.birthday and care.birthday.every.points, care.anniversary) == (
        540,
        100,
        None,
    )
    checkin, review = book.engagements["checkin"], book.engagements["review"]
    assert (checkin.streak and (checkin.streak.days, checkin.streak.points), review.min_text_len) == (
        (7, 30),
        10,
    )
    assert (book.points.reminders, book.points.pending_days) == ((30, 7, 1), 0)
    assert {"new", "at_risk", "dormant", "lost"} <= {stage.code for stage in book.stages}
    assert [segment.code for segment in book.segments] == ["high", "potential", "low"]
    assert book.churn is not None
    assert [level.name for level in book.churn.levels] == ["watch", "at_risk", "high", "lost"]
    assert book.notifications is None, "nobody is told anything before a shop has read what is said"
