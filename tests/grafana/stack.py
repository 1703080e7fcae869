"""docker/compose.yaml as processes of this machine: the same commands and settings, other hosts and places.

Kafka is the embedded one, Prometheus Debian's; Grafana is left out. What a container would have from the
image (`ENV` of the Dockerfile) and from its volumes is given to the processes in the same way.
"""

import json
import os
import re
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

from ruamel.yaml import YAML

from agents.broker import ephemeral_broker
from agents.broker_config import HOST
from agents.settings import PREFIX
from grafana.build import ROOT
from tests.agents.worker_kit import Process, running
from tests.grafana.tools import tool

COMPOSE: dict[str, Any] = YAML(typ="safe").load(ROOT / "docker/compose.yaml")
DOCKERFILE = (ROOT / "docker/Dockerfile").read_text()
WORKERS = ("worker-1", "worker-2")
PATIENCE_S = 120.0


def free_port() -> int:
    """A port that nobody has."""
    with socket.create_server((HOST, 0)) as taken:
        return int(taken.getsockname()[1])


def image_environment() -> dict[str, str]:
    """What the image sets, but for PATH and Python."""
    (block,) = re.findall(r"^ENV (PATH=(?:.*\\\n)*.*)$", DOCKERFILE, re.MULTILINE)
    pairs = re.findall(r"(\w+)=(\S+)", block)
    return {name: value for name, value in pairs if name.startswith(PREFIX) and name != "TIERLINE_CACHE"}


class Stack:
    """The processes, and questions to Prometheus."""

    def __init__(self, folder: Path, bootstrap: str) -> None:
        self.folder = folder
        self.bootstrap = bootstrap
        self.ports = {name: free_port() for name in (*WORKERS, "prometheus")}
        self.processes: dict[str, Process] = {}

    def environment(self, name: str) -> dict[str, str]:
        """The environment of a service's process."""
        said = COMPOSE["services"][name]["environment"] | {}
        here = {"TIERLINE_KAFKA": self.bootstrap, "TIERLINE_STATE_DIR": str(self.folder / name)}
        if name in WORKERS:
            here |= {"TIERLINE_WEB_PORT": str(self.ports[name]), "TIERLINE_WEB_HOST": HOST}
        clean = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
        cache = {key: value for key, value in os.environ.items() if key == "TIERLINE_CACHE"}
        return clean | cache | image_environment() | said | here

    def command(self, name: str) -> list[str]:
        """The command of a service, with the files that its volumes mount."""
        service = COMPOSE["services"][name]
        mounts = dict(reversed(each.split(":")[:2]) for each in service.get("volumes", ()))
        words = [
            str((ROOT / "docker" / mounts[word]).resolve()) if word in mounts else word
            for word in service["command"]
        ]
        return [sys.executable, "-m", "agents.cli", *words]

    def ask(self, path: str, **query: str) -> Any:
        """The data of an answer of Prometheus' HTTP API."""
        url = f"http://{HOST}:{self.ports['prometheus']}/api/v1/{path}"
        with urlopen(f"{url}?{urlencode(query)}", timeout=20) as answer:
            return json.load(answer)["data"]

    def numbers(self, expr: str) -> list[float]:
        """The numbers that a query gives now, but for NaN."""
        found = [float(each["value"][1]) for each in self.ask("query", query=expr)["result"]]
        return [value for value in found if value == value]

    def until(self, expr: str, holds: Any) -> list[float]:
        """The numbers of a query, once they are as wanted."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            found = None
            with suppress(URLError):  # It has just been started.
                found = self.numbers(expr)
            if found is not None and holds(found):
                return found
            assert time.monotonic() < deadline, f"{expr} is still {found}"
            time.sleep(0.3)


def _prometheus(stack: Stack) -> list[str]:
    """The command of Prometheus with the configuration of docker/, asking these workers each second."""
    folder = stack.folder / "prometheus"
    folder.mkdir()
    text = (ROOT / "docker/prometheus/prometheus.yml").read_text()
    for name in WORKERS:
        text = text.replace(f"{name}:9100", f"{HOST}:{stack.ports[name]}")
    text = re.sub(r"(scrape|evaluation)_interval: \d+s", r"\1_interval: 1s", text)
    (folder / "prometheus.yml").write_text(text)
    rules = (ROOT / "docker/prometheus/rules.yaml").read_text()
    (folder / "rules.yaml").write_text(rules.replace("interval: 15s", "interval: 1s"))
    said = COMPOSE["services"]["prometheus"]["command"]
    given = [word for word in said if not word.startswith(("--config.file", "--storage.tsdb.path"))]
    return [
        str(tool("prometheus")),
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={HOST}:{stack.ports['prometheus']}",
        *given,
    ]


@contextmanager
def running_stack(folder: Path) -> Iterator[Stack]:
    """Everything of compose.yaml in the order of its conditions, the load not yet."""
    with ephemeral_broker() as broker, ExitStack() as all_of_it:
        stack = Stack(folder, broker.bootstrap)

        def start(name: str, command: list[str]) -> Process:
            process = running(command, stack.environment(name), folder / f"{name}.log")
            stack.processes[name] = all_of_it.enter_context(process)
            return stack.processes[name]

        assert start("topics", stack.command("topics")).ended() == 0
        # It waits for nobody. One worker after the other: so it sees a rebalance as a rise of the counters.
        start_prometheus = running(_prometheus(stack), dict(os.environ), folder / "prometheus.log")
        stack.processes["prometheus"] = all_of_it.enter_context(start_prometheus)
        for count, name in enumerate(WORKERS, 1):
            start(name, stack.command(name))
            stack.until("count (tierline_partitions_assigned > 0)", lambda found, n=count: found == [n])
        yield stack
