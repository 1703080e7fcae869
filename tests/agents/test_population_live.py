"""On a real broker: partitions tell each other of their customers through kills, once each; verify agrees."""

import json
from collections import Counter
from random import Random

from aiokafka import AIOKafkaProducer

from agents.sources import Cluster
from agents.verify import verify
from agents.verify_partition import Findings
from engine.calendar import LocalDays
from rules.load import parse_rulebook
from tests.agents.cluster_kit import installation, read_committed
from tests.agents.support_crowd import START_MS
from tests.agents.support_events import DAY_MS, RULEBOOK
from tests.agents.support_proof import commits, counts_applied
from tests.agents.worker_kit import purchases, until, worker
from topics.catalogue import Role
from topics.instants import format_ms

PARTITIONS, STEPS, STEP_DAYS = 3, 4, 6
BOOK = RULEBOOK + "rfm: {rescore_days: 2}\n"
DAYS = LocalDays(parse_rulebook(BOOK, "the test's rulebook").zone)
FIRST = DAYS.of(START_MS)
LAST = FIRST + STEPS * STEP_DAYS


async def test_cut_offs_are_told_once_over_kills_in_the_middle_of_it_and_verify_finds_the_same(
    broker, tmp_path
):
    book = tmp_path / "scored.yaml"
    book.write_text(BOOK)
    settings = installation(broker.bootstrap, tmp_path / "state", PARTITIONS, clock="log")
    settings = settings.model_copy(update={"rules": book})
    chance = Random(7)
    for step in range(STEPS):
        await send_days(settings, chance, FIRST + step * STEP_DAYS)
        with worker(settings, tmp_path / "worker.log") as process:
            half = (2 * step + 1) * STEP_DAYS * PARTITIONS // 2
            await until(lambda: told(settings), lambda found, half=half: len(found) > half)
            process.popen.kill()
    with worker(settings, tmp_path / "worker.log") as process:
        await until(lambda: told(settings), done)
        await until(lambda: left(settings), lambda count: count == 0)
        process.stop()
    found = await told(settings)
    counted = Counter(
        tuple(line["data"][name] for name in ("partition", "day")) for line in of(found, "counted")
    )
    assert counted == dict.fromkeys(
        [(number, day) for number in range(PARTITIONS) for day in range(FIRST + 1, LAST + 1)], 1
    )
    copies = Counter((record.partition, json.loads(record.value)["version"]) for record in cut_offs(found))
    versions = sorted({version for _, version in copies})
    assert versions == list(range(1, len(versions) + 1))
    assert copies == dict.fromkeys([(number, each) for number in range(PARTITIONS) for each in versions], 1)
    published = await read_committed(settings.kafka, settings.catalogue.name(Role.CONTROL))
    assert [json.loads(each.value)["version"] for each in published] == versions
    findings = Findings(lambda *_: None)
    await verify(Cluster(settings.connection, settings.catalogue), findings)
    assert findings.strays.count == sum(counted.values()) + sum(copies.values())


async def send_days(settings, chance, first):
    """Purchases of some days, and the hour after each midnight in every partition."""
    producer = AIOKafkaProducer(bootstrap_servers=settings.kafka)
    await producer.start()
    try:
        for day in range(first, first + STEP_DAYS):
            names = [f"c{chance.randrange(40)}" for _ in range(12)]
            at_ms = DAYS.start_ms(day) + DAY_MS // 2
            for key, value in purchases(names, f"d{day}", chance.randrange(100, 90_000), at_ms):
                await producer.send(settings.catalogue.name(Role.PURCHASES), value, key, timestamp_ms=at_ms)
            hour_ms = DAYS.start_ms(day + 1) + 3_600_000
            tick = {"type": "time.reached", "time": format_ms(hour_ms).decode()}
            for number in range(PARTITIONS):
                topic = settings.catalogue.name(Role.COMMANDS)
                await producer.send(
                    topic, json.dumps(tick).encode(), b"tick", partition=number, timestamp_ms=hour_ms
                )
        await producer.flush()
    finally:
        await producer.stop()


async def told(settings):
    """What partitions told each other, as records."""
    records = await read_committed(settings.kafka, settings.catalogue.name(Role.COMMANDS))
    return [each for each in records if each.key is None]


def of(found, kind):
    """Headers and data of the records of a type."""
    typed = [(dict(each.headers), each) for each in found]
    return [
        {"data": json.loads(each.value), "id": headers["ce_id"]}
        for headers, each in typed
        if headers["ce_type"] == f"population.{kind}".encode()
    ]


def cut_offs(found):
    return [each for each in found if dict(each.headers)["ce_type"] == b"population.cutoffs"]


def done(found):
    """Whether every partition has told the last midnight."""
    return len([each for each in of(found, "counted") if each["data"]["day"] == LAST]) == PARTITIONS


async def left(settings):
    """How many input records are not applied."""
    inputs = [await read_committed(settings.kafka, name) for name in settings.catalogue.inputs]
    return sum(map(len, inputs)) - counts_applied(await commits(settings)).total()
