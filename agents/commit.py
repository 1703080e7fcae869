"""One partition's commits: everything of a run in one Kafka transaction, by the one producer allowed to.

Starting the producer fences the partition's former owner and settles its open transaction. A commit
whose outcome is unknown is never aborted and tried again: the caller ends the process, and the next one
finds out from the changelog.
"""

import asyncio
import time
from collections.abc import Iterable, Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, ProducerFenced
from aiokafka.structs import RecordMetadata

from agents.batches import Batch, batches
from topics.catalogue import Catalogue, Role
from topics.connection import Connection
from topics.framing import Output, body_of, by_place

TRANSACTION_TIMEOUT_MS = 15_000

Change = tuple[bytes, bytes | None]


class Fenced(Exception):
    """Another worker has become the owner of the partition; nothing of the run is visible."""


class Uncertain(Exception):
    """The outcome of the commit is unknown."""


def transactional_id(app_id: str, partition: int) -> str:
    """The name under which Kafka allows one writer of a partition at a time."""
    return f"{app_id}-{partition}"


class Committer:
    """The transactions of one partition. `commit_timeout_s` bounds a commit.

    `stamped_ms` is the broker's time (UTC ms) when it took the last one, `confirming_s` how many seconds went
    by from then until it was visible.
    """

    def __init__(
        self, connection: Connection, catalogue: Catalogue, partition: int, commit_timeout_s: float
    ) -> None:
        self.partition = partition
        self.changelog = catalogue.name(Role.CHANGELOG)
        self.journal = catalogue.name(Role.JOURNAL)
        self.commit_timeout_s = commit_timeout_s
        self.stamped_ms, self.confirming_s = 0, 0.0
        self.producer = AIOKafkaProducer(
            **connection.options,
            transactional_id=transactional_id(catalogue.app_id, partition),
            transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
            request_timeout_ms=TRANSACTION_TIMEOUT_MS,
            retry_backoff_ms=100,
            linger_ms=0,
        )

    async def start(self) -> None:
        """Returns when the former owner is fenced and its open transaction settled."""
        await asyncio.wait_for(self.producer.start(), self.commit_timeout_s)

    async def stop(self) -> None:
        """Lets go of the connections; no transaction may be open."""
        await self.producer.stop()

    async def commit(
        self, outputs: Sequence[Output], changelog: Iterable[Change], journal: bytes | None, now_ms: int
    ) -> int:
        """The changelog position after the commit, once all of it is visible to readers.

        The journal record, if there is one, carries the partition's time: the broker refuses one that this
        machine's clock stamps too far ahead. Raises Fenced, or Uncertain after which the process has to end.
        """
        try:
            return await asyncio.wait_for(
                self._commit(outputs, changelog, journal, now_ms), self.commit_timeout_s
            )
        except ProducerFenced as error:
            raise Fenced(str(error)) from None
        except (KafkaError, TimeoutError) as error:
            raise Uncertain(f"{type(error).__name__}: {error}".rstrip(": ")) from None

    async def _commit(
        self, outputs: Sequence[Output], changelog: Iterable[Change], journal: bytes | None, now_ms: int
    ) -> int:
        await self.producer.begin_transaction()
        sent = []
        for (topic, partition), (bodies, timestamps) in by_place(outputs).items():
            sent += await self._send(topic, partition, batches(bodies, timestamps))
        if journal is not None:
            sent += await self._send(
                self.journal, self.partition, batches([body_of(None, journal)], [now_ms])
            )
        bodies = [body_of(key, value) for key, value in changelog]
        sent += await self._send(self.changelog, self.partition, batches(bodies, [now_ms] * len(bodies)))
        acknowledged = await asyncio.gather(*[future for future, _ in sent])
        stamped_s = time.monotonic()
        await self.producer.commit_transaction()
        self.confirming_s = time.monotonic() - stamped_s
        self.stamped_ms = acknowledged[-1].timestamp
        return int(acknowledged[-1].offset) + sent[-1][1]

    async def _send(
        self, topic: str, partition: int, filled: Sequence[Batch]
    ) -> list[tuple[asyncio.Future[RecordMetadata], int]]:
        """For each batch its acknowledgement to come, and its number of records."""
        return [
            (await self.producer.send_batch(batch, topic, partition=partition), batch.record_count())
            for batch in filled
        ]
