"""A rulebook that uses every section, and ways to change and to break it."""

import re
from pathlib import Path

SHOP = """\
programme: shop
version: 1
timezone: Europe/Paris
currency: EUR
enrolment: first_event
earn:
  rounding: floor
  rules:
    - id: base
      points: 1
      per: 1.00
  multipliers:
    - id: vinyl
      times: 1.15
      when: {category: [vinyl]}
tiers:
  levels:
    - {code: member, name: Member}
    - code: silver
      name: Silver
      multiplier: 1.1
      entry:
        - metric: spend_net
          window: rolling 365 days
          at_least: 1000
    - code: gold
      name: Gold
      entry:
        - metric: spend_net
          window: rolling 365 days
          at_least: 5000
engagement:
  - kind: checkin
    points: 5
    cap: {count: 1, per: day}
churn:
  population_interval_days: 30
  levels: {watch: 1.5, at_risk: 2}
"""

GOLD_ENTRY = """\
        - metric: spend_net
          window: rolling 365 days
          at_least: 5000
"""


def changed(old: str, new: str) -> str:
    """SHOP with the one place that reads `old` changed to `new`."""
    assert SHOP.count(old) == 1, f"{old!r} stands {SHOP.count(old)} times in SHOP"
    return SHOP.replace(old, new)


def gold(entry: str) -> str:
    """SHOP with other entry conditions for gold, written as lines of YAML."""
    return changed(GOLD_ENTRY, f"        {entry}\n")


def broken(*sections: str) -> list[tuple[str, str]]:
    """The cases in these sections of broken_rulebooks.txt: (text, message without the file name)."""
    table = (Path(__file__).parent / "broken_rulebooks.txt").read_text()
    parts = re.split(r"^\[(\w+)\]\n", table, flags=re.MULTILINE)
    cases = {name: body.split("\n= ") for name, body in zip(parts[1::2], parts[2::2], strict=True)}
    return [_broken(case) for section in sections for case in cases[section] if case.strip()]


def _broken(case: str) -> tuple[str, str]:
    """One case of the table."""
    message, *lines = case.strip("\n").split("\n")
    old = "".join(f"{line[1:]}\n" for line in lines if line.startswith("-"))
    new = "".join(f"{line[1:]}\n" for line in lines if line.startswith("+"))
    return changed(old, new) if old else new, message.removeprefix("= ")
