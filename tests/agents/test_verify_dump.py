"""`tierline verify`: what a killed worker left is equal, and what was tampered with is found where it was."""

import asyncio
import json
import shutil
import signal
import time
from random import Random

import pytest
from aiokafka import AIOKafkaProducer

from agents.cli import main
from agents.dump import EVENTS, JOURNAL, OUTPUTS, dump
from agents.exits import Exit
from agents.sources import Cluster
from tests.agents.cluster_kit import installation
from tests.agents.support_chaos import BATCH, send
from tests.agents.support_events import RULEBOOK, Shop
from tests.agents.support_proof import all_applied, commits
from tests.agents.worker_kit import until, worker
from topics.partitioner import home

PARTITIONS = 3
EVENTS_SENT = 3_000


async def worked(bootstrap, folder):
    """The settings of an installation whose worker was killed half way and then did the rest, dumped."""
    book = folder / "book.yaml"
    book.write_text(RULEBOOK)
    settings = installation(bootstrap, folder / "state", PARTITIONS, run_records=150)
    settings = settings.model_copy(update={"rules": book})
    records = Shop(Random(11), EVENTS_SENT, time.time_ns() // 1_000_000 - 60_000, PARTITIONS).records()
    batches = [records[at : at + BATCH] for at in range(0, len(records), BATCH)]
    half = len(batches) // 2
    producer = AIOKafkaProducer(bootstrap_servers=settings.servers, enable_idempotence=True)
    await producer.start()
    with worker(settings, folder / "worker.log") as process:
        await send(producer, Random(1), batches[:half], settings)
        await until(lambda: commits(settings), all)
        assert process.stop(signal.SIGKILL) == -signal.SIGKILL
    with worker(settings, folder / "worker.log") as process:
        await send(producer, Random(2), batches[half:], settings)
        await all_applied(settings, records)
        assert process.stop() == Exit.STOPPED
    await producer.stop()
    await dump(Cluster(settings.servers, settings.catalogue), folder / "dump")
    return settings


@pytest.fixture(scope="module")
def installed(broker, tmp_path_factory):
    """(settings, dump) of what a worker did; neither may be changed."""
    folder = tmp_path_factory.mktemp("verified")
    return asyncio.run(worked(broker.bootstrap, folder)), folder / "dump"


@pytest.fixture
def dumped(installed, tmp_path):
    """A copy of the dump, to be changed."""
    return shutil.copytree(installed[1], tmp_path / "dump")


def verify(capsys, *words):
    """(exit code, what it printed) of `tierline verify`."""
    code = main(["verify", *map(str, words)])
    printed = capsys.readouterr()
    assert printed.err == ""
    return code, printed.out


def lines_of(path):
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def write(path, lines):
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def events_by_commit(dumped):
    """[(partition, commit, line number, record)] of the inputs."""
    found, seq = [], 0
    for number, line in enumerate(lines_of(dumped / EVENTS)):
        seq = line.get("commit", seq)
        if "record" in line:
            found.append((line["record"]["partition"], seq, number, line["record"]))
    return found


def name_of(record):
    """The event in an input record, or nothing."""
    try:
        event = json.loads(record["value"])
        return f"{event['source']}|{event['id']}"
    except (TypeError, ValueError):
        return ""


def counted_first(dumped):
    """Event -> (partition, commit, customer) where it was applied first at home."""
    found = {}
    for partition, seq, _, record in events_by_commit(dumped):
        if name_of(record) and home(record["key"].encode(), PARTITIONS) == partition:
            found.setdefault(name_of(record), (partition, seq, record["key"]))
    return found


def points_of_an_event(dumped):
    """(line number in the outputs, event) of the points of a purchase, somewhere in the middle."""
    found = [
        (number, dict(line["record"]["headers"])["ce_causationid"])
        for number, line in enumerate(lines_of(dumped / OUTPUTS))
        if dict(line["record"]["headers"]).get("ce_type") == "points.earned"
        and json.loads(line["record"]["value"])["qty"] > 0
    ]
    return found[len(found) // 2]


def purchase_that_earned(dumped):
    """(line number in the inputs, partition, commit, record) of a purchase that earned, in the middle."""
    counted = counted_first(dumped)
    earned = {
        dict(line["record"]["headers"]).get("ce_causationid")
        for line in lines_of(dumped / OUTPUTS)
        if dict(line["record"]["headers"]).get("ce_type") == "points.earned"
        and json.loads(line["record"]["value"])["qty"] > 10
    }
    lines = [*lines_of(dumped / EVENTS), {}]
    seen, found = set(), []
    for partition, seq, number, record in events_by_commit(dumped):
        name, after = name_of(record), lines[number + 1]
        first = name not in seen and counted.get(name) == (partition, seq, record["key"])
        if first and name in earned and '"amount": ' in record["value"] and "record" in after:
            found.append((number, partition, seq, record))
        seen.add(name)
    return found[len(found) // 2]


def told(capsys, dumped, partition, seq, *others):
    """Fails unless the dump has a first difference at this commit that names the others."""
    code, said = verify(capsys, "--dir", dumped)
    assert code == 1, said
    assert said.startswith("after "), said
    assert said.count("\n") == 1
    assert f"the first difference: partition {partition}, commit {seq}" in said, said
    assert all(each in said for each in others), said
    return said


def tamper(lines, at, how, change):
    """Changes, drops, or swaps with the next, one line."""
    if how == "drop":
        del lines[at]
    elif how == "swap":
        lines[at], lines[at + 1] = lines[at + 1], lines[at]
    else:
        change(lines[at]["record"])


def test_all_that_a_killed_worker_left_is_verified_in_the_cluster_and_from_its_dump(installed, capsys):
    settings, folder = installed
    place = ["--prefix", settings.prefix, "--app-id", settings.app_id, "--partitions", PARTITIONS]
    code, said = verify(capsys, "--kafka", settings.kafka, *place)
    assert (code, verify(capsys, "--dir", folder)) == (0, (0, said))
    effects = [each for each in lines_of(folder / OUTPUTS) if "ce_id" in dict(each["record"]["headers"])]
    letters = len(lines_of(folder / OUTPUTS)) - len(effects)
    events = events_by_commit(folder)
    strays = sum(home((each["key"] or "").encode(), PARTITIONS) != at for at, _, _, each in events)
    first, last = said.splitlines()
    assert last == f"verified {len(events):,} events, {len(effects):,} effects, 0 differences"
    assert first == (
        f"{len(lines_of(folder / JOURNAL))} commits in {PARTITIONS} partitions, {letters} dead letters, "
        f"{strays} records sent on to their partition"
    )
    assert letters > 50
    assert strays > 2


@pytest.mark.parametrize("how", ["change", "drop", "swap"])
def test_an_output_tampered_with_is_named_with_its_commit_customer_event_and_rule(dumped, capsys, how):
    def change(record):
        data = json.loads(record["value"])
        record["value"] = json.dumps(data | {"qty": data["qty"] + 1}, separators=(",", ":"))

    at, event = points_of_an_event(dumped)
    partition, seq, customer = counted_first(dumped)[event]
    lines = lines_of(dumped / OUTPUTS)
    tamper(lines, at, how, change)
    write(dumped / OUTPUTS, lines)
    said = told(
        capsys,
        dumped,
        partition,
        seq,
        f"customer {customer}, event {event}: points.earned by rule base of proof@1",
    )
    assert how != "change" or "data.qty should be " in said


@pytest.mark.parametrize("how", ["change", "drop", "swap"])
def test_an_input_tampered_with_is_named_with_its_commit_customer_and_event(dumped, capsys, how):
    def change(record):
        record["value"] = record["value"].replace('"amount": ', '"amount": 7')

    at, partition, seq, record = purchase_that_earned(dumped)
    lines = lines_of(dumped / EVENTS)
    named = [record, lines[at + 1]["record"]] if how == "swap" else [record]
    tamper(lines, at, how, change)
    write(dumped / EVENTS, lines)
    said = told(capsys, dumped, partition, seq)
    assert any(f"customer {each['key']}, event {name_of(each)}: " in said for each in named), said


@pytest.mark.parametrize("how", ["change", "drop", "swap"])
def test_a_journal_record_tampered_with_is_named_with_its_commit(dumped, capsys, how):
    def change(record):
        commit = json.loads(record["value"])
        record["value"] = json.dumps(commit | {"chain": commit["chain"][::-1]})

    lines = lines_of(dumped / JOURNAL)
    at = next(at for at, each in enumerate(lines) if json.loads(each["record"]["value"])["seq"] == 3)
    partition = lines[at]["record"]["partition"]
    tamper(lines, at, how, change)
    write(dumped / JOURNAL, lines)
    told(capsys, dumped, partition, 3)


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("seq", lambda seq: seq + 1),
        ("topics", lambda topics: topics[::-1]),
        ("start", lambda start: [each + 1 for each in start]),
        ("end", lambda end: [each + 1 for each in end]),
        ("order", lambda order: [*order[:-1], [order[-1][0], order[-1][1] + 1]]),
        ("order", lambda order: order[:-1]),
        ("now_ms", lambda now_ms: now_ms + 1),
        ("cursor", lambda cursor: [cursor[0] + 1, *cursor[1:]]),
        ("digest", lambda digest: digest[::-1]),
        ("partitions", lambda partitions: partitions + 1),
        ("format", lambda state_format: state_format + 1),
    ],
)
def test_no_field_of_a_journal_record_can_be_changed_unseen(dumped, capsys, field, changed):
    lines = lines_of(dumped / JOURNAL)
    at = next(at for at, each in enumerate(lines) if json.loads(each["record"]["value"])["seq"] == 2)
    record = lines[at]["record"]
    commit = json.loads(record["value"])
    record["value"] = json.dumps(commit | {field: changed(commit[field])})
    write(dumped / JOURNAL, lines)
    told(capsys, dumped, record["partition"], 2)
