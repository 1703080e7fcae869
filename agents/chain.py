"""The running hash over everything that a partition has sent."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from msgspec.msgpack import Encoder

from agents.journal import Output
from topics.encode import is_effect

_encode: Final = Encoder().encode
_APART: Final = b"\xff"  # Stands in no UTF-8 text.


class Chain:
    """BLAKE2b of the former hash and of what is sent after it, in order.

    Of an effect the key, the value, the timestamp and those headers count that vary; of any other record,
    all of it in MessagePack.
    """

    def __init__(self, former: bytes) -> None:
        self._hash = blake2b(former, digest_size=32)
        self._last_ms = -1
        self._instant = b""

    def add(self, outputs: Sequence[Output]) -> None:
        """Hashes some more; best while they are still in the processor's cache."""
        told: list[bytes] = []
        for topic, partition, key, value, headers, timestamp in outputs:
            if value is not None and key is not None and is_effect(headers):
                if timestamp != self._last_ms:
                    self._last_ms, self._instant = timestamp, timestamp.to_bytes(8, "big")
                told.append(self._instant)
                told.append(headers[1][1])  # id
                told.append(headers[3][1])  # type, which decides the topic
                told.append(headers[5][1])  # time
                told.append(headers[6][1])  # causationid
                told.append(headers[7][1])  # ruleversion
                told.append(key)
                told.append(value)
            else:
                record = _encode((topic, partition, key, value, headers, timestamp))
                told.append(len(record).to_bytes(8, "little") + record)
        told.append(b"")
        self._hash.update(_APART.join(told))

    def digest(self) -> bytes:
        """The hash of all so far, 32 bytes."""
        return self._hash.digest()
