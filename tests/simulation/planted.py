"""Defects planted into the production's objects, each of which the seeds have to find."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from agents.commit import Committer, Uncertain
from agents.journal import APPLIED_KEY
from agents.merge import Fetched, _Input
from agents.restore import position_record
from agents.session import Session, Shard
from agents.standby import Standby

Replaced = tuple[Any, str, Callable[..., Any]]


async def _write_first(self: Shard, work: Any) -> None:
    """The store has the run before Kafka does."""
    self.store.write(work.changelog, work.index)
    await _shard_commit(self, work)


async def _again(self: Committer, *given: Any) -> int:
    """A commit whose outcome is unknown is given up and made again."""
    try:
        return await _commit(self, *given)
    except Uncertain:
        await self.producer.stop()
        self.producer = type(self.producer)(**self.producer.options)
        await self.producer.start()
        return await _commit(self, *given)


async def _start_later(self: Committer) -> None:
    """The former owner is not fenced when a partition is opened,"""
    self.started = False


async def _commit_late(self: Committer, *given: Any) -> int:
    """but at the first commit."""
    if not self.started:
        self.started = True
        await _start(self)
    return await _commit(self, *given)


def _skip(self: _Input, run: Fetched) -> None:
    """Records that are missing are not missed."""
    self.fetched = max(self.fetched, run.start)
    _input_add(self, run)


def _take_all(self: _Input, run: Fetched) -> None:
    """What was fetched before is taken again."""
    self.records = [*self.records[self.taken :], *run.records]
    self.taken = 0
    self.fetched, self.at_end = run.end, run.at_end


def _of_any_epoch(self: Session, topic: str, run: Fetched) -> bool:
    """What a former generation fetched is taken."""
    self.inputs.add(topic, run)
    self._arrived.set()
    return True


async def _without_applied(self: Committer, outputs: Any, changelog: Any, *rest: Any) -> int:
    """Where the fold stands is not in the changelog."""
    return await _commit(self, outputs, [change for change in changelog if change[0] != APPLIED_KEY], *rest)


async def _pretend(self: Standby, store: Any, reader: Any, bounds: tuple[int, int]) -> int:
    """A copy says that it has what it has not."""
    store.write([position_record(bounds[1])])
    return 0


def _impatient(self: Committer, *given: Any) -> None:
    """Requests are sent again while an earlier copy may still end the next transaction."""
    _init(self, *given)
    self.producer.timeout_s = 0.5


_shard_commit, _commit, _start, _init = Shard.commit, Committer.commit, Committer.start, Committer.__init__
_input_add = _Input.add

DEFECTS: dict[str, list[Replaced]] = {
    "the store is written before the commit": [(Shard, "commit", _write_first)],
    "a commit of unknown outcome is made again": [(Committer, "commit", _again)],
    "the former owner is not fenced": [
        (Committer, "start", _start_later),
        (Committer, "commit", _commit_late),
    ],
    "missing records are skipped": [(_Input, "add", _skip)],
    "a stale fetch is taken": [(_Input, "add", _take_all), (Session, "add", _of_any_epoch)],
    "the place in the inputs is not in the changelog": [(Committer, "commit", _without_applied)],
    "a copy has only the position": [(Standby, "_level", _pretend)],
    "requests are repeated before the transaction's time is up": [(Committer, "__init__", _impatient)],
}


@contextmanager
def planted(name: str) -> Iterator[None]:
    """Inside, the defect is there."""
    with pytest.MonkeyPatch.context() as patch:
        for each in DEFECTS[name]:
            patch.setattr(*each)
        yield
