"""What nobody can use is put aside, what an operator gets wrong is said plainly, and the rest goes on."""

import asyncio
import json
import random
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import NamedTuple

import pytest
from aiokafka import AIOKafkaProducer

from agents.broker_config import HOST
from agents.exits import Exit
from tests.agents.cluster_kit import PROGRAMME, installation, read_committed
from tests.agents.worker_kit import purchases, until, worker
from topics.catalogue import Role
from topics.encode import ERRORS, REASON_HEADER
from topics.partitioner import home

PARTITIONS = 2
CUSTOMER = "c1"
PLAIN = Path(PROGRAMME).read_text()
TEN_MB = 10 * 2**20
CLIENT_BYTES = 2**24  # As large as an input takes, with all that surrounds the value.


class Bad(NamedTuple):
    """A record that cannot be applied, and the reason it is put aside for."""

    reason: str
    value: bytes | None
    key: bytes | None = CUSTOMER.encode()
    role: Role = Role.PURCHASES
    headers: tuple[tuple[str, bytes | None], ...] = ()


def order(**changed):
    """A good order of the customer, less what is changed; None leaves a field out."""
    event = json.loads(purchases([CUSTOMER], "bad")[0][1])
    data = event["data"] | changed.pop("data", {})
    event |= {"data": {name: value for name, value in data.items() if value is not None}} | changed
    return json.dumps({name: value for name, value in event.items() if value is not None}).encode()


BAD = {
    "bad UTF-8": Bad("bad_json", order().replace(b"test", b"\xff\xfe")),
    "bad JSON": Bad("bad_json", order()[:-5]),
    "two values": Bad("bad_json", order() + order()),
    "an empty value": Bad("bad_json", b""),
    "nested without end": Bad("bad_json", b'{"a":' + b"[" * 100_000),
    "not an object": Bad("schema", b"[1]"),
    "a wrong type": Bad("schema", order(data={"amount": "12"})),
    "a fraction for an integer": Bad("schema", order(data={"amount": 1.5})),
    "a missing field": Bad("schema", order(data={"order_id": None})),
    "no data": Bad("schema", order().replace(b'"data"', b'"date"')),
    "a null key": Bad("no_customer", order(), key=None),
    "an empty key": Bad("no_customer", order(), key=b""),
    "a key that differs": Bad("no_customer", order(subject="c2")),
    "a key that is not UTF-8": Bad("no_customer", order(), key=b"\xff"),
    "a null value": Bad("schema", None),
    "10 MB of noise": Bad("bad_json", random.Random(1).randbytes(TEN_MB)),
    "a name of 10 MB": Bad("schema", order(data={"order_id": "o" * TEN_MB})),
    "as much as an input takes": Bad("bad_json", random.Random(2).randbytes(CLIENT_BYTES - 2_000)),
    "NaN": Bad("bad_json", order(data={"amount": float("nan")})),
    "infinity": Bad("bad_json", order(data={"amount": float("inf")})),
    "too large a number": Bad("bad_money", order(data={"amount": 10**15})),
    "a number beyond all bounds": Bad("schema", order().replace(b": 1000}", b": 1e999}")),
    "a negative amount": Bad("bad_money", order(data={"amount": -1})),
    "the year 9999": Bad("schema", order(time="9999-12-31T23:59:59Z")),
    "the year 0": Bad("schema", order(time="0000-01-01T00:00:00Z")),
    "a day that does not exist": Bad("schema", order(time="2026-02-30T00:00:00Z")),
    "next year": Bad("from_future", order(time="2199-01-01T00:00:00Z")),
    "long ago": Bad("too_late", order(time="1999-01-01T00:00:00Z")),
    "an unknown type": Bad("unknown_type", order(type="purchase.teleported")),
    "a type of another topic": Bad("unknown_type", order(), role=Role.ENGAGEMENTS),
    "a command nobody knows": Bad("unknown_type", b'{"type":"redeem"}', role=Role.COMMANDS),
    "a time that is none": Bad("schema", b'{"type":"time.reached","time":"soon"}', role=Role.COMMANDS),
    "a refund of an unknown line": Bad(
        "unknown_order",
        order(
            type="purchase.refunded",
            data={"refund_id": "r", "order_id": "o-good0-0", "lines": [{"line_id": "none"}], "amount": None},
        ),
    ),
    "another currency": Bad("no_fx_rate", order(data={"currency": "EUR"})),
    "a format that is not JSON": Bad(
        "schema", order(), headers=(("content-type", b"application/cloudevents+avro"), ("empty", None))
    ),
    "headers that are not UTF-8": Bad("bad_json", b"{}", headers=(("ce_type", b"\xff"), ("ce_id", b"1"))),
}


def good(number):
    """The (key, value) of the good order that follows bad record `number`."""
    return purchases([CUSTOMER], f"good{number}")[0]


async def send_bad_and_good(settings):
    """Sends each bad record and a good one after it, to the same partition, and one good one astray."""
    where = home(CUSTOMER.encode(), PARTITIONS)
    names = {role: settings.catalogue.name(role) for role in Role}
    producer = AIOKafkaProducer(
        bootstrap_servers=settings.servers, max_request_size=CLIENT_BYTES, enable_idempotence=True
    )
    await producer.start()
    for number, bad in enumerate(BAD.values()):
        headers = list(bad.headers)
        await producer.send(names[bad.role], bad.value, bad.key, where, headers=headers)
        key, value = good(number)
        await producer.send(names[Role.PURCHASES], value, key, where)
    key, value = good("astray")
    await producer.send(names[Role.PURCHASES], value, key, 1 - where)
    await producer.stop()


def free_port():
    with socket.create_server((HOST, 0)) as taken:
        return taken.getsockname()[1]


def metrics_of(port):
    """The numbers the worker shows, by name and labels."""
    text = urllib.request.urlopen(f"http://{HOST}:{port}/metrics", timeout=10).read().decode()
    return dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))


async def test_every_bad_record_is_put_aside_once_with_its_bytes_and_the_next_one_counts(broker, tmp_path):
    settings = installation(broker.bootstrap, tmp_path / "state", PARTITIONS, web_port=free_port())

    async def read(role):
        return await read_committed(settings.kafka, settings.catalogue.name(role))

    with worker(settings, tmp_path / "worker.log") as process:
        await send_bad_and_good(settings)
        points = await until(lambda: read(Role.POINTS), lambda found: len(found) > len(BAD))
        letters = await until(lambda: read(Role.DEAD_LETTERS), lambda found: len(found) >= len(BAD))
        shown = await asyncio.to_thread(metrics_of, settings.web_port)
        assert process.stop() == Exit.STOPPED
    assert "Traceback" not in process.said
    by_value = {(each.key, each.value, each.headers[: len(each.headers) - 9]): each for each in letters}
    assert len(letters) == len(by_value) == len(BAD)
    for name, bad in BAD.items():
        letter = by_value[bad.key, bad.value, bad.headers]
        added = dict(letter.headers[len(bad.headers) :])
        assert added[REASON_HEADER].decode() == bad.reason, (name, added)
        assert added[ERRORS + "topic"].decode() == settings.catalogue.name(bad.role), name
        assert added[ERRORS + "exception.message"], name
        assert len(added[ERRORS + "exception.message"]) < 500, name
    counted = [dict(each.headers)["ce_causationid"].decode() for each in points]
    wanted = [f"test|good{number}-0" for number in [*range(len(BAD)), "astray"]]
    assert sorted(counted) == sorted(wanted)
    for reason in {bad.reason for bad in BAD.values()}:
        for role in {bad.role for bad in BAD.values() if bad.reason == reason}:
            times = sum((bad.reason, bad.role) == (reason, role) for bad in BAD.values())
            topic = settings.catalogue.name(role)
            assert float(shown[f'tierline_dead_letters_total{{reason="{reason}",topic="{topic}"}}']) == times
    topic = settings.catalogue.name(Role.PURCHASES)
    for outcome, times in {"forwarded": 1, "applied": len(wanted)}.items():
        name = f'tierline_events_processed_total{{outcome="{outcome}",topic="{topic}"}}'
        assert float(shown[name]) == times
    late = sum(bad.reason == "too_late" for bad in BAD.values())
    assert float(shown[f'tierline_events_late_total{{topic="{topic}"}}']) == late


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("programme: [", "book.yaml:"),
        ("programme: shop\nversion: 1\ntimezone: UTC\ncurrency: USD\nearn: {rules: []}\n", "book.yaml:"),
        (PLAIN.replace("UTC", "Mars"), "book.yaml:4: timezone"),
        (PLAIN.replace("per: 1.00", "per: -1"), "book.yaml:9: earn"),
        (PLAIN + "experiments: {}\n", "not available in this version"),
        ("\xff\xfe", "the file is not UTF-8 text"),
        ("", "book.yaml:"),
    ],
)
def test_a_worker_with_a_broken_rulebook_names_file_and_mistake(broker, tmp_path, text, says):
    book = tmp_path / "book.yaml"
    book.write_bytes(text.encode("latin-1"))
    settings = installation(broker.bootstrap, tmp_path / "state").model_copy(update={"rules": book})
    with worker(settings, tmp_path / "worker.log") as process:
        assert process.ended() == Exit.REFUSED
    assert str(book) in process.said
    assert says in process.said
    assert "Traceback" not in process.said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--kafka", f"{HOST}:9"], f"no Kafka answers at {HOST}:9"),
        (["--prefix", "nowhere"], "nowhere.purchases: topic is missing"),
        (["--partitions", "3"], "partitions is 1, wanted 3"),
        (["--partitions", "0"], "greater than or equal to 1"),
    ],
)
def test_a_dump_that_cannot_be_made_is_one_sentence(broker, tmp_path, words, says):
    settings = installation(broker.bootstrap, tmp_path / "state")
    place = ["--kafka", settings.kafka, "--prefix", settings.prefix, "--app-id", settings.app_id]
    refused(["topics", "dump", str(tmp_path / "dump"), *place, "--partitions", "1", *words], says)


def test_a_dump_into_a_folder_that_cannot_be_written_is_one_sentence(broker, tmp_path):
    settings = installation(broker.bootstrap, tmp_path / "state")
    place = ["--kafka", settings.kafka, "--prefix", settings.prefix, "--app-id", settings.app_id]
    (tmp_path / "file").touch()
    refused(["topics", "dump", str(tmp_path / "file"), *place, "--partitions", "1"], str(tmp_path / "file"))


def refused(words, says):
    """Fails unless the command ends in failure, with one line on stderr that says this."""
    command = [sys.executable, "-m", "agents.cli", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode not in (0, None), done.stdout
    assert says in done.stderr
    assert done.stderr.startswith("tierline: ")
    assert done.stderr.count("\n") == 1
