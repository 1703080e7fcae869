"""A machine whose clock is wrong: what follows comes from the events' times and the broker's clock alone."""

import json
import time

from tests.agents.worker_kit import until
from tests.chaos.checker import Verdict
from tests.chaos.given import Given
from tests.chaos.harness import Site, Trial, fault
from tests.chaos.model import DAY_MS
from tests.chaos.walk import home
from topics.instants import format_ms

EVENTS, CUSTOMERS = 4_000, 24
SOON_MS = 10_000
DAY_S = 86_400
FIRST_ALERT_DAYS = 30  # After a customer's only purchase.
YEAR_2099_MS, YEAR_1971_MS = 4_086_000_000_000, 40_000_000_000


def once(name: str, at_ms: int, partitions: int, good: bool = True) -> Given:
    """The only purchase of a customer, at this instant."""
    event = {
        "type": "purchase.completed", "source": "clock", "id": name, "subject": name,
        "time": format_ms(at_ms).decode(), "data": {"order_id": name, "currency": "USD", "amount": 1_000},
    }  # fmt: skip
    key = name.encode()
    return Given("purchases", home(key, partitions), key, json.dumps(event).encode(), good)


def around_now(now_ms: int, soon_ms: int, partitions: int) -> list[Given]:
    """Customers who wait for an alert soon or for hours yet, and events of 2099 and 1971."""
    found = []
    for number in range(CUSTOMERS):
        for name, wait_ms in (("soon", soon_ms), ("hours", DAY_MS // 2)):
            at_ms = now_ms + wait_ms - FIRST_ALERT_DAYS * DAY_MS
            found.append(once(f"{name}-{number}", at_ms, partitions))
        found.append(once(f"2099-{number}", YEAR_2099_MS, partitions, good=False))
        found.append(once(f"1971-{number}", YEAR_1971_MS, partitions, good=False))
    return found


@fault("F13", "the worker's clock is a day off and is set while it works; events of 2099 and 1971")
async def wrong_clock(trial: Trial) -> None:
    """A day ahead and set back by an hour, then the other way round."""
    for skew_s in (DAY_S, -DAY_S):
        await work_by_a_wrong_clock(trial, skew_s, EVENTS, SOON_MS)


async def work_by_a_wrong_clock(trial: Trial, skew_s: int, events: int, soon_ms: int) -> None:
    """Alerts come when the broker's clock says so, and nothing else does."""
    async with trial.site(events=events, clock="wall", run_records=100) as site:
        step, set_by_s = site.folder / "step", -skew_s // 24
        now_ms = time.time_ns() // 1_000_000
        await site.put()
        await site.put(around_now(now_ms, soon_ms, site.settings.partitions))
        site.launched(
            "one", "tests.chaos.skewed_clock",
            CHAOS_SKEW_S=str(skew_s), CHAOS_STEP=str(step), CHAOS_STEP_S=str(set_by_s),
        )  # fmt: skip
        await site.watch.reaches(trial.chance.randrange(events))
        step.touch()
        await site.drained()
        due_ms = now_ms + soon_ms + 1
        await until(lambda: _time_of_all(site), lambda reached_ms: reached_ms >= due_ms)
        late_s = (time.time_ns() // 1_000_000 - due_ms) / 1000
        trial.say(
            f"clock off by {skew_s} s, set by {set_by_s} s: alerts within {late_s:.1f} s of their instant"
        )
        await site.check()
        ahead = Verdict()
        ahead.values("time ahead of the broker's", _ahead(site), {})
        trial.tally.verdict += ahead
        for line in ahead.shown:
            trial.say(line)


async def _time_of_all(site: Site) -> int:
    """The time that every partition has reached."""
    latest = {each.partition: each.commit.now_ms for each in site.watch.seen}
    return min(latest.values()) if len(latest) == site.settings.partitions else 0


def _ahead(site: Site) -> dict[tuple[int, int], int]:
    """The commits whose time was not yet reached when they became visible, and by how many ms."""
    offset_s = time.time() - time.monotonic()
    ahead = {
        (each.partition, each.commit.seq): each.commit.now_ms - int((each.at_s + offset_s) * 1000)
        for each in site.watch.seen
    }
    return {place: ms for place, ms in ahead.items() if ms > 0}
