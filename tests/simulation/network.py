"""Requests on their way to the cluster and back: delayed, lost, or given up by the sender but delivered."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

from tests.simulation.loop import NOBODY, Loop

RESET_S = (0.01, 0.3)  # When a cut connection is noticed.
LATE_S = 12.0  # How long after its sender gave it up a request may still arrive.


class Lost(Exception):
    """No answer came; whether the request arrived is unknown."""


class Network:
    """Carries requests. Of a share of them, `trouble`, something goes wrong; while it is down, of all.

    A cut connection loses what was on it. A request that timed out may be waiting somewhere, and arrive.
    """

    def __init__(self, loop: Loop, chance: Random, trouble: float) -> None:
        self.loop = loop
        self.chance = chance
        self.trouble = trouble
        self.down_until = 0.0

    def carry(self, request: Callable[[], Any], timeout_s: float) -> asyncio.Future[Any]:
        """The answer to come: what `request` returns when it reaches the cluster, what it raises, or Lost."""
        answer = self.loop.create_future()
        there = self._delay()
        if self.loop.time() + there < self.down_until:
            self._lose(answer, timeout_s)
            return answer
        draw = self.chance.random() / self.trouble if self.trouble else 9.0
        if draw < 1:  # Lost on the way.
            self._lose(answer, timeout_s)
        elif draw < 2:  # Its answer is.
            self._at(there, self._arrive, request, None)
            self._lose(answer, timeout_s, there)
        elif draw < 2.2:  # Late.
            self._at(timeout_s, _fail, answer, Lost())
            self._at(timeout_s + self.chance.uniform(0, LATE_S), self._arrive, request, None)
        else:
            self._at(there, self._arrive, request, answer)
            self._at(timeout_s, _fail, answer, Lost())
        return answer

    def _delay(self) -> float:
        draw = self.chance.random()
        if draw < 0.03 and self.trouble:
            return self.chance.uniform(0.05, 2.0)
        return 0.0005 + draw * 0.004

    def _lose(self, answer: asyncio.Future[Any], timeout_s: float, after_s: float = 0.0) -> None:
        noticed = self.chance.uniform(*RESET_S) if self.chance.random() < 0.95 else timeout_s
        self._at(max(after_s, noticed), _fail, answer, Lost())

    def _arrive(self, request: Callable[[], Any], answer: asyncio.Future[Any] | None) -> None:
        try:
            result = request()
        except Exception as error:
            if answer is not None:
                self._at(self._delay(), _fail, answer, error)
            return
        if isinstance(result, asyncio.Future):  # Held back until there is something to say.
            result.add_done_callback(lambda held: self._reply(answer, held.result()), context=NOBODY)
        else:
            self._reply(answer, result)

    def _reply(self, answer: asyncio.Future[Any] | None, result: Any) -> None:
        back = self._delay()
        if answer is not None and self.loop.time() + back >= self.down_until:
            self._at(back, _succeed, answer, result)

    def _at(self, delay: float, callback: Callable[..., None], *args: Any) -> None:
        self.loop.call_later(delay, callback, *args, context=NOBODY)


def _succeed(answer: asyncio.Future[Any], result: Any) -> None:
    if not answer.done():
        answer.set_result(result)


def _fail(answer: asyncio.Future[Any], error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)
