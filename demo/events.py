"""The demo's input: every CDNOW purchase, generated events around them, repeats and poison, as records.

The same seed gives the same bytes. Timestamps rise strictly over all records, so that their order is
the same in every partition and merge; an event is recorded at the instant it happened.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter
from random import Random
from typing import NamedTuple

import orjson

from demo.cdnow import Row, midnight_ms, to_text
from demo.generated import DAY_MS, HOUR_MS, Draft, engagements, refunds

SEED = 19970101
END_DAY = date(1998, 7, 1)  # Its local midnight closes the demo.
REPEATED_SHARE = 0.01
REPEATED_WITHIN_MS = 2 * DAY_MS
REAL = "cdnow"

Headers = tuple[tuple[str, bytes], ...]


class Record(NamedTuple):
    """One Kafka record to be: `role` names the topic; `partition` None means the key decides."""

    role: str
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    partition: int | None = None


class Input(NamedTuple):
    """All records in time order: the backlog, the paced tail, and the `time.reached` of each partition."""

    backlog: list[Record]
    tail: list[Record]
    ending: list[Record]

    @property
    def records(self) -> list[Record]:
        """Everything, in the order it is recorded."""
        return [*self.backlog, *self.tail, *self.ending]


def demo_input(rows: Sequence[Row], partitions: int, tail: int, seed: int = SEED) -> Input:
    """The whole input made of these purchases; the last `tail` records before the end are the tail.

    No engagement happens in the tail: live topics are read side by side, so only one may flow while the
    order of all records has to be that of their timestamps.
    """
    end_ms = midnight_ms(END_DAY)
    purchases = [purchase(row, at_ms) for row, at_ms in timed(rows, seed)]
    sales = sorted([*purchases, *refunds(purchases, seed, end_ms)], key=attrgetter("at_ms"))
    live_ms = sales[-tail].at_ms if 0 < tail <= len(sales) else end_ms
    drafts = [*sales, *engagements(purchases, seed, live_ms)]
    records = [record(draft) for draft in spread(drafts)]
    taken = {r.timestamp_ms for r in records}
    records += repeated(records, taken, seed, end_ms, live_ms)
    records += poison(records, taken, seed, end_ms)
    records.sort(key=attrgetter("timestamp_ms"))
    cut = max(0, len(records) - tail)
    return Input(records[:cut], records[cut:], [time_reached(end_ms, p) for p in range(partitions)])


def timed(rows: Iterable[Row], seed: int) -> list[tuple[Row, int]]:
    """Rows by (day, line) with an instant of their local day each, in UTC ms and rising strictly."""
    chance = Random(f"{seed}:time of day")
    timed_rows: list[tuple[Row, int]] = []
    for day, sold in groupby(sorted(rows, key=attrgetter("day", "line")), key=attrgetter("day")):
        of_day = list(sold)
        instants = range(midnight_ms(day), midnight_ms(day + timedelta(days=1)))
        timed_rows += zip(of_day, sorted(chance.sample(instants, len(of_day))), strict=True)
    return timed_rows


def purchase(row: Row, at_ms: int) -> Draft:
    """The order of one row: a line of so many discs when the money divides, else one amount."""
    each, odd = divmod(row.cents, row.cds)
    whole = {"amount": row.cents}
    lines = {"lines": [{"line_id": "1", "unit_price": each, "qty": row.cds}]}
    order = {"order_id": f"o-{row.line}", "currency": "USD", "channel": "web"}
    content = order | (whole if odd or row.cds == 1 else lines)
    return Draft(at_ms, "purchases", REAL, f"p-{row.line}", "purchase.completed", row.customer, content)


def spread(drafts: Iterable[Draft]) -> list[Draft]:
    """The drafts in time order; one that would share a millisecond comes one later."""
    spaced: list[Draft] = []
    last_ms = 0
    for draft in sorted(drafts, key=attrgetter("at_ms", "role", "id")):
        last_ms = max(draft.at_ms, last_ms + 1)
        spaced.append(draft._replace(at_ms=last_ms))
    return spaced


def record(draft: Draft) -> Record:
    """The draft as a bare JSON event under its customer's key."""
    event = {
        "type": draft.type,
        "source": draft.source,
        "id": draft.id,
        "time": to_text(draft.at_ms),
        "subject": draft.customer,
        "data": draft.data,
    }
    return Record(draft.role, draft.at_ms, draft.customer.encode(), orjson.dumps(event))


def repeated(
    records: Sequence[Record], taken: set[int], seed: int, end_ms: int, live_ms: int
) -> list[Record]:
    """1 % of the records once more, same bytes, up to two days later; adds their instants to `taken`.

    No engagement is repeated after `live_ms`.
    """
    chance = Random(f"{seed}:repeated")
    again = []
    engaged_ms = live_ms - REPEATED_WITHIN_MS
    fit = [r for r in records if r.role == "purchases" or r.timestamp_ms < engaged_ms]
    for original in chance.sample(fit, round(len(records) * REPEATED_SHARE)):
        until_ms = min(original.timestamp_ms + REPEATED_WITHIN_MS, end_ms)
        at_ms = free_instant(chance, original.timestamp_ms, until_ms, taken)
        again.append(original._replace(timestamp_ms=at_ms))
    return again


def free_instant(chance: Random, after_ms: int, until_ms: int, taken: set[int]) -> int:
    """An instant in (after, until) that no record has, now taken."""
    while (at_ms := chance.randrange(after_ms + 1, until_ms)) in taken:
        pass
    taken.add(at_ms)
    return at_ms


def poison(records: Sequence[Record], taken: set[int], seed: int, end_ms: int) -> list[Record]:
    """Five records nobody can use, each a purchase spoiled, up to an hour after the good one."""
    chance = Random(f"{seed}:poison")
    bought = [r for r in records if b"purchase.completed" in (r.value or b"") and b'"amount"' in r.value]
    bought = [r for r in bought if r.timestamp_ms < end_ms - HOUR_MS]
    spoiled = []
    for spoil, good in zip(SPOILS, chance.sample(bought, len(SPOILS)), strict=True):
        at_ms = free_instant(chance, good.timestamp_ms, good.timestamp_ms + HOUR_MS, taken)
        spoiled.append(good._replace(timestamp_ms=at_ms, value=spoil(good.value)))
    return spoiled


SPOILS = (
    lambda value: value[:-7],  # JSON that stops too soon.
    lambda value: value.replace(b'"web"', b'"\xff\xfe"'),  # Not UTF-8.
    lambda value: value.replace(b'"amount":', b'"amount":"11.77","was":'),  # Text where an integer belongs.
    lambda value: None,
    lambda value: value.replace(b'"subject":"c', b'"subject":"x'),  # Not the customer of the key.
)


def time_reached(end_ms: int, partition: int) -> Record:
    """The record that moves one partition's time to the end of the demo."""
    event = {"type": "time.reached", "source": "demo", "id": f"end-{partition}", "time": to_text(end_ms)}
    return Record("commands", end_ms, None, orjson.dumps(event), partition=partition)
