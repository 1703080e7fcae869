"""Debian's Prometheus and docker-compose for tests: those on the PATH, else their packages, fetched once.

The packages are taken apart in the cache, not installed. apt checks their signatures.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from agents.broker_jars import cache_root, one_at_a_time

PROMETHEUS = ("prometheus",)
COMPOSE = (
    "docker-compose",
    *(
        f"python3-{name}"
        for name in (
            *("attr", "certifi", "chardet", "charset-normalizer", "distro", "docker", "dockerpty", "docopt"),
            *("dotenv", "idna", "jsonschema", "packaging", "pyrsistent", "requests", "six", "texttable"),
            *("urllib3", "websocket", "yaml"),
        )
    ),
)
TIMEOUT_S = 300


def tool(name: str) -> Path:
    """Where `prometheus` or `promtool` is. Fails the test, saying why, when it cannot be had."""
    found = shutil.which(name)
    return Path(found) if found else fetched("prometheus", PROMETHEUS) / "usr" / "bin" / name


def fetched(name: str, packages: Sequence[str]) -> Path:
    """The folder with the files of these packages."""
    folder = cache_root() / f"debian-{name}"
    with one_at_a_time(folder.with_name(folder.name + ".lock")):
        if not folder.exists():
            part = folder.with_name(folder.name + ".part")
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            _fetch(packages, part)
            part.rename(folder)
    return folder


def _fetch(packages: Sequence[str], folder: Path) -> None:
    """Puts the packages' files into the folder."""
    download = ["apt-get", "download", *packages]
    if _run(download, folder):  # Lists of packages may be missing, or too old.
        _run(["apt-get", "update"], folder)
        why = _run(download, folder)
        assert not why, f"install {packages[0]}, or let apt-get fetch it: {why}"
    for package in folder.glob("*.deb"):
        why = _run(["dpkg-deb", "--extract", str(package), str(folder)], folder)
        assert not why, why
        package.unlink()


def _run(command: Sequence[str], folder: Path) -> str:
    """What went wrong, "" for nothing."""
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=TIMEOUT_S)
    except OSError as error:
        return str(error)
    return (done.stderr or f"exit {done.returncode}") if done.returncode else ""


def promtool(*words: str | Path, given: str = "") -> str:
    """What promtool says; fails the test when it finds fault."""
    command = [str(tool("promtool")), *map(str, words)]
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def compose_config(file: Path) -> str:
    """The configuration as docker-compose reads it; fails the test when it finds fault."""
    if shutil.which("docker-compose"):
        command, env = ["docker-compose"], dict(os.environ)
    else:
        packages = fetched("docker-compose", COMPOSE) / "usr/lib/python3/dist-packages"
        command, env = ["/usr/bin/python3", "-m", "compose"], os.environ | {"PYTHONPATH": str(packages)}
    command += ["--file", str(file), "config"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout
