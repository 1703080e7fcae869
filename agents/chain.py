"""The running hash over everything that a partition has sent."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from msgspec.msgpack import Encoder

from agents.journal import Output
from topics.encode import SPECVERSION

_encode: Final = Encoder().encode
_APART: Final = b"\xff"  # Stands in no UTF-8 text.


def next_chain(chain: bytes, outputs: Sequence[Output]) -> bytes:
    """The running hash after a commit's outputs: BLAKE2b of the former one and of what was sent, in order.

    Of an effect the key, the value, the timestamp and those headers count that vary; of any other record,
    all of it in MessagePack.
    """
    told: list[bytes] = [chain]
    last_ms, instant = -1, b""
    for topic, partition, key, value, headers, timestamp in outputs:
        if headers and headers[0] is SPECVERSION and value is not None and key is not None:  # An effect.
            if timestamp != last_ms:
                last_ms, instant = timestamp, timestamp.to_bytes(8, "big")
            told.append(instant)
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
    return blake2b(_APART.join(told), digest_size=32).digest()
