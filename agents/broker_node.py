"""One Kafka broker in one folder: prepared once, started on free ports, recognised, stopped.

The folder holds `data/`, the settings of the last start, `broker.log`, `console.log`, and `broker.json` while
a broker is thought to run there.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TypeVar

from agents.broker_config import LOGGING, Ports, free_ports, last_ports, port_is_free, server_properties
from agents.broker_install import Installation
from agents.broker_probe import cluster_at
from agents.broker_process import Process, identity
from agents.errors import UserError

P = TypeVar("P", bound=Process)
START_S = 60.0
STOP_S = 20.0
KILL_S = 10.0
PAUSE_S = 0.02
TRIES = 5
NOTE = "broker.json"


class PortTaken(Exception):
    """Another program got hold of the port between our choice and the broker's start."""


@dataclass(frozen=True, slots=True)
class Running:
    """A broker process of a folder."""

    directory: Path
    pid: int
    ports: Ports

    @property
    def bootstrap(self) -> str:
        """What a client is given: "127.0.0.1:PORT"."""
        return self.ports.bootstrap


def format_data(directory: Path, installation: Installation) -> None:
    """Makes `data/` with a new cluster id; it appears whole or not at all."""
    fresh, settings = directory / "data.new", directory / "format.properties"
    shutil.rmtree(fresh, ignore_errors=True)
    settings.write_text(server_properties(fresh, Ports(1, 2)))  # Formatting opens no port.
    tool = ("kafka.tools.StorageTool", "format", "-t", new_cluster_id(), "-c", str(settings))
    done = subprocess.run(
        installation.java(directory, *tool), capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["no reason given"]
        raise UserError(f"Kafka could not prepare {fresh}: {said[-1]}")
    fresh.rename(directory / "data")
    settings.unlink()


def new_cluster_id() -> str:
    """A random id as Kafka writes them: 16 bytes in base 64, not starting like an option."""
    return "T" + urlsafe_b64encode(secrets.token_bytes(16)).decode()[1:22]


def cluster_id(directory: Path) -> str:
    """The id that the folder's data was formatted with."""
    lines = (directory / "data" / "meta.properties").read_text().splitlines()
    return next(line.partition("=")[2] for line in lines if line.startswith("cluster.id="))


def complaints(log: Path, start: int) -> list[str]:
    """The lines that a broker logged as errors since the log had `start` bytes."""
    if not log.exists():
        return []
    with log.open("rb") as file:
        file.seek(start)
        lines = file.read().decode(errors="replace").splitlines()
    return [line for line in lines if " ERROR " in line or " FATAL " in line or "Exception" in line]


def await_ready(directory: Path, process: Process, ports: Ports, log_start: int) -> None:
    """Returns when this very broker is in service.

    Another broker may answer on the port that ours failed to get, hence the look at the cluster's id.
    Raises PortTaken, or UserError when the broker ends for another reason or is not up after `START_S`.
    """
    ours, deadline = cluster_id(directory), time.monotonic() + START_S
    while cluster_at(ports.bootstrap) != ours:
        if process.poll() is not None:
            said = complaints(directory / "broker.log", log_start)
            if any("Address already in use" in line for line in said):
                raise PortTaken
            raise UserError(
                f"the broker ended at once ({''.join(said[:1])[:300]}): see {directory}/broker.log."
            )
        if time.monotonic() >= deadline:
            raise UserError(f"the broker was not ready after {START_S:.0f} s: see {directory}/broker.log.")
        time.sleep(PAUSE_S)


def port_pairs(directory: Path, port: int | None, choices: Iterator[int]) -> Iterator[Ports]:
    """Which ports to try, in turn: the one asked for, or those of the last start, then free ones."""
    last = last_ports(directory / "server.properties")
    if last and port in (None, last.clients) and port_is_free(last.clients) and port_is_free(last.controller):
        yield last
    for _ in range(TRIES):
        yield Ports(port or next(choices), next(choices))


def remember(running: Running) -> None:
    """Notes in the folder which process is its broker."""
    note = {"pid": running.pid, "identity": identity(running.pid), "ports": astuple(running.ports)}
    (running.directory / NOTE).write_text(json.dumps(note))


def running_in(directory: Path) -> Running | None:
    """The broker that runs in this folder; None also when the note is stale: its process has ended, or
    another one has its id now.
    """
    try:
        note = json.loads((directory / NOTE).read_text())
        pid, known, ports = note["pid"], note["identity"], Ports(*note["ports"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    return Running(directory, pid, ports) if known and identity(pid) == known else None


def start_on(
    ports: Ports, directory: Path, installation: Installation, spawn: Callable[[list[str], Path], P]
) -> P:
    """A broker in service on these ports. Raises PortTaken or UserError, and then nothing is left running."""
    log = directory / "broker.log"
    log_start = log.stat().st_size if log.exists() else 0
    (directory / "log4j2.properties").write_text(LOGGING.format(directory=directory))
    (directory / "server.properties").write_text(server_properties(directory / "data", ports))
    command = installation.java(directory, "kafka.Kafka", str(directory / "server.properties"))
    process = spawn(command, directory / "console.log")
    try:
        remember(Running(directory, process.pid, ports))
        await_ready(directory, process, ports, log_start)
    except BaseException:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        raise
    return process


def start(
    directory: Path,
    installation: Installation,
    spawn: Callable[[list[str], Path], P],
    port: int | None = None,
    choices: Iterator[int] | None = None,
) -> tuple[P, Running]:
    """A broker in service on the data of `directory`, which is made if it is not there.

    `port` fixes the clients' port, else a free one is chosen. Raises UserError when it cannot start.
    """
    if port and not port_is_free(port):
        raise UserError(f"port {port} is in use by another program: choose another with --port.")
    directory.mkdir(parents=True, exist_ok=True)
    if not (directory / "data").exists():
        format_data(directory, installation)
    for ports in port_pairs(directory, port, choices or free_ports()):
        try:
            process = start_on(ports, directory, installation, spawn)
        except PortTaken:
            continue
        return process, Running(directory, process.pid, ports)
    raise UserError(f"other programs took every port that was tried ({TRIES} times): run again.")


def ends_after(wish: signal.Signals, pid: int, seconds: float) -> bool:
    """Whether the process has ended within so many seconds of the signal."""
    known, deadline = identity(pid), time.monotonic() + seconds
    with suppress(ProcessLookupError):
        os.kill(pid, wish)
    while known and identity(pid) == known:
        if time.monotonic() >= deadline:
            return False
        time.sleep(PAUSE_S)
    return True


def stop(running: Running, seconds: float = STOP_S) -> None:
    """Returns when the broker has ended: asked to first, killed after `seconds`.

    Raises UserError when even that does not end it.
    """
    if not ends_after(signal.SIGTERM, running.pid, seconds) and not ends_after(
        signal.SIGKILL, running.pid, KILL_S
    ):
        raise UserError(f"the broker (pid {running.pid}) does not end, even by kill -9: look at the machine.")
    (running.directory / NOTE).unlink(missing_ok=True)
