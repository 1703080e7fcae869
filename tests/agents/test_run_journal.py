"""What a commit writes down about itself, and what a partition opened again makes of it."""

from collections import Counter

from agents.chain import Chain
from agents.journal import APPLIED_KEY, applied_of, commit_of, encode
from tests.agents.support_fold import CATALOGUE, Fold, story, whole
from topics.catalogue import Role
from topics.framing import body_of, opened


def next_chain(former, outputs):
    chain = Chain(former)
    chain.add(outputs)
    return chain.digest()


def test_the_running_hash_covers_every_output_and_is_what_the_journal_says():
    records = story(3, 100)
    fold = Fold()
    for at in range(0, len(records), 10):
        fold.take(records[at : at + 10])
    chain = b""
    for number, work in enumerate(fold.works, 1):
        chain = next_chain(chain, work.outputs)
        commit = commit_of(work.journal)
        assert (commit.seq, commit.chain) == (number, chain.hex())
        for at in range(len(work.outputs)):
            assert next_chain(b"", work.outputs[:at] + work.outputs[at + 1 :]) != next_chain(
                b"", work.outputs
            )


def test_the_running_hash_covers_every_part_of_a_record():
    fold = Fold()
    fold.take(story(3, 10))
    effect = fold.works[0].outputs[-1]
    topic, partition, body, timestamp = effect
    key, value, headers = opened(body)
    others = [
        ("t" + topic, partition, body, timestamp),
        (topic, partition + 1, body, timestamp),
        (topic, partition, body, timestamp + 1),
        (topic, partition, body_of(key + b"x", value, headers), timestamp),
        (topic, partition, body_of(key, value + b" ", headers), timestamp),
        (topic, partition, body_of(None, value, headers), timestamp),
    ]
    for at, (name, text) in enumerate(headers):
        changed = [*headers[:at], (name, text + b"x"), *headers[at + 1 :]]
        others.append((topic, partition, body_of(key, value, changed), timestamp))
    assert len({next_chain(b"", [each]) for each in (effect, *others)}) == len(others) + 1
    assert next_chain(b"", [effect, effect]) != next_chain(next_chain(b"", [effect]), [effect])


def test_the_journal_names_the_records_in_the_order_applied():
    records = story(4, 60)
    fold = Fold()
    fold.take(records)
    commit = commit_of(fold.works[0].journal)
    assert [commit.topics[at] for at, count in commit.order for _ in range(count)] == [
        r.topic for r in records
    ]
    assert dict(zip(commit.topics, commit.start, strict=True)) == dict.fromkeys(commit.topics, 0)
    assert dict(zip(commit.topics, commit.end, strict=True)) == Counter(each.topic for each in records)


def test_a_partition_opened_again_goes_on_from_its_bookkeeping_record():
    records = story(5, 100)
    fold = Fold()
    fold.take(records[:50])
    before = fold.partition.applied
    assert fold.works[-1].changelog[-1] == (APPLIED_KEY, encode(before))
    fold.reopen()
    assert fold.partition.applied == before == applied_of(fold.store.rows[APPLIED_KEY])
    fold.take(records[50:])
    assert fold.works[-1].after.seq == before.seq + 1
    assert fold.lines
    assert all(topic != CATALOGUE.name(Role.RULEBOOKS) for topic, *_ in fold.works[-1].outputs)


def test_a_run_that_was_not_adopted_leaves_no_trace_in_the_store():
    records = story(6, 40)
    fold = Fold()
    fold.take(records[:20])
    rows = dict(fold.store.rows)
    fold.partition.apply(records[20:], {})
    assert fold.store.rows == rows
    fold.reopen()
    fold.take(records[20:])
    fold.rest()
    assert fold.outcome == whole(records).outcome
