"""The checker finds nothing in what a worker left, and finds each of many planted differences."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace

import msgspec
import pytest

from tests.chaos.checker import Verdict, compare, judge
from tests.chaos.harness import Tally, Trial, contested, owners_in
from tests.chaos.reading import Left, left_at

OURS = ("agents", "engine", "rules", "topics", "benchmarks", "demo")


@pytest.fixture(scope="module")
def done(broker, tmp_path_factory):
    """(what a worker left of a small load, the load)."""

    async def run():
        trial = Trial("checker", 7, broker, tmp_path_factory.mktemp("checker"), Tally())
        async with trial.site(events=1_500, clock="wall") as site:
            member = site.member("one")
            await member.working()
            await site.put()
            await site.drained()
            await site.end_all()
            return await left_at(site.place), site.records

    return asyncio.run(run())


def filled(parts):
    """The first partition of a topic that holds two records of a customer, and the places of these."""
    for part in parts:
        for at, each in enumerate(part):
            for later in range(at + 1, len(part)):
                if part[later].key == each.key:
                    return part, at, later
    raise AssertionError("no customer has two")


def twice(parts):
    part, at, _ = filled(parts)
    part.append(part[at])


def lost(parts):
    part, at, _ = filled(parts)
    del part[at]


def swapped(parts):
    part, at, later = filled(parts)
    part[at], part[later] = part[later], part[at]


def altered(parts):
    part, at, _ = filled(parts)
    part[at] = replace(part[at], value=part[at].value.replace(b'"rev":', b'"rev":9'))


def moved(parts):
    part, at, _ = filled(parts)
    other = next(each for each in parts if each is not part)
    other.append(part.pop(at))


def first_customer(rows):
    return min(at for at in rows if at[1][:1] == b"s")


def spoil_row(rows):
    at = first_customer(rows)
    rows[at] = rows[at][:-1] + bytes([rows[at][-1] ^ 1])


def enrich(left):
    at = first_customer(left.files)
    values = msgspec.msgpack.decode(left.files[at][8:])
    values[2] += 1
    left.files[at] = left.changelog[at] = left.files[at][:8] + msgspec.msgpack.encode(values)


def drop_row(rows):
    del rows[first_customer(rows)]


def drop_index(rows):
    del rows[min(at for at in rows if at[1][:1] == b"d")]


def skip_commit(parts):
    del parts[0][-1]


def other_offset(parts):
    part = max(parts, key=len)
    headers = [
        (name, b"77777" if name.endswith("errors.offset") else value) for name, value in part[0].headers
    ]
    part[0] = replace(part[0], headers=tuple(headers))


def other_bytes(parts):
    part = max(parts, key=len)
    part[0] = replace(part[0], value=b"something else")


PLANTED: list[tuple[str, Callable[[Left], None], dict[str, int]]] = [
    ("a point effect twice", lambda left: twice(left.effects["points"]), {"dup": 2}),  # And its id.
    ("a point effect missing", lambda left: lost(left.effects["points"]), {"missing": 1}),
    ("a point effect altered", lambda left: altered(left.effects["points"]), {"missing": 1, "wrong": 1}),
    ("a point effect elsewhere", lambda left: moved(left.effects["points"]), {"missing": 1, "wrong": 1}),
    ("two point effects swapped", lambda left: swapped(left.effects["points"]), {"wrong": 1}),
    ("a level twice", lambda left: twice(left.effects["tiers"]), {"dup": 2}),
    ("a level missing", lambda left: lost(left.effects["tiers"]), {"missing": 1}),
    ("two levels swapped", lambda left: swapped(left.effects["tiers"]), {"wrong": 1}),
    ("an alert twice", lambda left: twice(left.effects["alerts"]), {"dup": 2}),
    ("an alert missing", lambda left: lost(left.effects["alerts"]), {"missing": 1}),
    ("a dead letter missing", lambda left: max(left.letters, key=len).pop(), {"missing": 1}),
    ("a dead letter's place", lambda left: other_offset(left.letters), {"missing": 1, "wrong": 1}),
    ("a dead letter's bytes", lambda left: other_bytes(left.letters), {"missing": 1, "wrong": 1}),
    ("a changelog row spoilt", lambda left: spoil_row(left.changelog), {"unequal": 1}),
    ("a changelog row missing", lambda left: drop_row(left.changelog), {"unequal": 1}),
    ("a balance altered everywhere", enrich, {"wrong": 1}),
    ("an index entry missing", lambda left: drop_index(left.files), {"unequal": 1}),
]


def counts(verdict: Verdict) -> dict[str, int]:
    """The differences of each kind, where there are some."""
    found = {name: getattr(verdict, name) for name in ("dup", "missing", "wrong", "unequal")}
    return {name: count for name, count in found.items() if count}


def test_nothing_is_found_in_what_a_worker_left(done):
    left, records = done
    assert counts(judge(left, records)) == {}, judge(left, records).shown
    assert counts(compare(left, left)) == {}
    assert min(sum(map(len, parts)) for parts in left.effects.values()) > 20
    assert sum(map(len, left.letters)) > 50


@pytest.mark.parametrize(
    ("plant", "found"), [each[1:] for each in PLANTED], ids=[each[0] for each in PLANTED]
)
def test_what_is_planted_is_found(done, plant, found):
    left, records = done
    spoilt = deepcopy(left)
    plant(spoilt)
    verdict = judge(spoilt, records)
    assert counts(verdict) == found, verdict.shown
    assert not verdict.clean


def test_a_record_that_nobody_applied_is_missing(done):
    left, records = done
    spoilt = deepcopy(left)
    skip_commit(spoilt.journal)
    assert judge(spoilt, records).missing > 0


def test_a_record_that_was_sent_and_is_not_in_kafka_is_missing(done):
    left, records = done
    assert judge(left, [*records, records[0]._replace(headers=(("a", b"b"),))]).missing == 1


def test_a_good_record_among_the_dead_letters_is_wrong(done):
    left, records = done
    poison = next(at for at, each in enumerate(records) if not each.good)
    claimed = [*records[:poison], records[poison]._replace(headers=(("a", b"b"),)), *records[poison + 1 :]]
    verdict = judge(left, claimed)
    assert (verdict.wrong, verdict.missing) == (2, 1)


def test_a_spoilt_file_is_unlike_the_changelog_and_an_undisturbed_run(done):
    left, records = done
    spoilt = deepcopy(left)
    drop_row(spoilt.files)
    assert judge(spoilt, records).unequal == 2  # The row, and an index entry that nothing calls for.
    assert compare(spoilt, left).unequal == 1


def test_the_checker_shares_no_code_with_what_it_checks():
    ask = "import sys, tests.chaos.checker; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True).stdout
    assert set(loaded.split()) & set(OURS) == set()


def test_two_owners_of_a_partition_in_one_generation_are_seen():
    one = "Generation 1: partitions [0, 1], opened\nGeneration 2: partitions [0], opened"
    other = "Generation 1: partitions [], opened\nGeneration 2: partitions [1], opened"
    assert contested(owners_in([one, other])) == {}
    assert contested(owners_in([one, other.replace("[1]", "[1, 0]")])) == {2: [0]}
