"""Points for what customers do besides buying: bounds per time and per thing, and days in a row."""

from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

from engine.events import Engagement
from tests.reference import qualifying
from tests.reference.caps import THINGS, Share, cut, listed
from tests.reference.orders import Keys

if TYPE_CHECKING:
    from tests.reference.member import Member


def engage(member: "Member", data: Engagement, at_ms: int) -> None:
    """An engagement earns, or is answered with why not."""
    rules = [rule for rule in member.keys.get("engagement", []) if rule["kind"] == data.kind]
    if not rules or rules[0]["points"] == 0:
        return
    (rule,) = rules
    name, day = rule.get("id", data.kind), member.clock.day(at_ms)
    needs_ref = any(cap["per"] in THINGS for cap in listed(rule.get("cap")))
    why = ""
    if not member.is_member(at_ms):
        why = "not enrolled"
    elif data.text_len < rule.get("min_text_len", 0):
        why = "text too short"
    elif needs_ref and not data.ref_id:
        why = "no ref_id"
    shares = [] if why else _shares(member, rule, name, day)
    _give(member, rule, shares, day, data.ref_id, why)


def reward(member: "Member", rule: Keys, name: str, at_ms: int, bound: bool = True) -> None:
    """Points of a day of care, or of a referral; `bound`: under the bounds of what it is named after."""
    owners = [f"reward {name}"] if bound else []
    owners += ["programme"] if "wallet" not in rule else []
    share = Share(name, owners, Fraction(rule["points"]), Fraction(0))
    _give(member, rule, [share], member.clock.day(at_ms), "", "")


def _give(member: "Member", rule: Keys, shares: list[Share], day: date, ref_id: str, why: str) -> None:
    kept = cut(shares, member.caps.rooms(day, "", ref_id))
    given = {share.rule: int(share.points) for share in kept if share.points}
    member.caps.use(kept, given, day, "", ref_id)
    points, full = sum(given.values()), int(sum(share.points for share in shares))
    tq = points if rule.get("qualifying") else 0
    wallet = rule.get("wallet", "points")
    member.engaged.append((day, points if wallet == "points" else 0, tq))
    qualifying.give(
        member,
        points,
        tq,
        day,
        why=why or ("capped" if points < full else ""),
        capped_from=full if points < full else 0,
        wallet=wallet,
        rules=given,
    )


def _shares(member: "Member", rule: Keys, name: str, day: date) -> list[Share]:
    def share(part: str, owner: list[str], points: int) -> Share:
        bound = [*owner, "programme"] if "wallet" not in rule else owner
        return Share(part, bound, Fraction(points), Fraction(0))

    found = [share(name, [f"engagement {name}"], rule["points"])]
    if "streak" in rule:
        times = _completed(member.rows.setdefault(name, set()), day, rule["streak"]["days"])
        if times:
            found.append(share(f"{name}:streak", [], times * rule["streak"]["points"]))
    return found


def _completed(days: set[date], day: date, length: int) -> int:
    """How many more full rows there are with this day."""
    before = _rows(days, length)
    days.add(day)
    return _rows(days, length) - before


def _rows(days: set[date], length: int) -> int:
    full = run = 0
    for day in sorted(days):
        run = run + 1 if day - timedelta(days=1) in days else 1
        full += run % length == 0
    return full
