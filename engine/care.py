"""Birthdays and anniversaries of joining: a word and perhaps points, once in each local year.

They are due at a time of day where the customer is, on the day of the profile's birthday, or on which the
customer joined. Who has either on 29 February has it on 28 February in other years.
"""

from datetime import date
from typing import Final

from engine import lapsing, tiers
from engine.calendar import LocalDays, anniversary, date_of, day_of
from engine.effects import CareDue, Ref
from engine.engagement import reward
from engine.member import field
from engine.personal import local_days, member_of
from engine.state import Customer
from engine.timers import arm
from engine.turn import Turn
from rules.compiled_members import Care, CareDay

KIND: Final = "care"
BIRTHDAY, ANNIVERSARY = 0, 1  # Where the last year of each is kept in `Member.care`.
WAITED: Final = 2  # Where the kinds of days are noted that the next one was chosen from.
NAMES: Final = ("birthday", "anniversary")
YEARS_AHEAD: Final = 3  # A move westward may put the next day of care off by a year more.
LEAP_YEAR: Final = 2000
NO_DAY: Final = -(10**6)


def watch(turn: Turn, care: Care, anew: bool) -> None:
    """Waits for the next day of care; `anew`: what it goes by may have changed.

    Another rulebook may keep other kinds of days than the one under which the next was chosen.
    """
    customer = turn.customer
    if customer.enrolled_ms < 0 or (not anew and care.anniversary is None and _unborn(customer)):
        return
    timer, member, kinds = customer.timers.get(KIND), customer.member, _kinds(care)
    if anew or timer is None or not timer.due_ms or (member is not None and member.care[WAITED] != kinds):
        if member is not None:
            member.care[WAITED] = kinds
        arm(customer, KIND, _next_ms(turn, care))


def due(turn: Turn) -> None:
    """Says what is due on the local day of this instant, gives its points, and waits for the next."""
    care = turn.rulebook.care
    if care is None or turn.customer.enrolled_ms < 0:
        return
    days = local_days(turn)
    today = days.of(turn.occurred_ms)
    year = date_of(today).year
    for which, day_rule in ((BIRTHDAY, care.birthday), (ANNIVERSARY, care.anniversary)):
        origin = _origin(turn, days, which)
        if day_rule is None or not _comes(turn, which, origin, year) or anniversary(origin, year) != today:
            continue
        if days.at_ms(today, care.at_minute) <= turn.occurred_ms:
            _celebrate(turn, which, day_rule, today, year - date_of(origin).year)
    tiers.settle(turn)
    if turn.rearm:
        lapsing.wait(turn)
    arm(turn.customer, KIND, _next_ms(turn, care))


def _kinds(care: Care) -> int:
    return (care.birthday is not None) + 2 * (care.anniversary is not None)


def _unborn(customer: Customer) -> bool:
    """Whether no birthday is known."""
    return customer.member is None or "birthday" not in customer.member.fields


def _celebrate(turn: Turn, which: int, rule: CareDay, today: int, years: int) -> None:
    name, year = NAMES[which], date_of(today).year
    member_of(turn).care[which] = year
    years = years if which == ANNIVERSARY else 0
    points = rule.of_years(years)
    turn.emit(
        CareDue.TYPE,
        CareDue(
            kind=name,
            day=date_of(today).isoformat(),
            tier=turn.tier().code,
            rev=turn.customer.rev,
            years=years,
            points=points.points,
        ),
    )
    if points.points:
        reward(turn, points, Ref(engagement=name, ref_id=str(year)))


def _next_ms(turn: Turn, care: Care) -> int:
    """The next instant of care after now, 0 for none."""
    days, found = local_days(turn), []
    for which, rule in ((BIRTHDAY, care.birthday), (ANNIVERSARY, care.anniversary)):
        origin = NO_DAY if rule is None else _origin(turn, days, which)
        if origin == NO_DAY:
            continue
        this_year = date_of(days.of(turn.now_ms)).year
        for year in range(this_year, this_year + YEARS_AHEAD):
            if _comes(turn, which, origin, year):
                due_ms = days.at_ms(anniversary(origin, year), care.at_minute)
                if due_ms > turn.now_ms:
                    found.append(due_ms)
                    break
    return min(found, default=0)


def _comes(turn: Turn, which: int, origin: int, year: int) -> bool:
    """Whether the year has a day of this kind that was not kept yet."""
    member = turn.customer.member
    if origin == NO_DAY or (member is not None and year <= member.care[which]):
        return False
    return which == BIRTHDAY or year > date_of(origin).year


def _origin(turn: Turn, days: LocalDays, which: int) -> int:
    """The day that comes round every year: of a birthday that of a leap year; NO_DAY if it is not known."""
    member = turn.customer.member
    if which == BIRTHDAY:
        birthday = field(member, "birthday")
        if not isinstance(birthday, str):
            return NO_DAY
        return day_of(date(LEAP_YEAR, int(birthday[:2]), int(birthday[3:])))
    joined_on = field(member, "joined_on")
    if isinstance(joined_on, str):
        return day_of(date.fromisoformat(joined_on))
    return days.of(turn.customer.enrolled_ms)
