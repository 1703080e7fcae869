"""Events and decisions as they happen, for whoever watches: read from Kafka while somebody does."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from agents.reasons_words import Shop
from agents.settings import WorkerSettings
from agents.timeline import entry_of, sources_of, told

WATCHERS_MAX = 20
KEPT = 200  # Lines per watcher that reads too slowly; older ones are dropped.
LOOK_MS = 250
RECORDS_AT_ONCE = 200

log = logging.getLogger("tierline.live")
_json = msgspec.json.Encoder().encode


class Watcher:
    """One who watches: the lines that wait for them."""

    def __init__(self) -> None:
        self.lines: deque[bytes] = deque(maxlen=KEPT)
        self.came = asyncio.Event()

    async def next(self, seconds: float) -> bytes | None:
        """The next line, None when none came for so long."""
        if not self.lines:
            self.came.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self.came.wait(), seconds)
        return self.lines.popleft() if self.lines else None


class Live:
    """All watchers of one worker, and the one consumer that reads for them."""

    def __init__(self, settings: WorkerSettings, shop: Shop) -> None:
        self.settings = settings
        self.shop = shop
        self.watchers: set[Watcher] = set()
        self._task: asyncio.Task[None] | None = None

    @property
    def full(self) -> bool:
        """Whether nobody else may watch now."""
        return len(self.watchers) >= WATCHERS_MAX

    @asynccontextmanager
    async def watch(self) -> AsyncIterator[Watcher]:
        """A watcher; reading goes on while there is one."""
        watcher = Watcher()
        self.watchers.add(watcher)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())
        try:
            yield watcher
        finally:
            self.watchers.discard(watcher)

    async def stop(self) -> None:
        """Ends reading."""
        self.watchers.clear()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        catalogue = self.settings.catalogue
        consumer = AIOKafkaConsumer(
            **self.settings.connection.options,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="latest",
        )
        try:
            await consumer.start()
            partitions = range(catalogue.partitions)
            consumer.assign([TopicPartition(name, n) for name in sources_of(catalogue) for n in partitions])
            await consumer.seek_to_end()
            while self.watchers:
                fetched = await consumer.getmany(timeout_ms=LOOK_MS, max_records=RECORDS_AT_ONCE)
                for records in fetched.values():
                    for record in records:
                        entry = entry_of(catalogue, record)
                        if entry is not None and record.key:
                            customer = record.key.decode(errors="replace")
                            self._tell(_json({"customer": customer, **told(entry, self.shop)}))
                await asyncio.sleep(0)
        except KafkaError as error:
            log.warning("Nothing can be watched now (%s).", type(error).__name__)
        finally:
            await consumer.stop()

    def _tell(self, line: bytes) -> None:
        for watcher in self.watchers:
            watcher.lines.append(line)
            watcher.came.set()
