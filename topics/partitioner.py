"""Which partition a key belongs to, as Java's and aiokafka's clients choose it (murmur2)."""

from functools import lru_cache

from aiokafka.partitioner import murmur2


@lru_cache(maxsize=100_000)
def home(key: bytes, partitions: int) -> int:
    """The partition of a key. librdkafka's default differs: set `partitioner=murmur2_random` there."""
    return int((murmur2(key) & 0x7FFFFFFF) % partitions)
