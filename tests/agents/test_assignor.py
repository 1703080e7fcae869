"""Partitions are shared evenly and go to whoever has a copy; copies spread what a lost worker leaves."""

from random import Random

import pytest

from agents.assignor import Share, shared_out


def settled(names, partitions, standbys=1):
    """Shares of workers that all started at once."""
    return shared_out({name: Share() for name in names}, partitions, standbys)


def without(shares, name):
    return {each: share for each, share in shares.items() if each != name}


@pytest.mark.parametrize("workers", range(2, 6))
@pytest.mark.parametrize("partitions", [1, 4, 6, 7])
def test_everything_is_owned_once_and_copied_elsewhere(workers, partitions):
    shares = settled([f"w{each}" for each in range(workers)], partitions)
    owned = [number for share in shares.values() for number in share.owned]
    assert sorted(owned) == list(range(partitions))
    counts = [len(share.owned) for share in shares.values()]
    assert max(counts) - min(counts) <= 1
    assert not any(share.owned & share.copies for share in shares.values())


def test_nothing_moves_while_the_same_workers_stay():
    shares = settled(["a", "b", "c"], 7)
    assert shared_out(shares, 7, 1) == shares


def test_what_a_lost_worker_owned_goes_to_its_copies():
    before = settled(["a", "b"], 4)
    assert before["b"].copies == before["a"].owned
    assert shared_out(without(before, "a"), 4, 1) == {"b": Share({0, 1, 2, 3}, set())}


def test_the_partitions_of_one_worker_are_copied_by_several_who_then_share_them():
    before = settled(["a", "b", "c"], 6)
    for name in before:
        after = shared_out(without(before, name), 6, 1)
        for other, share in without(before, name).items():
            assert share.owned <= after[other].owned <= share.owned | share.copies


def test_a_newcomer_gets_partitions_whose_copy_stays_where_it_was():
    before = settled(["a", "b"], 4)
    after = shared_out({**before, "new": Share()}, 4, 1)
    (moved,) = after["new"].owned
    (kept,) = [name for name in before if moved in before[name].copies]
    assert moved in after[kept].copies


def test_whoever_gives_a_partition_up_keeps_its_first_copy():
    after = shared_out({"a": Share({0, 1}), "new": Share(), "other": Share()}, 2, 1)
    (moved,) = {0, 1} - after["a"].owned
    assert after["a"].copies == {moved}


def test_whoever_has_a_copy_gets_what_has_to_move():
    has = {"a": Share({0, 1, 2, 3}), "b": Share(set(), {0, 3})}
    assert shared_out(has, 4, 1)["b"].owned == {0, 3}


def test_claims_of_the_same_partition_are_settled():
    shares = shared_out({"a": Share({0, 1}), "b": Share({0, 1})}, 2, 1)
    assert sorted(map(sorted, (share.owned for share in shares.values()))) == [[0], [1]]


def test_whatever_workers_say_they_have_every_partition_gets_one_owner():
    chance = Random(4)
    for _ in range(300):
        partitions, workers = chance.randint(1, 9), chance.randint(1, 6)

        def some(partitions=partitions):
            return {each for each in range(partitions) if chance.random() < 0.3}

        has = {f"w{each}": Share(some(), some()) for each in range(workers)}
        shares = shared_out(has, partitions, chance.randint(1, 3))
        assert sorted(n for share in shares.values() for n in share.owned) == list(range(partitions))
        assert not any(share.owned & share.copies for share in shares.values())
