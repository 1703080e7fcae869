"""Kafka's jars: fetched once, checked at every start against the checksums in `kafka-jars.lock`.

The folder appears under its final name only when it is complete and checked, so a fetch that was killed
leaves nothing that could be taken for a broker; a file lock makes two fetches take turns.
"""

import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agents.errors import UserError

KAFKA_VERSION = "4.2.0"
Download = Callable[[tuple["Jar", ...], Path], None]
LOCK_FILE = Path(__file__).with_name("kafka-jars.lock")


@dataclass(frozen=True, slots=True)
class Jar:
    """One line of the lock: Maven coordinates and the SHA-256 of the file in hex."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        """What the file is called in the cache folder."""
        return f"{self.artifact}-{self.version}.jar"


def locked_jars(lock_file: Path = LOCK_FILE) -> tuple[Jar, ...]:
    """The jars of the broker, as the lock names them: `group:artifact:version sha256` a line."""
    lines = [line for line in lock_file.read_text().splitlines() if not line.startswith("#")]
    return tuple(Jar(*line.replace(":", " ").split()) for line in lines)


def cache_root() -> Path:
    """The folder for fetched files: TIERLINE_CACHE, else `tierline` in the user's cache folder."""
    if named := os.environ.get("TIERLINE_CACHE"):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tierline"


def checked_jars(folder: Path, jars: tuple[Jar, ...], lock_file: Path = LOCK_FILE) -> list[Path]:
    """The jar files in `folder`, each equal to its checksum in the lock.

    Raises UserError when one is missing or different, or when a jar lies there that the lock lacks.
    """
    found = {path.name for path in folder.glob("*.jar")}
    if extra := sorted(found - {jar.file_name for jar in jars}):
        raise UserError(f"{folder / extra[0]} is not in {lock_file.name}: remove {folder} and run again.")
    for jar in jars:
        path = folder / jar.file_name
        if jar.file_name not in found:
            raise UserError(f"{path} is missing: remove {folder} and run again.")
        with path.open("rb") as file:
            actual = hashlib.file_digest(file, "sha256").hexdigest()
        if actual != jar.sha256:
            raise UserError(
                f"{path} has SHA-256 {actual[:16]}… but {lock_file.name} says {jar.sha256[:16]}…: "
                f"remove {folder} and run again."
            )
    return [folder / jar.file_name for jar in jars]


@contextmanager
def one_at_a_time(lock_path: Path) -> Iterator[None]:
    """Holds an exclusive lock, which the system lets go when this process ends in whatever way."""
    lock_path.parent.mkdir(parents=True, exist_ok=True)
    with lock_path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def download(jars: tuple[Jar, ...], folder: Path) -> None:
    """Puts every jar into `folder`, a few at a time; raises UserError when one cannot be had."""
    from jgo.maven import MavenContext, PythonResolver  # Only a first start pays for this import.

    maven = MavenContext(resolver=PythonResolver(), repo_cache=folder / "maven", local_repos=[], timeout=60)

    def fetch(jar: Jar) -> None:
        artifact = maven.project(jar.group, jar.artifact).at_version(jar.version).artifact()
        artifact.resolve().rename(folder / jar.file_name)

    try:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(fetch, jars))
    except (OSError, RuntimeError) as error:
        reason = str(error).splitlines()[0][:200]
        raise UserError(
            f"Kafka's jars could not be fetched ({reason}): connect to the network and run again, "
            "or name a running Kafka in TIERLINE_KAFKA."
        ) from error
    shutil.rmtree(folder / "maven")


def fetch_jars(
    jars: tuple[Jar, ...],
    folder: Path,
    download: Download = download,
    title: str = f"Kafka {KAFKA_VERSION}",
    lock_file: Path = LOCK_FILE,
) -> None:
    """Fetches into `folder` unless another process has just done so; nothing half-done is ever there."""
    with one_at_a_time(folder.with_name(folder.name + ".lock")):
        if folder.exists():
            return
        print(f"fetching {title} ({len(jars)} jars, once) into {folder}", file=sys.stderr)
        part = folder.with_name(folder.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        download(jars, part)
        checked_jars(part, jars, lock_file)
        part.rename(folder)


def kafka_jars() -> list[Path]:
    """Kafka's jar files, fetched if this is the first time, and checked."""
    jars, folder = locked_jars(), cache_root() / f"kafka-{KAFKA_VERSION}"
    if not folder.exists():
        fetch_jars(jars, folder)
    return checked_jars(folder, jars)
