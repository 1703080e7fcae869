"""Batches of framed records, in the shape in which aiokafka's producer takes batches.

aiokafka's own builder frames records one by one from their parts, long after they were made; ours joins
bodies that are framed already (`topics.framing`) and adds the batch's head, when it is about to be sent.
"""

import struct
from itertools import pairwise
from typing import Final

from aiokafka.codec import snappy_encode
from aiokafka.record.util import calc_crc32c

from topics.framing import ends_of, records

BATCH_BYTES: Final = (
    2 * 2**20
)  # Of records before compression; a single larger record gets a batch of its own.
_SNAPPY: Final = 2
_TRANSACTIONAL: Final = 16
_MAGIC: Final = 2
# Base offset, length, leader epoch, magic, CRC; then what the CRC is of: attributes, last offset difference,
# first and last timestamp, producer id and epoch, base sequence, number of records.
_HEAD: Final = struct.Struct(">qiibI")
_CHECKED: Final = struct.Struct(">hiqqqhii")
_AFTER_LENGTH: Final = 12


class Batch:
    """Records for one partition, with the methods that aiokafka's producer asks a `BatchBuilder` for."""

    def __init__(self, bodies: list[bytes], timestamps: list[int]) -> None:
        self.bodies = bodies
        self.timestamps = timestamps
        self._producer = (-1, -1, 0)
        self._buffer: bytes | None = None

    def record_count(self) -> int:
        """How many records it holds."""
        return len(self.timestamps)

    def closed(self) -> bool:
        """Whether it takes no more records: always."""
        return True

    def close(self) -> None:
        """Nothing: it is closed."""

    def size(self) -> int:
        """Bytes of the finished batch, else about those of its records."""
        return len(self._buffer) if self._buffer is not None else sum(map(len, self.bodies))

    def _set_producer_state(self, producer_id: int, producer_epoch: int, base_sequence: int) -> None:
        self._producer = producer_id, producer_epoch, base_sequence

    def _build(self) -> bytes:
        """The finished batch; made once, since a batch that is sent again has to be the same."""
        if self._buffer is None:
            content = records(self.bodies, self.timestamps)
            compressed = snappy_encode(content)
            codec = _SNAPPY if len(compressed) < len(content) else 0
            self._buffer = self._finished(codec, compressed if codec else content)
            self.bodies = []
        return self._buffer

    def _finished(self, codec: int, content: bytes) -> bytes:
        count = len(self.timestamps)
        first, last = self.timestamps[0], max(self.timestamps)
        checked = (
            _CHECKED.pack(codec | _TRANSACTIONAL, count - 1, first, last, *self._producer, count) + content
        )
        length = _HEAD.size - _AFTER_LENGTH + len(checked)
        return _HEAD.pack(0, length, -1, _MAGIC, calc_crc32c(checked)) + checked


def batches(bodies: list[bytes], timestamps: list[int], room: int = BATCH_BYTES) -> list[Batch]:
    """The records in order in as few batches as they fit in."""
    ends = ends_of(bodies, room)
    return [Batch(bodies[start:end], timestamps[start:end]) for start, end in pairwise([0, *ends])]
