"""The tallies of a partition are the sums over its rows, however it was cut into runs."""

from collections import Counter
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import agents.run
from agents.accounts import account_of
from agents.run import Partition
from agents.tallies import CENSUS_KEY, as_mapping, census_in
from engine.census import Census, count
from engine.events import Event
from rules.load import load_rulebook
from tests.agents.support_events import DAY_MS, Shop
from tests.agents.support_fold import END_MS, Fold, bought, records_of, story, whole

DEFAULT = load_rulebook(Path("rules/programs/default.yaml"))


def recounted(fold: Fold) -> Census:
    """The tallies counted anew from all rows."""
    census = Census()
    for key, row in sorted(fold.store.rows.items()):
        if key.startswith(b"s"):
            change = Census()
            count(change, None, account_of(key[1:].decode(), row).customer)
            census = census.plus(change)
    return census


def kept(fold: Fold) -> Census:
    """The tallies as they are stored."""
    return census_in(fold.store.rows.get(CENSUS_KEY))


def same(one: Census, other: Census) -> bool:
    return (one.groups, one.points) == (other.groups, other.points)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 40),
    cuts=st.sets(st.integers(1, 310), max_size=12),
    reopened=st.booleans(),
    default=st.booleans(),
)
def test_the_tallies_are_those_of_all_rows_after_every_commit(seed, cuts, reopened, default):
    records = story(seed)
    fold = Fold(book=DEFAULT) if default else Fold()
    for start, end in pairwise([0, *sorted(cut for cut in cuts if cut < len(records)), len(records)]):
        if reopened:
            fold.reopen()
        fold.take(records[start:end])
        assert same(kept(fold), recounted(fold))
        assert same(fold.partition.cabinet.census, kept(fold))
    fold.take([], END_MS + 900 * DAY_MS)  # Alerts, reviews, ends of points.
    fold.rest()
    assert same(kept(fold), recounted(fold))


def test_the_tallies_of_a_story_tell_levels_risk_and_points_that_are_out():
    fold = whole(bought([f"c{each}" for each in range(40)], "a", END_MS - 70 * DAY_MS, amount=40_000))
    fold.take(story(0))
    fold.rest()
    rows = [
        account_of(key[1:].decode(), row).customer
        for key, row in fold.store.rows.items()
        if key.startswith(b"s")
    ]
    census = fold.partition.census
    assert census["customers"] == len(rows)
    assert census["enrolled"] == sum(each.enrolled_ms >= 0 for each in rows) > 0
    ranks = Counter((name, standing.rank) for each in rows for name, standing in each.standings.items())
    assert census["tiers"] == ranks
    assert len(ranks) > 1
    risk = Counter(each.rhythm.level if each.rhythm else 0 for each in rows)
    assert census["risk"] == risk
    assert len(risk) > 1
    assert census["stages"] == Counter(each.life.stage if each.life else "" for each in rows)
    assert sum(census["tiers_by_risk"].values()) == ranks.total()
    active, debt = sum(each.wallet.active for each in rows), sum(each.wallet.debt for each in rows)
    assert census["points"] == {"points": {"active": active, "pending": 0, "debt": debt}}


def test_a_run_that_was_not_adopted_or_failed_on_an_event_leaves_the_tallies_as_they_were(monkeypatch):
    records = story(1)
    bad = Event
    honest, failed = agents.run.step, []

    def step(account, event, rulebook, now_ms):
        outcome = honest(account, event, rulebook, now_ms)
        if type(event) is bad and event.type == "purchase.completed" and len(failed) < 3:
            failed.append(event.id)
            account.customer.wallet.active += 1_000_000  # Half done when it fails.
            raise ZeroDivisionError
        return outcome

    fold = Fold()
    fold.take(records[:100])
    before = as_mapping(kept(fold))
    fold.partition.apply(records[100:], {})
    assert fold.partition.census == before
    fold.reopen()
    monkeypatch.setattr(agents.run, "step", step)
    fold.take(records[100:])
    assert failed
    assert same(kept(fold), recounted(fold))


@pytest.mark.parametrize("seed", range(3))
def test_partitions_tallies_add_up(seed):
    sent = Shop(Random(seed), 200, END_MS, 1).records()
    one = Fold()
    one.take(records_of(sent))
    halves = [Fold(), Fold()]
    for number, half in enumerate(halves):
        half.take([each for each in records_of(sent) if (hash_of(each.key) % 2) == number])
    both = kept(halves[0]).plus(kept(halves[1]))
    assert as_mapping(both)["customers"] == as_mapping(kept(one))["customers"]
    assert as_mapping(both)["points"] == as_mapping(kept(one))["points"]


def hash_of(key: bytes | None) -> int:
    return sum(key or b"")


def test_a_partition_without_rows_has_empty_tallies():
    fold = Fold()
    assert isinstance(fold.partition, Partition)
    assert fold.partition.census["customers"] == 0
    assert kept(fold).groups == {}
