"""The profiles published against those of the replay, commit by commit, compacted or not."""

from collections.abc import Sequence

import msgspec

from agents.reading import Stream
from agents.verify_changelog import Fault
from agents.verify_words import differing, output_of
from agents.work import Record
from topics.framing import Output, opened

_any = msgspec.json.Decoder().decode


class Profiles:
    """A partition's profiles, read along with its commits.

    Compaction takes older profiles of a customer away, so one that is not there has to come later
    (`awaited`). What is there must be what the commits wrote, in their order.
    """

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.awaited: dict[
            bytes, tuple[int, Output]
        ] = {}  # By key: the first commit missing, the last record.

    async def check(self, seq: int, written: Sequence[Output]) -> None:
        """Takes a commit's profiles off the topic."""
        ended = False
        for output in written:
            head = None if ended else await self._head()
            ended = head is None
            key = opened(output[2])[0] or b""
            if head is not None and _same(head, output):
                self.stream.waiting.popleft()
                self.awaited.pop(key, None)
            else:
                self.awaited[key] = self.awaited.get(key, (seq, output))[0], output

    async def fault(self) -> Fault | None:
        """What is wrong when no commit comes any more: a profile that none wrote, or one that never came."""
        head = await self.stream.head()
        for key, (seq, output) in self.awaited.items():
            customer = key.decode(errors="replace")
            if head is None:
                return Fault(seq, customer, f"its profile as of then or later is missing in {output[0]}")
            if head.key == key:
                return Fault(
                    seq,
                    customer,
                    f"the profile in {head.topic} at offset {head.offset}: {_how(output, head)}",
                )
        if self.awaited and head is not None:
            seq, _ = next(iter(self.awaited.values()))
            return Fault(
                seq, (head.key or b"").decode(errors="replace"), f"the profile in {_at(head)} {_STRANGE}"
            )
        return None

    async def _head(self) -> Record | None:
        """The next record, also one that comes a moment later."""
        head = await self.stream.head()
        return await self.stream.head() if head is None and await self.stream.late() else head


_STRANGE = "is not there in the order in which the commits wrote"


def _at(record: Record) -> str:
    return f"{record.topic} at offset {record.offset}"


def _same(record: Record, output: Output) -> bool:
    """Whether the record is the one sent; the broker stamps it."""
    return output_of(record)[2] == output[2]


def _how(expected: Output, found: Record) -> str:
    """The first field in which a profile differs from the last one that the commits wrote."""
    try:
        told = differing(_any(opened(expected[2])[1] or b""), _any(found.value or b""))
    except ValueError:  # msgspec's and Unicode's.
        return "it cannot be read"
    return told or _STRANGE
