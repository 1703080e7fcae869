"""A worker process against a real broker: exact over stops and losses, and plain when it cannot go on."""

import signal
import sys
import time
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from msgspec.structs import replace

from agents.broker_config import HOST
from agents.exits import Exit
from agents.journal import APPLIED_KEY, applied_of, commit_of, encode
from agents.preflight import hold_state_dir
from agents.restore import position_record
from agents.store import Store
from tests.agents.cluster_kit import installation, read_committed, send
from tests.agents.worker_kit import environment, purchases, running, until, worker
from topics.catalogue import Role

FAUST = str(Path(sys.executable).with_name("faust"))
CUSTOMERS = [f"c{number}" for number in range(40)]


@pytest.fixture
def log(tmp_path):
    return tmp_path / "worker.log"


def topic(settings, role):
    return settings.catalogue.name(role)


async def points(settings):
    return await read_committed(settings.kafka, topic(settings, Role.POINTS))


async def points_are(settings, count):
    return await until(lambda: points(settings), lambda found: len(found) >= count)


async def buy(settings, label, partition=None):
    rows = purchases(CUSTOMERS, label)
    await send(settings.kafka, topic(settings, Role.PURCHASES), rows, partition)


def store_paths(settings):
    return sorted((settings.state_dir / settings.app_id).glob("partition-*"))


async def test_every_purchase_counts_once_over_stops_kills_and_a_wiped_disk(broker, tmp_path, log):
    settings = installation(broker.bootstrap, tmp_path / "state", partitions=2)
    with worker(settings, log) as first:
        await buy(settings, "a")
        await points_are(settings, 40)
        assert first.stop() == Exit.STOPPED
    assert len(store_paths(settings)) == 2
    await buy(settings, "b")
    with worker(settings, log) as second:
        await points_are(settings, 41)
        assert second.stop(signal.SIGKILL) == -signal.SIGKILL
    await buy(settings, "c")
    await buy(settings, "b")  # All known.
    elsewhere = settings.model_copy(update={"state_dir": tmp_path / "elsewhere"})
    with worker(elsewhere, log) as third:
        found = await points_are(settings, 120)
        assert third.stop() == Exit.STOPPED
    ids = [dict(record.headers)["ce_id"] for record in found]
    assert (len(ids), len(set(ids))) == (120, 120)
    assert "Traceback" not in third.said
    journal = await read_committed(settings.kafka, topic(settings, Role.JOURNAL))
    for number in (0, 1):
        commits = [commit_of(record.value) for record in journal if record.partition == number]
        assert [commit.seq for commit in commits] == list(range(1, len(commits) + 1))
        assert [commit.start for commit in commits[1:]] == [commit.end for commit in commits[:-1]]


async def test_fausts_own_command_runs_the_same_worker(broker, tmp_path, log):
    settings = installation(broker.bootstrap, tmp_path / "state", partitions=2)
    await buy(settings, "a")
    command = [FAUST, "-A", "agents.app", "worker", "--without-web", "-l", "warn"]
    with running(command, environment(settings), log) as process:
        await counted_once(settings, 40)
        assert process.stop() == Exit.STOPPED
    assert "Traceback" not in process.said


async def test_a_record_on_the_wrong_partition_is_sent_home_and_counts_once(broker, tmp_path, log):
    settings = installation(broker.bootstrap, tmp_path / "state", partitions=3)
    await buy(settings, "a", partition=1)
    with worker(settings, log) as process:
        found = await points_are(settings, 40)
        assert process.stop() == Exit.STOPPED
    assert sorted(record.key.decode() for record in found) == sorted(CUSTOMERS)
    assert {record.partition for record in found} == {0, 1, 2}


async def test_an_alert_that_falls_due_is_raised_although_nothing_arrives(broker, tmp_path, log):
    programme = (tmp_path / "book.yaml").resolve()
    programme.write_text(
        "programme: quiet\nversion: 1\ntimezone: UTC\ncurrency: USD\n"
        "earn: {rules: [{id: base, points: 1, per: 1.00}]}\n"
        "tiers: {levels: [{code: base, name: Base}]}\n"
        "churn: {population_interval_days: 30, minimum_days: 14, levels: {watch: 1.5}}\n"
    )
    settings = installation(broker.bootstrap, tmp_path / "state").model_copy(update={"rules": programme})
    with worker(settings, log) as process:
        bought_ms = int(time.time() * 1000) - 45 * 86_400_000 + 5_000
        rows = purchases(["quiet"], "q", at_ms=bought_ms)
        await send(settings.kafka, topic(settings, Role.PURCHASES), rows)
        alerts = topic(settings, Role.ALERTS)
        (alert,) = await until(lambda: read_committed(settings.kafka, alerts), bool)
        assert process.stop() == Exit.STOPPED
    assert alert.key == b"quiet"
    journal = [
        commit_of(record.value)
        for record in await read_committed(settings.kafka, topic(settings, Role.JOURNAL))
    ]
    assert [sum(count for _, count in commit.order) for commit in journal] == [1, 0]
    assert journal[1].now_ms >= journal[1].cursor[0] >= bought_ms + 45 * 86_400_000


def spoil(path, start):
    data = bytearray(path.read_bytes())
    data[start : start + 64] = bytes(64)
    path.write_bytes(data)


async def counted_once(settings, count):
    found = await points_are(settings, count)
    assert len({dict(record.headers)["ce_id"] for record in found}) == len(found) == count


async def test_state_found_damaged_at_opening_is_wiped_restored_and_reported(broker, tmp_path, log):
    settings = installation(broker.bootstrap, tmp_path / "state")
    await buy(settings, "a")
    with worker(settings, log) as process:
        await points_are(settings, 40)
        assert process.stop() == Exit.STOPPED
    (manifest,) = store_paths(settings)[0].glob("MANIFEST-*")
    spoil(manifest, 0)
    await buy(settings, "a")
    await buy(settings, "b")
    with worker(settings, log) as process:
        await counted_once(settings, 80)
        assert process.stop() == Exit.STOPPED
    assert "was damaged" in process.said


async def test_damage_found_by_a_read_ends_the_worker_and_the_next_one_restores(broker, tmp_path, log):
    settings = installation(broker.bootstrap, tmp_path / "state")
    await buy(settings, "a")
    with worker(settings, log) as process:
        await points_are(settings, 40)
        assert process.stop() == Exit.STOPPED
    (path,) = store_paths(settings)
    store = Store(path)
    store._db.flush()
    store.close()
    for table in path.glob("*.sst"):
        spoil(table, table.stat().st_size // 2)  # Of customers: opening does not read them.
    await buy(settings, "b")
    with worker(settings, log) as process:
        assert process.ended() == Exit.STATE_DAMAGED
    assert "is damaged and will be restored" in process.said
    with worker(settings, log) as process:
        await counted_once(settings, 80)
        assert process.stop() == Exit.STOPPED
    assert "wiped, and restored from the changelog" in process.said
    assert "Traceback" not in process.said


async def test_state_of_another_changelog_is_wiped_and_reported(broker, tmp_path, log):
    settings = installation(broker.bootstrap, tmp_path / "state")
    store = Store(settings.state_dir / settings.app_id / "partition-0")
    store.write([(b"sc1", b"stranger"), position_record(1_000_000)])
    store.close()
    with worker(settings, log) as process:
        await buy(settings, "a")
        await points_are(settings, 40)
        assert process.stop() == Exit.STOPPED
    assert "beyond the end" in process.said


async def test_rows_that_another_version_wrote_are_not_touched(broker, tmp_path, log):
    settings = installation(broker.bootstrap, tmp_path / "state")
    with worker(settings, log) as process:
        await buy(settings, "a")
        await points_are(settings, 40)
        assert process.stop() == Exit.STOPPED
    store = Store(settings.state_dir / settings.app_id / "partition-0")
    applied = applied_of(store.get(APPLIED_KEY))
    store.write([(APPLIED_KEY, encode(replace(applied, format=applied.format + 1)))])
    store.close()
    with worker(settings, log) as process:
        assert process.ended() == Exit.REFUSED
    assert f"has rows of format {applied.format + 1}, and {applied.format} is read" in process.said


async def delete_before(settings, role, offset):
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    await admin.delete_records({TopicPartition(topic(settings, role), 0): RecordsToDelete(offset)})
    await admin.close()


async def test_missing_records_stop_the_worker_until_their_loss_is_accepted(broker, tmp_path, log):
    settings = installation(broker.bootstrap, tmp_path / "state")
    await buy(settings, "a")
    await delete_before(settings, Role.PURCHASES, 15)
    place = f"{topic(settings, Role.PURCHASES)}:0"
    with worker(settings, log) as process:
        assert process.ended() == Exit.REFUSED
    assert f"Records of {place} from offset 0 to 15 are next to apply" in process.said
    assert f"--accept-gap {place}" in process.said
    assert "Traceback" not in process.said
    with worker(settings.model_copy(update={"accept_gap": [place]}), log) as process:
        assert len(await points_are(settings, 25)) == 25
        assert process.stop() == Exit.STOPPED
    (commit, *_) = await read_committed(settings.kafka, topic(settings, Role.JOURNAL))
    assert (
        dict(zip(commit_of(commit.value).topics, commit_of(commit.value).start, strict=True))[
            topic(settings, Role.PURCHASES)
        ]
        == 15
    )


@pytest.mark.parametrize(
    ("wrong", "code", "says"),
    [
        ({"prefix": "elsewhere"}, Exit.REFUSED, "Missing topics: elsewhere.purchases"),
        ({"partitions": 2}, Exit.REFUSED, "has 1 instead of 2"),
        ({"clock": "log"}, Exit.REFUSED, "--clock log needs CreateTime"),
        ({"kafka": f"{HOST}:9"}, Exit.UNREACHABLE, f"no Kafka answers at {HOST}:9"),
        ({"rules": "nowhere.yaml"}, Exit.REFUSED, "nowhere.yaml: the file cannot be read"),
        ({"state_dir": "/proc"}, Exit.REFUSED, "cannot be used"),
    ],
)
def test_a_worker_that_cannot_start_says_why_in_one_sentence(broker, tmp_path, log, wrong, code, says):
    settings = installation(broker.bootstrap, tmp_path / "state").model_copy(update=wrong)
    with worker(settings, log) as process:
        assert process.ended() == code
    sentence = process.said.splitlines()[-1]
    assert says in sentence
    assert sentence.endswith(".") or wrong.get("rules")
    assert "Traceback" not in process.said


def test_a_worker_whose_state_directory_is_taken_says_so(broker, tmp_path, log):
    settings = installation(broker.bootstrap, tmp_path / "state")
    with hold_state_dir(settings), worker(settings, log) as process:
        assert process.ended() == Exit.STATE_IN_USE
    assert "in use by another worker" in process.said
    assert "Traceback" not in process.said
