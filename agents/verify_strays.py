"""Records that came to a wrong partition and were sent on: whether each stands where it was sent.

They land among records of other senders, so they are looked for once all partitions are replayed. What is
remembered of them until then is on disk, and is looked for a bounded number at a time.
"""

from collections import defaultdict
from collections.abc import Iterator
from hashlib import blake2b
from tempfile import TemporaryFile

import msgspec

from agents.sources import Source
from agents.verify_words import Difference
from topics.framing import Output, body_of

AT_ONCE = 1_000_000

Place = tuple[str, int]


class Strays:
    """What was sent on, by topic and partition."""

    def __init__(self) -> None:
        self._spools: dict[Place, _Spool] = {}
        self.count = 0

    def sent(self, output: Output, where: str) -> None:
        """Notes a record that was sent on; `where` says from which commit."""
        spool = self._spools.setdefault(output[:2], _Spool())
        spool.add(_mark(output[2]), where)
        self.count += 1

    async def check(self, source: Source, cut: set[Place]) -> None:
        """Raises Difference for the first record that does not stand where it was sent.

        Partitions in `cut` lost records with their operator's consent, and are left out.
        """
        for (topic, partition), spool in self._spools.items():
            if (topic, partition) not in cut:
                await _check(source, topic, partition, spool)


class _Spool:
    """Marks of records, with what to say of each, in a file that has no name."""

    def __init__(self) -> None:
        self.file = TemporaryFile()  # noqa: SIM115 - It lives as long as this object.
        self.count = 0

    def add(self, mark: bytes, where: str) -> None:
        self.file.write(msgspec.json.encode([mark.hex(), where]) + b"\n")
        self.count += 1

    def part(self, number: int, parts: int) -> dict[bytes, list[str]]:
        """What to say, by mark, of one part of all marks; equal marks are in the same part."""
        found: dict[bytes, list[str]] = defaultdict(list)
        for mark, where in self._all():
            if mark[0] % parts == number:
                found[mark].append(where)
        return found

    def _all(self) -> Iterator[tuple[bytes, str]]:
        self.file.seek(0)
        for line in self.file:
            mark, where = msgspec.json.decode(line)
            yield bytes.fromhex(mark), where


async def _check(source: Source, topic: str, partition: int, spool: _Spool) -> None:
    parts = 1 + spool.count // AT_ONCE
    for number in range(parts):
        wanted = spool.part(number, parts)
        async with source.stream(topic, partition) as stream:
            async for record in stream.rest():
                mark = _mark(body_of(record.key, record.value, record.headers))
                if mark in wanted:
                    wanted[mark].pop()
                    if not wanted[mark]:
                        del wanted[mark]
        for wheres in wanted.values():
            raise Difference(
                f"{wheres[0]}: the record was sent on to {topic} partition {partition} and is not there"
            )


def _mark(body: bytes) -> bytes:
    return blake2b(body, digest_size=16).digest()
