"""The partitions this worker owns: opened, kept and closed as the group's assignments change.

A new owner first fences the old one, then reads where the changelog ends, restores, and only then reads
the inputs. A partition kept from one generation to the next stays open, unless a generation was missed:
then someone else may have owned it in between.
"""

import asyncio
import logging
import time
from typing import Protocol

from faust.types import TP

from agents.exits import Exit, leave
from agents.merge import Fetched
from agents.metrics import Metrics
from agents.opening import Opener
from agents.session import LARGE_RUNS, Session, Shard
from agents.settings import WorkerSettings
from agents.standby import Standbys
from agents.tracing import Traces
from rules.compiled import Rulebook

log = logging.getLogger("tierline.partitions")


class Source(Protocol):
    """What the holdings ask of the consumer."""

    def generation(self) -> int:
        """The group's generation this worker is in."""

    def assigned(self) -> set[TP]:
        """The topic partitions it was given."""

    def standbys(self) -> set[int]:
        """The partitions of others of which it is to keep a copy."""

    def next_epoch(self) -> int:
        """The number of the consumer's next seek."""

    def read_to_end(self, tp: TP) -> tuple[int, int] | None:
        """(position, UTC ms of the last answer) of an input read to its very end then, else None."""

    def behind(self, tp: TP) -> int:
        """Records between the consumer's position and the end of an input."""

    def seek_again(self) -> None:
        """Has the consumer go back to what the engine asks for next."""


class Holdings:
    """All partitions in hand, and the engine the transport asks for positions and room."""

    def __init__(
        self,
        settings: WorkerSettings,
        rulebook: Rulebook,
        metrics: Metrics,
        source: Source,
        traces: Traces | None = None,
    ) -> None:
        self.settings = settings
        self.metrics = metrics
        self.traces = traces
        self.opener = Opener(settings, rulebook, metrics)
        self.standbys = Standbys(settings, metrics)
        self.source = source
        self.catalogue = settings.catalogue
        self.gather_s = settings.gather_ms / 1000
        self.shards: dict[int, Shard] = {}
        self.sessions: dict[int, Session] = {}
        self.opened_in = -1  # The generation of the last complete assignment.
        self.revocations = 0
        self._paused_at = 0.0  # When nothing was worked on any more; 0.0 for never.
        self._room = asyncio.Event()
        self._large_runs = asyncio.Semaphore(LARGE_RUNS)
        self._stopping = asyncio.Lock()

    def wants(self, tp: TP) -> bool:
        """Whether there is room for more of this input partition."""
        session = self.sessions.get(tp.partition)
        return session is not None and tp.topic in session.topics and session.wants(tp.topic)

    def positions(self) -> dict[TP, int]:
        """The next offset to read of each input partition in hand."""
        return {
            TP(topic, number): session.inputs.fetched(topic)
            for number, session in self.sessions.items()
            for topic in session.topics
        }

    def applied(self) -> dict[TP, int]:
        """The next offset to apply of each input partition in hand."""
        return {
            TP(topic, number): at
            for number, session in self.sessions.items()
            for topic, at in session.partition.positions.items()
        }

    async def wait_for_room(self, seconds: float) -> None:
        """Returns when a session has taken a run, or after so many seconds."""
        self._room.clear()
        try:
            await asyncio.wait_for(self._room.wait(), seconds)
        except TimeoutError:
            return

    def add(self, tp: TP, run: Fetched) -> None:
        """Passes a fetch to its partition's session; without one it is stale and dropped."""
        session = self.sessions.get(tp.partition)
        if session is not None and not session.add(tp.topic, run):
            self.source.seek_again()

    async def pause(self) -> None:
        """Before partitions may go to others: lets the commits in flight finish and stops all sessions."""
        self.revocations += 1
        if self.sessions:
            self._paused_at = time.monotonic()
        await self._stop_sessions()

    async def _stop_sessions(self) -> None:
        """Returns when none is left, whoever began to stop them."""
        async with self._stopping:
            sessions, self.sessions = self.sessions, {}
            await asyncio.gather(*[session.stop() for session in sessions.values()])

    async def resume(self) -> None:
        """After an assignment: closes what is lost, opens what is new, starts a session for each.

        Called late, it comes after the `pause` of the next rebalance, and the next call finds its sessions.
        """
        began, revocations = time.monotonic(), self.revocations
        generation, owned = self.source.generation(), self._owned()
        copies = self.source.standbys() - owned
        await self._stop_sessions()
        missed = generation != self.opened_in + 1
        lost = [number for number in self.shards if missed or number not in owned]
        await asyncio.gather(*[self.shards.pop(number).close() for number in lost])
        for number in lost:
            self.metrics.restore_left.remove(number)
        self.metrics.rebalances.inc()
        new = sorted(owned - self.shards.keys())
        await self.standbys.drop_all_but(copies)

        def overtaken() -> bool:
            return revocations != self.revocations or generation != self.source.generation()

        shards = await self.opener.open(new, overtaken) if new else []
        self.shards |= {shard.number: shard for shard in shards}
        if overtaken():
            return
        self.opened_in = generation
        self._begin()
        self.metrics.rebalance_s.observe(time.monotonic() - (self._paused_at or began))
        self.standbys.keep(copies)
        log.info(
            "Generation %d: partitions %s, opened %s in %.2f s%s.",
            generation, sorted(owned), new, time.monotonic() - began,
            f", standby of {sorted(copies)}" if copies else "",
            extra={
                "change": "assigned", "generation": generation, "partitions": sorted(owned), "opened": new,
                "closed": sorted(lost), "copies": sorted(copies),
                "seconds": round(time.monotonic() - began, 3),
            },
        )  # fmt: skip

    async def close(self) -> None:
        """Finishes what is in flight and lets go of everything."""
        await self.pause()
        await self.standbys.drop_all_but(set())
        shards, self.shards = self.shards, {}
        await asyncio.gather(*[shard.close() for shard in shards.values()])
        if self.traces is not None:
            await asyncio.to_thread(self.traces.close)

    def _owned(self) -> set[int]:
        """The partition numbers in hand; ends the process when the inputs of one were torn apart."""
        assigned = self.source.assigned()
        owned = {tp.partition for tp in assigned if tp.topic in self.catalogue.inputs}
        for number in owned:
            missing = [topic for topic in self.catalogue.inputs if TP(topic, number) not in assigned]
            if missing:
                leave(
                    Exit.REFUSED,
                    f"Partition {number} was assigned without {', '.join(missing)}: all workers of "
                    f"{self.settings.app_id} must run the same version and settings; restart the others.",
                )
        return owned

    def _begin(self) -> None:
        epoch = self.source.next_epoch()
        for number, shard in self.shards.items():
            session = Session(
                shard, self.settings, self.metrics, epoch, self._read_to_end, self._room.set,
                self._large_runs, self.traces,
            )  # fmt: skip
            self.sessions[number] = session
            session.start()

    def _read_to_end(self, number: int, positions: dict[str, int]) -> int | None:
        """When all inputs of a partition were last seen read to the end and applied, None if one is not."""
        seen = {topic: self.source.read_to_end(TP(topic, number)) for topic in positions}
        if any(found is None or found[0] != positions[topic] for topic, found in seen.items()):
            return None
        return min(found[1] for found in seen.values() if found is not None)

    def lags(self) -> dict[tuple[str, int], int]:
        """Records not applied yet by (topic, partition): not fetched, or waiting here."""
        return {
            (topic, number): self.source.behind(TP(topic, number)) + session.inputs.buffered(topic)
            for number, session in self.sessions.items()
            for topic in session.topics
        }
