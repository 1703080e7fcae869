"""What the short selections of `make chaos` share."""

import logging
from pathlib import Path

import pytest

from tests.chaos.__main__ import seed
from tests.chaos.harness import Tally, Trial


@pytest.fixture
def trial(broker, tmp_path: Path, report, request) -> Trial:
    """A fault to be: its seed is told at the end of the test run, and SEED= repeats it."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    made = Trial(request.node.name, seed(), broker, tmp_path, Tally(), report)
    report(f"{made.name}, SEED={made.seed}")
    return made
