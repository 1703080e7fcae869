"""A rulebook in plain words, for the people who answer for the programme."""

from rules.churn_summary import churn
from rules.compiled import Rulebook
from rules.earn_summary import earning, engagements
from rules.lifecycle_summary import lifecycle
from rules.member_summary import members
from rules.notice_summary import notices, strategy
from rules.points_summary import wallets
from rules.review_summary import levels
from rules.rfm_keys import rfm_summary


def summarise(rulebook: Rulebook) -> str:
    """The whole programme as short sentences, one a line, in paragraphs; it ends without a line break."""
    paragraphs = [
        _head(rulebook),
        earning(rulebook),
        wallets(rulebook),
        levels(rulebook),
        engagements(rulebook),
        churn(rulebook.churn),
        strategy(rulebook.strategy),
        *([["The whole view of each customer is published."]] if rulebook.profiles else []),
        lifecycle(rulebook),
        notices(rulebook.notifications),
        members(rulebook),
        rfm_summary(rulebook.rfm),
    ]
    return "\n\n".join("\n".join(lines) for lines in paragraphs if lines)


def _head(rulebook: Rulebook) -> list[str]:
    """What the programme is and who is in it."""
    joins = {
        "first_event": "A customer joins with the first purchase or engagement.",
        "signup": "A customer joins by signing up; what was bought before earns nothing.",
    }
    return [
        f"Programme {rulebook.programme}, version {rulebook.version}.",
        f"Money is in {rulebook.currency}; days and months are those of {rulebook.timezone}.",
        joins[rulebook.enrolment],
    ]
