"""The side-by-side benchmark asks the same of every engine, and counts and compares as it says."""

import asyncio
from collections import defaultdict
from typing import Any
from uuid import uuid4

import orjson
import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.structs import ConsumerRecord
from kafka.admin import KafkaAdminClient, NewTopic

from agents.lines import read_lines
from agents.replay import Replay
from benchmarks.load import RULES
from benchmarks.peers.__main__ import tasks
from benchmarks.peers.engines import Engine
from benchmarks.peers.events import FORMATS, events, plain_purchases
from benchmarks.peers.expected import expected
from benchmarks.peers.job import step
from benchmarks.peers.latency import Latency
from benchmarks.peers.outputs import Outputs, committed, places, read_back
from benchmarks.peers.report import latency_line, ratio_line, throughput_table
from benchmarks.peers.throughput import Look, Run, summary
from rules.load import load_rulebook
from topics.catalogue import Catalogue, Role
from topics.framing import opened

COUNT, FEW = 20_000, 300  # Few customers, so that some rise to the top.
START_MS = 1_767_225_600_000
PLACE = TopicPartition("answers", 0)


def record(offset: int, value: bytes, headers: tuple[tuple[str, bytes], ...] = ()) -> ConsumerRecord:
    """A record as a consumer gives it."""
    return ConsumerRecord(PLACE.topic, 0, offset, 0, 0, b"k", value, None, 1, len(value), headers)


def outputs_of(records: list[ConsumerRecord], first: int = 0) -> Outputs:
    """The records, summed up."""
    outputs = Outputs({PLACE: first})
    outputs.add(PLACE, records)
    return outputs


def test_tierline_answers_what_the_independent_count_expects() -> None:
    catalogue = Catalogue()
    lines = (value for _, value in events("purchases", COUNT, START_MS, FEW))
    sent = Replay(load_rulebook(RULES), catalogue).outputs(read_lines(lines, catalogue))
    answers = (catalogue.name(Role.POINTS), catalogue.name(Role.TIERS))
    opened_ones = [opened(body) for topic, _, body, _ in sent if topic in answers]
    records = [record(0, value, tuple(headers)) for _, value, headers in opened_ones]
    outputs = outputs_of(records)
    assert outputs.answers == expected(plain_purchases(COUNT, FEW))
    assert outputs.repeats == 0
    assert set(outputs.tiers.values()) == {"base", "silver", "gold"}


def test_the_peers_job_answers_the_same() -> None:
    states: dict[str, dict[str, Any]] = defaultdict(dict)
    answers: list[bytes] = []
    for value in plain_purchases(COUNT, FEW):
        purchase = orjson.loads(value)
        answers += map(orjson.dumps, step(states[purchase["customer_id"]], purchase))
    assert outputs_of([record(0, each) for each in answers]).answers == expected(plain_purchases(COUNT, FEW))


def test_another_tier_or_point_is_not_what_was_expected() -> None:
    right = [b'{"id":"1","points":5}', b'{"id":"1","tier":"base"}']
    for wrong in (b'{"id":"1","points":6}', b'{"id":"2","tier":"base"}', b'{"id":"1","tier":"gold"}'):
        assert (
            outputs_of([record(0, each) for each in [*right, wrong]]).answers
            != outputs_of([record(0, each) for each in right]).answers
        )


def test_a_purchase_answered_twice_is_seen() -> None:
    assert outputs_of([record(n, b'{"id":"1","points":5}') for n in range(2)]).repeats == 1


async def test_all_that_was_committed_is_read_back_from_every_partition(broker: Any) -> None:
    topic = f"answers-{uuid4().hex[:8]}"
    client = KafkaAdminClient(bootstrap_servers=broker.bootstrap)
    client.create_topics([NewTopic(topic, 2, 1)])
    client.close()
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap) as producer:
        for number in range(10):
            value = b'{"id":"%d","points":%d}' % (number, number + 1)
            await producer.send_and_wait(topic, value, partition=number % 2)
    outputs = Outputs({})
    await asyncio.to_thread(read_back, broker.bootstrap, [topic], 2, outputs)
    assert outputs.points == {str(number): number + 1 for number in range(10)}
    async with committed(broker.bootstrap, places([topic], 2)) as reader:
        assert sum((await reader.end_offsets(places([topic], 2))).values()) == 10


def test_no_event_of_tierlines_is_shorter_than_the_peers() -> None:
    ours, theirs = (list(events(form, 1_000, START_MS)) for form in FORMATS)
    for (customer, mine), (same, other) in zip(ours, theirs, strict=True):
        assert customer == same
        assert len(mine) >= len(other)


def test_what_was_answered_before_the_clock_ran_is_not_counted() -> None:
    answers = [record(n, b'{"id":"%d","points":1}' % n) for n in range(5)]
    assert outputs_of(answers, first=2).early == 2


def test_a_rate_is_of_the_time_until_only_closing_markers_are_missing() -> None:
    looks = [
        Look(10.0, 100, 0, 1.0, 0.5),
        Look(11.0, 600, 100, 2.0, 0.6),
        Look(12.0, 1_100, 600, 3.0, 0.7),  # All answers; four markers are to come.
        Look(16.0, 1_104, 1_104, 3.5, 0.9),
        Look(17.5, 1_104, 1_104, 3.5, 0.9),
    ]
    run = summary("quix-eos", 1_100, 1_000, looks, 200.0, 0.1)
    assert (run.rate, run.committed_rate) == (500, pytest.approx(1_000 / 6))
    assert run.cpu_us == pytest.approx(2_000)
    assert run.broker_cpu_us == pytest.approx(200)


def a_run(engine: str, events: int, rate: float, others: float = 0.0) -> Run:
    """A run with this rate."""
    return Run(engine, events, rate, rate, 1.0, 1.0, 100.0, others_cores=others)


def engine(name: str, limit: int | None = None) -> Engine:
    """An engine that is never started."""
    return Engine(name, "as it is", lambda task: [], limit)


def test_ratios_are_of_the_medians_of_quiet_runs_of_the_same_size() -> None:
    engines = [engine("tierline"), engine("quix-eos"), engine("faust-naive", 40_000)]
    runs = [
        *(a_run("tierline", 1_200_000, rate) for rate in (90, 100, 500)),
        a_run("tierline", 1_200_000, 7, others=1.0),
        a_run("tierline", 300_000, 7),
        a_run("quix-eos", 1_200_000, 40, others=0.9),  # The only one it has.
        a_run("faust-naive", 40_000, 2),
    ]
    line = ratio_line(engines, 1_200_000, runs)
    assert line == "ratio flink-eos=- kafka-streams-eos=- quix-eos=2.50 faust-naive=50.00"
    table = throughput_table(engines, (300_000, 1_200_000), runs).splitlines()
    assert [row.split("|")[1].strip() for row in table[2:]] == [
        "tierline", "faust-naive", "tierline", "quix-eos",
    ]  # fmt: skip
    assert "1 (noisy)" in table[-1]


def test_a_round_gives_each_engine_each_size_once() -> None:
    few, all_of_them = engine("faust-naive", 40), engine("tierline")
    assert tasks([all_of_them, few], (300, 1_200)) == [(all_of_them, 300), (few, 40), (all_of_them, 1_200)]


def test_the_latency_line_is_tierlines() -> None:
    found = [
        Latency(name, ms, 2 * ms, 3 * ms, 0, 0.5, others_cores=0.0)
        for name, ms in (("quix-eos", 9.0), ("tierline", 40.2))
    ]
    assert latency_line(found) == "latency p50=40 p99=80 max=121"
