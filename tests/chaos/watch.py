"""Commits as a reader of the journal sees them appear: how far the work is, and when it stood still."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer

from agents.journal import Commit, commit_of
from agents.settings import WorkerSettings
from tests.agents.worker_kit import PATIENCE_S
from topics.catalogue import Role

QUIET_S = 1.0
POLL_S = 0.01


class Seen(NamedTuple):
    """A commit and when it became visible (monotonic seconds)."""

    at_s: float
    partition: int
    commit: Commit


class Watch:
    """Reads the journal of an installation while a `with` block lasts."""

    def __init__(self, settings: WorkerSettings) -> None:
        self.seen: list[Seen] = []
        self.applied = 0  # Records of the inputs.
        self.consumer = AIOKafkaConsumer(
            settings.catalogue.name(Role.JOURNAL),
            bootstrap_servers=settings.servers,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=2**23,
        )

    async def __aenter__(self) -> "Watch":
        await self.consumer.start()
        self._task = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):  # Of a fetch that waited to try again.
            await self.consumer.stop()

    async def _read(self) -> None:
        async for record in self.consumer:
            commit = commit_of(record.value)
            self.seen.append(Seen(time.monotonic(), record.partition, commit))
            self.applied += sum(count for _, count in commit.order)

    async def _when(self, holds: Callable[[], bool]) -> None:
        """Returns as soon as it holds; fails when no commit has come for a long while."""
        began = time.monotonic()
        while not holds():
            last = max(began, self.seen[-1].at_s if self.seen else began)
            quiet = time.monotonic() - last
            assert quiet < PATIENCE_S, f"{self.applied} records are applied, and nothing follows"
            await asyncio.sleep(POLL_S)

    async def reaches(self, count: int) -> None:
        """Returns when so many records are applied."""
        await self._when(lambda: self.applied >= count)

    async def rests(self, count: int) -> None:
        """Returns when so many records are applied, and nothing more was committed for a second."""
        await self.reaches(count)
        while time.monotonic() - self.seen[-1].at_s < QUIET_S:
            await asyncio.sleep(QUIET_S / 10)

    async def next_after(self, at_s: float) -> float:
        """Seconds from the instant to the first commit that became visible after it."""
        await self._when(lambda: bool(self.seen) and self.seen[-1].at_s > at_s)
        return next(each.at_s for each in self.seen if each.at_s > at_s) - at_s

    async def until_next(self) -> float:
        """Seconds from now to the first commit that is none of those that can be read now."""
        began = time.monotonic()
        ends = await self.consumer.end_offsets(self.consumer.assignment())
        for place, end in ends.items():
            while await self.consumer.position(place) < end:
                await asyncio.sleep(POLL_S)
        known = len(self.seen)
        await self._when(lambda: len(self.seen) > known)
        return self.seen[known].at_s - began

    def pauses(self, from_s: float, to_s: float) -> dict[int, float]:
        """The longest time without a commit of each partition between two instants."""
        longest = {}
        for number in {each.partition for each in self.seen}:
            moments = [each.at_s for each in self.seen if each.partition == number]
            moments = [from_s, *(at for at in moments if from_s < at < to_s), to_s]
            longest[number] = max(after - before for before, after in pairwise(moments))
        return longest
