"""What the reference and the summary say of notifications agrees with the code."""

import re
from pathlib import Path

import pytest

from rules.load import parse_rulebook
from rules.notice_fields import FIELDS, placeholders
from rules.summary import summarise
from tests.rules.samples import SHOP

REFERENCE = (Path(__file__).parents[2] / "docs" / "rulebook.md").read_text()
TELLING = """\
notifications:
  languages: [en, zh]
  quiet_hours: {from: "21:30"}
  intents:
    - id: up
      on: tier.upgraded
      when: {to: [gold]}
      class: service
      channels: [wechat, sms]
      expires_after: 12 hours
      texts: {en: Up!, zh: 升级}
    - id: earned
      on: points.earned
      when: {qty: {at_least: 5}}
      who: {fact: tier, is: gold}
      class: transactional
      texts: {en: "{qty}", zh: "{qty}"}
"""


def summary(text: str) -> str:
    """A rulebook in plain words."""
    return summarise(parse_rulebook(text, "shop.yaml"))


def test_a_summary_says_who_is_told_what() -> None:
    assert summary(SHOP + TELLING).endswith(
        """
Customers are told in en or zh; from 21:30 to 08:00 of their own time nobody is disturbed.
tier.upgraded where to is gold is told by wechat or sms within 12 hours, as service (up).
points.earned where qty from 5 is told to those with tier is gold within 3 days, as transactional (earned).
What is transactional is told at any hour.
Changes of a level within 5 seconds are told once, and not at all if undone."""
    )
    plain = TELLING.replace("class: transactional", "class: service")
    assert "any hour" not in summary(SHOP + plain)
    at_once = TELLING.replace("  intents:", "  collapse_seconds: 0\n  intents:")
    assert summary(SHOP + at_once).endswith("\nEach change of a level is told at once.")


def test_a_summary_says_whom_marketing_reaches_and_how_often() -> None:
    offer = TELLING.replace("class: service", "class: marketing")
    wanted = "Marketing goes to who agreed to it by the channel, once a day and 3 times in 7 days at most; "
    assert f"\n{wanted}not while a complaint is open, nor 7 days after.\n" in summary(SHOP + offer)
    own = offer + "  marketing: {per_day: 2, per_7_days: 2, after_complaint_days: 0}\n"
    assert "2 times a day and 2 times in 7 days at most; not while a complaint is open.\n" in summary(
        SHOP + own
    )
    assert "Marketing" not in summary(SHOP + TELLING)


@pytest.mark.parametrize("effect", FIELDS)
def test_the_reference_lists_every_field_that_a_text_may_name(effect: str) -> None:
    (row,) = [
        line
        for line in REFERENCE.splitlines()
        if line.startswith("|") and f"`{effect}`" in line.split("|")[1]
    ]
    told = {name for name, kind in placeholders(effect).items() if kind != "name"}
    assert set(re.findall(r"`(\w+)`", row.split("|")[2])) == told
