"""What a session does with fetches, before any of it is applied."""

import asyncio
from pathlib import Path

from agents.lines import LineRecord
from agents.memory import MemoryStore
from agents.merge import Fetched
from agents.metrics import Metrics
from agents.run import Partition
from agents.session import Session, Shard
from agents.settings import worker_settings
from rules.load import load_rulebook

TOPIC = "loyalty.purchases"
RULES = Path(__file__).parents[2] / "rules" / "programs" / "plain.yaml"


def fetched(start: int, end: int) -> Fetched:
    """What one fetch of the offsets [start, end) brings."""
    records = [LineRecord(TOPIC, 0, offset, 1, b"c1", b"{}") for offset in range(start, end)]
    return Fetched(start, end, True, 1, records)


async def test_a_fetch_that_begins_too_late_is_asked_for_again_and_nothing_is_skipped() -> None:
    settings = worker_settings(rules=RULES, kafka="127.0.0.1:1")
    partition = Partition(0, MemoryStore(), settings.catalogue, load_rulebook(RULES))
    shard = Shard(partition, store=None, committer=None)  # Neither is met before a commit.
    places = asyncio.Semaphore()
    session = Session(shard, settings, Metrics(), 1, lambda number, positions: None, lambda: None, places)
    assert session.add(TOPIC, fetched(0, 3))
    assert not session.add(TOPIC, fetched(5, 7))
    assert session.inputs.fetched(TOPIC) == 3
    assert session.add(TOPIC, fetched(2, 7))
    assert [record.offset for record in session.inputs.take(10, wait=False)] == list(range(7))
