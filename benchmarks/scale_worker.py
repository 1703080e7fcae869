"""The shipped worker with a state of any size, and what it tells and takes while it works."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from urllib.error import URLError
from urllib.request import urlopen

import psutil
from prometheus_client.parser import text_string_to_metric_families

from agents.broker_config import HOST, free_ports
from agents.settings import PREFIX
from benchmarks.load import Purchase, cloud_event, lately, load
from topics.admin import apply
from topics.catalogue import Catalogue, Role

POLL_S = 0.1
TIMEOUT_S = 900.0
_IN_HAND = re.compile(r"Generation \d+: partitions \[(.*?)\]")
_COPIED = re.compile(r"Standby of partition \d+: level")
_RESTORED = re.compile(r"restored (\d+) changelog records in ([\d.]+) s")


class Installation:
    """Topics of their own on a broker, and purchases by whom one likes."""

    def __init__(self, bootstrap: str, name: str, partitions: int, rules: Path, currency: str) -> None:
        self.bootstrap = bootstrap
        self.rules = rules
        self.currency = currency
        self.catalogue = Catalogue(name, name, partitions)
        self.sent = 0
        self._chance = Random(name)
        apply(bootstrap, self.catalogue)

    def send(self, customers: Iterable[int], count: int) -> None:
        """Writes one purchase of each of these customers, `count` in all, to the input."""
        topic, partitions = self.catalogue.name(Role.PURCHASES), self.catalogue.partitions
        load(self.bootstrap, topic, partitions, self._purchases(customers, count))

    def _purchases(self, customers: Iterable[int], count: int) -> Iterator[tuple[str, bytes]]:
        since_ms = lately(count)
        for at, customer in enumerate(customers):
            purchase = self.purchase(customer, since_ms + at)
            yield purchase.customer, cloud_event(purchase, f"{purchase.number:032x}", self.currency)

    def purchase(self, customer: int, time_ms: int) -> Purchase:
        """The next purchase: amounts log-normal around 55.00."""
        self.sent += 1
        amount = round(self._chance.lognormvariate(4, 1) * 100)
        return Purchase(self.sent, f"c{customer:07d}", time_ms, amount, "pos", self.sent % 200)


class Worker:
    """One worker process below its parent, as `tierline worker` starts it."""

    def __init__(self, installation: Installation, folder: Path, **settings: object) -> None:
        port = next(free_ports())
        self.log = folder / "worker.log"
        folder.mkdir(parents=True, exist_ok=True)
        self._metrics_url = f"http://{HOST}:{port}/metrics"
        command = [sys.executable, "-m", "agents.cli", "worker", "--rules", str(installation.rules)]
        command += ["--kafka", installation.bootstrap, "--state-dir", str(folder / "state")]
        command += ["--app-id", installation.catalogue.app_id, "--prefix", installation.catalogue.prefix]
        command += ["--partitions", str(installation.catalogue.partitions), "--web-port", str(port)]
        named = {PREFIX + name.upper(): str(value) for name, value in settings.items()}
        with self.log.open("wb") as log:
            self._parent = subprocess.Popen(command, stderr=log, env=os.environ | named)

    def numbers(self) -> dict[str, float]:
        """Its metrics, each under its name and the values of its labels; none before it answers."""
        with suppress(URLError, ConnectionError), urlopen(self._metrics_url) as answer:
            families = text_string_to_metric_families(answer.read().decode())
            samples = [sample for family in families for sample in family.samples]
            return {" ".join([each.name, *each.labels.values()]): each.value for each in samples}
        return {}

    def wait(self, name: str, least: float) -> None:
        """Returns once the metric is at least so much."""
        deadline = time.monotonic() + TIMEOUT_S
        while self.numbers().get(name, 0.0) < least:
            if time.monotonic() > deadline or self._parent.poll() is not None:
                log = self.log.read_text()[-3000:]
                raise SystemExit(f"the worker did not come to {least:,.0f} {name}:\n{log}")
            time.sleep(POLL_S)

    def wait_copies(self, count: int) -> None:
        """Returns once it has been level with so many partitions of others."""
        deadline = time.monotonic() + TIMEOUT_S
        while len(_COPIED.findall(self.log.read_text())) < count:
            if time.monotonic() > deadline:
                raise SystemExit(f"no copies:\n{self.log.read_text()[-3000:]}")
            time.sleep(POLL_S)

    def partitions(self) -> set[int]:
        """The partitions in its hands since the last rebalance, by its own log."""
        return {int(number) for number in _IN_HAND.findall(self.log.read_text())[-1].split(", ")}

    @property
    def process(self) -> psutil.Process:
        """The worker process itself."""
        (child,) = psutil.Process(self._parent.pid).children()
        return child

    def cpu_s(self) -> float:
        """User and system seconds of the worker process."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def memory_mb(self) -> tuple[float, float]:
        """What the worker process has resident now, and the most so far."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        now, most = (int(re.findall(rf"{name}:\s+(\d+) kB", status)[0]) for name in ("VmRSS", "VmHWM"))
        return now / 1024, most / 1024

    def restores(self) -> list[tuple[int, float]]:
        """(records, seconds) of each partition that it restored, by its own log."""
        found = _RESTORED.findall(self.log.read_text())
        return [(int(records), float(seconds)) for records, seconds in found]

    def kill(self) -> None:
        """Ends it as a machine that is lost: parent and process at once."""
        process = self.process
        self._parent.send_signal(signal.SIGKILL)
        process.kill()
        self._parent.wait()

    def stop(self) -> None:
        """Ends it as an operator would."""
        if self._parent.poll() is None:
            self._parent.terminate()
            self._parent.wait(60)


@contextmanager
def running(installation: Installation, folder: Path, **settings: object) -> Iterator[Worker]:
    """A worker with all partitions level and in hand, or its share of them; it has ended after the block."""
    worker = Worker(installation, folder, **settings)
    try:
        worker.wait("tierline_partitions_assigned", 1)
        yield worker
    finally:
        worker.stop()
