"""The consumer group: who is a member, and which partitions each has in which generation.

A member that is not heard of for the session time-out is put out, and so is one that does not join again
within the rebalance time-out. A restarted static member takes the place of its former self, and no
partition moves. Somebody who was put out learns of it at the next heartbeat.
"""

import asyncio
from random import Random
from typing import Any

from tests.simulation.loop import NOBODY, Loop

SESSION_S = 6.0
REBALANCE_S = 10.0
HEARTBEAT_S = 1.5
WATCH_S = 0.5
SETTLE_S = 0.1  # How long the first to join are waited for.

Given = tuple[int, list[int], set[int]]  # Generation, partitions, those to keep a copy of.


class Group:
    """The group's coordinator. Members have `process`, `instance` and `rejoin()`."""

    def __init__(self, loop: Loop, chance: Random, partitions: int, standbys: int) -> None:
        self.loop = loop
        self.chance = chance
        self.partitions = partitions
        self.standbys = standbys
        self.generation = 0
        self.given: dict[Any, tuple[list[int], set[int]]] = {}
        self._seen: dict[Any, float] = {}  # Members, and when they were last heard of.
        self._joining: dict[Any, asyncio.Future[Given]] = {}
        self._until: float | None = None  # While a rebalance goes on, its end.
        self._out: list[Any] = []
        self._watch()

    def join(self, member: Any) -> asyncio.Future[Given]:
        """What the member is given, once everybody has joined."""
        answer = self.loop.create_future()
        former = next((each for each in self._seen if each.instance == member.instance), None)
        if former is not None and former is not member:
            former.instance = ""  # Should it still run, it comes back as somebody else.
            self._put_out(former)
        self._seen[member] = self.loop.time()
        if self._until is None and former in self.given and former is not member:
            self.given[member] = self.given.pop(former)
            answer.set_result((self.generation, *self.given[member]))
        else:
            self._joining[member] = answer
            self._rebalance()
        return answer

    def _put_out(self, member: Any) -> None:
        del self._seen[member]
        self._joining.pop(member, None)
        self._out.append(member)

    def _rebalance(self) -> None:
        if self._until is None:
            self._until = self.loop.time() + REBALANCE_S
            for member in self._seen:
                if member not in self._joining:
                    self._tell(member)
        self._later(SETTLE_S, self._complete)

    def _tell(self, member: Any) -> None:
        self._later(self.chance.uniform(0, HEARTBEAT_S), member.rejoin)

    def _complete(self) -> None:
        """Deals the partitions out when nobody is waited for any more."""
        if self._until is None or not self._joining:
            return
        if self._seen.keys() != self._joining.keys() and self.loop.time() < self._until:
            return
        self._out += [member for member in self._seen if member not in self._joining]
        joined, self._joining, self._until = self._joining, {}, None
        self._seen = dict.fromkeys(joined, self.loop.time())
        self.generation += 1
        members = sorted(joined, key=lambda member: member.process.name)
        shift = self.chance.choice((0, 0, self.chance.randrange(9)))
        self.given = {member: ([], set()) for member in members}
        for number in range(self.partitions):
            at = number + shift
            self.given[members[at % len(members)]][0].append(number)
            for beside in range(1, min(self.standbys + 1, len(members))):
                self.given[members[(at + beside) % len(members)]][1].add(number)
        for member, answer in joined.items():
            answer.set_result((self.generation, *self.given[member]))

    def _watch(self) -> None:
        """Hears of the members that run, puts out those that do not, and tells those that are out."""
        now = self.loop.time()
        for member in self._seen:
            if not member.process.dead and not member.process.frozen:
                self._seen[member] = now
        for member in [each for each, at in self._seen.items() if now - at > SESSION_S]:
            self._put_out(member)
            if self._until is None and self._seen:
                self._rebalance()
        for member in [each for each in self._out if not each.process.frozen]:
            self._out.remove(member)
            if not member.process.dead:
                self._tell(member)
        self._complete()
        self._later(WATCH_S, self._watch)

    def _later(self, delay: float, callback: Any) -> None:
        self.loop.call_later(delay, callback, context=NOBODY)
