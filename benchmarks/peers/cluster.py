"""The broker's topics for a run: every run starts with its input and nothing else."""

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from aiokafka import TopicPartition
from kafka import KafkaConsumer
from kafka.admin import KafkaAdminClient

from agents.errors import UserError

PATIENCE_S = 30.0
Ends = Mapping[TopicPartition, int]


@contextmanager
def admin(bootstrap: str) -> Iterator[KafkaAdminClient]:
    """A client for creating and deleting topics."""
    client = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        yield client
    finally:
        client.close()


def create(bootstrap: str, topics: Iterable[str], partitions: int) -> None:
    """Creates the topics, with the broker's defaults; they can be used on return."""
    wanted = {name: {"num_partitions": partitions} for name in topics}
    with admin(bootstrap) as client:
        client.create_topics(wanted)
        client.wait_for_topics(list(wanted))


def delete_all_but(bootstrap: str, kept: Iterable[str]) -> None:
    """Deletes every topic but these and Kafka's own, with its answers, state and commits."""
    stay = set(kept)
    with admin(bootstrap) as client:
        deadline = time.monotonic() + PATIENCE_S
        while left := [name for name in client.list_topics() if name not in stay and name[:2] != "__"]:
            if time.monotonic() > deadline:
                raise UserError(
                    f"the broker does not delete {left[0]}: look whether its disk is full, and run again."
                )
            client.delete_topics(left)
            time.sleep(0.2)


class Ways:
    """How far a topic has come: what is written, and of that what is committed."""

    def __init__(self, bootstrap: str, places: Iterable[TopicPartition]) -> None:
        self.places = list(places)
        self._written = KafkaConsumer(bootstrap_servers=bootstrap)
        self._committed = KafkaConsumer(bootstrap_servers=bootstrap, isolation_level="read_committed")

    def written(self) -> Ends:
        """The end of each partition, open transactions included."""
        return dict(self._written.end_offsets(self.places))

    def committed(self) -> int:
        """The sum of the ends that a read_committed reader finds; markers of transactions count too."""
        return sum(self._committed.end_offsets(self.places).values())

    def close(self) -> None:
        """Ends both clients."""
        self._written.close()
        self._committed.close()
