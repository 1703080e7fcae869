"""We override private methods of Faust and aiokafka; these fail when a new version changes one of them."""

import inspect
import re
from importlib.metadata import version

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.consumer import fetcher
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.consumer.subscription_state import TopicPartitionState
from aiokafka.producer import message_accumulator, producer, sender
from aiokafka.producer.message_accumulator import BatchBuilder
from faust.assignor.partition_assignor import PartitionAssignor
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.transport.consumer import Consumer
from faust.transport.drivers import aiokafka as driver

from agents.batches import Batch

PINNED = [
    (Consumer._wait_next_records, "(self, timeout: float) -> "),
    (Consumer.perform_seek, "(self) -> None"),
    (Consumer.highwater, "(self, tp: faust.types.tuples.TP) -> int"),
    (driver.Consumer._new_consumer_thread, "(self) -> "),
    (driver.Consumer._to_message, "(self, tp: faust.types.tuples.TP, record: Any) -> "),
    (driver.AIOKafkaConsumerThread.__post_init__, "(self) -> None"),
    (driver.AIOKafkaConsumerThread._create_worker_consumer, "(self, transport: 'Transport') -> "),
    (driver.AIOKafkaConsumerThread.getmany, "(self, active_partitions: "),
    (driver.AIOKafkaConsumerThread._fetch_records, "(self, consumer: "),
    (driver.AIOKafkaConsumerThread.verify_event_path, "(self, now: float, tp: "),
    (driver.ConsumerRebalanceListener.on_partitions_assigned, "(self, assigned: "),
    (PartitionAssignor._perform_assignment, "(self, cluster: "),
    (PartitionAssignor._get_client_metadata, "(metadata: "),
    (Recovery.add_standby, "(self, table: "),
    (Recovery._build_highwaters, "(self, consumer: "),
    (Recovery._build_offsets, "(self, consumer: "),
    (Recovery._seek_offsets, "(self, consumer: "),
    (TableManager._update_channels, "(self) -> None"),
    (fetcher.PartitionRecords._unpack_records, "(self)"),
    (fetcher.PartitionRecords._consumer_record, "(self, tp, record)"),
    (Fetcher.fetched_records, "(self, partitions, timeout=0, max_records=None)"),
    (BatchBuilder._set_producer_state, "(self, producer_id, producer_epoch, base_sequence)"),
    (BatchBuilder._build, "(self)"),
]


@pytest.mark.parametrize(("method", "begins"), PINNED, ids=lambda each: getattr(each, "__qualname__", None))
def test_an_overridden_method_has_the_signature_we_know(method, begins):
    assert str(inspect.signature(method)).replace("typing.", "").startswith(begins)


def test_the_versions_are_those_the_hooks_were_written_for():
    found = [version(name) for name in ("faust-streaming", "mode-streaming", "aiokafka")]
    assert found == ["0.15.3", "0.7.1", "0.14.0"]


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (AIOKafkaConsumer, "_fetch_max_wait_ms"),
        (AIOKafkaConsumer, "_isolation_level"),
        (AIOKafkaConsumer, "_auto_offset_reset"),
        (AIOKafkaConsumer, "_subscription"),
        (Fetcher, "_prefetch_backoff"),
        (TopicPartitionState, "highwater"),
        (TopicPartitionState, "lso"),
        (TopicPartitionState, "timestamp"),
    ],
)
def test_an_attribute_we_set_or_read_is_still_one_of_the_class(owner, name):
    assert f"self.{name}" in inspect.getsource(owner)


@pytest.mark.parametrize("owner", [message_accumulator, sender, producer])
def test_a_batch_of_ours_has_every_method_that_the_producer_asks_a_builder_for(owner):
    asked = set(re.findall(r"_builder\.(\w+)\(", inspect.getsource(owner)))
    only_for_single_records = {"append"}
    assert asked - only_for_single_records - {"build", "set_producer_state", "size"} <= set(dir(Batch))


def test_aiokafka_makes_the_records_of_a_fetch_by_the_name_we_put_ours_under():
    assert "PartitionRecords(" in inspect.getsource(Fetcher._proc_fetch_request)
    assert "self._consumer_record(tp, record)" in inspect.getsource(fetcher.PartitionRecords._unpack_records)
    assert "for msg in self._partition_records" in inspect.getsource(fetcher.FetchResult.getall)
