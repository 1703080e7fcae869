"""What a checked file says of members as persons -> the values that the engine reads."""

from collections.abc import Sequence

from rules.amounts import minor_of
from rules.compiled_engagement import Cap, EngagementRule
from rules.compiled_members import Care, CareDay, ReferralRule
from rules.earn_compile import caps
from rules.member_keys import CareKeys, ReferralKeys, RewardKeys, YearKeys


def care(keys: CareKeys | None) -> Care | None:
    """The days of care."""
    if keys is None:
        return None
    years = keys.anniversary.years if keys.anniversary else ()
    return Care(
        at_minute=keys.at,
        birthday=_day("birthday", keys.birthday, ()),
        anniversary=_day("anniversary", keys.anniversary, years),
    )


def _day(name: str, keys: RewardKeys | None, years: Sequence[YearKeys]) -> CareDay | None:
    if keys is None:
        return None
    return CareDay(
        every=_rule(name, keys.points or 0, keys.wallet, keys.qualifying),
        years={each.years: _rule(name, each.points, keys.wallet, keys.qualifying) for each in years},
    )


def referral(keys: ReferralKeys | None, digits: int) -> ReferralRule | None:
    """What referring a friend gives; `digits` are those of the currency."""
    if keys is None:
        return None
    friend = keys.points if keys.referee_points is None else keys.referee_points
    return ReferralRule(
        referrer=_rule("referral", keys.points, keys.wallet, keys.qualifying, caps(keys.cap)),
        referee=_rule("referral", friend, keys.wallet, keys.qualifying),
        after_days=keys.after_days,
        min_minor=1 if keys.min_spend is None else minor_of(keys.min_spend, digits),
    )


def _rule(
    name: str, points: int, wallet: str, qualifying: bool, bounds: tuple[Cap, ...] = ()
) -> EngagementRule:
    """Points as an engagement gives them; `name` is that of the rule and of what happened."""
    return EngagementRule(name, name, points, bounds, qualifying, min_text_len=0, wallet=wallet)
