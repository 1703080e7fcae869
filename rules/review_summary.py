"""How long levels last, and how they are lost, in plain words."""

from types import MappingProxyType

from rules.compiled import Rulebook
from rules.compiled_tiers import NO_TIME, Tier, TierSet, Validity
from rules.facts import Boundary
from rules.tier_summary import asked_for, rising
from rules.words import plural

_PERIODS = MappingProxyType(
    {Boundary.DAY: "day", Boundary.HALF: "calendar half-year", Boundary.CYCLE: "cycle"}
)
_FALLS = MappingProxyType(
    {
        "qualified": "to the highest level whose entry still holds",
        "one_down": "by one level",
        "base": "to the lowest level",
    }
)


def levels(rulebook: Rulebook) -> list[str]:
    """How customers rise and fall in every set of levels."""
    lines = [f"A cycle begins {rulebook.cycle.words()}."] if rulebook.cycle else []
    for one in rulebook.tier_sets:
        if len(rulebook.tier_sets) > 1:
            counts = "its multipliers count" if one is rulebook.tier_set else "no multiplier of it counts"
            lines.append(f"The set of levels {one.id}; {counts}:")
        lines += rising(one, rulebook)
        if len(one.tiers) > 1:
            lines += _lasting(one, rulebook)
    return lines


def _lasting(one: TierSet, rulebook: Rulebook) -> list[str]:
    """How levels of this set begin late, last and end, one sentence a line."""
    lines = []
    if one.upgrades_with:
        lines.append(
            f"A level reached begins with the next {_period(one.upgrades_with)}, if it still holds then."
        )
    if one.validity:
        lines.append(_lasts(one, one.validity))
        lines += [_keeps(one, tier, rulebook) for tier in one.tiers[1:]]
        lines.append(_falls(one))
    if one.real_time:
        lines.append(
            "A level is lost as soon as less than 95 % of its entry holds; what still holds so far is kept."
        )
    if one.min_hold != NO_TIME:
        lines.append(f"No level is lost within {one.min_hold.words()} of its beginning, but by a refund.")
    if one.reset_points:
        lines.append("After each review the points that can be spent lapse.")
    lines += [*_warned(one), *_close(one)]
    if one.lifetime_floor:
        lines.append("Nobody falls below the level that lifetime numbers alone would give.")
    when = "at the next review" if one.refund_at_review else "at once"
    lines.append(f"A level is lost {when} when refunds undo what it was given for.")
    return lines


def _lasts(one: TierSet, validity: Validity) -> str:
    if validity.span is not None:
        end = validity.span.words()
        if validity.boundary:
            end += f", and then to the end of that {_period(validity.boundary)}"
    elif validity.boundary is None:
        end = "until the next anniversary of joining"
    else:
        end = f"until the end of the {'next' if validity.ahead else 'current'} {_period(validity.boundary)}"
    more = "" if one.extended_by == NO_TIME else f", and {one.extended_by.words()} more"
    return f"A level lasts {end}{more}; then it is reviewed. Reaching a higher one begins anew."


def _keeps(one: TierSet, tier: Tier, rulebook: Rulebook) -> str:
    extended = "" if one.extended_by == NO_TIME else ", with or without the extension,"
    return f"{tier.name} is kept if on its last day{extended} {asked_for(tier.keep, rulebook)}."


def _falls(one: TierSet) -> str:
    late = "at once" if one.grace == NO_TIME else f"after {one.grace.words()} of grace"
    limit = f", at most {plural(str(one.soft_landing), 'level')} at a time" if one.soft_landing else ""
    return f"Who does not keep it falls {late} {_FALLS[one.falls_to]}{limit}."


def _warned(one: TierSet) -> list[str]:
    if not one.warnings:
        return []
    days = ", ".join(str(number) for number in one.warnings)
    return [f"A customer is warned {days} days before a review that would fail, with what is missing."]


def _close(one: TierSet) -> list[str]:
    if not one.progress:
        return []
    again = f"again only after falling back, and not within {one.cool_down.words()}"
    return [f"A customer is told of having {one.progress} % of what the next level asks, {again}."]


def _period(boundary: Boundary) -> str:
    return _PERIODS.get(boundary, f"calendar {boundary}")
