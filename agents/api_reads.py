"""What the HTTP interface answers of one partition in hand: read from its last committed state.

Reading happens between two steps of the loop, so it never sees half a commit. Nothing here writes.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from agents.accounts import CUSTOMER, Reader
from agents.cabinet import Cabinet
from agents.lines import FAMILY_ROLES, LineRecord
from agents.run import Partition
from agents.store import Store
from engine.plan import plan_of
from engine.profile import profile_of
from engine.profile_parts import Profile
from engine.state import Account
from topics.catalogue import Catalogue, Role
from topics.encode import line_of
from topics.instants import parse_ms

EVENTS_MAX: Final = 100

encode: Final = msgspec.json.Encoder().encode


class Wrong(Exception):
    """A request that cannot be answered: what is wrong with it, in one sentence."""


def profile(partition: Partition, store: Reader, customer: str) -> Profile | None:
    """The customer as of the partition's time, None for one of whom nothing is known."""
    account = _account(store, customer)
    if account is None or account.customer.rev == 0:
        return None
    return profile_of(account, partition.rulebook, plan_of(partition.rulebook), partition.now_ms)


def names(store: Store, prefix: str, limit: int) -> list[str]:
    """The first customers whose id begins so, in the order of their bytes."""
    found = store.chunk(CUSTOMER + prefix.encode(), b"", limit)
    return [key[1:].decode() for key, _ in found]


class _Copy:
    """The state of a partition, with what a dry run has put into it; other customers' timers are let be."""

    def __init__(self, store: Reader) -> None:
        self.store = store

    def get_many(self, keys: list[bytes]) -> list[bytes | None]:
        """The values of the keys, None where there is none."""
        return self.store.get_many(keys)

    def due(self, until_ms: int, limit: int) -> list[tuple[int, bytes]]:
        """None: only the customer of the dry run is woken."""
        return []


def simulate(
    partition: Partition, store: Reader, catalogue: Catalogue, customer: str, events: Sequence[Any]
) -> dict[str, Any]:
    """What these events would cause, each at its `time` or now if that is later, and the profile after them.

    The same function decides as for records from Kafka, on a copy; nothing is kept. Raises Wrong for what
    is no list of events of this customer.
    """
    if not 1 <= len(events) <= EVENTS_MAX:
        raise Wrong(f"events must be a list of 1 to {EVENTS_MAX} events")
    records = [_record(catalogue, partition, customer, at, event) for at, event in enumerate(events)]
    times = [each.timestamp for each in records]
    if times != sorted(times):
        raise Wrong("events must stand in the order of their time")
    copy = Partition(partition.number, _Copy(store), catalogue, partition.rulebook, partition.clock)
    work = copy.apply(records, {name: copy.positions.get(name, 0) for name in catalogue.inputs})
    assert work is not None, "there are records"
    books = catalogue.name(Role.RULEBOOKS)
    lines = [line_of(body) for topic, _, body, _ in work.outputs if topic != books]
    account = copy.cabinet.take([customer])[customer]
    after = None
    if account is not None and account.customer.rev:
        after = profile_of(account, copy.rulebook, plan_of(copy.rulebook), work.after.now_ms)
    return {"effects": lines, "profile": after}


def _record(catalogue: Catalogue, partition: Partition, customer: str, at: int, event: Any) -> LineRecord:
    """The event as a record of its topic."""
    where = f"events[{at}]"
    if not isinstance(event, Mapping):
        raise Wrong(f"{where} must be an object: an event as bare JSON")
    if event.get("subject") != customer:
        raise Wrong(f"{where}.subject must be {customer!r}, the customer of all events of one request")
    kind = event.get("type")
    role = FAMILY_ROLES.get(kind.partition(".")[0]) if isinstance(kind, str) else None
    if role is None:
        raise Wrong(f"{where}.type must be that of an event on an input topic, such as purchase.completed")
    try:
        occurred_ms = parse_ms(str(event.get("time", "")))
    except ValueError:
        raise Wrong(f"{where}.time must be RFC 3339 with an offset, such as 2026-01-10T03:04:05Z") from None
    recorded_ms = max(occurred_ms, partition.now_ms)
    return LineRecord(
        catalogue.name(role), partition.number, at, recorded_ms, customer.encode(), encode(event)
    )


def _account(store: Reader, customer: str) -> Account | None:
    """The customer as stored."""
    return Cabinet(store).take([customer])[customer]
