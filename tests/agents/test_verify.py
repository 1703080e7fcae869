"""`tierline verify` on a cluster: while workers work, and when records are gone, by consent or not."""

import asyncio
import json
import subprocess
import sys

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

import agents.verify_strays
from agents.cli import main
from agents.commit import Committer
from agents.dump import INSTALLATION, JOURNAL, WAITING, dump
from agents.exits import Exit
from agents.memory import MemoryStore
from agents.run import Partition
from agents.sources import Cluster
from rules.load import load_rulebook
from tests.agents.cluster_kit import installation, read_committed, send
from tests.agents.support_verify import differs, in_cluster, lines_of, verify, write
from tests.agents.worker_kit import purchases, until, worker
from topics.catalogue import Role

CUSTOMERS = [f"c{number}" for number in range(40)]


def topic(settings, role):
    return settings.catalogue.name(role)


async def buy(settings, label, partition=None):
    await send(settings.kafka, topic(settings, Role.PURCHASES), purchases(CUSTOMERS, label), partition)


async def points_are(settings, count):
    points = topic(settings, Role.POINTS)
    return await until(lambda: read_committed(settings.kafka, points), lambda found: len(found) >= count)


async def worked(settings, log):
    """A worker that took 40 purchases and stopped."""
    with worker(settings, log) as process:
        await buy(settings, "a")
        await points_are(settings, 40)
        assert process.stop() == Exit.STOPPED


async def delete_before(settings, role, offset):
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    await admin.delete_records({TopicPartition(topic(settings, role), 0): RecordsToDelete(offset)})
    await admin.close()


@pytest.fixture
def settings(broker, tmp_path):
    return installation(broker.bootstrap, tmp_path / "state")


@pytest.mark.parametrize("offset", [10, -1])
def test_outputs_that_retention_took_are_said_to_be_gone(settings, tmp_path, capsys, offset):
    asyncio.run(worked(settings, tmp_path / "log"))
    asyncio.run(delete_before(settings, Role.POINTS, offset))
    points = topic(settings, Role.POINTS)
    what = "customer c0, event test|a-0: points.earned by rule base of plain@1 should be "
    said = differs(verify(capsys, *in_cluster(settings)), 0, 1, what, "has retention taken what was before?")
    assert f"({points} begins at offset {offset if offset > 0 else ''}" in said
    assert ("nothing more is there" in said) == (offset < 0)


def test_inputs_that_retention_took_are_said_to_be_gone(settings, tmp_path, capsys):
    asyncio.run(worked(settings, tmp_path / "log"))
    asyncio.run(delete_before(settings, Role.PURCHASES, 10))
    said = differs(verify(capsys, *in_cluster(settings)), 0, 1, "customer c0, event test|a-0: ")
    assert f"({topic(settings, Role.PURCHASES)} begins at offset 10: has retention taken" in said


def test_a_gap_that_was_accepted_is_a_note_and_no_difference(settings, tmp_path, capsys):
    asyncio.run(buy(settings, "lost"))
    asyncio.run(delete_before(settings, Role.PURCHASES, 15))
    place = f"{topic(settings, Role.PURCHASES)}:0"
    asyncio.run(worked(settings.model_copy(update={"accept_gap": [place]}), tmp_path / "log"))
    code, said = verify(capsys, *in_cluster(settings))
    assert code == 0, said
    note, _, last = said.splitlines()
    went = f"{topic(settings, Role.PURCHASES)} goes on at offset 15 instead of 0, a gap that was accepted"
    assert note == f"note: partition 0, commit 1: {went}"
    assert last == "verified 65 events, 105 effects, 0 differences"


async def verified_meanwhile(settings, log):
    """What `verify` says while a worker takes what is sent, and how much it was then."""
    command = [sys.executable, "-m", "agents.cli", "verify", *map(str, in_cluster(settings))]
    with worker(settings, log) as process:
        await buy(settings, "first")
        await points_are(settings, 40)
        verifying = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
        saying, sent = asyncio.create_task(verifying.communicate()), 1
        while not saying.done():
            await buy(settings, f"more{sent}")
            sent += 1
        assert process.stop() == Exit.STOPPED
    return verifying.returncode, (await saying)[0].decode(), 40 * sent


async def test_what_workers_write_meanwhile_is_no_difference(settings, tmp_path):
    code, said, sent = await verified_meanwhile(settings, tmp_path / "log")
    assert code == 0, said
    assert said.endswith(" 0 differences\n")
    assert sent > 40


async def sent_astray(settings, folder):
    """A dump of an installation whose worker stopped when it had sent records on, and not yet taken them."""
    await buy(settings, "a", partition=1)
    astray = await read_committed(settings.kafka, topic(settings, Role.PURCHASES))
    store = MemoryStore()
    partition = Partition(1, store, settings.catalogue, load_rulebook(settings.rules))
    work = partition.apply(astray, {topic(settings, Role.PURCHASES): astray[-1].offset + 1})
    committer = Committer(settings.connection, settings.catalogue, 1, settings.commit_timeout_s)
    await committer.start()
    await committer.commit(work.outputs, work.changelog, work.journal, work.after.now_ms)
    await committer.stop()
    await dump(Cluster(settings.connection, settings.catalogue), folder)


@pytest.mark.parametrize("at_once", [3, 1_000_000])
def test_a_record_sent_on_and_not_there_is_named_with_its_commit_customer_and_event(
    broker, tmp_path, capsys, monkeypatch, at_once
):
    monkeypatch.setattr(agents.verify_strays, "AT_ONCE", at_once)
    settings = installation(broker.bootstrap, tmp_path / "state", partitions=3)
    asyncio.run(sent_astray(settings, tmp_path / "dump"))
    lines = lines_of(tmp_path / "dump" / WAITING)
    assert {each["record"]["partition"] for each in lines} == {0, 2}
    code, said = verify(capsys, "--dir", tmp_path / "dump")
    assert (code, said[-14:]) == (0, "0 differences\n"), said
    assert f"{len(lines)} records sent on to their partition" in said
    gone = lines.pop(len(lines) // 2)["record"]
    write(tmp_path / "dump" / WAITING, lines)
    event = json.loads(gone["value"])
    whose = f"customer {gone['key']}, event {event['source']}|{event['id']}: the record was sent on to "
    where = f"{gone['topic']} partition {gone['partition']} and is not there"
    differs(verify(capsys, "--dir", tmp_path / "dump"), 1, 1, whose + where)


def test_a_journal_that_cannot_be_read_or_ends_too_soon_is_a_difference(settings, tmp_path, capsys):
    asyncio.run(worked(settings, tmp_path / "log"))
    asyncio.run(dump(Cluster(settings.connection, settings.catalogue), tmp_path / "dump"))
    lines = lines_of(tmp_path / "dump" / JOURNAL)
    last = lines.pop()
    seq = json.loads(last["record"]["value"])["seq"]
    write(tmp_path / "dump" / JOURNAL, lines)
    says = [
        ", event test|a-",
        " by rule base of plain@1 is in ",
        f"but the journal ends with commit {seq - 1}",
    ]
    differs(verify(capsys, "--dir", tmp_path / "dump"), 0, seq, *says)
    last["record"]["value"] = None
    write(tmp_path / "dump" / JOURNAL, [*lines, last])
    says = f"the journal record at offset {last['record']['offset']} cannot be read"
    differs(verify(capsys, "--dir", tmp_path / "dump"), 0, seq, says)


def test_a_folder_that_is_no_dump_is_one_sentence(tmp_path, capsys):
    assert main(["verify", "--dir", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert (
        said
        == f"tierline: {tmp_path / INSTALLATION} cannot be read (No such file or directory): dump again\n"
    )
