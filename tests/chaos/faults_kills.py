"""Workers that are killed: at any moment, and at every step of a commit."""

import asyncio
import signal
from statistics import median

from tests.chaos.failpoints import POINTS
from tests.chaos.harness import Trial, fault

EVENTS, KILLS = 100_000, 10
STEPPED_EVENTS, TIMES = 40_000, 3
SHORT_RUNS = 100  # Records: there are many commits, and the backlog outlasts the kills.


@fault("F1", "a worker is killed -9 at random moments")
async def killed(trial: Trial) -> None:
    """The PR run."""
    await kill_often(trial, EVENTS, KILLS)


async def kill_often(trial: Trial, events: int, kills: int) -> None:
    """A static member works through a backlog and is killed, each time after another share of it."""
    async with trial.site(events=events, run_records=SHORT_RUNS) as site:
        await site.put()
        member = site.member("one", instance_id="one")
        chance, back_s = trial.chance, []
        for moment in sorted(chance.sample(range(events * 3 // 4), kills)):
            child = await member.working()
            await site.watch.reaches(moment)
            await asyncio.sleep(chance.uniform(0, 0.1))
            member.kill_worker(child)
            back_s.append(await site.watch.until_next())
        trial.tally.kills += member.kills
        trial.say(f"back in service after kill -9: {_median_and_max(back_s)} of {kills} kills")
        await site.drained()
        await site.check(reference=True)


def _median_and_max(seconds: list[float]) -> str:
    return f"median {median(seconds):.2f} s, max {max(seconds):.2f} s"


@fault("F2", "a worker is killed at every step of its commits")
async def killed_at_each_step(trial: Trial) -> None:
    """The PR run."""
    await kill_at_steps(trial, STEPPED_EVENTS, TIMES)


async def kill_at_steps(trial: Trial, events: int, times: int) -> None:
    """One worker after another takes up the same state, and kills itself at the next point."""
    async with trial.site(events=events, run_records=SHORT_RUNS) as site:
        await site.put()
        doomed = site.doomed("one", instance_id="one")
        for point in trial.chance.sample(POINTS * times, len(POINTS) * times):
            doomed.start(point, trial.chance.randrange(4))
            code = await doomed.outcome()
            assert code == -signal.SIGKILL, f"{point} was not reached: the worker ended with {code}"
            trial.tally.kills += 1
        site.member("one", instance_id="one")
        await site.drained()
        await site.check(reference=True)
