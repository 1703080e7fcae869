"""Counts and cut-offs as values: buckets within one percent, exact sums, fifths."""

from itertools import pairwise
from random import Random

import pytest

from engine.cutoffs import Counted
from engine.gathering import Gathering
from engine.population import FIRST, MONEY_TOP, Counts, Population, bucket_of, counts_from, cutoffs_of


def test_every_bucket_begins_within_one_percent_of_all_its_values():
    assert FIRST[:4] == [0, 1, 2, 3]
    assert FIRST[-1] <= MONEY_TOP
    for number, (first, following) in enumerate(pairwise(FIRST[1:]), 1):
        last = following - 1
        assert (bucket_of(first), bucket_of(last)) == (number, number)
        assert (last - first) * 100 <= last
        assert (following - first) * 100 > following or following - first == 1  # None is wider than need be.
    assert bucket_of(0) == 0
    assert bucket_of(10 * MONEY_TOP) == len(FIRST) - 1


def test_a_year_of_shopping_takes_some_hundred_buckets():
    assert bucket_of(10_000_000) - bucket_of(1_000) < 1_000


def counts_of(spent: list[int], last_days: list[int]) -> Counts:
    counts = Counts()
    for money, day in zip(spent, last_days, strict=True):
        counts.add((day, bucket_of(money), 1), 1)
    return counts


@pytest.mark.parametrize("seed", range(8))
def test_cut_offs_are_where_the_sorted_customers_change_fifths(seed):
    chance = Random(seed)
    count = chance.randrange(1, 400)
    spent = [
        chance.choice((chance.randrange(1, 200), int(chance.lognormvariate(9, 2)) + 1)) for _ in range(count)
    ]
    days = [chance.randrange(700, 1_000) for _ in range(count)]
    found = cutoffs_of(counts_of(spent, days), 3, 1_000, 365, 2)
    assert found is not None
    assert (found.version, found.day, found.customers, found.partitions) == (3, 1_000, count, 2)
    since = sorted(1_000 - day for day in days)
    assert found.recency == tuple(since[-(-count * fifth // 5) - 1] for fifth in range(1, 5))
    for fifth, cut in enumerate(found.money, 1):
        exact = sorted(spent)[count * fifth // 5]
        assert 0 <= (exact - cut) * 100 <= exact


def test_who_spent_nothing_is_no_fifth_of_money_and_nobody_has_no_cut_offs():
    spent = [0] * 50 + [100, 200, 300, 400, 500]
    found = cutoffs_of(counts_of(spent, [10] * 55), 1, 20, 365, 1)
    assert found is not None
    assert found.money == tuple(FIRST[bucket_of(each)] for each in (200, 300, 400, 500))
    assert cutoffs_of(Counts(), 1, 20, 365, 1) is None
    assert cutoffs_of(counts_of([0, 0], [10, 11]), 1, 20, 365, 1) is None


@pytest.mark.parametrize("seed", range(5))
def test_parts_add_up_to_the_whole_and_come_back_from_their_pairs(seed):
    chance = Random(seed)
    parts = [(chance.randrange(9), chance.randrange(5), chance.randrange(3)) for _ in range(200)]
    whole, pieces = Counts(), [Counts() for _ in range(4)]
    for number, part in enumerate(parts):
        whole.add(part, 1)
        pieces[number % 4].add(part, 1)
    merged = Counts()
    for piece in pieces:
        merged.merge(counts_from(*piece.pairs()))
    assert merged.pairs() == whole.pairs()
    assert merged.customers() == 200
    for part in parts:
        merged.add(part, -1)
    assert merged.pairs() == ((), (), ())


def test_what_comes_after_a_midnight_is_told_at_the_next_one():
    population = Population(day=10)
    one, two = (9, 3, 1), (10, 4, 2)
    population.move(10, None, one)
    population.move(11, one, two)
    population.move(12, None, one)
    assert population.copy().close(0) == Counted(0, 10, ((9, 1),), ((3, 1),), ((1, 1),))
    assert population.close(0).recency == ((9, 1),)
    assert population.close(0) == Counted(0, 11, ((10, 1),), ((4, 1),), ((2, 1),))
    assert population.close(0).recency == ((9, 1), (10, 1))
    assert (population.day, population.later) == (13, {})


def told(partition: int, day: int, money: int) -> Counted:
    return Counted(partition, day, ((day - 1, 1),), ((bucket_of(money), 1),), ((1, 1),))


def test_a_day_is_done_when_all_have_told_it_and_earlier_ones_with_it():
    gathering = Gathering()
    assert all(gathering.take(each) for each in (told(0, 4, 5), told(0, 5, 5), told(1, 5, 7)))
    assert not gathering.take(told(1, 5, 9))
    assert gathering.complete(2) == 5
    first = gathering.finish(5, 365)
    assert first is not None
    assert (first.version, first.day, first.customers, first.partitions) == (1, 5, 2, 2)
    assert (gathering.days, gathering.done, gathering.last) == ({}, 5, first)
    assert not gathering.take(told(1, 4, 5))


def test_cut_offs_like_the_last_are_no_new_version():
    gathering = Gathering()
    for day in (5, 6, 7):
        gathering.take(told(0, day, 5 if day < 7 else 90))
        found = gathering.finish(gathering.complete(1), 365)
        assert (None if found is None else found.version) == {5: 1, 6: None, 7: 2}[day]
