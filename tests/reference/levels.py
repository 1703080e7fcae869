"""The levels of one set as the rulebook promises them, read anew from everything a customer did."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Any

from tests.reference import evidence, reviews
from tests.reference.clock import FIRST, Span, period, year_of
from tests.reference.conditions import bound, holds, leaves, progress
from tests.reference.lasting import after, first_end
from tests.reference.orders import exactly
from tests.reference.qualifying import counted, over
from tests.reference.standing import Fallen, Grant, Override

if TYPE_CHECKING:
    from tests.reference.member import Member

Keys = dict[str, Any]


@dataclass
class Levels:
    """A customer's standing in one set; `code` is what they have reached, `shown` what others see."""

    member: "Member"
    keys: Keys
    code: str = ""
    began_ms: int = 0
    end_ms: int | None = None  # Of the validity, without its extension.
    grace_ms: int | None = None
    fallen: Fallen | None = None
    override: Override | None = None
    rises: dict[str, int] = field(default_factory=dict)  # That wait for the next period: when reached.
    rises_ms: int = 0
    history: list[tuple[int, str]] = field(default_factory=list)  # Of what was shown.
    grants: dict[str, Grant] = field(default_factory=dict)
    judged_ms: int = 0  # When it was last looked at.
    warned_ms: int = 0
    near: str = ""  # The level that the last event found them close to.
    told_ms: int | None = None

    @property
    def name(self) -> str:
        return str(self.keys.get("id", "main"))

    @property
    def codes(self) -> list[str]:
        return [level["code"] for level in self.keys["levels"]]

    @property
    def shown(self) -> str:
        """The level that others see."""
        if self.override is None:
            return self.code
        if self.override.mode == "pin":
            return self.override.code
        return max(self.code, self.override.code, key=self.rank)

    @property
    def until_ms(self) -> int | None:
        """When the level is reviewed."""
        if self.end_ms is None or "extended_by" not in self.keys:
            return self.end_ms
        return after(self.member.clock, self.end_ms, self.keys["extended_by"])

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
        return exactly(self.level(self.shown).get("multiplier", 1))

    def joined(self) -> date:
        """The local day of joining."""
        return self.member.clock.day(self.member.joined_ms or 0)

    # Numbers

    def span(self, leaf: Keys, today: date, began_ms: int | None = None) -> Span:
        """The local days that a condition looks at, as of a day."""
        words, end = leaf["window"].split(), today + timedelta(days=1)
        if words[0] == "lifetime":
            return FIRST, end
        if words[0] == "anniversary":
            return year_of(self.joined(), today)
        if words[0] == "since_tier_start":
            began = self.member.clock.day(self.began_ms if began_ms is None else began_ms)
            return max(began if self.code else today, today - timedelta(days=399)), end
        if words[0] == "rolling":
            return today - timedelta(days=int(words[1]) - 1), end
        return period(today, words[1])

    def value(self, leaf: Keys, span: Span, grant: Grant | None = None) -> int:
        """A number over some days, of everything or of what a grant was given for."""
        member, (first, end), metric = self.member, span, leaf["metric"]
        if metric == "tenure_days":
            return grant.tenure if grant else max((end - timedelta(days=1) - self.joined()).days, 0)
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

    def met(self, condition: Any, today: date, percent: int = 100, began_ms: int | None = None) -> bool:
        """Whether so much of a condition holds, read as of a day."""
        return holds(
            condition,
            lambda leaf: self.value(leaf, self.span(leaf, today, began_ms)) >= self.asked(leaf, percent),
        )

    def asked(self, leaf: Keys, percent: int) -> int:
        """The whole number to reach for a part of what a condition asks."""
        return ceil(Fraction(bound(leaf, self.member.currency) * percent, 100))

    def missing(self, condition: Any, today: date, percent: int) -> list[int]:
        """How much each unmet number lacks, read as of a day, the least first."""
        if not isinstance(condition, list) and "metric" in condition:
            lack = self.asked(condition, percent) - self.value(condition, self.span(condition, today))
            return [lack] if lack > 0 else []
        if self.met(condition, today, percent) or "not" in condition:
            return []
        parts = condition if isinstance(condition, list) else next(iter(condition.values()))
        parts = parts["of"] if isinstance(parts, dict) and "k" in parts else parts
        return sorted(lack for part in parts for lack in self.missing(part, today, percent))

    def entered(self, code: str, today: date | None = None, percent: int = 100) -> bool:
        """Whether a level's entry holds, today or as of a day; the lowest asks for nothing."""
        day = self.member.today() if today is None else today
        return code == self.codes[0] or self.met(self.level(code)["entry"], day, percent)

    # Moves

    def judge(self, reason: str, at_ms: int) -> None:
        """After an event, or at a midnight that tenure waited for: enrols, corrects, lifts, renews, ends."""
        self.judged_ms = self.member.as_of_ms
        if reason == "event" and self.code:
            reviews.correct(self, at_ms)
        best = max((code for code in self.codes if self.entered(code)), key=self.rank)
        waits = self.keys.get("upgrade") == "next_period"
        if not self.code:
            self.move(self.codes[0] if waits else best, reason, at_ms, self.codes[1 : self.rank(best) + 1])
        if self.rank(best) > self.rank(self.code):
            between = self.codes[self.rank(self.code) + 1 : self.rank(best) + 1]
            if waits:
                self._wait([code for code in between if self.rank(code) > self.waits()], at_ms)
            else:
                self.move(best, reason, at_ms, between)
        if reason != "tenure":
            reviews.in_grace(self)
        if self.keys.get("real_time_downgrade"):
            reviews.in_real_time(self, at_ms)
        if reason == "event":
            self._progress()

    def waits(self) -> int:
        """The highest rank reached, waiting ones included."""
        return max(self.rank(code) for code in [self.code, *self.rises])

    def _wait(self, codes: list[str], at_ms: int) -> None:
        """Levels reached begin with the next period."""
        for code in [code for code in codes if self.entered(code)]:
            self.rises[code] = at_ms
            evidence.grant(self, code)
            self.rises_ms = self._next_period_ms()

    def _next_period_ms(self) -> int:
        _, end = period(self.member.clock.day(self.member.as_of_ms), self.keys["period"])
        return self.member.clock.midnight(end)

    def _progress(self) -> None:
        if "progress" not in self.keys or self.waits() + 1 == len(self.codes):
            self.near = ""
            return
        words, today = self.keys["progress"], self.member.today()
        code = self.codes[self.waits() + 1]

        def part(leaf: Keys) -> Fraction:
            reached = self.value(leaf, self.span(leaf, today))
            return Fraction(max(reached, 0), bound(leaf, self.member.currency))

        percent = int(100 * progress(self.level(code)["entry"], part))
        if not int(words.get("at", "90 %").split()[0]) <= percent < 100:
            self.near = ""
            return
        came, self.near = self.near != code, code
        now_ms = self.member.as_of_ms
        rests = self.told_ms is not None and now_ms < after(
            self.member.clock, self.told_ms, words.get("cool_down", "7 days")
        )
        if came and not rests and self.shown == self.code:
            self.told_ms = now_ms
            self.say("tier.progress", tier=self.code, percent=percent)

    def say(self, effect: str, **numbers: Any) -> None:
        """Notes a message of this set."""
        self.member.say(effect, tier_set=self.name, **numbers)

    def move(self, code: str, reason: str, qualified_ms: int, passed: list[str] | None = None) -> None:
        """Begins a level, with a validity of its own; `passed` are levels on the way up, itself included."""
        for each in passed or []:
            if self.entered(each):
                evidence.grant(self, each)
        shown, self.code, self.near = self.shown if self.code else "", code, ""
        for waiting in [each for each in self.rises if self.rank(each) <= self.rank(code)]:
            del self.rises[waiting]
        self.began_ms = self.member.as_of_ms
        end_ms = first_end(self.keys, self.member.clock, self.began_ms, self.joined())
        self.lasts(None if code == self.codes[0] else end_ms)
        self.tell(shown, reason, qualified_ms)

    def lasts(self, end_ms: int | None) -> None:
        """Sets the end of the validity."""
        self.end_ms, self.grace_ms, self.warned_ms = end_ms, None, self.member.as_of_ms

    def tell(self, before: str, reason: str, qualified_ms: int) -> None:
        """Says that another level shows than before, if so."""
        shown = self.shown
        if shown == before:
            return
        rises = not before or self.rank(shown) > self.rank(before)
        effect = "tier.enrolled" if not before else "tier.upgraded" if rises else "tier.downgraded"
        passed = self.codes[self.rank(before) + 1 : self.rank(shown)] if before else []
        self.history.append((self.member.as_of_ms, shown))
        self.say(
            effect,
            **{"from": before, "to": shown},
            reason=reason,
            effective_ms=self.member.as_of_ms,
            qualified_ms=qualified_ms,
            skipped=passed if effect == "tier.upgraded" else None,
            valid_until_ms=(self.until_ms or 0) if shown == self.code else None,
        )

    # Time

    def due(self) -> list[tuple[int, str]]:
        """Every instant at which this set has something to do, with its kind."""
        if not self.code:
            return []
        return [(at_ms, f"tier:{self.name}") for at_ms in [*self.tenure(), *reviews.due(self)]]

    def tenure(self) -> list[int]:
        """The midnights ahead at which tenure alone may lift."""
        clock, found = self.member.clock, []
        for code in self.codes[1:]:
            for leaf in leaves(self.level(code)["entry"]):
                if leaf["metric"] == "tenure_days":
                    day = self.joined() + timedelta(days=bound(leaf, self.member.currency))
                    found.append(clock.midnight(day))
        return [at_ms for at_ms in found if at_ms > self.judged_ms]
