"""The answers about one customer, by the worker that has the customer's partition."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from agents import api_reads, api_risk
from agents.reasons_words import Shop, shop_of
from agents.session import Shard
from agents.timeline import Entry, Timeline, told
from topics.catalogue import Catalogue
from topics.limits import ID_MAX
from topics.limits import NO_CONTROL as NO_CONTROL_PATTERN

LIMIT_MAX: Final = 200
NO_CONTROL: Final = re.compile(NO_CONTROL_PATTERN).fullmatch
EVENT_MAX: Final = 2 * ID_MAX + 1  # source|id
EXPLAINED_MAX: Final = 100
PAGES_MAX: Final = 5  # Of entries looked at for one explanation.
_decode: Final = msgspec.json.Decoder().decode


@dataclass
class Asked:
    """A request about a customer of a partition in hand; `level`: the timeline has all there was."""

    customer: str
    shard: Shard
    catalogue: Catalogue
    timeline: Timeline | None
    level: bool
    query: Mapping[str, str]
    event: str
    body: bytes


class Wrong(Exception):
    """A request that cannot be answered, in one sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


async def profile(asked: Asked) -> Any:
    """The profile as of the last commit."""
    found = api_reads.profile(asked.shard.partition, asked.shard.store, asked.customer)
    if found is None:
        raise _unknown(asked)
    return found


async def risk(asked: Asked) -> dict[str, Any]:
    """The risk of losing the customer as of now, with its factors."""
    found = api_risk.risk_of(asked.shard.partition, asked.shard.store, asked.customer)
    if found is None:
        raise _unknown(asked)
    return found


async def ledger(asked: Asked) -> dict[str, Any]:
    """A page of the entries of points, the newest first."""
    return _page(asked, lambda entry: entry.type.startswith("points."))


async def timeline(asked: Asked) -> dict[str, Any]:
    """A page of all events and decisions, the newest first."""
    return _page(asked, lambda entry: True)


async def explain(asked: Asked) -> dict[str, Any]:
    """An event and all that it caused, or a decision and its cause, each with its reason."""
    event = asked.event
    if len(event) > EVENT_MAX or not NO_CONTROL(event):
        raise Wrong(400, "event", f"an event is named by its id or source|id, {EVENT_MAX} characters at most")
    found, after = [], ""
    for _ in range(PAGES_MAX):
        page = _timeline(asked).page(asked.customer, after, EXPLAINED_MAX, lambda entry: _about(entry, event))
        found += page.entries
        after = page.next
        if not after or len(found) >= EXPLAINED_MAX:
            break
    if not found:
        raise Wrong(404, "event", f"nothing of {asked.customer} came of an event {event}")
    shop = shop_of(asked.shard.partition.rulebook)
    return {
        "customer": asked.customer,
        "event": event,
        "complete": asked.level,
        "entries": _shown(found, shop),
    }


async def simulate(asked: Asked) -> dict[str, Any]:
    """What events would cause; nothing is stored."""
    events = _events_of(asked.body)
    if events is None:
        raise Wrong(400, "events", 'send {"events": [...]}, each event as bare JSON')
    shard = asked.shard
    try:
        return api_reads.simulate(shard.partition, shard.store, asked.catalogue, asked.customer, events)
    except api_reads.Wrong as error:
        raise Wrong(400, "events", str(error)) from None


def customer_of(body: bytes) -> str | None:
    """The subject of the first event of a dry run, None if there is none."""
    try:
        found = (_events_of(body) or [])[0]["subject"]
    except (KeyError, TypeError, IndexError):
        return None
    return found if isinstance(found, str) else None


def _events_of(body: bytes) -> list[Any] | None:
    """The events of a dry run, None for what has no list of them."""
    try:
        events = _decode(body)["events"]
    except (ValueError, KeyError, TypeError, RecursionError):  # The last of what is nested too deep.
        return None
    return events if isinstance(events, list) else None


def names(shard: Shard, prefix: str, limit: int) -> list[str]:
    """The first customers of a partition whose id begins so."""
    return api_reads.names(shard.store, prefix, limit)


def limit_of(text: str, default: int) -> int | None:
    """How many are asked for, None for what is no such number."""
    if not text:
        return default
    return int(text) if text.isascii() and text.isdigit() and 1 <= int(text) <= LIMIT_MAX else None


def _page(asked: Asked, wanted: Any) -> dict[str, Any]:
    limit = limit_of(asked.query.get("limit", ""), 50)
    if limit is None:
        raise Wrong(400, "limit", f"limit must be a number from 1 to {LIMIT_MAX}")
    try:
        page = _timeline(asked).page(asked.customer, asked.query.get("after", ""), limit, wanted)
    except ValueError:
        raise Wrong(400, "after", "after must be the `next` of the page before") from None
    if (
        not page.entries
        and api_reads.profile(asked.shard.partition, asked.shard.store, asked.customer) is None
    ):
        raise _unknown(asked)
    shop = shop_of(asked.shard.partition.rulebook)
    return {
        "customer": asked.customer,
        "complete": asked.level,
        "entries": _shown(page.entries, shop),
        "next": page.next,
    }


def _timeline(asked: Asked) -> Timeline:
    if asked.timeline is None:
        raise Wrong(503, "timeline", "the timelines of this partition are being opened; ask again")
    return asked.timeline


def _unknown(asked: Asked) -> Wrong:
    return Wrong(404, "customer", f"nothing is known of a customer {asked.customer}")


def _about(entry: Entry, event: str) -> bool:
    """Whether an entry is the event, was caused by it, or is the decision that is asked about."""
    names = (entry.id, f"{entry.source}|{entry.id}", entry.causationid)
    return event in names or entry.causationid.endswith(f"|{event}")


def _shown(entries: list[Entry], shop: Shop) -> list[dict[str, Any]]:
    """Entries with their reasons."""
    return [told(entry, shop) for entry in entries]
