"""`tierline dlq` on a real broker with a real worker: put aside, shown, sent again, counted once."""

import asyncio
import json
import time
from collections import Counter

import pytest
from aiokafka import AIOKafkaProducer

from agents.dlq_redrive import TRIES_MAX
from tests.agents.cluster_kit import installation, read_committed
from tests.agents.support_proof import commits, counts_applied
from tests.agents.test_commands import say
from tests.agents.worker_kit import purchases, until, worker
from topics.catalogue import Role
from topics.letters import TRIES_HEADER, letter_of
from topics.partitioner import home

PARTITIONS = 2
AHEAD_MS = 5 * 60_000 + 4_000  # 4 s more than an event may be ahead of when it is recorded.
NAMES = [f"c{number}" for number in range(8)]
SENT_WITH = [("traceparent", b"00-1"), ("tierline.reason", b"the sender's own"), ("n", None)]


async def give(settings, rows, headers=()):
    """Sends (key, value) rows to the purchases, each where its key belongs."""
    producer = AIOKafkaProducer(bootstrap_servers=settings.servers, enable_idempotence=True)
    await producer.start()
    for key, value in rows:
        where = home(key or b"", PARTITIONS)
        topic = settings.catalogue.name(Role.PURCHASES)
        await producer.send_and_wait(topic, value, key, where, headers=list(headers))
    await producer.stop()


async def records(settings, role):
    return await read_committed(settings.kafka, settings.catalogue.name(role))


async def applied(settings, count):
    """Returns when so many input records were taken."""

    async def taken():
        return counts_applied(await commits(settings)).total()

    await until(taken, lambda found: found >= count)


async def points(settings):
    """How often each event earned."""
    return Counter(dict(record.headers)["ce_causationid"] for record in await records(settings, Role.POINTS))


async def test_what_can_be_counted_now_is_counted_once_however_often_it_is_sent_again(broker, tmp_path):
    settings = installation(broker.bootstrap, tmp_path / "state", PARTITIONS)
    early = purchases(NAMES, "early", at_ms=time.time_ns() // 1_000_000 + AHEAD_MS)
    with worker(settings, tmp_path / "log"):
        await give(settings, early, SENT_WITH)
        await give(settings, [(b"c1", b"no JSON")])
        await applied(settings, 9)
        assert await points(settings) == Counter()
        listed = await say(settings, "dlq", "list")
        assert (listed.code, listed.err) == (0, "")
        assert listed.out.endswith("9 dead letters: 8 from_future, 1 bad_json.\n")
        await asyncio.sleep(5)
        first = await say(settings, "dlq", "redrive", "--reason", "from_future")
        topic = settings.catalogue.name(Role.PURCHASES)
        assert (first.code, first.out, first.err) == (0, f"8 records sent again: 8 to {topic}.\n", "")
        await applied(settings, 17)
        once = await points(settings)
        second = await say(settings, "dlq", "redrive", "--reason", "from_future")
        assert second.out == first.out
        await applied(settings, 25)
    assert once == Counter({f"test|early-{number}".encode(): 1 for number in range(8)})
    assert await points(settings) == once
    assert len(await records(settings, Role.DEAD_LETTERS)) == 9
    came = Counter(
        (each.partition, each.key, each.value, tuple(each.headers))
        for each in await records(settings, Role.PURCHASES)
    )
    for key, value in early:
        place = home(key, PARTITIONS), key, value
        assert came[(*place, tuple(SENT_WITH))] == 1
        assert came[(*place, (*SENT_WITH, (TRIES_HEADER, b"1")))] == 2
    verified = await say(settings, "verify")
    assert "verified 25 events" in verified.out, verified.out + verified.err


async def test_what_fails_again_goes_once_more_with_a_higher_count_and_at_most_31_times(broker, tmp_path):
    settings = installation(broker.bootstrap, tmp_path / "state", PARTITIONS)
    with worker(settings, tmp_path / "log"):
        await give(settings, [(b"c1", b"no JSON")])
        await give(settings, [(b"c1", b"{}")], [(TRIES_HEADER, str(TRIES_MAX - 1).encode())])
        await give(settings, [(b"c2", None)], [(TRIES_HEADER, b"2")])
        await applied(settings, 3)
        first = await say(settings, "dlq", "redrive", "--all")
        assert first.out.startswith("3 records sent again"), first.out + first.err
        await applied(settings, 6)
        second = await say(settings, "dlq", "redrive", "--all")
        await applied(settings, 8)
    assert second.out.splitlines()[:2] == [
        "left: 3 dead letters (the same record stands among the letters again)",
        "left: 1 dead letter (sent again 31 times already)",
    ]
    assert "2 records sent again" in second.out
    tries = [(each.value, letter_of(each).tries) for each in await records(settings, Role.DEAD_LETTERS)]
    assert Counter(tries) == Counter(
        [(b"no JSON", n) for n in (0, 1, 2)] + [(b"{}", n) for n in (30, 31)] + [(None, n) for n in (2, 3, 4)]
    )


async def test_letters_are_chosen_by_what_they_are_and_shown_whole_from_kafka_and_from_a_dump(
    broker, tmp_path
):
    settings = installation(broker.bootstrap, tmp_path / "state", PARTITIONS)
    bad = [(key, value.replace(b"USD", b"usd")) for key, value in purchases(NAMES, "bad")]
    with worker(settings, tmp_path / "log"):
        await give(settings, bad)
        await give(settings, [(b"c1", b"\x1b[2J\xff"), (b"c2", b"{")])
        await applied(settings, 10)

    async def listed(*words):
        said = await say(settings, "dlq", "list", "--json", *words)
        assert said.err == ""
        return [json.loads(line) for line in said.out.splitlines()]

    everything = await listed()
    assert len(everything) == 10
    assert [each["put_aside"] for each in everything] == sorted(
        (e["put_aside"] for e in everything), reverse=True
    )
    assert [each["id"] for each in await listed("--id", "test|bad-3")] == ["bad-3"]
    assert await listed("--id", "other|bad-3") == []
    assert {each["id"] for each in await listed("--id", "bad-3", "--id", "bad-4")} == {"bad-3", "bad-4"}
    assert len(await listed("--customer", "c1")) == 2
    assert len(await listed("--reason", "schema", "--topic", "purchases")) == 8
    assert await listed("--topic", "commands") == []
    middle = everything[4]["put_aside"]
    assert len(await listed("--since", middle)) + len(await listed("--until", middle)) == 10
    assert len(await listed("--limit", "3")) == 3
    (binary,) = [each for each in everything if each["value"] == {"base64": "G1sySv8="}]
    shown = await say(settings, "dlq", "show", binary["place"])
    assert "partition 0" in shown.out or "partition 1" in shown.out
    assert "value: (not UTF-8) b'\\x1b[2J\\xff'" in shown.out
    dumped = await say(settings, "topics", "dump", str(tmp_path / "dump"))
    assert dumped.code == 0
    assert await listed("--dir", str(tmp_path / "dump")) == everything
    again = await say(settings, "dlq", "show", binary["place"], "--dir", str(tmp_path / "dump"))
    assert again.out == shown.out
    few = await say(settings, "dlq", "redrive", "--reason", "schema", "--limit", "3")
    assert (few.code, few.out) == (1, "")
    assert "more than 3 records are meant, and nothing was sent" in few.err
    topic = settings.catalogue.name(Role.PURCHASES)
    dry = await say(settings, "dlq", "redrive", "--reason", "schema", "--dry-run")
    assert "8 records would be sent" in dry.out
    assert len(await records(settings, Role.PURCHASES)) == 10
    late = [each for each in everything if each["put_aside"] >= middle]
    for words, count in ((["--since", middle], len(late)), (["--until", middle], 10 - len(late))):
        told = await say(settings, "dlq", "redrive", *words, "--dry-run")
        assert told.out.endswith(
            f"{count} record{'s' if count != 1 else ''} would be sent: {count} to {topic}.\n"
        )
    one = await say(settings, "dlq", "redrive", "--id", "test|bad-3", "--limit", "1")
    assert one.out == f"1 record sent again: 1 to {topic}.\n"
    sent = Counter((each.key, each.value) for each in await records(settings, Role.PURCHASES))
    assert [row for row, count in sent.items() if count == 2] == [bad[3]]
    assert sent.total() == 11


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["redrive"], "nothing is chosen: give --reason"),
        (["redrive", "--all", "--limit", "0"], "--limit is 0: give 1 or more."),
        (["list", "--since", "yesterday"], "--since 'yesterday' is no instant"),
        (["show", "9:9"], "there is no dead letter 9:9: `tierline dlq list` gives their places."),
        (["list", "--dir", "nowhere"], "cannot be read"),
    ],
)
async def test_a_wrong_word_is_one_sentence(broker, tmp_path, words, sentence):
    settings = installation(broker.bootstrap, tmp_path / "state")
    said = await say(settings, "dlq", *words)
    assert said.code in (1, 2)
    assert said.out == ""
    assert sentence in said.err
    assert said.err.count("\n") == 1
