"""What is told of a customer's profile and consents, taken over.

None of it is a customer's doing: it makes nobody a member and moves no level.
"""

from typing import Final

from engine import churn
from engine.calendar import DAY_MS, LocalDays
from engine.effects import ConsentRecorded
from engine.events import Profile, ProfileValue, SetConsent
from engine.history import Choice, Kept
from engine.member import ATTRIBUTE, Member, field
from engine.outcome import Rejected
from engine.rejecting import reject
from engine.turn import Turn
from rules.facts import PROFILING
from rules.zones import zone_of

ATTRIBUTES_MAX: Final = 32
SCOPES_MAX: Final = 24
LATE_MS: Final = 90 * DAY_MS  # What comes later is refused: a removal need not be remembered for longer.

_days: Final[dict[str, LocalDays]] = {}  # By zone: a memo of a pure function.


def member_of(turn: Turn) -> Member:
    """What is kept of the member, made if need be."""
    member = turn.customer.member
    if member is None:
        member = turn.customer.member = Member()
    return member


def local_days(turn: Turn) -> LocalDays:
    """The days of the customer's own time zone, else of the programme's."""
    zone = field(turn.customer.member, "zone")
    if not isinstance(zone, str):
        return turn.plan.days
    days = _days.get(zone)
    if days is None:
        days = _days[zone] = LocalDays(zone_of(zone))
    return days


def update(turn: Turn, data: Profile) -> Rejected | None:
    """Takes over what is newer than what is kept. What would be too much is refused and changes nothing."""
    at_ms, member = turn.occurred_ms, turn.customer.member
    fields = {} if member is None else dict(member.fields)
    for name, value in data.fields:
        if name == "attributes":
            for each in [each for each in fields if each.startswith(ATTRIBUTE)]:
                _take(fields, each, None, at_ms)
        _take(fields, name, value, at_ms)
    oldest_ms = turn.now_ms - LATE_MS
    fields = {name: kept for name, kept in fields.items() if kept.value is not None or kept.at_ms > oldest_ms}
    if sum([name.startswith(ATTRIBUTE) for name in fields]) > ATTRIBUTES_MAX:
        what = (
            f"a profile has at most {ATTRIBUTES_MAX} attributes, and those removed in the last 90 days count"
        )
        return Rejected("profile_full", what)
    member_of(turn).fields = fields
    return None


def _take(fields: dict[str, Kept], name: str, value: ProfileValue, at_ms: int) -> None:
    """Has a field hold a value since an instant, unless something newer is known."""
    kept = fields.get(name)
    if kept is None and name.startswith(ATTRIBUTE):
        kept = fields.get("attributes")  # All were removed.
    if kept is None or kept.at_ms <= at_ms:
        fields[name] = Kept(value, at_ms)


def set_consent(turn: Turn, data: SetConsent) -> None:
    """Notes what the customer agrees to; emits `consent.recorded`, or `command.rejected`."""
    member = member_of(turn)
    choice = member.consents.get(data.scope)
    if choice is not None and choice.at_ms > turn.occurred_ms:
        reject(turn, data, "outdated", f"a later word of the customer about {data.scope} is known, and holds")
        return
    if choice is None and len(member.consents) >= SCOPES_MAX:
        what = f"{SCOPES_MAX} scopes of this customer are known, and {data.scope} is none of them"
        reject(turn, data, "too_many_scopes", what)
        return
    member.consents[data.scope] = Choice(data.granted, turn.occurred_ms)
    if data.scope == PROFILING:
        churn.consented(turn)
    previous = "" if choice is None else "granted" if choice.granted else "withdrawn"
    entry = ConsentRecorded(data.scope, data.granted, data.by, turn.customer.rev, previous, turn.backfill)
    turn.emit(ConsentRecorded.TYPE, entry)
