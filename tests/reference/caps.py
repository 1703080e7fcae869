"""Bounds on what is given: every use is kept, and the room is counted anew from all of them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.reference.clock import Clock, period

Keys = dict[str, Any]
THINGS = ("ref", "order_line", "survey", "order")  # Periods that are not of time.


def listed(value: Any) -> list[Any]:
    """One or several, as a list."""
    return value if isinstance(value, list) else [value] if value else []


@dataclass
class Share:
    """What one rule gives of an entry, exactly, and under whose bounds."""

    rule: str
    bounded_by: list[str]
    points: Fraction
    qualifying: Fraction


@dataclass
class Use:
    """Whole points that were given."""

    owner: str  # Whose bounds it fills: a rule, a group or the programme.
    origin: str  # The order, or "".
    day: date
    points: int
    thing: str = ""  # What the engagement was about.


@dataclass
class Room:
    """What one bound still allows; None: no matter."""

    count: int | None
    points: Fraction | None


Rooms = dict[str, list[Room]]


class Caps:
    """All bounds of a programme and what one customer has used of them."""

    def __init__(self, keys: Keys, clock: Clock) -> None:
        earn = keys["earn"]
        owners = {"programme": keys.get("cap")}
        for kind in ("rules", "multipliers", "bonuses"):
            owners |= {f"{kind} {one['id']}": one.get("cap") for one in earn.get(kind, [])}
        owners |= {f"group {one['id']}": one["cap"] for one in earn.get("groups", [])}
        for one in keys.get("engagement", []):
            owners[f"engagement {one.get('id', one['kind'])}"] = one.get("cap")
        owners["reward referral"] = keys.get("referral", {}).get("cap")
        self.bounds = {owner: listed(cap) for owner, cap in owners.items()}
        self.clock = clock
        self.uses: list[Use] = []

    def rooms(self, day: date, origin: str, thing: str = "") -> Rooms:
        """What is free on a day, what this order had used of it itself counted as free."""
        others = [use for use in self.uses if not origin or use.origin != origin]
        return {
            owner: [self._room(owner, bound, day, others, thing) for bound in bounds]
            for owner, bounds in self.bounds.items()
        }

    def _room(self, owner: str, bound: Keys, day: date, uses: list[Use], thing: str) -> Room:
        counted = [use for use in uses if use.owner == owner and self._same(bound["per"], use, day, thing)]
        points = bound.get("points")
        return Room(
            bound["count"] - len(counted) if "count" in bound else None,
            None if points is None else Fraction(max(points - sum(use.points for use in counted), 0)),
        )

    def _same(self, per: str, use: Use, day: date, thing: str) -> bool:
        """Whether a use lies in the period that holds a day, or was about the same thing."""
        if per in THINGS:
            return about(per, use.thing) == about(per, thing)
        if per.startswith("rolling"):
            return day - timedelta(days=int(per.split()[1])) < use.day <= day
        first, end = period(day, per)
        return first <= use.day < end

    def use(self, shares: Iterable[Share], given: dict[str, int], day: date, origin: str, thing: str) -> None:
        """Counts what an entry gave, once for each bound, in place of what this order had used."""
        self.uses = [use for use in self.uses if not origin or use.origin != origin]
        points: dict[str, int] = {}
        for share in shares:
            for owner in share.bounded_by:
                points[owner] = points.get(owner, 0) + given.get(share.rule, 0)
        self.uses += [Use(owner, origin, day, qty, thing) for owner, qty in points.items() if qty]


def about(per: str, ref_id: str) -> str:
    """The thing that a `ref_id` names."""
    return ref_id.rpartition("/")[0] or ref_id if per == "order" else ref_id


def cut(shares: list[Share], rooms: Rooms) -> list[Share]:
    """The shares as the bounds leave them, one after the other."""
    left = {owner: [replace(room) for room in found] for owner, found in rooms.items()}
    kept = []
    for share in shares:
        bounds = [room for owner in share.bounded_by for room in left.get(owner, [])]
        used_up = any(room.count is not None and room.count <= 0 for room in bounds)
        points = min([share.points, *[room.points for room in bounds if room.points is not None]])
        points = Fraction(0) if used_up else points
        kept.append(replace(share, points=points, qualifying=Fraction(0) if used_up else share.qualifying))
        for room in bounds:
            if room.points is not None:
                room.points -= points
    return kept


def parted(whole: int, shares: list[Share], rooms: Rooms) -> dict[str, int]:
    """Whole points by rule: rounded down, then one more each to the largest fractions.

    Of equal ones the first has it, and none goes where a bound would be passed.
    """
    parts = {share.rule: int(share.points) for share in shares}

    def free(owner: str) -> bool:
        used = sum(parts[share.rule] for share in shares if owner in share.bounded_by)
        return all(room.points is None or used < room.points for room in rooms.get(owner, []))

    for share in sorted(shares, key=lambda share: -(share.points % 1)):
        if sum(parts.values()) < whole and all(free(owner) for owner in share.bounded_by):
            parts[share.rule] += 1
    return {rule: qty for rule, qty in parts.items() if qty}
