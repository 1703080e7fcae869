"""What a rulebook does for members as persons is said in words."""

from rules.load import parse_rulebook
from rules.summary import summarise
from tests.rules.samples import changed

SECTIONS = """\
care:
  at: 09:05
  birthday: {points: 100}
  anniversary: {years: [{years: 1, points: 1}, {years: 5, points: 500}]}
referral: {points: 200, referee_points: 100, after_days: 14, min_spend: 50, cap: {count: 20, per: year}}
consents: {assumed: [program, marketing.sms]}
churn:
"""


def test_care_referrals_and_consents_are_said_in_words():
    text = summarise(parse_rulebook(changed("churn:\n", SECTIONS), "shop.yaml"))
    assert (
        text.split("\n\n")[-1]
        == """\
A birthday is kept at 09:05 where the customer is, once a year: 100 points.
The day of joining is kept at 09:05 where the customer is, every year.
After 1 year it gives 1 point.
After 5 years it gives 500 points.
200 points for who refers a friend, at most 20 times a year, 100 points for the friend (referral).
They come when at least 50.00 EUR of the friend's first purchase is left 14 days after its day.
Who refers themselves, by id, phone, device or card, or in a circle, gets nothing.
Unless they said otherwise, customers agree to marketing.sms and program, and to nothing else."""
    )


def test_a_programme_that_assumes_no_consent_says_so():
    text = summarise(parse_rulebook(changed("churn:\n", "consents: {assumed: []}\nchurn:\n"), "shop.yaml"))
    assert text.endswith("Unless they said otherwise, customers agree to nothing.")
