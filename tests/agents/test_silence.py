"""Silence is told by the clock alone, and tags go by command: on a real broker, with a real worker."""

import asyncio
import json
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from functools import partial
from operator import eq

from agents.exits import Exit
from agents.journal import commit_of
from engine.events import Engagement
from engine.signals import Signals, note, ratio_falls_ms
from rules.load import load_rulebook
from tests.agents.cluster_kit import installation, read_committed, send
from tests.agents.worker_kit import environment, purchases, until, worker
from topics.catalogue import Role
from topics.encode import parse_outgoing

DAY_MS = 86_400_000
SOON_MS = 6_000  # Time enough to take the inputs in before anything falls due.
PROGRAMME = """\
programme: quiet
version: 1
timezone: UTC
currency: USD
earn: {rules: [{id: base, points: 1, per: 1.00}]}
tiers: {levels: [{code: base, name: Base}]}
churn: {population_interval_days: 30, minimum_days: 14, levels: {lost: 600}}
activity: {fast: 10 days, slow: 30 days}
lifecycle:
  stages:
    - {code: silent, entry: {fact: days_since_interaction, at_least: 60}}
    - {code: lively}
  value: [{code: low}]
tags:
  - {tag: silent-60, dimension: behaviour, when: {fact: days_since_interaction, at_least: 60}}
  - tag: engagement-declines
    dimension: behaviour
    when: [{fact: activity_ratio, below: 0.4}, {fact: gap_ratio, below: 1.5}]
  - tag: never-came-back
    dimension: behaviour
    when:
      - {metric: purchase_days, window: lifetime, at_most: 1}
      - {fact: days_since_purchase, at_least: 60}
"""


def login(customer: str, at_ms: int) -> tuple[bytes, bytes]:
    """The record of a login."""
    at = datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")
    event = {"type": "engagement.login", "source": "test", "id": "l-1", "subject": customer, "time": at}
    return customer.encode(), json.dumps(event).encode()


async def test_each_silence_is_told_once_at_its_instant_although_nothing_arrives(broker, tmp_path):
    programme = (tmp_path / "book.yaml").resolve()
    programme.write_text(PROGRAMME)
    rule = load_rulebook(programme).activity
    settings = installation(broker.bootstrap, tmp_path / "state").model_copy(update={"rules": programme})
    catalogue = settings.catalogue
    with worker(settings, tmp_path / "worker.log") as process:
        soon_ms = int(time.time() * 1000) + SOON_MS
        bought_ms = soon_ms - 60 * DAY_MS
        alone = Signals()
        note(alone, rule, Engagement("login"), 0)
        engaged_ms = soon_ms - ratio_falls_ms(alone, rule, 400_000)
        bought = [
            *purchases(["gone"], "a", at_ms=bought_ms),
            *purchases(["quiet"], "b", at_ms=soon_ms - DAY_MS),
        ]
        await send(settings.kafka, catalogue.name(Role.PURCHASES), bought)
        await send(settings.kafka, catalogue.name(Role.ENGAGEMENTS), [login("quiet", engaged_ms)])
        lifecycle = catalogue.name(Role.LIFECYCLE)

        def told(records):
            lines = [parse_outgoing(record.headers, record.value, record.key) for record in records]
            return [
                (line["subject"], line["data"].get("tag") or line["data"]["to"], line["time"])
                for line in lines
                if line["causationid"].startswith("timer|")
            ]

        found = told(
            await until(lambda: read_committed(settings.kafka, lifecycle), lambda r: len(told(r)) >= 4)
        )
        assert process.stop() == Exit.STOPPED
    after = datetime.fromtimestamp((bought_ms + 60 * DAY_MS + 1) / 1000, UTC).isoformat(
        timespec="milliseconds"
    )
    falls = datetime.fromtimestamp(soon_ms / 1000, UTC).isoformat(timespec="milliseconds")
    after, falls = after.replace("+00:00", "Z"), falls.replace("+00:00", "Z")
    assert sorted(found) == [
        ("gone", "never-came-back", after),
        ("gone", "silent", after),
        ("gone", "silent-60", after),
        ("quiet", "engagement-declines", falls),
    ]
    journal = await read_committed(settings.kafka, catalogue.name(Role.JOURNAL))
    commits = [commit_of(record.value) for record in journal]
    by_clock = [commit for commit in commits if not sum(count for _, count in commit.order)]
    assert by_clock
    assert sum(sum(count for _, count in commit.order) for commit in commits) == 3
    late = [commit.now_ms - soon_ms for commit in by_clock]
    print(f"told {late} ms after the instant")


async def test_an_alert_is_told_once_whatever_is_killed_and_whatever_disk_is_lost(broker, tmp_path):
    programme = (tmp_path / "book.yaml").resolve()
    programme.write_text(PROGRAMME.replace("levels: {lost: 600}", "levels: {watch: 2, lost: 600}"))
    settings = installation(broker.bootstrap, tmp_path / "state").model_copy(update={"rules": programme})
    catalogue = settings.catalogue

    async def told():
        records = await read_committed(settings.kafka, catalogue.name(Role.ALERTS))
        return [parse_outgoing(record.headers, record.value, record.key) for record in records]

    async def taken():
        journal = await read_committed(settings.kafka, catalogue.name(Role.JOURNAL))
        return sum(sum(count for _, count in commit_of(record.value).order) for record in journal)

    bought_ms = int(time.time() * 1000) + SOON_MS - 60 * DAY_MS
    with worker(settings, tmp_path / "worker.log") as process:
        bought = purchases(["gone"], "a", at_ms=bought_ms)
        await send(settings.kafka, catalogue.name(Role.PURCHASES), bought)
        (alert,) = await until(told, bool)
        process.stop(signal.SIGKILL)
    assert (alert["type"], alert["data"]["level"]) == ("churn.alert", "watch")
    for inputs in (3, 5):
        if inputs == 5:
            shutil.rmtree(settings.state_dir)
        with worker(settings, tmp_path / "worker.log") as process:
            at_ms = int(time.time() * 1000)
            more = [login(f"other-{inputs}", at_ms), login("gone", at_ms)]
            await send(settings.kafka, catalogue.name(Role.ENGAGEMENTS), more)
            await until(taken, partial(eq, inputs))
            assert process.stop() == Exit.STOPPED
        assert await told() == [alert]


async def test_a_tag_is_given_taken_and_released_by_the_command_line(broker, tmp_path):
    programme = (tmp_path / "book.yaml").resolve()
    programme.write_text(PROGRAMME)
    settings = installation(broker.bootstrap, tmp_path / "state").model_copy(update={"rules": programme})

    async def say(*words):
        command = [sys.executable, "-m", "agents.cli", "tag", *words, "--actor", "li", "--wait", "60"]
        done = await asyncio.to_thread(
            subprocess.run, command, env=environment(settings), capture_output=True, text=True, timeout=90
        )
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout

    with worker(settings, tmp_path / "worker.log"):
        bought = purchases(["c1"], "a")
        await send(settings.kafka, settings.catalogue.name(Role.PURCHASES), bought)
        lifecycle = settings.catalogue.name(Role.LIFECYCLE)
        await until(lambda: read_committed(settings.kafka, lifecycle), bool)  # The purchase was counted.
        given = await say("add", "c1", "vip", "--dimension", "value")
        taken = await say("remove", "c1", "silent-60")
        released = await say("release", "c1", "vip")
        refused = await say("release", "c1", "vip")
    assert given == (0, "Done for c1: tag.added, tag vip, dimension value, command.\n")
    assert taken == (0, "Done for c1: tag.removed, tag silent-60, dimension behaviour, command.\n")
    assert released == (0, "Done for c1: tag.released, tag vip, dimension value, given.\n")
    assert refused == (1, "Rejected (not_by_hand): the tag 'vip' is neither given nor taken by hand.\n")
