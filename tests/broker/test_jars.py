"""Only the jars that the lock names are ever run, whole or not at all."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agents.broker_jars import Jar, checked_jars, fetch_jars, kafka_jars, locked_jars
from agents.errors import UserError

FETCH = """
import shutil, sys, time
from pathlib import Path
from agents.broker_jars import fetch_jars, locked_jars
source, folder, log, pause = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4])
def download(jars, part):
    with log.open("a") as file:
        file.write("download\\n")
    for jar in jars:
        shutil.copy(source / jar.file_name, part)
        time.sleep(pause)
fetch_jars(locked_jars(), folder, download)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the cache that a test may spoil."""
    copy = tmp_path / "kafka"
    copy.mkdir()
    for jar in kafka_jars():
        (copy / jar.name).symlink_to(jar)
    return copy


def fetching(source: Path, folder: Path, log: Path, pause_s: float) -> subprocess.Popen[bytes]:
    """A process that fetches from `source`, noting each download in `log`, slowly."""
    return subprocess.Popen([sys.executable, "-c", FETCH, source, folder, log, str(pause_s)])


def test_the_jars_are_kafka_without_its_streams_library_and_a_logging_bridge() -> None:
    names = {jar.artifact for jar in locked_jars()}
    assert {"kafka_2.13", "kafka-clients", "log4j-slf4j-impl"} <= names
    assert "kafka-streams" not in names
    assert {jar.version for jar in locked_jars() if jar.group == "org.apache.kafka"} == {"4.2.0"}


def test_a_changed_jar_is_refused(folder: Path) -> None:
    name = locked_jars()[3].file_name
    (folder / name).unlink()
    (folder / name).write_bytes(b"not the jar")
    with pytest.raises(UserError, match=rf"{name} has SHA-256 .* remove .* and run again"):
        checked_jars(folder, locked_jars())


def test_a_jar_that_the_lock_does_not_name_is_refused(folder: Path) -> None:
    (folder / "more.jar").touch()
    with pytest.raises(UserError, match=r"more\.jar is not in kafka-jars\.lock"):
        checked_jars(folder, locked_jars())


def test_a_missing_jar_is_refused(folder: Path) -> None:
    (folder / locked_jars()[0].file_name).unlink()
    with pytest.raises(UserError, match="is missing"):
        checked_jars(folder, locked_jars())


def test_a_download_that_is_not_what_the_lock_says_never_becomes_the_cache(tmp_path: Path) -> None:
    def download(jars: tuple[Jar, ...], part: Path) -> None:
        for jar in jars:
            (part / jar.file_name).write_bytes(b"something else")

    with pytest.raises(UserError, match="SHA-256"):
        fetch_jars(locked_jars(), tmp_path / "kafka", download)
    assert not (tmp_path / "kafka").exists()


def test_a_fetch_killed_midway_leaves_no_cache_and_the_next_one_succeeds(
    folder: Path, tmp_path: Path
) -> None:
    new, log = tmp_path / "new", tmp_path / "log"
    with fetching(folder, new, log, 60) as first:
        while not log.exists():
            time.sleep(0.02)
        first.send_signal(signal.SIGKILL)
    assert not new.exists()
    assert fetching(folder, new, log, 0).wait(20) == 0
    assert len(checked_jars(new, locked_jars())) == len(locked_jars())


def test_two_fetches_at_once_download_once(folder: Path, tmp_path: Path) -> None:
    new, log = tmp_path / "new", tmp_path / "log"
    both = [fetching(folder, new, log, 0.005) for _ in range(2)]
    assert [process.wait(30) for process in both] == [0, 0]
    assert log.read_text() == "download\n"
    assert checked_jars(new, locked_jars())
    shutil.rmtree(new)
