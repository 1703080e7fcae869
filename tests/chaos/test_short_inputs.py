"""A short selection of `make chaos`: full disks, damage, poison, disorder and a wrong clock."""

from tests.chaos.faults_clock import DAY_S, work_by_a_wrong_clock
from tests.chaos.faults_input import disorder, poison_among
from tests.chaos.faults_storage import refused_writes

EVENTS, KINDS = 2_000, 800
SOON_MS = 8_000


async def test_a_worker_whose_disk_is_full_says_so_and_goes_on_when_there_is_room(trial):
    await refused_writes(trial, EVENTS)
    assert trial.tally.verdict.clean, f"SEED={trial.seed}"


async def test_poison_becomes_dead_letters_and_good_events_count(trial):
    await poison_among(trial, KINDS, EVENTS, 1)
    assert trial.tally.verdict.clean, f"SEED={trial.seed}"


async def test_what_comes_twice_out_of_order_or_too_late_counts_as_the_rules_say(trial):
    await disorder(trial, EVENTS)
    assert trial.tally.verdict.clean, f"SEED={trial.seed}"


async def test_a_worker_whose_clock_is_a_day_ahead_works_as_any_other(trial):
    await work_by_a_wrong_clock(trial, DAY_S, EVENTS, SOON_MS)
    assert trial.tally.verdict.clean, f"SEED={trial.seed}"
