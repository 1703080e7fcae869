"""What the programme does for members as persons, in plain words."""

from rules.amounts import money_text
from rules.compiled import Rulebook
from rules.compiled_engagement import EngagementRule
from rules.compiled_members import CareDay, ReferralRule
from rules.earn_summary import bound, qualifies, quantity
from rules.points_summary import listed
from rules.words import plural


def members(rulebook: Rulebook) -> list[str]:
    """Days of care, referrals, and what customers are taken to agree to; nothing where there is none."""
    lines: list[str] = []
    care = rulebook.care
    if care is not None:
        at = f"at {care.at_minute // 60:02}:{care.at_minute % 60:02} where the customer is"
        if care.birthday is not None:
            lines.append(f"A birthday is kept {at}, once a year{_gives(care.birthday.every)}.")
        if care.anniversary is not None:
            lines += _anniversary(care.anniversary, at)
    if rulebook.referral is not None:
        lines += _referral(rulebook, rulebook.referral)
    if rulebook.consents is not None:
        scopes = (
            f"{listed(sorted(rulebook.consents))}, and to nothing else" if rulebook.consents else "nothing"
        )
        lines.append(f"Unless they said otherwise, customers agree to {scopes}.")
    return lines


def _gives(rule: EngagementRule) -> str:
    return f": {quantity(str(rule.points), rule.wallet)}{qualifies(rule.qualifying)}" if rule.points else ""


def _anniversary(day: CareDay, at: str) -> list[str]:
    lines = [f"The day of joining is kept {at}, every year{_gives(day.every)}."]
    for years, rule in sorted(day.years.items()):
        lines.append(
            f"After {plural(str(years), 'year')} it gives {quantity(str(rule.points), rule.wallet)}."
        )
    return lines


def _referral(rulebook: Rulebook, rule: ReferralRule) -> list[str]:
    who = f"{quantity(str(rule.referrer.points), rule.referrer.wallet)} for who refers a friend"
    friend = rule.referee.points
    too = f", {quantity(str(friend), rule.referee.wallet)} for the friend" if friend else ""
    head = f"{who}{bound(rule.referrer.caps)}{too}{qualifies(rule.referrer.qualifying)} (referral)."
    amount = f"{money_text(rule.min_minor, rulebook.minor_digits)} {rulebook.currency}"
    left = f"at least {amount}" if rule.min_minor > 1 else "anything"
    days = plural(str(rule.after_days), "day")
    return [
        head,
        f"They come when {left} of the friend's first purchase is left {days} after its day.",
        "Who refers themselves, by id, phone, device or card, or in a circle, gets nothing.",
    ]
