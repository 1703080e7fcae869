"""What a killed worker left in Kafka, its dump, and `tierline verify` run in this process."""

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer

from agents.cli import main
from agents.dump import dump
from agents.exits import Exit
from agents.settings import WorkerSettings
from agents.sources import Cluster
from tests.agents.cluster_kit import installation
from tests.agents.support_chaos import BATCH, send
from tests.agents.support_events import RULEBOOK, Shop
from tests.agents.support_proof import all_applied, commits
from tests.agents.worker_kit import until, worker

PARTITIONS = 3
EVENTS_SENT = 1_500

Line = dict[str, Any]


async def worked(bootstrap: str, folder: Path) -> WorkerSettings:
    """The settings of an installation whose worker was killed half way and then did the rest, dumped."""
    book = folder / "book.yaml"
    book.write_text(RULEBOOK)
    settings = installation(bootstrap, folder / "state", PARTITIONS, run_records=80)
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
    await dump(Cluster(settings.connection, settings.catalogue), folder / "dump")
    return settings


def verify(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    """(exit code, what it printed) of the command."""
    code = main(["verify", *map(str, words)])
    printed = capsys.readouterr()
    assert printed.err == ""
    return code, printed.out


def in_cluster(settings: WorkerSettings) -> list[object]:
    """The options that name an installation."""
    place = ["--prefix", settings.prefix, "--app-id", settings.app_id, "--partitions", settings.partitions]
    return ["--kafka", settings.kafka, *place]


def differs(code_and_said: tuple[int, str], partition: int, seq: int, *others: str) -> str:
    """What was said. Fails unless it is a first difference at this commit, which names the others."""
    code, said = code_and_said
    assert code == 1, said
    assert said.startswith("after "), said
    assert said.count("\n") == 1
    assert f"the first difference: partition {partition}, commit {seq}" in said, said
    assert all(each in said for each in others), said
    return said


def lines_of(path: Path) -> list[Line]:
    """The lines of a dumped file."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def write(path: Path, lines: list[Line]) -> None:
    """Puts the lines in place of the file's."""
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))


def tamper(lines: list[Line], at: int, how: str, change: Callable[[Line], None]) -> None:
    """Changes, drops, or swaps with the next, one line."""
    if how == "drop":
        del lines[at]
    elif how == "swap":
        lines[at], lines[at + 1] = lines[at + 1], lines[at]
    else:
        change(lines[at]["record"])


def name_of(record: Line) -> str:
    """The event in an input record, or nothing."""
    try:
        event = json.loads(record["value"])
        return f"{event['source']}|{event['id']}"
    except (TypeError, ValueError):
        return ""
