"""Inputs that are poisoned, repeated, out of order or late: each record counts for what it is."""

import asyncio
import json
import time
from collections import defaultdict, deque
from collections.abc import Sequence
from statistics import quantiles

from tests.agents.support_events import Shop
from tests.agents.worker_kit import until
from tests.chaos.given import Given
from tests.chaos.harness import PARTITIONS, Site, Trial, fault
from tests.chaos.load import Sender, shop_records
from tests.chaos.model import DAY_MS
from tests.chaos.poison import giants, poison
from tests.chaos.walk import home
from topics.instants import format_ms, parse_ms

KINDS, GIANTS = 2_000, 3
GOOD, PER_S = 6_000, 1_000
CHUNK = 20  # Records sent at a time.
APART_S = 1.0  # Those of 10 MB.
EVENTS, REPEATED_SHARE = 100_000, 0.10
SHUFFLED_MS = 300_000
LATEST_MS = 90 * DAY_MS  # An event may be so old.

Timed = tuple[Given, float]


@fault("F11", "poison of 2,000 kinds among good events")
async def poisoned(trial: Trial) -> None:
    """The PR run."""
    await poison_among(trial, KINDS, GOOD, GIANTS)


async def poison_among(trial: Trial, kinds: int, good: int, huge: int) -> None:
    """Good events alone first, then with the poison among them."""
    chance = trial.chance
    events = [each._replace(at_ms=0) for each in shop_records(chance, good, PARTITIONS, "log") if each.good]
    calm, rest = events[: good // 3], events[good // 3 :]
    orders = [each for each in calm if b'"purchase.completed"' in (each.value or b"")]
    at = format_ms(time.time_ns() // 1_000_000).decode()
    bad = [*poison(chance, kinds, orders, at, PARTITIONS)]
    mixed = _among(chance.sample(bad, len(bad)), rest, chance.sample(range(len(bad) + len(rest)), len(bad)))
    large = giants(chance, huge)
    async with trial.site(records=[*calm, *mixed, *large], clock="wall") as site:
        process = site.launched("one")
        await until(lambda: asyncio.to_thread(process.log.read_text), lambda said: "partitions [" in said)
        async with Sender(site.settings) as sender:
            sent = await _paced(sender, calm)
            await site.watch.reaches(len(calm))
            truck = asyncio.create_task(asyncio.to_thread(asyncio.run, _one_by_one(site, large)))
            sent += await _paced(sender, mixed)
            await truck
        await site.drained()
        assert process.popen.poll() is None, process.said[-2_000:]
        assert "Traceback" not in process.said
        # The first ones find a worker that has to warm up.
        ms = [_p99_ms(site, some, sent) for some in (sent[len(calm) // 2 : len(calm)], sent[len(calm) :])]
        trial.say(
            f"{len(bad) + huge} kinds of poison; p99 of good events {ms[0]:.0f} ms without, {ms[1]:.0f} ms "
            f"with it: {ms[1] / ms[0]:.2f} times"
        )
        await site.check()


async def _one_by_one(site: Site, records: Sequence[Given]) -> None:
    """In a thread of its own, since sending 10 MB would hold up the clock of the others."""
    async with Sender(site.settings) as sender:
        for each in records:
            await sender.put([each])
            await asyncio.sleep(APART_S)


def _among(some: Sequence[Given], others: Sequence[Given], places: Sequence[int]) -> list[Given]:
    """Both together, the first at these places, each in its order."""
    taken, left = set(places), (iter(some), iter(others))
    return [next(left[at not in taken]) for at in range(len(some) + len(others))]


async def _paced(sender: Sender, records: Sequence[Given]) -> list[Timed]:
    """Each record with the instant (monotonic seconds) at which it was sent."""
    began, sent = time.monotonic(), []
    for at in range(0, len(records), CHUNK):
        await asyncio.sleep(began + at / PER_S - time.monotonic())
        chunk, now_s = records[at : at + CHUNK], time.monotonic()
        await sender.put(chunk)
        sent += [(each, now_s) for each in chunk]
    return sent


def _p99_ms(site: Site, some: Sequence[Timed], sent: Sequence[Timed]) -> float:
    """How long it took the good ones of some records to be visible, of all that were sent."""
    applied: dict[tuple[str, int], deque[float]] = defaultdict(deque)
    roles = {f"{site.settings.prefix}.{role}": role for role in ("purchases", "engagements", "commands")}
    for seen in site.watch.seen:
        for at, count in seen.commit.order:
            applied[roles[seen.commit.topics[at]], seen.partition].extend([seen.at_s] * count)
    took = {id(timed): applied[timed[0].role, timed[0].partition].popleft() - timed[1] for timed in sent}
    return quantiles([took[id(timed)] for timed in some if timed[0].good], n=100)[98] * 1000


@fault("F12", "every tenth event twice, all out of order, some too late")
async def disordered(trial: Trial) -> None:
    """The PR run."""
    await disorder(trial, EVENTS)


async def disorder(trial: Trial, events: int) -> None:
    """A backlog in the order of arrival, which is minutes off the order in which things happened."""
    records = arrivals(trial, events)
    async with trial.site(records=records) as site:
        await site.put()
        site.launched("one")
        await site.drained()
        late = sum(not each.good for each in records)
        trial.say(f"{len(records)} records, {late} of them refused as too late")
        await site.check()


def arrivals(trial: Trial, events: int) -> list[Given]:
    """A shop's events as they arrive, with repeats, and with some from 90 days ago, before and after."""
    chance = trial.chance
    end_ms = time.time_ns() // 1_000_000 - SHUFFLED_MS
    shop = Shop(chance, round(events * 0.95), end_ms, PARTITIONS)  # Some of its own are repeats.
    once = {each.event["id"]: each for each in shop.records() if each.event}.values()
    timed = [
        (parse_ms(each.event["time"]) + chance.randint(-SHUFFLED_MS, SHUFFLED_MS), each) for each in once
    ]
    last_ms = max(at_ms for at_ms, _ in timed)
    again = chance.sample(timed, round(events * REPEATED_SHARE))
    timed += [(chance.randint(at_ms, last_ms), each) for at_ms, each in again]
    found: list[Given] = []
    for at_ms, each in sorted(timed, key=lambda pair: pair[0]):
        customer = each.event["subject"]  # A refund may come before its order, and waits for it.
        found.append(Given(each.role, home(each.key, PARTITIONS), each.key, each.value, True, at_ms))
        if chance.random() < 0.01:
            found.append(_old(chance.choice((0, 0, 1, 2, DAY_MS)), len(found), customer, at_ms))
    return found


def _old(beyond_ms: int, number: int, customer: str, at_ms: int) -> Given:
    """An order of 90 days ago, which is taken, or of before, which is not."""
    event = {
        "type": "purchase.completed", "source": "late", "id": f"l{number}", "subject": customer,
        "time": format_ms(at_ms - LATEST_MS - beyond_ms).decode(),
        "data": {"order_id": f"l{number}", "currency": "USD", "amount": 1_000},
    }  # fmt: skip
    key = customer.encode()
    return Given("purchases", home(key, PARTITIONS), key, json.dumps(event).encode(), not beyond_ms, at_ms)
