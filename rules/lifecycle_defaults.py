"""Stages, segments and weights as they are where a rulebook says nothing of them, as a file would write them.

The churn level `lost` counts as at risk too: a customer may have that level and be neither dormant, by an
engagement of late, nor lost, before half a year. With scores of money (`rfm`) the segments go by them too; a
customer of a higher score than 3 who is not yet high, for buying seldom, has potential as well.
"""

from decimal import Decimal
from typing import Any, Final

from rules.source import read_source

TEXT: Final = """\
stages:
  - code: prospect_stale
    entry:
      - {metric: purchase_days, window: lifetime, at_most: 0}
      - {fact: days_since_interaction, at_least: 180}
  - code: prospect
    entry: {metric: purchase_days, window: lifetime, at_most: 0}
  - code: won_back
    entry:
      - {fact: stage, one_of: [dormant, lost]}
      - {fact: purchase_days_in_stage, at_least: 1}
    exit:
      any:
        - {fact: days_in_stage, at_least: 60}
        - {fact: purchase_days_in_stage, at_least: 2}
  - code: new
    entry:
      - {metric: purchase_days, window: lifetime, at_most: 1}
      - any:
          - {fact: days_since_first_purchase, below: 30}
          - {fact: gap_ratio, below: 1.5}
  - code: lost
    entry:
      any:
        - all:
            - {fact: gap_ratio, at_least: 6}
            - {fact: days_since_purchase, at_least: 180}
        - {fact: days_since_purchase, at_least: 365}
  - code: dormant
    entry:
      - {fact: gap_ratio, at_least: 3}
      - not: {fact: days_since_engagement, below: 90}
  - code: at_risk
    entry: {fact: risk_level, one_of: [at_risk, high, lost]}
  - code: developing
    entry:
      any:
        - {metric: purchase_days, window: lifetime, at_most: 3}
        - {metric: spend_net, window: rolling 90 days, grown_by: 50 %}
  - code: active
value:
  - code: high
    entry: {fact: top_tier, at_least: 1}
    leave_after: 7 days
  - code: potential
    entry:
      - {fact: gap_ratio, below: 1.5}
      - {metric: spend_net, window: rolling 90 days, grown_by: 1 %}
  - code: low
"""

_SCORED: Final = """\
- code: high
  entry:
    any:
      - {fact: top_tier, at_least: 1}
      - all:
          - {fact: rfm_m, at_least: 4}
          - {fact: rfm_f, at_least: 4}
      - {fact: clv, at_least: TOP_FIFTH}
  leave_after: 7 days
- code: potential
  entry:
    any:
      - {fact: rfm_m, at_least: 3}
      - all:
          - {fact: risk, below: RISK_MEDIAN}
          - {metric: spend_net, window: rolling 90 days, grown_by: 1 %}
- code: low
"""


def value_by_scores(top_fifth: Decimal | None, risk_median: Decimal | None) -> list[Any]:
    """The segments of value where customers have scores, as a file would write them.

    Without the model's numbers nobody is high by worth, and the own interval stands for the risk.
    """
    lines = _SCORED.splitlines(keepends=True)
    if top_fifth is None:
        lines = [line for line in lines if "TOP_FIFTH" not in line]
    text = "value:\n" + "".join(lines).replace("TOP_FIFTH", f"{top_fifth:f}" if top_fifth else "")
    by_risk = "{fact: risk, below: RISK_MEDIAN}"
    if risk_median is None:
        text = text.replace(by_risk, "{fact: gap_ratio, below: 1.5}")
    else:
        text = text.replace("RISK_MEDIAN", f"{risk_median:f}")
    found: list[Any] = read_source(text, "the default segments").value["value"]
    return found


DEFAULTS: Final[dict[str, list[Any]]] = read_source(TEXT, "the default lifecycle").value

WEIGHTS: Final[dict[str, int]] = {
    **dict.fromkeys(("signup", "login", "app_open", "checkin", "email_open"), 1),
    **dict.fromkeys(("email_click", "push_click", "wishlist"), 2),
    **dict.fromkeys(("profile_completed", "rating", "share", "nps"), 3),
    **dict.fromkeys(("survey", "review", "event_attended", "referral_signup", "referral_purchase"), 5),
}
"""What a kind of engagement counts; what is not named counts nothing."""
