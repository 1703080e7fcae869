"""Every event counts exactly once, whatever is killed: compared byte for byte with a replay of the inputs."""

import os
import time
from random import Random

from agents.exits import Exit
from tests.agents.cluster_kit import installation
from tests.agents.support_chaos import blows, members, strike
from tests.agents.support_events import RULEBOOK, Shop
from tests.agents.support_proof import all_applied, judge

EVENTS = 50_000
PARTITIONS = 4


async def test_every_event_counts_exactly_once_whatever_is_killed(broker, tmp_path, report):
    seed = int(os.environ.get("SEED") or time.time_ns() // 1000 % 10**9)
    report(f"exactly once, SEED={seed}")
    chance = Random(seed)
    records = Shop(chance, EVENTS, time.time_ns() // 1_000_000 - 60_000, PARTITIONS).records()
    book = tmp_path / "proof.yaml"
    book.write_text(RULEBOOK)
    static = installation(
        broker.bootstrap,
        tmp_path / "static",
        PARTITIONS,
        instance_id="static",
        session_timeout_s=3.0,
        standbys=1,
    ).model_copy(update={"rules": book})
    dynamic = static.model_copy(update={"state_dir": tmp_path / "dynamic", "instance_id": ""})
    with members(tmp_path, static=static, dynamic=dynamic) as both:
        await strike(chance, blows(chance, both), records, static)
        await all_applied(static, records)
        assert [member.end() for member in both] == [Exit.STOPPED, Exit.STOPPED]
    said = [member.log.read_text() for member in both]
    generations = both[0].generations | both[1].generations
    verdict = await judge(static, records, tmp_path / "dump", [static.state_dir, dynamic.state_dir])
    report(
        f"kills={sum(member.kills for member in both)} rebalances={len(generations)} "
        f"dup={verdict.dup} missing={verdict.missing} wrong={verdict.wrong}"
    )
    for difference in verdict.shown:
        report(difference)
    differences = "\n".join([f"SEED={seed}", *verdict.shown])
    assert (verdict.dup, verdict.missing, verdict.wrong) == (0, 0, 0), differences
    assert [member.kills for member in both] == [3, 3]
    assert len(generations) >= 3
    assert not any("Traceback" in each for each in said), f"SEED={seed}"
