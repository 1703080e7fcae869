"""Workers that come and go, are restarted in turn, or sleep too long."""

import asyncio
import signal
import time

import psutil

from agents.commit import TRANSACTION_TIMEOUT_MS
from agents.exits import Exit
from tests.agents.support_chaos import OWNS, Member
from tests.agents.worker_kit import until
from tests.chaos.doomed import Doomed
from tests.chaos.harness import Site, Trial, fault

SESSION_S = 3.0
PATIENT_SESSION_S = 20.0  # A restart takes no longer, also on a machine that has other things to do.
STORM_S, CHANGES, MOST = 60.0, 10, 5
ROUNDS, WORKERS, STEADY_S = 3, 3, 1.5
PASSED = 20  # How often the step is passed before the worker stops there.
PER_S = 600.0
LIGHT_PER_S = 150.0  # Two cores have to start Python beside the commits of six partitions.
ENOUGH = 100_000  # Records that are never all sent.
MIDWAY = ("send:points", "send:journal", "commit:before")  # The commit is not asked for yet.
ON_ITS_WAY = "commit:during"
ASLEEP_S = TRANSACTION_TIMEOUT_MS / 1000 + 2


@fault("F3", "workers join, leave and die in a storm of rebalances")
async def storm(trial: Trial) -> None:
    """The PR run: 10 changes in a minute."""
    async with trial.site(
        events=round(STORM_S * PER_S), clock="wall", session_timeout_s=SESSION_S, standbys=1
    ) as site:
        alive = [site.member("w0"), site.member("w1")]
        await asyncio.gather(*[member.working() for member in alive])
        feed = asyncio.create_task(site.trickle(PER_S))
        await asyncio.sleep(STEADY_S)
        began = time.monotonic()
        for _ in range(CHANGES):
            await asyncio.sleep(trial.chance.uniform(0.5, 1.5) * STORM_S / CHANGES)
            await _change(site, alive)
        last_s = site.watch.seen[-1].at_s  # The load may have come to its end before.
        pauses = site.watch.pauses(began, last_s)
        trial.say(f"longest pause of a partition: {max(pauses.values()):.2f} s")
        await feed
        await site.drained()
        await site.check()


async def _change(site: Site, alive: list[Member]) -> None:
    """One worker more, or one less: asked to go, or killed."""
    chance = site.trial.chance
    ways = ["join"] * (len(alive) < MOST) + ["leave", "kill"] * (len(alive) > 1)
    way = chance.choice(ways)
    if way == "join":
        gone = [member for member in site.members if member not in alive]
        if gone and chance.random() < 0.5:  # It finds what it left on its disk.
            gone[0].start()
            alive.append(gone[0])
        else:
            alive.append(site.member(f"w{len(site.members)}"))
        return
    member = alive.pop(chance.randrange(len(alive)))
    await asyncio.to_thread(member.parent.stop, signal.SIGTERM if way == "leave" else signal.SIGKILL)
    site.trial.tally.kills += way == "kill"


@fault("F4", "static workers are restarted one after another")
async def rolling_restart(trial: Trial) -> None:
    """The PR run: three workers, three rounds."""
    async with trial.site(
        events=ENOUGH, clock="wall", partitions=2 * WORKERS, session_timeout_s=PATIENT_SESSION_S
    ) as site:
        members = [site.member(f"w{number}", instance_id=f"w{number}") for number in range(WORKERS)]
        generation = await _settled(site)
        done = asyncio.Event()
        feed = asyncio.create_task(site.trickle(LIGHT_PER_S, until=done))
        await asyncio.sleep(STEADY_S)
        began = time.monotonic()
        for member in members * ROUNDS:
            await _restart(member)
            await asyncio.sleep(STEADY_S)
        pauses = site.watch.pauses(began, time.monotonic())
        done.set()
        await feed
        after = await _settled(site)
        trial.say(f"generation {generation} before, {after} after {len(members) * ROUNDS} restarts")
        trial.say(f"longest pause of a partition: {max(pauses.values()):.2f} s")
        trial.tally.verdict.wrong += generation != after
        await site.drained()
        await site.check()


async def _settled(site: Site) -> int:
    """The generation in which all partitions have a worker, once all workers are in it."""

    async def ask() -> int:
        said = [OWNS.findall(member.log.read_text()) for member in site.members]
        last = [lines[-1] for lines in said if lines]
        count = sum(len(numbers.split(",")) for _, numbers in last if numbers)
        generations = {int(generation) for generation, _ in last}
        complete = len(last) == len(site.members) and count == site.settings.partitions
        return generations.pop() if complete and len(generations) == 1 else 0

    return await until(ask, bool)


async def _restart(member: Member) -> None:
    """Stops a worker and its parent as an operator does, and starts them again."""
    assert await asyncio.to_thread(member.end) == Exit.STOPPED
    member.told = len(member.log.read_text())
    member.start()
    await member.working()


@fault("F7", "workers sleep beyond session and transaction time-out, and wake up")
async def zombies(trial: Trial) -> None:
    """The PR run: two stop themselves amid a commit, one is stopped at a random moment.

    The first is woken as soon as others have its partitions, while the broker would still wait for the end of
    its transaction: nothing but the fence stands in its way. The others sleep until that has run out too.
    """
    async with trial.site(events=ENOUGH, clock="wall", session_timeout_s=SESSION_S) as site:
        torn = site.doomed("torn")
        torn.start(trial.chance.choice(MIDWAY), PASSED, "SIGSTOP")
        idle, heir = site.member("idle"), site.member("heir")
        sleeper = await idle.working()
        await heir.working()
        done = asyncio.Event()
        feed = asyncio.create_task(site.trickle(PER_S, until=done))
        await _fenced(site, torn)
        torn.start(trial.chance.choice((*MIDWAY, ON_ITS_WAY)), PASSED, "SIGSTOP")
        await asyncio.sleep(trial.chance.uniform(2, 3))
        sleeper.suspend()
        asleep = [await torn.worker(), sleeper]
        await _all_asleep(asleep)
        trial.say("both sleep")
        await _taken_over(site, time.monotonic())
        await asyncio.sleep(ASLEEP_S)
        for process in asleep:
            process.resume()
        code = await torn.outcome()
        trial.say(f"the one that slept amid a commit ended with {Exit(code).name}")
        assert code in (Exit.FENCED, Exit.UNCERTAIN), torn.said[-1000:]
        await asyncio.sleep(STEADY_S)
        done.set()
        await feed
        await site.drained()
        await site.check()


async def _fenced(site: Site, torn: Doomed) -> None:
    """Wakes the one asleep amid a commit once others have its partitions: the broker has to refuse it."""
    process = await torn.worker()
    await _all_asleep([process])
    asleep = time.monotonic()
    await _taken_over(site, asleep)
    slept_s = time.monotonic() - asleep
    assert slept_s < TRANSACTION_TIMEOUT_MS / 1000, "its transaction has run out: the fence proves nothing"
    process.resume()
    code = await torn.outcome()
    site.trial.say(f"woken after {slept_s:.1f} s, within its transaction's time, and {Exit(code).name}")
    assert code == Exit.FENCED, torn.said[-1000:]


async def _all_asleep(processes: list[psutil.Process]) -> None:
    async def ask() -> list[str]:
        return [process.status() for process in processes]

    await until(ask, lambda found: found == [psutil.STATUS_STOPPED] * len(processes))


async def _taken_over(site: Site, since_s: float) -> None:
    """Returns when every partition has new commits."""

    async def ask() -> set[int]:
        return {each.partition for each in site.watch.seen if each.at_s > since_s}

    await until(ask, lambda found: len(found) == site.settings.partitions)
    site.trial.say(f"all partitions work again after {time.monotonic() - since_s:.1f} s")
