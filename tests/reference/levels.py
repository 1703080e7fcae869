"""The levels of one set as the rulebook promises them, read anew from everything a customer did."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tests.reference.clock import FIRST, LAST, Span, period, year_of
from tests.reference.orders import Order, decimals, exactly
from tests.reference.qualifying import Counted, counted, over

if TYPE_CHECKING:
    from tests.reference.member import Member

Keys = dict[str, Any]


def leaves(condition: Any) -> Iterator[Keys]:
    """Every number that a condition asks for."""
    if isinstance(condition, list):
        for part in condition:
            yield from leaves(part)
    elif condition and "metric" in condition:
        yield condition
    elif condition:
        (value,) = condition.values()
        yield from leaves(value["of"] if "k" in value else value)


def holds(condition: Any, reached: Any) -> bool:
    """Whether a condition tree holds when `reached` says so of its leaves."""
    if isinstance(condition, list):
        return all(holds(part, reached) for part in condition)
    if "metric" in condition:
        return bool(reached(condition))
    if "all" in condition:
        return holds(condition["all"], reached)
    if "any" in condition:
        return any(holds(part, reached) for part in condition["any"])
    if "not" in condition:
        return not holds(condition["not"], reached)
    wanted = condition["at_least"]
    return sum(holds(part, reached) for part in wanted["of"]) >= wanted["k"]


def bound(leaf: Keys, currency: str) -> int:
    """The number to reach; money in minor units."""
    wanted = exactly(leaf["at_least"])
    return int(wanted * 10 ** decimals(currency)) if leaf["metric"] == "spend_net" else int(wanted)


@dataclass
class Grant:
    """What a level was given for: the orders and engagements that were there, and the days looked at."""

    spans: list[tuple[Keys, Span]]
    orders: list[Order]
    days: set[date]
    engaged: list[tuple[date, int, int]]
    tenure: int
    referrals: list[date]
    counted: list[Counted]


@dataclass
class Levels:
    """A customer's standing in one set."""

    member: "Member"
    keys: Keys
    code: str = ""
    history: list[tuple[int, str]] = field(default_factory=list)
    grants: dict[str, Grant] = field(default_factory=dict)
    judged_ms: int = 0  # When it was last looked at.

    @property
    def name(self) -> str:
        return str(self.keys.get("id", "main"))

    @property
    def codes(self) -> list[str]:
        return [level["code"] for level in self.keys["levels"]]

    def level(self, code: str) -> Keys:
        """The keys of a level."""
        return next(level for level in self.keys["levels"] if level["code"] == code)

    def rank(self, code: str) -> int:
        """0 for the lowest."""
        return self.codes.index(code)

    def times_at(self, at_ms: int) -> Fraction:
        """The multiplier of the level that was in force then."""
        codes = [code for since_ms, code in self.history if since_ms <= at_ms]
        return exactly(self.level(codes[-1] if codes else self.codes[0]).get("multiplier", 1))

    def times(self) -> Fraction:
        """The multiplier of the level in hand."""
        return exactly(self.level(self.code).get("multiplier", 1))

    # Numbers

    def span(self, leaf: Keys, today: date) -> Span:
        """The local days that a condition looks at."""
        words = leaf["window"].split()
        if words[0] == "lifetime":
            return FIRST, LAST
        if words[0] == "anniversary":
            return year_of(self.member.clock.day(self.member.joined_ms or 0), today)
        if words[0] == "since_tier_start":
            began = self.member.clock.day(self.history[-1][0]) if self.history else today
            return max(began, today - timedelta(days=399)), today + timedelta(days=1)
        if words[0] == "rolling":
            return today - timedelta(days=int(words[1]) - 1), today + timedelta(days=1)
        return period(today, words[1])

    def value(self, leaf: Keys, span: Span, grant: Grant | None = None) -> int:
        """A number over some days, of everything or of what a grant was given for."""
        member, (first, end), metric = self.member, span, leaf["metric"]
        if metric == "tenure_days":
            return grant.tenure if grant else member.tenure()
        if metric == "purchase_days":
            days = grant.days if grant else member.purchase_days()
            return sum(first <= day < end for day in days)
        if metric == "referrals":
            return sum(first <= day < end for day in (grant or member).referrals)
        orders = [
            order
            for order in (grant.orders if grant else member.orders.values())
            if first <= order.day(member.clock) < end
        ]
        if metric == "spend_net":
            return sum(order.money for order in orders)
        if metric == "orders":
            return sum(order.counts for order in orders)
        engaged = [row for row in (grant.engaged if grant else member.engaged) if first <= row[0] < end]
        if metric == "engagement_points":
            return sum(row[1] for row in engaged)
        return over(grant.counted if grant else counted(member), first, end)

    def reached(self, leaf: Keys) -> bool:
        """Whether a condition is met today."""
        wanted = bound(leaf, self.member.currency)
        return self.value(leaf, self.span(leaf, self.member.today())) >= wanted

    def entered(self, code: str) -> bool:
        """Whether a level's entry holds today; the lowest asks for nothing."""
        return code == self.codes[0] or holds(self.level(code)["entry"], self.reached)

    # Moves

    def judge(self, reason: str, qualified_ms: int) -> None:
        """Enrols, or lifts to the highest level whose entry holds."""
        self.judged_ms = self.member.as_of_ms
        best = max((code for code in self.codes if self.entered(code)), key=self.rank)
        if not self.code:
            for code in self.codes[1 : self.rank(best) + 1]:
                self._grant_if_entered(code)
            self._move("tier.enrolled", best, reason, qualified_ms)
        elif self.rank(best) > self.rank(self.code):
            for code in self.codes[self.rank(self.code) + 1 : self.rank(best) + 1]:
                self._grant_if_entered(code)
            self._move("tier.upgraded", best, reason, qualified_ms)

    def after_refund(self, qualified_ms: int) -> None:
        """The evidence rule: a level falls when what it was given for is gone and does not hold anew."""
        for grant in self.grants.values():
            counted = {order.day(self.member.clock) for order in grant.orders if order.counts}
            grant.days = grant.days & self.member.purchase_days() | counted
        if self.code not in self.grants or self._carries(self.code):
            return
        if self.entered(self.code):
            self._grant_if_entered(self.code)
            return
        for code in self.codes[self.rank(self.code) :]:
            self.grants.pop(code, None)
        lower = self.codes[: self.rank(self.code)]
        for code in reversed(lower):
            if code == self.codes[0] or (code in self.grants and self._carries(code)):
                break
            if self.entered(code):
                self._grant_if_entered(code)
                break
            self.grants.pop(code, None)
        self._move("tier.downgraded", code, "refund", qualified_ms)

    def _carries(self, code: str) -> bool:
        grant = self.grants[code]
        spans = {id(leaf): span for leaf, span in grant.spans}
        currency = self.member.currency
        return holds(
            self.level(code)["entry"],
            lambda leaf: self.value(leaf, spans[id(leaf)], grant) >= bound(leaf, currency),
        )

    def _grant_if_entered(self, code: str) -> None:
        if not self.entered(code):
            return
        member, today = self.member, self.member.today()
        self.grants[code] = Grant(
            [(leaf, self.span(leaf, today)) for leaf in leaves(self.level(code)["entry"])],
            list(member.orders.values()),
            member.purchase_days(),
            list(member.engaged),
            member.tenure(),
            list(member.referrals),
            counted(member),
        )

    def _move(self, effect: str, code: str, reason: str, qualified_ms: int) -> None:
        before, self.code = self.code, code
        passed = (
            self.codes[self.rank(before) + 1 : self.rank(code)] if before else self.codes[: self.rank(code)]
        )
        self.history.append((self.member.as_of_ms, code))
        self.member.say(
            effect,
            tier_set=self.name,
            **{"from": before, "to": code},
            reason=reason,
            effective_ms=self.member.as_of_ms,
            qualified_ms=qualified_ms,
            skipped=passed if effect == "tier.upgraded" else None,
        )

    # Time

    def due(self) -> list[tuple[int, str]]:
        """Every instant at which this set has something to do, with its kind."""
        if not self.code:
            return []
        clock, member = self.member.clock, self.member
        joined = clock.day(member.joined_ms or 0)
        found: list[tuple[int, str]] = []
        for code in self.codes[self.rank(self.code) + 1 :]:
            for leaf in leaves(self.level(code)["entry"]):
                if leaf["metric"] == "tenure_days":
                    day = joined + timedelta(days=bound(leaf, member.currency))
                    found.append((clock.midnight(day), f"tier:{self.name}"))
        return [row for row in found if row[0] > self.judged_ms]

    def fire(self) -> None:
        """Does what is due at this instant."""
        self.judge("tenure", self.member.as_of_ms)
