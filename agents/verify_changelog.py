"""The changelog against the rows that the replay writes, commit by commit."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from agents.accounts import Change
from agents.journal import APPLIED_KEY, applied_of
from agents.reading import Stream
from agents.verify_words import row, rows_differ
from agents.work import Record


class Fault(NamedTuple):
    """What is wrong with the changelog, from which commit on, and whose row it is ("" for nobody's)."""

    seq: int
    customer: str
    text: str


class Changelog:
    """A partition's changelog, read along with its commits.

    Compaction takes older values of a key away, so a row that is not there has to come later (`awaited`).
    What is there must be what the commits wrote, in their order; a commit's bookkeeping record ends it, and
    may stand there again: a worker with nothing to do asks the broker for the time by it.
    """

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.awaited: dict[bytes, int] = {}  # Key -> the commit whose row was the first not to be there.
        self.ends = 0  # The commit that the next bookkeeping record ends; 0: not looked for yet.
        self.applied: bytes | None = None  # The last bookkeeping record.

    async def check(self, seq: int, rows: Sequence[Change], former: Mapping[bytes, bytes]) -> Fault | None:
        """Takes a commit's rows off the changelog; `former` are the values that they replace."""
        ended = False
        for key, value in rows:
            head = None if ended else await self._head()
            ended = head is None
            if head is not None and head.key == key and head.value == value:
                self.stream.waiting.popleft()
                self.awaited.pop(key, None)
            elif value is None:
                self.awaited.pop(key, None)  # Deletions are forgotten after some days.
            elif value != former.get(key):
                self.awaited.setdefault(key, seq)
        if APPLIED_KEY not in self.awaited:
            self.ends, self.applied = 0, rows[-1][1]
            return None
        head = await self._head()
        if head is None:
            return self.missing()
        if await self._next_end() > seq:
            return None
        return _stuck(seq, head, dict(rows))

    def missing(self) -> Fault | None:
        """The first row that never came, when nothing more can come."""
        for key, seq in self.awaited.items():
            customer, what = row(key)
            return Fault(seq, customer, f"{what} as of then or later is missing in the changelog")
        return None

    async def _head(self) -> Record | None:
        """The next record, also one that comes a moment later; repeated bookkeeping is passed over."""
        head = await self.next()
        return await self.next() if head is None and await self.stream.late() else head

    async def next(self) -> Record | None:
        """Passes over the last bookkeeping record where it stands again; the next record, None at the end."""
        while head := await self.stream.head():
            if head.key != APPLIED_KEY or head.value != self.applied:
                return head
            self.stream.waiting.popleft()
        return None

    async def _next_end(self) -> int:
        """The commit that the next bookkeeping record there is ends, 0 if there is none that can be read."""
        at = 0
        while not self.ends and (at < len(self.stream.waiting) or await self.stream.more()):
            if self.stream.waiting[at].key == APPLIED_KEY:
                self.ends = _seq(self.stream.waiting[at])
                break
            at += 1
        return self.ends


def _seq(record: Record) -> int:
    """The commit that a bookkeeping record ends, 0 for one that cannot be read."""
    try:
        return applied_of(record.value or b"").seq
    except ValueError:  # msgspec's.
        return 0


def _stuck(seq: int, head: Record, rows: Mapping[bytes | None, bytes | None]) -> Fault:
    """The record that no commit accounts for."""
    customer, what = row(head.key or b"")
    at = f"{what} in the changelog at offset {head.offset}"
    if head.key in rows and rows[head.key] != head.value:
        return Fault(seq, customer, f"{at}: {rows_differ(head.key or b'', rows[head.key], head.value)}")
    return Fault(seq, customer, f"{at} is not there in the order in which the commits wrote")
