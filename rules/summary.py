"""A rulebook in plain words, for the people who answer for the programme."""

from decimal import Decimal

from rules.compiled import Churn, Rulebook
from rules.earn_summary import earning, engagements
from rules.member_summary import members
from rules.notice_summary import notices, strategy
from rules.points_summary import wallets
from rules.review_summary import levels
from rules.words import plural


def summarise(rulebook: Rulebook) -> str:
    """The whole programme as short sentences, one a line, in paragraphs; it ends without a line break."""
    paragraphs = [
        _head(rulebook),
        earning(rulebook),
        wallets(rulebook),
        levels(rulebook),
        engagements(rulebook),
        _churn(rulebook.churn),
        strategy(rulebook.strategy),
        *([["The whole view of each customer is published."]] if rulebook.profiles else []),
        notices(rulebook.notifications),
        members(rulebook),
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


def _churn(churn: Churn | None) -> list[str]:
    """When the programme warns that a customer stays away."""
    if churn is None:
        return ["No alert is raised when a customer stays away."]
    usual = _days(churn.population_days_num, churn.population_days_den)
    levels = ", ".join(f"{level.name} at {level.text} times" for level in churn.levels)
    return [
        f"A customer's usual interval is learned from the purchases, beginning from {usual} days.",
        f"An alert is raised when a customer stays away longer than that: {levels}.",
        f"No alert comes before {plural(str(churn.minimum_days), 'day')} without a purchase."
        if churn.minimum_days
        else "There is no least number of days before an alert.",
        "The next purchase ends the alert.",
    ]


def _days(num: int, den: int) -> str:
    """A number of days as decimal digits; a rulebook writes no other."""
    return f"{(Decimal(num) / den).normalize():f}"
