"""Copies of partitions that other workers own, kept level with their changelogs for a fast takeover.

A copy is what a restore gives, for it is made by one, again and again, up to what is committed. It lies where
the partition's own state would, so opening the partition finds all of it but the newest commits. A standby
writes nothing to Kafka and fences nobody.
"""

import asyncio
import logging
import time
from math import nan

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from agents.exits import Exit, leave
from agents.metrics import Metrics
from agents.restore import Stalled, catch_up, changelog_reader, position_record, wipe_if_unusable
from agents.settings import WorkerSettings
from agents.store import Store, StoreDamaged, StoreFull, StoreInUse
from topics.catalogue import Role

EVERY_S = 0.5  # How often what was committed meanwhile is copied.
_WAIT_MS = 500  # How long the broker may hold a fetch that finds nothing.
_PIECE_RECORDS = 2_000  # Written at once, while the partitions in hand wait.
_AGAIN_S = 5.0  # After a failure.
_DATED_S = 3_600.0  # How often a copy without changes is marked as of now: one that looks old is wiped.

log = logging.getLogger("tierline.standby")


class Standby:
    """The copy of one partition, from when it is made until `stop`."""

    def __init__(self, settings: WorkerSettings, metrics: Metrics, number: int) -> None:
        self.settings = settings
        self.metrics = metrics
        self.number = number
        self.changelog = TopicPartition(settings.catalogue.name(Role.CHANGELOG), number)
        self._stopping = False
        self._lag = metrics.standby_lag.labels(number)
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """Returns when the files are let go of. A batch is never cut short."""
        self._stopping = True
        self._task.cancel()
        await asyncio.wait([self._task])
        self.metrics.standby_lag.remove(self.number)

    async def _run(self) -> None:
        self._lag.set(nan)  # Not known.
        while not self._stopping:
            try:
                await self._keep_level()
            except (KafkaError, TimeoutError, Stalled, StoreDamaged, StoreFull, StoreInUse, OSError) as error:
                log.warning(
                    "Standby of partition %d, again in %.0f s: %r.", self.number, _AGAIN_S, error,
                    extra={"change": "copy_failed", "partition": self.number},
                )  # fmt: skip
            except Exception:
                log.exception("The standby of partition %d cannot go on.", self.number)
                leave(Exit.DEFECT, f"A defect stopped the standby of partition {self.number}; see above.")
            self._lag.set(nan)
            if not self._stopping:  # Closing may fail too.
                await asyncio.sleep(_AGAIN_S)

    async def _keep_level(self) -> None:
        """Follows the changelog until something fails or it is cancelled; the files are closed then."""
        store = Store(self.settings.store_path(self.number))
        try:
            reader = changelog_reader(self.settings.connection, _WAIT_MS)
            try:
                await reader.start()
                reader.assign([self.changelog])
                await self._follow(store, reader)
            finally:
                await reader.stop()
        except StoreDamaged as error:
            store.mark_damaged(str(error))
            raise
        finally:
            store.close()

    async def _follow(self, store: Store, reader: AIOKafkaConsumer) -> None:
        place = self.changelog
        begin = (await reader.beginning_offsets([place]))[place]
        end = (await reader.end_offsets([place]))[place]
        if wipe_if_unusable(store, (begin, end)):
            self.metrics.wiped.inc()
        count, began = await self._level(store, reader, (begin, end)), time.monotonic()
        log.info(
            "Standby of partition %d: level, %d changelog records copied.", self.number, count,
            extra={"change": "copy_level", "partition": self.number, "records": count},
        )  # fmt: skip
        while True:
            await asyncio.sleep(EVERY_S)
            end = (await reader.end_offsets([place]))[place]
            self._lag.set(max(end - store.position, 0))
            if await self._level(store, reader, (begin, end)):
                began = time.monotonic()
            elif time.monotonic() - began > _DATED_S:
                store.write([position_record(store.position)])
                began = time.monotonic()

    async def _level(self, store: Store, reader: AIOKafkaConsumer, bounds: tuple[int, int]) -> int:
        """How many records were copied."""
        count = await catch_up(store, reader, self.changelog, bounds, self._lag.set, piece=_PIECE_RECORDS)
        self._lag.set(0)
        return count


class Standbys:
    """The copies that one worker keeps."""

    def __init__(self, settings: WorkerSettings, metrics: Metrics) -> None:
        self.settings = settings
        self.metrics = metrics
        self.kept: dict[int, Standby] = {}

    async def drop_all_but(self, numbers: set[int]) -> None:
        """Returns when the files of all others are let go of; they stay as they are."""
        gone = [self.kept.pop(number) for number in self.kept.keys() - numbers]
        await asyncio.gather(*[standby.stop() for standby in gone])

    def keep(self, numbers: set[int]) -> None:
        """Has a copy of each of these partitions kept from now on."""
        for number in sorted(numbers - self.kept.keys()):
            self.kept[number] = Standby(self.settings, self.metrics, number)
