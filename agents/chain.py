"""The running hash over everything that a partition has sent."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from topics.framing import Output, sized, varint

AT_ONCE: Final = 512  # Outputs put together for one call of the hash.


class Chain:
    """SHA-256 of the former hash and of what is sent after it, in order.

    Of each record counts all of it: topic, partition, timestamp, and the body as it stands in Kafka.
    """

    def __init__(self, former: bytes) -> None:
        self._hash = sha256(former)

    def add(self, outputs: Sequence[Output]) -> None:
        """Hashes some more."""
        known: dict[tuple[str, int], bytes] = {}
        told: list[bytes] = []
        for topic, partition, body, timestamp in outputs:
            place = known.get((topic, partition))
            if place is None:
                place = known[topic, partition] = sized(topic.encode()) + varint(partition)
            told.append(place)
            told.append(timestamp.to_bytes(8, "big", signed=True))
            told.append(varint(len(body)))
            told.append(body)
            if len(told) >= 4 * AT_ONCE:
                self._hash.update(b"".join(told))
                told.clear()
        self._hash.update(b"".join(told))

    def digest(self) -> bytes:
        """The hash of all so far, 32 bytes."""
        return self._hash.digest()
