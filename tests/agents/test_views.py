"""Which profiles a commit publishes: one per customer whose view it changed, and none in the hash."""

import json
from itertools import pairwise
from random import Random

import agents.run
from agents.chain import Chain
from agents.journal import commit_of
from agents.lines import LineRecord
from engine.plan import plan_of
from engine.profile import profile_of
from rules.load import parse_rulebook
from tests.agents.support_events import DAY_MS, RULEBOOK
from tests.agents.support_fold import BOOK, CATALOGUE, END_MS, Fold, bought, story, whole
from topics.catalogue import Role
from topics.framing import opened
from topics.instants import format_ms

QUIET = parse_rulebook(RULEBOOK.replace("profiles: on\n", ""), "without profiles")


ENGAGEMENTS = CATALOGUE.name(Role.ENGAGEMENTS)


def published(work) -> list[dict]:
    return [json.loads(opened(body)[1]) for _, _, body, _ in work.profiles]


def engaged(customer: str, kind: str, at_ms: int, offset: int):
    """An engagement; its record is one of the engagements' topic."""
    event = {
        "type": f"engagement.{kind}",
        "source": "test",
        "id": f"{kind}-{at_ms}",
        "time": format_ms(at_ms).decode(),
        "subject": customer,
        "data": {},
    }
    topic = CATALOGUE.name(Role.ENGAGEMENTS)
    return LineRecord(topic, 0, offset, at_ms, customer.encode(), json.dumps(event).encode())


def test_there_is_one_per_customer_and_commit_and_it_says_what_holds_after_it():
    work = Fold().take(bought(["a", "b", "a", "a"], "x", END_MS))
    assert [(each["customer"], each["rev"]) for each in published(work)] == [("a", 3), ("b", 1)]
    assert [topic for topic, *_ in work.profiles] == ["loyalty.profiles"] * 2
    assert published(work)[0]["wallets"]["points"]["active"] == 30
    assert {each["computed_ms"] for each in published(work)} == {END_MS}


def test_they_are_no_part_of_the_hash_nor_of_the_outputs():
    records = story(3)
    loud, quiet = Fold(), Fold(book=QUIET)
    quiet.book = QUIET
    loud.take(records)
    quiet.take(records)
    works = [fold.works[0] for fold in (loud, quiet)]
    assert works[0].profiles
    assert works[1].profiles == []
    hashed = Chain(b"")
    hashed.add(works[0].outputs)
    assert commit_of(works[0].journal).chain == hashed.digest().hex()
    assert not [each for each in works[0].outputs if each[0] == "loyalty.profiles"]


def test_a_repeat_publishes_nothing():
    fold = Fold()
    fold.take(bought(["a"], "x", END_MS))
    again = fold.take(bought(["a"], "x", END_MS, 1))
    assert again is not None
    assert again.profiles == []


def test_an_event_that_changes_nothing_to_be_seen_publishes_nothing():
    fold = Fold()
    fold.take(bought(["a"], "x", END_MS))
    seen = fold.take([engaged("a", "login", END_MS, 0)])
    assert seen.flow.count("outcome") == seen.flow.count("outcome", ENGAGEMENTS, "applied") == 1
    assert seen.profiles == []
    assert published(fold.take([engaged("a", "signup", END_MS, 1)]))[0]["rev"] == 3


def test_time_alone_publishes_nothing_but_a_timer_that_moves_something_does():
    fold = Fold()
    fold.take(bought(["a"], "x", END_MS))
    assert fold.take([], END_MS + DAY_MS) is None
    alerted = fold.take([], END_MS + 40 * DAY_MS)
    assert [each["rhythm"]["level"] for each in published(alerted)] == ["watch"]
    assert published(alerted)[0]["computed_ms"] == END_MS + 40 * DAY_MS


def test_what_only_waits_for_its_order_makes_no_profile():
    event = {
        "type": "purchase.cancelled",
        "source": "test",
        "id": "early",
        "time": format_ms(END_MS).decode(),
        "subject": "new",
        "data": {"order_id": "o-9"},
    }
    record = LineRecord(CATALOGUE.name(Role.PURCHASES), 0, 0, END_MS, b"new", json.dumps(event).encode())
    work = Fold().take([record])
    assert work.flow.count("outcome", record.topic, "waiting") == 1
    assert work.profiles == []


def test_the_last_profile_of_each_customer_is_what_the_stored_row_says():
    fold = Fold()
    records = story(1)
    cuts = sorted(Random(1).sample(range(1, len(records)), 30))
    for start, end in pairwise([0, *cuts, len(records)]):
        fold.take(records[start:end])
    fold.rest()
    last = {each["customer"]: each for work in fold.works for each in published(work)}
    assert len(last) > 10
    for name, found in last.items():
        account = fold.partition.cabinet.take([name])[name]
        told = profile_of(account, BOOK, plan_of(BOOK), found["computed_ms"])
        assert found["rev"] <= told.rev
        assert found["wallets"]["points"]["active"] == told.wallets["points"].active
        assert found["tiers"].keys() == told.tiers.keys()
        assert found["tiers"]["main"]["tier"] == told.tiers["main"].tier
        assert found["lifetime"].get("spend_minor", 0) == told.lifetime.spend_minor


def test_the_last_profiles_do_not_depend_on_where_runs_end_but_for_when_they_were_computed():
    def last(fold):
        told = {each["customer"]: each for work in fold.works for each in published(work)}
        for each in told.values():
            del each["computed_ms"], each["rev"]
            for tier in each["tiers"].values():
                tier.pop("ahead", None)  # It goes by the day of the commit.
        return told

    records, fold = story(2), Fold()
    for start in range(0, len(records), 7):
        fold.take(records[start : start + 7])
        fold.reopen()
    fold.rest()
    assert last(fold) == last(whole(records))


def test_a_run_done_again_after_a_defect_publishes_what_is_left_of_it(monkeypatch):
    real = agents.run.step

    def failing(account, event, rulebook, now_ms):
        outcome = real(account, event, rulebook, now_ms)
        if getattr(event, "id", "") == "x-1":
            raise ZeroDivisionError("a rule")
        return outcome

    monkeypatch.setattr(agents.run, "step", failing)
    work = Fold().take(bought(["a", "b", "c"], "x", END_MS))
    assert [each["customer"] for each in published(work)] == ["a", "c"]


def test_a_run_that_was_thrown_away_leaves_no_profile_behind():
    fold = Fold()
    fold.take(bought(["a"], "x", END_MS))
    fold.partition.apply(bought(["a", "b"], "y", END_MS, 1), {})
    work = fold.take(bought(["a"], "z", END_MS, 1))
    assert [(each["customer"], each["rev"]) for each in published(work)] == [("a", 2)]
