"""The real purchases behind the demo: the CDNOW file as rows, and the shop's local days.

The file in `demo/data` is the original, byte for byte, compressed. Its source and licence stand in
`demo/data/NOTICE` and `docs/cdnow.md`.
"""

import hashlib
import lzma
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

DATA_FILE = Path(__file__).parent / "data" / "CDNOW_master.txt.xz"
DATA_SHA256 = "eff6889ed364c5199d6eacbbeb7a6d559971df4406ac876f322c373f00a072ef"
SHOP_ZONE = ZoneInfo("America/New_York")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


class Row(NamedTuple):
    """One purchase as sold: `line` counts from 1 with the header line, `cents` is US money."""

    line: int
    customer: str
    day: date
    cds: int
    cents: int


def read_rows(path: Path = DATA_FILE) -> list[Row]:
    """All purchases in file order (by customer, then day).

    Raises ValueError when the bytes are not those of the published file, naming the file.
    """
    content = lzma.decompress(path.read_bytes())
    if hashlib.sha256(content).hexdigest() != DATA_SHA256:
        raise ValueError(f"{path} is not the published CDNOW file; recreate it with demo.data_from_wheel")
    return parse_rows(content)


def parse_rows(content: bytes) -> list[Row]:
    """The rows of the file's text; raises ValueError for a line that is not id, day, count and value."""
    lines = content.decode("ascii").splitlines()
    return [parse_row(number, line) for number, line in enumerate(lines[1:], start=2)]


def parse_row(number: int, line: str) -> Row:
    """One line, such as ` 00003 19971115  5   57.45`, as a row."""
    customer, day, cds, dollars = line.split()
    return Row(number, f"c{customer}", datetime.strptime(day, "%Y%m%d").date(), int(cds), to_cents(dollars))


def to_cents(dollars: str) -> int:
    """Minor units of a decimal text with exactly two places; raises ValueError for anything else."""
    whole, dot, cents = dollars.partition(".")
    if not (dot and len(cents) == 2 and whole.isdecimal() and cents.isdecimal()):
        raise ValueError(f"{dollars!r} is not an amount in dollars and cents")
    return int(whole) * 100 + int(cents)


@cache
def midnight_ms(day: date) -> int:
    """The instant that opens `day` in the shop's time zone, in UTC ms."""
    return to_ms(datetime(day.year, day.month, day.day, tzinfo=SHOP_ZONE))


def to_ms(instant: datetime) -> int:
    """UTC ms of an aware instant, whole milliseconds down."""
    return (instant - EPOCH) // MILLISECOND


def to_text(at_ms: int) -> str:
    """RFC 3339 with milliseconds and Z."""
    instant = EPOCH + at_ms * MILLISECOND
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_ms % 1000:03d}Z"
