"""What one run did, added up while it is done: counts of records by outcome, and figures of what was sent.

Every number is under a tuple of words: what is counted, then the labels (`agents.metrics` names them).
An entry of points earned, by far the most common message, costs three additions.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from engine.churn_effects import ChurnAlert
from engine.effects import ChurnRecovered, Effect, PointsClawedBack, PointsEarned
from engine.ledger_effects import (
    PENDING,
    PointsActivated,
    PointsAdjusted,
    PointsExpired,
    PointsRedeemed,
    RedeemReversed,
    TransferredIn,
    TransferredOut,
    WrittenOff,
)
from engine.life_effects import LifecycleChanged
from engine.notice_effects import NotifyRequested, NotifySuppressed
from engine.tier_effects import TierChanged

Key = tuple[str, ...]

POINTS: Final = "points"
TIMERS: Final = "timers"  # In place of a topic, of what no record caused.
EARNED: Final = PointsEarned.TYPE
# Entries that give points to a wallet, and those that take some from it, by the label that says why.
GIVEN: Final[dict[type, str]] = {
    PointsAdjusted: "adjusted",
    RedeemReversed: "redemption_reversed",
    TransferredIn: "transferred",
    WrittenOff: "written_off",
}
TAKEN: Final[dict[type, str]] = {
    PointsRedeemed: "redeemed",
    PointsExpired: "expired",
    PointsClawedBack: "clawed_back",
    PointsAdjusted: "adjusted",
    TransferredOut: "transferred",
}


class Flow:
    """The figures of one run. `counts` is complete once `settled` was called."""

    def __init__(self) -> None:
        self.counts: dict[Key, int] = {}
        self._earned = 0  # Messages, and what they gave: by orders and by engagements.
        self._of_orders = 0
        self._of_engagements = 0

    def add(self, *key: str, count: int = 1) -> None:
        """Counts something that is rare."""
        self.counts[key] = self.counts.get(key, 0) + count

    def outcome(self, topic: str, word: str) -> None:
        """Counts an input record that was not applied."""
        self.add("outcome", topic, word)

    def buried(self, topic: str, reason: str) -> None:
        """Counts a dead letter."""
        self.add("dead_letter", topic, reason)

    def sent(self, effects: Iterable[Effect]) -> None:
        """Counts messages."""
        for effect in effects:
            data = effect.data
            if type(data) is PointsEarned and effect.type == EARNED and data.wallet == POINTS:
                self._earned += 1
                if data.ref.engagement:
                    self._of_engagements += data.qty
                else:
                    self._of_orders += data.qty
            else:
                self._other(effect)

    def _other(self, effect: Effect) -> None:
        data, kind = effect.data, type(effect.data)
        self.add("message", effect.type)
        if isinstance(data, TierChanged):
            self.add("tier", data.tier_set, data.from_tier, data.to_tier)
        elif isinstance(data, ChurnAlert):
            self.add("alert", data.level)
        elif isinstance(data, ChurnRecovered):
            self.add("recovered", data.previous)
        elif isinstance(data, NotifyRequested):
            self.add("notice", data.kind, REQUESTED)
        elif isinstance(data, NotifySuppressed):
            self.add("notice", data.kind, data.cause)
        elif isinstance(data, PointsEarned):
            why = "engagement" if data.ref.engagement else "purchase"
            self.add("given", data.wallet, why, count=data.qty)
            if effect.type != PENDING:
                self.add("activated", data.wallet, count=data.qty)
        elif isinstance(data, LifecycleChanged):
            self.add("stage", data.axis, data.from_, data.to)
        elif isinstance(data, PointsActivated):
            self.add("activated", data.wallet, count=data.qty)
        elif isinstance(data, PointsAdjusted) and data.qty < 0:
            self.add("taken", data.wallet, TAKEN[kind], count=-data.qty)
        elif kind in GIVEN:
            assert isinstance(data, PointsAdjusted | RedeemReversed | TransferredIn | WrittenOff)
            self.add("given", data.wallet, GIVEN[kind], count=data.qty)
        elif isinstance(data, PointsClawedBack):  # What had lapsed before leaves no balance twice.
            self.add("taken", data.wallet, TAKEN[kind], count=data.qty - data.from_expired)
        elif isinstance(data, PointsRedeemed | PointsExpired | TransferredOut):
            self.add("taken", data.wallet, TAKEN[kind], count=data.qty)

    def settled(self, topics: list[str]) -> None:
        """Completes the counts: of the records, of these topics, what has no other outcome was applied."""
        for topic, records in Counter(topics).items():
            others = sum([self.counts.get(("outcome", topic, word), 0) for word in OTHERS])
            if records > others:
                self.add("outcome", topic, APPLIED, count=records - others)
        if self._earned:
            self.add("message", EARNED, count=self._earned)
        for why, qty in (("purchase", self._of_orders), ("engagement", self._of_engagements)):
            if qty:
                self.add("given", POINTS, why, count=qty)
                self.add("activated", POINTS, count=qty)

    def count(self, *key: str) -> int:
        """The sum of everything whose key begins so."""
        return sum([number for full, number in self.counts.items() if full[: len(key)] == key])


APPLIED: Final = "applied"
REQUESTED: Final = "requested"
OTHERS: Final = ("duplicate", "dead_letter", "waiting", "forwarded", "time")
