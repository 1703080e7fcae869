"""The `tierline worker` of the demo: a process of its own that ends with the demo, however that ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agents.broker_process import Guarded
from demo.book import BOOK_FILE
from topics.catalogue import Catalogue
from topics.connection import Connection

LOG = "worker.log"
STOP_S = 40.0


@contextmanager
def running_worker(connection: Connection, catalogue: Catalogue, folder: Path) -> Iterator[Guarded]:
    """A worker for the length of the block; state and log are in `folder`, which goes if we are killed."""
    options = {
        "rules": BOOK_FILE,
        "kafka": connection,
        "app-id": catalogue.app_id,
        "prefix": catalogue.prefix,
        "partitions": catalogue.partitions,
        "state-dir": folder / "state",
        "clock": catalogue.clock,
    }
    words = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    worker = Guarded([sys.executable, "-m", "agents.cli", "worker", *words], folder / LOG, folder)
    try:
        yield worker
    finally:
        if worker.poll() is None:
            os.kill(worker.pid, signal.SIGTERM)
        try:
            worker.wait(STOP_S)
        except subprocess.TimeoutExpired:
            os.kill(worker.pid, signal.SIGKILL)
