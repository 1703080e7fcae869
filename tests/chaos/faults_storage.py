"""Disks that are full, damaged, empty or old: the worker says so, and its state is what Kafka holds."""

import asyncio
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import psutil

from agents.broker import ephemeral_broker
from agents.exits import Exit
from tests.agents.support_chaos import dead
from tests.agents.worker_kit import PATIENCE_S, Process, until
from tests.chaos import disks
from tests.chaos.compaction import compact_at_once, compacted
from tests.chaos.harness import Site, Trial, fault

SMALL_DISK_MIB, BROKER_DISK_MIB = 48, 256
EVENTS = 8_000
SHORT_RUNS = 12  # Records: the backlog then lasts for some seconds.
FLIPPED_ROUNDS = 3
HOLD = """
import sys
from pathlib import Path
from agents.store import Store
store = Store(Path(sys.argv[1]))
print("held", flush=True)
input()
"""
_RESTORED = re.compile(r"restored (\d+) changelog records in ([\d.]+) s")


async def ends(process: Process, code: int, says: str) -> None:
    """Returns when the process has ended in this way, with a last line that says this and no traceback."""
    found = await asyncio.to_thread(process.ended)
    last = process.said.splitlines()[-1]
    if found != code or says not in last or "Traceback" in process.said:
        raise AssertionError(f"ended with {found}: {last}")


async def works_on(site: Site, count: int) -> Process:
    """The worker `one`, with partitions in hand, once so many records are applied.

    One that finds damage while it works is started again.
    """
    process = site.launched("one")
    told = len(process.said)

    async def ask() -> bool:
        nonlocal process
        if process.popen.poll() == Exit.STATE_DAMAGED:
            process = site.launched("one")
        elif process.popen.poll() is not None:
            raise AssertionError(process.said[-2_000:])
        return "partitions [" in process.said[told:] and site.watch.applied >= min(count, len(site.records))

    await until(ask, bool)
    return process


def partitions(site: Site) -> list[Path]:
    """The state of each partition of worker `one`."""
    return sorted((site.folder / "one" / site.settings.app_id).glob("partition-*"))


@fault("F8", "the disk of the state, then the broker's, is full")
async def full_disks(trial: Trial) -> None:
    """Errors at the store's writes first, then real disks where they can be made."""
    await refused_writes(trial, EVENTS)
    await _full_state_disk(trial)
    await _full_broker_disk(trial)


async def refused_writes(trial: Trial, events: int) -> None:
    """The store's writes fail as they do when no space is left, until there is some again."""
    async with trial.site(events=events, run_records=SHORT_RUNS, instance_id="one") as site:
        full = site.folder / "full"
        await site.put()
        process = _on_small_disk(site, full)
        await site.watch.reaches(trial.chance.randrange(events // 8, events * 5 // 8))
        full.touch()
        for _ in range(2):  # Space is still short when it is started again.
            await ends(process, Exit.STATE_FULL, "is full: make room there.")
            process = _on_small_disk(site, full)
        await ends(process, Exit.STATE_FULL, "is full: make room there.")
        full.unlink()
        there_was_room_s = time.monotonic()
        await works_on(site, 0)
        await _says_back(site, there_was_room_s)
        await site.drained()
        await site.check(reference=True)


def _on_small_disk(site: Site, full: Path) -> Process:
    return site.launched("one", "tests.chaos.full_disk", CHAOS_FULL=str(full))


async def _full_state_disk(trial: Trial) -> None:
    async with trial.site(events=EVENTS, run_records=SHORT_RUNS, instance_id="one") as site:
        disk = site.folder / "one"
        await site.put()
        with disks.small_disk(disk, SMALL_DISK_MIB) as refused:
            if refused:
                trial.say(f"no small disk here ({refused}): a full one was put on with refused writes only")
                return
            member = site.member("one")
            await site.watch.reaches(trial.chance.randrange(EVENTS // 8, EVENTS * 5 // 8))
            with disks.filled(disk):
                await _says(member.log, "found the disk of its state full", 2)
            await _says_back(site, time.monotonic())
            await site.drained()
            await site.check(reference=True)
            said = member.log.read_text()
            assert "Traceback" not in said, said[-2_000:]
            assert "is full: make room there." in said
            assert "was damaged" not in said


async def _says_back(site: Site, since_s: float) -> None:
    seconds = await site.watch.next_after(since_s)
    site.trial.say(f"the next commit came {seconds:.1f} s after there was room")


async def _says(log: Path, text: str, times: int) -> None:
    async def ask() -> int:
        return log.read_text().count(text)

    await until(ask, lambda count: count >= times)


async def _full_broker_disk(trial: Trial) -> None:
    shared, folder = trial.broker, trial.folder / "broker"
    with disks.small_disk(folder, BROKER_DISK_MIB) as refused:
        if refused:
            trial.say(f"no small disk here ({refused}): the broker's was not filled")
            return
        with ephemeral_broker(folder) as trial.broker:
            async with trial.site(events=EVENTS, run_records=SHORT_RUNS, instance_id="one") as site:
                await site.put()
                member = site.member("one")
                await site.watch.reaches(trial.chance.randrange(EVENTS // 8, EVENTS * 5 // 8))
                broker = psutil.Process(trial.broker.pid)
                with disks.filled(folder):
                    await until(lambda: asyncio.to_thread(dead, broker), bool)
                there_was_room_s = time.monotonic()
                await asyncio.to_thread(trial.broker.restart)
                trial.tally.broker_bounces += 1
                await _says_back(site, there_was_room_s)
                await site.drained()
                await site.check()
                assert "Traceback" not in member.log.read_text()
    trial.broker = shared


Harm = Callable[[Path, Random], None]


@fault("F9", "RocksDB is damaged, or in use")
async def damaged_state(trial: Trial) -> None:
    """One worker, again and again killed or stopped, with its files harmed in between."""
    rounds: list[tuple[Harm, int]] = [
        (disks.remove_table, signal.SIGTERM),
        (disks.cut_log, signal.SIGKILL),
        (disks.cut_manifest, signal.SIGKILL),
        *[(disks.flip_bytes, trial.chance.choice((signal.SIGTERM, signal.SIGKILL)))] * FLIPPED_ROUNDS,
    ]
    trial.chance.shuffle(rounds)
    async with trial.site(events=3 * EVENTS, run_records=SHORT_RUNS, instance_id="one") as site:
        await site.put()
        wiped = []
        for number, (harm, by) in enumerate(rounds):
            process = await works_on(site, number * EVENTS // 2)
            wiped.append(process.said.count("wiped, and restored"))
            process.stop(by)
            trial.tally.kills += by == signal.SIGKILL
            for path in partitions(site):
                harm(path, trial.chance)
        process = await works_on(site, len(site.records))
        wiped.append(process.said.count("wiped, and restored"))
        await site.drained()
        await site.end_all()
        late = sum([disks.damage_found(path) for path in partitions(site)])
        await _refuses_what_is_in_use(site, partitions(site)[-1])
        await works_on(site, len(site.records))
        said = [
            f"{harm.__name__} {after - before}"
            for (harm, _), before, after in zip(rounds, wiped[:-1], wiped[1:], strict=True)
        ]
        trial.say(f"partitions wiped after {', '.join(said)}; {late} more by the last look")
        assert "remove_table 4" in said
        await site.check(reference=True)


async def _refuses_what_is_in_use(site: Site, partition: Path) -> None:
    command = [sys.executable, "-c", HOLD, partition]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert holder.stdout.readline() == b"held\n"
        await ends(site.launched("one"), Exit.STATE_IN_USE, "is in use by another process")
    finally:
        holder.communicate(b"\n", PATIENCE_S)


@fault("F10", "the state is gone, or an older one; the changelog is compacted")
async def lost_and_old_state(trial: Trial) -> None:
    """Files are taken away, and put back when they are out of date."""
    async with trial.site(events=EVENTS, run_records=SHORT_RUNS, instance_id="one") as site:
        state, old = site.folder / "one", site.folder / "old"
        await compact_at_once(site.settings)
        await site.put()
        (await works_on(site, EVENTS // 4)).stop()
        shutil.copytree(state, old)
        (await works_on(site, EVENTS // 2)).stop(signal.SIGKILL)
        shutil.rmtree(state)
        (await works_on(site, EVENTS * 3 // 4)).stop()
        _replace(state, old)
        await works_on(site, len(site.records))
        await site.drained()
        await site.end_all()
        left = await compacted(site.settings, len(site.records))
        shutil.rmtree(state)
        (await works_on(site, 0)).stop()
        _replace(state, old)
        said = (await works_on(site, 0)).said
        count, seconds = map(sum, zip(*[map(float, each) for each in _RESTORED.findall(said)], strict=True))
        trial.tally.kills += 1
        trial.say(f"changelog compacted to {left} records; restored {count:.0f} in {seconds:.2f} s")
        await site.check(reference=True)


def _replace(state: Path, old: Path) -> None:
    shutil.rmtree(state)
    shutil.copytree(old, state)
