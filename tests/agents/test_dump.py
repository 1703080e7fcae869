"""`tierline topics dump`: a replay of what it writes gives what the worker wrote, with either clock."""

import json
import subprocess
import sys
import time
from collections import Counter
from random import Random

import pytest
from aiokafka import AIOKafkaProducer

from agents.commit import Committer
from agents.exits import Exit
from agents.memory import MemoryStore
from agents.run import TIMERS_PER_COMMIT, Partition
from rules.load import parse_rulebook
from tests.agents import cluster_kit
from tests.agents.cluster_kit import installation, read_committed
from tests.agents.support_events import DAY_MS, FIRST_ALERT_MS, RULEBOOK, Sent, Shop
from tests.agents.support_proof import (
    OUTPUTS,
    Verdict,
    all_applied,
    changelog_rows,
    commits,
    message_of,
    replay_of,
    replayed_rows,
    written,
)
from tests.agents.worker_kit import purchases, until, worker
from topics.catalogue import INPUTS, Role
from topics.encode import line_bytes, parse_outgoing
from topics.instants import format_ms, parse_ms
from topics.partitioner import home

PARTITIONS = 3
EVENTS = 1_500
EFFECTS = (Role.POINTS, Role.TIERS, Role.LIFECYCLE, Role.ALERTS, Role.DEAD_LETTERS)
CHANGED = RULEBOOK.replace("version: 1", "version: 2").replace("points: 1, per: 1.00", "points: 2, per: 1.00")


def now_ms():
    return time.time_ns() // 1_000_000


async def send(settings, records):
    """Sends the records in order, under the times of their events where the broker keeps the sender's."""
    producer = AIOKafkaProducer(bootstrap_servers=settings.servers, enable_idempotence=True)
    await producer.start()
    at_ms = None
    for each in records:
        at_ms = parse_ms(each.event["time"]) if each.event else at_ms
        where = home(each.key, PARTITIONS) if each.partition is None else each.partition
        await producer.send(settings.catalogue.name(each.role), each.value, each.key, where, at_ms)
    await producer.stop()


def passing():
    """Time that passes in every partition, as a sender says it."""
    event = {"type": "time.reached", "time": format_ms(now_ms()).decode()}
    return [Sent(Role.COMMANDS, None, json.dumps(event).encode(), event, each) for each in range(PARTITIONS)]


def soon_missed():
    """Purchases whose first alert falls due in a few seconds, one in each partition at least."""
    names = [f"quiet{number}" for number in range(12)]
    assert {home(name.encode(), PARTITIONS) for name in names} == set(range(PARTITIONS))
    rows = purchases(names, "quiet", at_ms=now_ms() - FIRST_ALERT_MS + 4_000)
    return [Sent(Role.PURCHASES, key, value, json.loads(value)) for key, value in rows]


async def alerted(settings):
    records = await read_committed(settings.kafka, settings.catalogue.name(Role.ALERTS))
    return {record.key for record in records if record.key.startswith(b"quiet")}


async def finished(bootstrap, tmp_path, clock):
    """The settings of an installation that has run with two rulebooks, one after the other."""
    book = tmp_path / "book.yaml"
    settings = installation(bootstrap, tmp_path / "state", PARTITIONS, clock=clock)
    settings = settings.model_copy(update={"rules": book})
    records = Shop(Random(11), EVENTS, now_ms() - 60_000, PARTITIONS).records()
    half = len(records) // 2
    idle = soon_missed if clock == "wall" else passing
    book.write_text(RULEBOOK)
    with worker(settings, tmp_path / "worker.log") as process:
        await send(settings, records[:half])
        await all_applied(settings, records[:half])
        assert process.stop() == Exit.STOPPED
    book.write_text(CHANGED)
    with worker(settings, tmp_path / "worker.log") as process:
        await send(settings, records[half:])
        await all_applied(settings, records)
        last = idle()
        await send(settings, last)
        await all_applied(settings, records + last)
        if clock == "wall":
            await until(lambda: alerted(settings), lambda keys: keys == {each.key for each in last})
        assert process.stop() == Exit.STOPPED
    return settings


@pytest.mark.parametrize("clock", ["wall", "log"])
async def test_a_replay_of_the_dump_gives_exactly_what_the_worker_wrote(broker, tmp_path, clock):
    settings = await finished(broker.bootstrap, tmp_path, clock)
    replay, outputs = await replay_of(settings, tmp_path / "dump")
    wanted = Counter(message_of(each) for each in outputs if each[0] not in settings.catalogue.inputs)
    found = await written(settings, OUTPUTS)
    verdict = Verdict()
    verdict.messages("outputs", found, wanted)
    verdict.values("table", await changelog_rows(settings), replayed_rows(replay))
    assert (verdict.dup, verdict.missing, verdict.wrong) == (0, 0, 0), verdict.shown
    await the_commands_agree(settings, tmp_path / "by command")
    by_type = Counter(dict(headers).get("ce_type") for *_, headers in found.elements())
    assert by_type[b"churn.alert"] > 20
    assert by_type[b"points.clawed_back"] > 20
    assert any(each[0] in settings.catalogue.inputs for each in outputs), "nothing went astray"
    if clock == "wall":
        ticks = [each for of_one in await commits(settings) for each in of_one if not each.order]
        assert ticks, "no alert came with an idle tick"
        assert b'"time.reached"' in (tmp_path / "dump" / "events.jsonl").read_bytes()


async def the_commands_agree(settings, folder):
    """Fails unless `topics dump` and `replay` give the lines that stand in the topics."""
    place = ["--prefix", settings.prefix, "--partitions", str(PARTITIONS)]
    given = await written(settings, INPUTS)
    said = command(
        ["topics", "dump", str(folder), "--kafka", settings.kafka, "--app-id", settings.app_id, *place]
    )
    assert f"{given.total():,} records in {folder / 'events.jsonl'}" in said
    effects = command(
        ["replay", str(folder / "events.jsonl"), "--rules", str(settings.rules), "--out", "-", *place]
    )
    lines = Counter(effects.rstrip("\n").split("\n"))
    found = Counter(
        line_bytes(parse_outgoing(headers, value, key)).decode()
        for _, _, key, value, headers in (await written(settings, EFFECTS)).elements()
    )
    assert found == lines
    assert {"proof@1", "proof@2"} <= {json.loads(line).get("ruleversion") for line in lines}


async def commit(settings, committer, store, partition, records, tick_ms=None):
    """One commit as a worker makes it, in Kafka and in the store; how many alerts it raised."""
    positions = {each.topic: each.offset + 1 for each in records}
    work = partition.apply(records, positions, tick_ms)
    await committer.commit(work.outputs, work.changelog, work.journal, work.after.now_ms)
    store.write([*work.changelog, *work.index])
    partition.settle(work)
    return sum(each[0] == settings.catalogue.name(Role.ALERTS) for each in work.outputs)


async def test_timers_left_when_the_rulebook_changes_are_replayed_under_the_new_one(broker, tmp_path):
    settings = installation(broker.bootstrap, tmp_path / "state", clock="log")
    catalogue, store = settings.catalogue, MemoryStore()
    bought_ms = now_ms() - 60 * DAY_MS
    rows = purchases([f"c{number:04}" for number in range(2_300)], "a", at_ms=bought_ms)
    await cluster_kit.send(settings.kafka, catalogue.name(Role.PURCHASES), rows)
    bought = await read_committed(settings.kafka, catalogue.name(Role.PURCHASES))
    later_ms = max(each.timestamp for each in bought)
    books = [parse_rulebook(text, "the test's rulebook") for text in (RULEBOOK, CHANGED)]
    committer = Committer(settings.connection, catalogue, 0, settings.commit_timeout_s)
    await committer.start()
    first = Partition(0, store, catalogue, books[0])
    alerts = [await commit(settings, committer, store, first, bought)]
    second = Partition(0, store, catalogue, books[1])  # As a worker that was stopped and started anew.
    alerts.append(await commit(settings, committer, store, second, [], later_ms + 1_000))
    alerts.append(await commit(settings, committer, store, second, []))
    await committer.stop()
    assert alerts == [TIMERS_PER_COMMIT, TIMERS_PER_COMMIT, 300]
    settings = settings.model_copy(update={"rules": tmp_path / "book.yaml"})
    settings.rules.write_text(RULEBOOK)
    _, outputs = await replay_of(settings, tmp_path / "dump")
    assert Counter(map(message_of, outputs)) == await written(settings, OUTPUTS)


def command(words):
    """What a command says, in a process of its own."""
    done = subprocess.run([sys.executable, "-m", "agents.cli", *words], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout
