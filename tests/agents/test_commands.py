"""`tierline points` and `tierline tier` on a real broker with a real worker: sent, answered, counted once."""

import asyncio
import json
import re
import subprocess
import sys

import pytest

from agents.answers import Answer, in_words
from agents.order_command import DONE, REJECTED, UNANSWERED, WRONG
from tests.agents.cluster_kit import installation, read_committed, send
from tests.agents.worker_kit import environment, purchases, worker
from topics.catalogue import Role

RELEASE = ["tier", "release", "c1", "--set", "nowhere", "--reason", "a test"]


class Said:
    """What the command printed, and its exit code."""

    def __init__(self, settings, *words):
        done = subprocess.run(
            [sys.executable, "-m", "agents.cli", *words],
            env=environment(settings), capture_output=True, text=True, timeout=90,
        )  # fmt: skip
        self.code, self.out, self.err = done.returncode, done.stdout, done.stderr


async def say(settings, *words):
    said = await asyncio.to_thread(Said, settings, *words)
    assert "Traceback" not in said.err
    return said


async def commands(settings):
    return await read_committed(settings.kafka, settings.catalogue.name(Role.COMMANDS))


async def test_a_command_that_may_not_be_done_is_answered_in_one_sentence(broker, tmp_path):
    settings = installation(broker.bootstrap, tmp_path / "state", partitions=2)
    with worker(settings, tmp_path / "log"):
        said = await say(settings, *RELEASE, "--wait", "60")
    assert (said.code, said.err) == (REJECTED, "")
    assert re.fullmatch(r"Rejected \(\w+\): [^\n]+\.\n", said.out)


async def test_a_command_without_a_worker_is_not_lost_and_repeated_by_its_id_it_counts_once(broker, tmp_path):
    settings = installation(broker.bootstrap, tmp_path / "state", partitions=2)
    alone = await say(settings, *RELEASE, "--wait", "0.5")
    assert alone.code == UNANSWERED
    (id,) = re.findall(r"--id (\w+) to see its answer", alone.err)
    with worker(settings, tmp_path / "log"):
        first = await say(settings, *RELEASE, "--id", id, "--wait", "60")
        second = await say(settings, *RELEASE, "--id", id, "--wait", "60")
    assert first.code == second.code == REJECTED
    assert first.out == second.out
    assert first.out.endswith("(It was given before.)\n")
    (record,) = await commands(settings)
    assert record.key == b"c1"


async def test_a_consent_is_noted_and_answered_on_the_topic_of_what_becomes_of_customers(broker, tmp_path):
    settings = installation(broker.bootstrap, tmp_path / "state", partitions=2)
    with worker(settings, tmp_path / "log"):
        granted = await say(settings, "consent", "grant", "c1", "marketing.sms", "--wait", "60")
        gone = await say(
            settings, "consent", "withdraw", "c1", "marketing.sms", "--actor", "li", "--wait", "60"
        )
    assert (granted.code, gone.code) == (DONE, DONE)
    assert granted.out == "Done for c1: consent.recorded, scope marketing.sms, granted.\n"
    assert gone.out == "Done for c1: consent.recorded, scope marketing.sms, withdrawn.\n"
    records = await read_committed(settings.kafka, settings.catalogue.name(Role.LIFECYCLE))
    entries = [json.loads(record.value) for record in records]
    assert [(entry["granted"], entry.get("previous"), entry["rev"]) for entry in entries] == [
        (True, None, 1),
        (False, "granted", 2),
    ]
    assert entries[1]["by"]["actor"] == "li"


async def test_an_id_is_not_taken_for_a_second_thing(broker, tmp_path):
    settings = installation(broker.bootstrap, tmp_path / "state")
    await say(settings, *RELEASE, "--id", "k-1", "--wait", "0.1")
    other = await say(settings, "tier", "release", "c1", "--set", "elsewhere", "--id", "k-1")
    assert (other.code, other.out) == (WRONG, "")
    assert "k-1 was given before, with another command" in other.err
    assert len(await commands(settings)) == 1


async def test_a_command_the_engine_puts_aside_says_so(broker, tmp_path):
    """The id came before over another way, with another payload."""
    settings = installation(broker.bootstrap, tmp_path / "state")
    (row,) = purchases(["c1"], "a")
    value = row[1].replace(b'"test"', b'"tierline-cli"').replace(b'"a-0"', b'"k-1"')
    await send(settings.kafka, settings.catalogue.name(Role.PURCHASES), [(b"c1", value)])
    with worker(settings, tmp_path / "log"):
        said = await say(settings, *RELEASE, "--id", "k-1", "--wait", "60")
    assert said.code == REJECTED
    assert said.out.startswith("Put aside as id_conflict: ")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (
            Answer(
                "points.redeemed", {"wallet": "points", "qty": 1500, "balance": {"active": 250, "debt": 3}}
            ),
            "Done for c1: points.redeemed, 1,500 points, 250 active, 3 debt.",
        ),
        (
            Answer("tier.override_set", {"tier_set": "main", "tier": "gold", "mode": "pin"}),
            "Done for c1: tier.override_set, tier set main, tier gold, mode pin.",
        ),
        (
            Answer("command.rejected", {"why": "unknown_tier", "message": "no x"}),
            "Rejected (unknown_tier): no x.",
        ),
        (
            Answer("points.redeem_rejected", {"qty": 5, "balance": {"active": 4}, "why": "insufficient"}),
            "Rejected for c1: points.redeem_rejected, 5 points, 4 active, insufficient.",
        ),
        (Answer("dead_letter", {"reason": "too_late", "message": "old"}), "Put aside as too_late: old."),
    ],
)
def test_an_answer_is_one_sentence(answer, sentence):
    assert in_words(answer, "c1") == sentence
    assert answer.done == sentence.startswith("Done")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["points", "redeem", "c1", "0"], r"\$\.data\.qty: expected int >= 1"),
        (["points", "adjust", "c1", "0", "--code", "x"], r"\$\.data\.qty: 0 adjusts nothing"),
        (["points", "transfer", "c1", "c1", "5"], r"\$\.data\.to: it is the customer who gives"),
        (["points", "redeem", "c1", "5", "--actor", ""], "actor"),
        (["tier", "override", "c1", "gold", "--until", "tomorrow"], r"\$\.data\.until: an RFC 3339 time"),
        (["consent", "grant", "c1", "marketing"], r"\$\.data\.scope: program, profiling, third_party or"),
        (["tier", "release", "c1", "--prefix", "nobody"], "there is no topic nobody.commands"),
    ],
)
async def test_a_command_that_cannot_be_is_not_sent(broker, tmp_path, words, complaint):
    settings = installation(broker.bootstrap, tmp_path / "state")
    said = await say(settings, *words)
    assert (said.code, said.out) == (WRONG, "")
    assert re.search(complaint, said.err)
    assert said.err.count("\n") == 1
    assert await commands(settings) == []


async def test_no_broker_is_one_sentence(broker, tmp_path):
    settings = installation(broker.bootstrap, tmp_path / "state")
    said = await say(settings, *RELEASE, "--kafka", "127.0.0.1:1")
    assert (said.code, said.err.count("\n")) == (UNANSWERED, 1)
    assert DONE == 0
