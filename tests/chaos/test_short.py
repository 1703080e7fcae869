"""A short selection of `make chaos`."""

from tests.chaos.faults_kills import kill_at_steps, kill_often

EVENTS, KILLS = 20_000, 2
STEPPED_EVENTS = 8_000


async def test_a_worker_that_is_killed_counts_every_event_once_and_leaves_the_same_bytes(trial):
    await kill_often(trial, EVENTS, KILLS)
    assert trial.tally.kills == KILLS
    assert trial.tally.verdict.clean, f"SEED={trial.seed}"


async def test_a_worker_that_is_killed_at_each_step_of_a_commit_counts_every_event_once(trial):
    await kill_at_steps(trial, STEPPED_EVENTS, 1)
    assert trial.tally.verdict.clean, f"SEED={trial.seed}"
