"""An event loop on virtual time, and processes on it that can be frozen and killed at any await.

asyncio's own tasks, locks and time-outs run on it unchanged. Nothing waits: when no callback is ready, the
clock jumps to the next timer. Callbacks of one instant run in the order they were asked for, so what happens
follows from the delays alone, and those are drawn from a seed.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from contextvars import Context, ContextVar, copy_context
from heapq import heappop, heappush
from itertools import count
from typing import Any

_process: ContextVar["Process | None"] = ContextVar("process", default=None)
NOBODY = Context()  # What runs in it belongs to no process: the cluster, the network, fate.


class Died(BaseException):
    """The process it is raised in has ended; no handler for errors may catch it."""


class Process:
    """A simulated process: it runs until it is told to stop. A frozen one keeps what falls due for later.

    `countdown` is how many of its callbacks may still run before `fate` is called: a crash at an await.
    """

    def __init__(self, name: str, machine: str, world: Any) -> None:
        self.name = name
        self.machine = machine
        self.member: Any = None
        self.world = world
        self.dead = False
        self.frozen = False
        self.countdown = 0
        self.callbacks = 0  # That it has run.
        self.fate: Callable[[], None] = lambda: None
        self.skew_ms = 0  # By which the machine's time of day is wrong.
        self.use = ""  # The kind of use of the disk at which something befalls it,
        self.use_left = 0  # after so many of them.
        self.tasks: list[asyncio.Task[Any]] = []
        self._waiting: list[Handle] = []

    def may_run(self, handle: "Handle") -> bool:
        """Whether its next callback runs now. Meets its fate when the countdown ends."""
        if self.countdown and not self.frozen and not self.dead:
            self.countdown -= 1
            if not self.countdown:
                self.fate()
        if self.frozen and not self.dead:
            self._waiting.append(handle)
        runs = not self.dead and not self.frozen
        self.callbacks += runs
        return runs

    def time_ms(self) -> int:
        """The machine's time of day at the shop's pace, in ms."""
        return self.world.clock() + self.skew_ms

    def thaw(self) -> None:
        """Runs on with all that fell due meanwhile."""
        self.frozen = False
        waiting, self._waiting = self._waiting, []
        for handle in waiting:
            handle.loop.again(handle)

    def standing_at(self) -> Iterator[tuple[str, int]]:
        """(file, line) of every await at which one of its coroutines stands."""
        for task in self.tasks:
            coroutine: Any = None if task.done() else task.get_coro()
            while (frame := getattr(coroutine, "cr_frame", None)) is not None:
                yield frame.f_code.co_filename, frame.f_lineno
                coroutine = coroutine.cr_await

    def forget(self) -> None:
        """Ends what it had begun, now that nothing of it matters."""
        self.dead = True
        for task in self.tasks:
            if not task.done():
                with suppress(RuntimeError, Died):
                    task.get_coro().close()

    def spawn(self, loop: "Loop", work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        """Starts a task of this process."""
        context = copy_context()
        context.run(_process.set, self)
        task: asyncio.Task[Any] = loop.create_task(work, context=context)
        return task


def here() -> Process:
    """The process that is running."""
    process = _process.get()
    assert process is not None
    return process


class Handle:
    """A callback to come."""

    __slots__ = ("args", "at", "callback", "context", "gone", "loop")

    def __init__(
        self, loop: "Loop", at: float, callback: Callable[..., Any], args: Any, context: Context
    ) -> None:
        self.loop, self.at, self.callback, self.args, self.context = loop, at, callback, args, context
        self.gone = False

    def cancel(self) -> None:
        """Has it not called."""
        self.gone = True

    def cancelled(self) -> bool:
        """Whether it will not be called."""
        return self.gone

    def when(self) -> float:
        """The instant it is due."""
        return self.at

    def run(self) -> None:
        """Calls it, unless it was cancelled or its process may not run."""
        if self.gone:
            return
        process = self.context.get(_process)
        if process is None or process.may_run(self):
            with suppress(Died):
                self.context.run(self.callback, *self.args)


class Loop(asyncio.AbstractEventLoop):
    """The loop; its methods are those of asyncio that tasks and time-outs use."""

    def __init__(self) -> None:
        self._now = 0.0
        self._soon: deque[Handle] = deque()
        self._later: list[tuple[float, int, Handle]] = []
        self._order = count()

    def time(self) -> float:
        return self._now

    def get_debug(self) -> bool:
        return False

    def call_soon(self, callback: Any, *args: Any, context: Context | None = None) -> Any:
        handle = Handle(self, self._now, callback, args, copy_context() if context is None else context)
        self._soon.append(handle)
        return handle

    def call_later(self, delay: float, callback: Any, *args: Any, context: Context | None = None) -> Any:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(self, when: float, callback: Any, *args: Any, context: Context | None = None) -> Any:
        handle = Handle(self, when, callback, args, copy_context() if context is None else context)
        heappush(self._later, (when, next(self._order), handle))
        return handle

    def again(self, handle: Handle) -> None:
        """Has a callback run that its process could not run before."""
        self._soon.append(handle)

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, *, name: str | None = None, context: Context | None = None) -> Any:
        task = asyncio.Task(coro, loop=self, name=name, context=context)
        process = _process.get() if context is None else context.get(_process)
        if process is not None:
            process.tasks.append(task)
        return task

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Nothing: a dead process leaves errors behind that nobody asks for."""

    def run(self, until: float, done: Callable[[], bool]) -> bool:
        """Whether `done` came true by the instant `until`; it is asked whenever time is about to pass."""
        asyncio._set_running_loop(self)
        try:
            while not done():
                while self._later and self._later[0][2].gone:
                    heappop(self._later)
                if not self._later or self._later[0][0] > until:
                    self._now = until
                    return False
                self._now = max(self._now, self._later[0][0])
                while self._later and self._later[0][0] <= self._now:
                    self._soon.append(heappop(self._later)[2])
                self._run_ready()
            return True
        finally:
            asyncio._set_running_loop(None)

    def _run_ready(self) -> None:
        while self._soon:
            self._soon.popleft().run()
