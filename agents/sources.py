"""Where the records of an installation come from: a cluster, or the folder of a dump.

Both give the same: any partition of any topic as a stream, the inputs of a partition commit by commit as the
journal tells, and the rulebooks. What checks or writes them does not know which it is.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Protocol

from agents.journal import Commit
from agents.reading import Stream, reader
from agents.work import Record
from topics.catalogue import Catalogue, Role
from topics.connection import Connection


class Commits(Protocol):
    """The inputs of one partition, commit by commit. `begins` says where Kafka's records begin by now."""

    begins: dict[str, int]

    async def take(self, commit: Commit) -> list[Record]:
        """The records of the next commit in the order applied; `lacking` says whether they are all there."""
        ...


class Source(Protocol):
    """All records of one installation."""

    catalogue: Catalogue

    def stream(self, topic: str, partition: int) -> AbstractAsyncContextManager[Stream]:
        """One partition of a topic from its beginning."""
        ...

    def commits(self, partition: int) -> AbstractAsyncContextManager[Commits]:
        """The inputs of a partition from the first commit on."""
        ...

    async def rulebooks(self) -> dict[str, bytes]:
        """The text of each rulebook by its digest."""
        ...

    def disorder(self) -> str:
        """What is not in its place, although each partition by itself is in order; "" for nothing."""
        ...


class ClusterCommits:
    """The inputs of one partition in Kafka."""

    def __init__(self, inputs: dict[str, Stream]) -> None:
        self.inputs = inputs
        self.begins = {name: stream.begin for name, stream in inputs.items()}

    async def take(self, commit: Commit) -> list[Record]:
        """As many records of each input as the journal says, in its order."""
        return [
            record
            for at, count in commit.order
            for record in await self.inputs[commit.topics[at]].take(count)
        ]


class Cluster:
    """The topics in Kafka, as a read_committed consumer sees them."""

    def __init__(self, connection: Connection, catalogue: Catalogue) -> None:
        self.connection = connection
        self.catalogue = catalogue

    def stream(self, topic: str, partition: int) -> AbstractAsyncContextManager[Stream]:
        """One partition of a topic from its beginning to its committed end as of now."""
        return reader(self.connection, topic, partition)

    @asynccontextmanager
    async def commits(self, partition: int) -> AsyncIterator[ClusterCommits]:
        """The inputs of a partition, to be taken as its journal says."""
        async with AsyncExitStack() as stack:
            yield ClusterCommits(
                {
                    name: await stack.enter_async_context(self.stream(name, partition))
                    for name in self.catalogue.inputs
                }
            )

    async def rulebooks(self) -> dict[str, bytes]:
        """The text of each rulebook by its digest."""
        async with self.stream(self.catalogue.name(Role.RULEBOOKS), 0) as books:
            return {(each.key or b"").decode(): each.value async for each in books.rest() if each.value}

    def disorder(self) -> str:
        """Nothing: in Kafka partitions are apart."""
        return ""


def lacking(commit: Commit, records: Sequence[Record]) -> str:
    """What the inputs lack of a commit, in words; "" when all that the journal names is there."""
    for topic, start, end, count in counts(commit):
        there = {each.offset for each in records if each.topic == topic and start <= each.offset < end}
        if len(there) < count:
            hole = next(offset for offset in range(start, end + 1) if offset not in there)
            return (
                f"commit {commit.seq} took {count:,} records of {topic} from offset {start} up to {end}, and "
                f"{len(there):,} of them are there, none at offset {hole}"
            )
    return ""


def counts(commit: Commit) -> list[tuple[str, int, int, int]]:
    """Per input of a commit: its name, where the commit began and ended, and how many records it took."""
    taken = [sum(count for at, count in commit.order if at == each) for each in range(len(commit.topics))]
    return list(zip(commit.topics, commit.start, commit.end, taken, strict=True))
