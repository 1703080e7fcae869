"""The broker is killed, and is restarted as an operator does."""

import asyncio
import time
from collections.abc import Callable

from tests.chaos.harness import Site, Trial, fault

EVENTS = 100_000
DOWN_S = 2.0


@fault("F5", "the broker is killed -9, then restarted")
async def bounced(trial: Trial) -> None:
    """The PR run: one of each, while two workers work through a backlog."""
    async with trial.own_broker() as broker, trial.site(events=EVENTS, run_records=500) as site:
        await site.put()
        for name in ("one", "two"):
            site.member(name, instance_id=name)
        for number, (what, blow) in enumerate((("kill -9", broker.kill), ("stop", broker.stop)), 1):
            await site.watch.reaches(trial.chance.randrange(number * EVENTS // 5, (number + 1) * EVENTS // 5))
            await _bounce(site, what, blow)
        await site.drained()
        await site.check(reference=True)


async def _bounce(site: Site, what: str, blow: Callable[[], None]) -> None:
    """Ends the broker, starts it again a little later, and says how long nothing was committed."""
    down = time.monotonic()
    await asyncio.to_thread(blow)
    gone = time.monotonic()
    await asyncio.sleep(DOWN_S)
    started = time.monotonic()
    await asyncio.to_thread(site.trial.broker.restart)
    up = time.monotonic()
    flows_s = await site.watch.next_after(gone) + gone
    site.trial.tally.broker_bounces += 1
    site.trial.say(
        f"broker {what}: gone after {gone - down:.1f} s, up {up - started:.1f} s after its start, "
        f"output flows {flows_s - started:.1f} s after its start"
    )
