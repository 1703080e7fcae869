"""Opening partitions: fence the former owner, find the changelog's end, restore, check the inputs."""

import asyncio
import logging
import time
from collections.abc import Callable

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError, ProducerFenced

from agents.commit import Committer
from agents.exits import Exit, leave
from agents.journal import STATE_FORMAT
from agents.metrics import Metrics
from agents.restore import Overtaken, Stalled, restore, wipe_if_unusable
from agents.run import Partition
from agents.session import Shard
from agents.settings import WorkerSettings
from agents.store import Store, StoreDamaged, StoreFull, StoreInUse
from rules.compiled import Rulebook
from topics.catalogue import Role

log = logging.getLogger("tierline.partitions")

Offsets = dict[TopicPartition, int]
Overtakes = Callable[[], bool]


class Opener:
    """Opens partitions for one worker. What cannot be opened ends the process, with the reason."""

    def __init__(self, settings: WorkerSettings, rulebook: Rulebook, metrics: Metrics) -> None:
        self.settings = settings
        self.rulebook = rulebook
        self.metrics = metrics
        self.catalogue = settings.catalogue

    async def open(self, numbers: list[int], overtaken: Overtakes) -> list[Shard]:
        """The partitions level with their changelogs, all at once.

        Those whose restore `overtaken` interrupted are closed again and left out.
        """
        stores = [self._store(number) for number in numbers]
        committers = [self._committer(number) for number in numbers]
        try:
            await asyncio.gather(*[committer.start() for committer in committers])
            begins, ends = await self._bounds(numbers)
            shards = await asyncio.gather(
                *[
                    self._shard(store, committer, begins, ends, overtaken)
                    for store, committer in zip(stores, committers, strict=True)
                ]
            )
        except ProducerFenced:
            leave(Exit.FENCED, "Another worker opened the same partitions at the same moment.")
        except (KafkaError, TimeoutError, Stalled) as error:
            leave(Exit.UNREACHABLE, f"Kafka did not answer while partitions were opened ({error!r}).")
        return [shard for shard in shards if shard is not None]

    def _committer(self, number: int) -> Committer:
        return Committer(self.settings.connection, self.catalogue, number, self.settings.commit_timeout_s)

    def _store(self, number: int) -> Store:
        path = self.settings.store_path(number)
        try:
            store = Store(path)
        except StoreInUse as error:
            leave(Exit.STATE_IN_USE, str(error))
        except StoreFull as error:
            leave(Exit.STATE_FULL, str(error))
        except (StoreDamaged, OSError) as error:
            leave(Exit.REFUSED, f"State directory {path} cannot be used ({error}): name another one.")
        if store.found_damaged:
            self.metrics.wiped.inc()
            log.warning(
                "State in %s was damaged (%s): wiped, and restored from the changelog.",
                path, store.found_damaged, extra={"change": "wiped", "partition": number},
            )  # fmt: skip
        return store

    async def _bounds(self, numbers: list[int]) -> tuple[Offsets, Offsets]:
        """Where inputs and changelogs begin, and where the changelogs end: for good, since all are fenced."""
        changelog = [self._changelog(number) for number in numbers]
        inputs = [TopicPartition(topic, number) for topic in self.catalogue.inputs for number in numbers]
        consumer = AIOKafkaConsumer(
            **self.settings.connection.options,
            isolation_level="read_committed",
            retry_backoff_ms=20,  # It waits once for each topic it has not heard of yet.
        )
        await consumer.start()
        try:
            begins = await consumer.beginning_offsets([*changelog, *inputs])
            return begins, await consumer.end_offsets(changelog)
        finally:
            await consumer.stop()

    def _changelog(self, number: int) -> TopicPartition:
        return TopicPartition(self.catalogue.name(Role.CHANGELOG), number)

    async def _shard(
        self, store: Store, committer: Committer, begins: Offsets, ends: Offsets, overtaken: Overtakes
    ) -> Shard | None:
        """A partition level with its changelog, None if it was overtaken before it was."""
        changelog = self._changelog(committer.partition)
        bounds = begins[changelog], ends[changelog]
        left = self.metrics.restore_left.labels(committer.partition)
        try:
            if wipe_if_unusable(store, bounds):
                self.metrics.wiped.inc()
            began = time.monotonic()
            count = await restore(store, self.settings.connection, changelog, bounds, left.set, overtaken)
            partition = Partition(
                committer.partition, store, self.catalogue, self.rulebook, self.settings.clock
            )
        except Overtaken:
            self.metrics.restore_left.remove(committer.partition)
            store.close()
            await committer.stop()
            return None
        except StoreFull as error:
            leave(Exit.STATE_FULL, str(error))
        except StoreDamaged as error:
            store.mark_damaged(str(error))
            leave(Exit.STATE_DAMAGED, f"State in {store.path} is damaged and will be restored: {error}.")
        self.metrics.restored.inc(count)
        self.metrics.restore_s.observe(time.monotonic() - began)
        self._check_format(partition)
        self._check_start(partition, begins)
        return Shard(partition, store, committer)

    def _check_format(self, partition: Partition) -> None:
        """Ends the process when rows were written by a version that writes them otherwise."""
        found = partition.applied.format
        if found != STATE_FORMAT:
            leave(
                Exit.REFUSED,
                f"Partition {partition.number} of {self.settings.app_id} has rows of format {found}, and "
                f"{STATE_FORMAT} is read: go on with the version that wrote them, or start as another app.",
            )

    def _check_start(self, partition: Partition, begins: Offsets) -> None:
        """Ends the process when records that are next to apply are gone and their loss is not accepted."""
        for topic in self.catalogue.inputs:
            place = f"{topic}:{partition.number}"
            begin = begins[TopicPartition(topic, partition.number)]
            applied = partition.positions.get(topic, 0)
            if begin <= applied:
                continue
            if place not in self.settings.accept_gap:
                leave(
                    Exit.REFUSED,
                    f"Records of {place} from offset {applied} to {begin} are next to apply, but no longer "
                    f"in Kafka. Restore them, or start with --accept-gap {place} to go on without them.",
                )
            log.warning(
                "Gap accepted: %s from offset %d to %d.", place, applied, begin,
                extra={"change": "gap_accepted", "topic": topic, "partition": partition.number},
            )  # fmt: skip
            partition.positions[topic] = begin
