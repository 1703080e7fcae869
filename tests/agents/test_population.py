"""Counts of customers as a whole, from the rows of each partition to cut-offs in all of them: exact."""

import json
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import agents.replay
from agents.lines import LineRecord, read_lines
from agents.replay import Replay, effect_lines
from agents.tallies import GATHERING_KEY, gathering_in
from engine.calendar import LocalDays
from engine.cutoffs import Cutoffs
from engine.gathering import PATIENCE_MS
from tests.agents.support_crowd import RFM_BOOK, START_MS, Town, customers, kept, recounted, years
from tests.agents.support_events import DAY_MS
from tests.agents.support_fold import Fold, bought
from topics.catalogue import Catalogue, Role
from topics.encode import line_of
from topics.framing import opened
from topics.instants import format_ms
from topics.population import CUTOFFS, population_body

NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
DAYS = LocalDays(RFM_BOOK.zone)
FIRST = DAYS.of(START_MS)


def newest(town: Town) -> Cutoffs | None:
    """The newest cut-offs that came of the counts."""
    store = town.folds[0].store
    row = store.rows.get(GATHERING_KEY)
    return gathering_in(row, store).last


def day_by_day(town: Town, records: list[LineRecord], days: int) -> None:
    """Applies records, and has every partition see every midnight."""
    left = list(records)
    for day in range(FIRST + 1, FIRST + days + 1):
        midnight_ms = DAYS.start_ms(day)
        today = [each for each in left if each.timestamp <= midnight_ms]
        del left[: len(today)]
        town.take(today, 7)
        town.pass_time(midnight_ms + 1)


@settings(max_examples=12, deadline=None, phases=NO_SHRINKING)
@given(seed=st.integers(0, 99), partitions=st.integers(1, 3), at_once=st.sampled_from([1, 5, 40]))
def test_the_counts_are_those_of_all_rows(seed, partitions, at_once):
    town = Town(partitions)
    records = years(seed, 120, 900, 25)
    for start in range(0, len(records), 30):
        town.take(records[start : start + 30], at_once)
        for fold in town.folds:
            assert kept(fold).pairs() == recounted(fold).pairs()
            fold.reopen()
    town.pass_time(records[-1].timestamp + 400 * DAY_MS)
    for fold in town.folds:
        assert kept(fold).pairs() == recounted(fold).pairs() == ((), (), ())


@settings(max_examples=12, deadline=None, phases=NO_SHRINKING)
@given(
    seed=st.integers(0, 9),
    cuts=st.sets(st.integers(1, 2_000), max_size=40),
    reopened=st.booleans(),
)
def test_where_a_run_ends_changes_neither_counts_nor_cut_offs_nor_scores(seed, cuts, reopened):
    town = Town(1)
    town.take(years(seed, 80, 300, 20))
    town.pass_time(START_MS + 310 * DAY_MS)
    log = town.logs[0]
    ends = [cut for cut in sorted(cuts) if cut < len(log)]
    again = Fold(town.catalogue, 0, RFM_BOOK)
    for start, end in pairwise([0, *ends, len(log)]):
        if reopened:
            again.reopen()
        again.take(log[start:end])
    again.rest()
    again.take([], START_MS + 310 * DAY_MS)
    again.rest()
    rows, index, outputs = again.outcome_of_all()
    assert (rows, index) == town.folds[0].outcome_of_all()[:2]
    assert outputs == town.folds[0].outcome_of_all()[2]


@pytest.mark.parametrize("seed", range(3))
def test_however_many_partitions_there_are_the_cut_offs_and_scores_are_the_same(seed):
    records = years(seed, 150, 60, 40)
    found = []
    for partitions in (1, 2, 5):
        town = Town(partitions)
        day_by_day(town, records, 64)
        scores = {each.id: each.rfm.cell for fold in town.folds for each in customers(fold) if each.rfm}
        last = newest(town)
        assert last is not None
        found.append((last.recency, last.money, last.customers, last.version, scores))
    assert found[0] == found[1] == found[2]
    assert len(set(found[0][4].values())) > 8


def test_cut_offs_are_the_fifths_of_all_who_bought_money_within_one_percent():
    records = years(4, 300, 40, 60)
    town = Town(3)
    day_by_day(town, records, 41)
    last = newest(town)
    spent: Counter[str] = Counter()
    bought_on = {}
    for each in records:
        event = json.loads(each.value)
        spent[event["subject"]] += event["data"]["amount"]
        bought_on[event["subject"]] = DAYS.of(each.timestamp)
    since = sorted(last.day - day for day in bought_on.values())
    money = sorted(spent.values())
    count = len(since)
    assert last.customers == count == len(money)
    assert last.recency == tuple(since[-(-count * fifth // 5) - 1] for fifth in range(1, 5))
    exact = [money[count * fifth // 5] for fifth in range(1, 5)]
    for wanted, cut in zip(exact, last.money, strict=True):
        assert 0 <= (wanted - cut) * 100 <= wanted
    assert len(set(last.recency)) == len(set(last.money)) == 4


def test_before_the_first_cut_offs_nobody_has_scores_and_after_them_everybody_within_days():
    town = Town(2)
    names = [f"c{number}" for number in range(30)]
    records = [
        record
        for number, name in enumerate(names)
        for record in bought([name], f"n{number}", START_MS + number * 1000, number, 100 * (number + 1))
    ]
    town.take(records)
    assert {each.rfm.cell for fold in town.folds for each in customers(fold)} == {0}
    midnight_ms = DAYS.start_ms(FIRST + 1)
    town.pass_time(midnight_ms)
    assert newest(town) is None
    town.pass_time(midnight_ms + 1)
    assert newest(town).version == 1
    assert {each.rfm.cell for fold in town.folds for each in customers(fold)} == {0}
    town.pass_time(midnight_ms + 7 * DAY_MS)
    cells = {each.id: each.rfm.cell for fold in town.folds for each in customers(fold)}
    assert 0 not in cells.values()
    assert [cells[name] % 10 for name in names] == [1 + number // 6 for number in range(30)]


def test_what_a_partition_does_not_tell_in_time_is_done_without():
    town = Town(2)
    names = [f"c{number}" for number in range(40)]
    town.take(bought(names, "n", START_MS))
    midnight_ms = DAYS.start_ms(FIRST + 1)
    town.folds[0].take([], midnight_ms + 1)
    town.deliver()
    town.folds[0].take([], midnight_ms + PATIENCE_MS - 1)
    assert newest(town) is None
    town.folds[0].take([], midnight_ms + PATIENCE_MS)
    last = newest(town)
    assert (last.partitions, last.customers) == (1, len(customers(town.folds[0])))
    town.deliver()
    town.folds[1].take([], midnight_ms + PATIENCE_MS)  # Too late for that day.
    town.deliver()
    assert newest(town) == last
    town.pass_time(midnight_ms + DAY_MS + 1)
    assert newest(town).partitions == 2


def test_counts_or_cut_offs_that_come_twice_change_nothing():
    town = Town(2)
    town.take(bought([f"c{number}" for number in range(40)], "n", START_MS))
    town.pass_time(DAYS.start_ms(FIRST + 1) + 1)
    before = [fold.outcome for fold in town.folds]
    for number, fold in enumerate(town.folds):
        for each in [each for each in town.logs[number] if each.key is None]:
            again = LineRecord(
                each.topic, number, each.offset + 1000, each.timestamp, None, each.value, each.headers
            )
            fold.take([again])
    assert [fold.outcome for fold in town.folds] == before


@pytest.mark.parametrize(
    ("source", "key", "reason"), [(b"/shop", None, "schema"), (b"/tierline", b"c1", "no_customer")]
)
def test_only_the_engine_tells_and_never_under_a_key(source, key, reason):
    fold = Fold(Catalogue(partitions=1), 0, RFM_BOOK)
    cutoffs = Cutoffs(9, FIRST, 365, (1, 2, 3, 4), (1, 2, 3, 4), 10, 1)
    _, value, headers = opened(population_body(CUTOFFS, "i-1", START_MS, "v@1", cutoffs))
    headers = [(name, source if name == "ce_source" else text) for name, text in headers]
    commands = fold.catalogue.name(Role.COMMANDS)
    fold.take([LineRecord(commands, 0, 0, START_MS, key, value, headers)])
    (letter,) = fold.lines
    assert (letter["type"], letter["reason"]) == ("dead_letter", reason)
    assert fold.partition.crowd.cutoffs == ()


def test_cut_offs_are_published_once_for_whoever_wants_to_know():
    town = Town(2)
    town.take(bought([f"c{number}" for number in range(40)], "n", START_MS))
    town.pass_time(DAYS.start_ms(FIRST + 1) + 1)
    control = town.catalogue.name(Role.CONTROL)
    sent = [each for fold in town.folds for work in fold.works for each in work.outputs if each[0] == control]
    ((_, partition, body, _),) = sent
    line = line_of(body)
    assert (partition, opened(body)[0], line["type"]) == (0, b"rfm.cutoffs", "rfm.cutoffs")
    assert line["data"]["version"] == 1
    told = [each for fold in town.folds for work in fold.works for each in work.outputs]
    copies = [each for each in told if b"population.cutoffs" in each[2]]
    assert [each[1] for each in copies] == [0, 1]
    assert len({each[2] for each in copies}) == 1


def test_a_day_on_which_nothing_changed_gives_no_new_version():
    town = Town(1)
    town.take(bought([f"c{number}" for number in range(10)], "n", START_MS))
    town.pass_time(DAYS.start_ms(FIRST + 1) + 1)
    first = newest(town)
    town.pass_time(DAYS.start_ms(FIRST + 1) + 1000)
    assert newest(town) == first
    count = len(town.folds[0].works)
    town.pass_time(DAYS.start_ms(FIRST + 1) + 2000)
    assert len(town.folds[0].works) == count


def bare_lines(seed: int, days: int) -> list[bytes]:
    """A shop's days as lines without Kafka, each ended for all partitions."""
    left, lines = years(seed, 4 * days, days, 30), []
    for day in range(FIRST + 1, FIRST + days + 1):
        midnight_ms = DAYS.start_ms(day)
        today = [each for each in left if each.timestamp < midnight_ms]
        del left[: len(today)]
        lines += [each.value for each in today]
        reached = {"type": "time.reached", "time": format_ms(midnight_ms + 1000).decode()}
        lines.append(json.dumps(reached).encode())
    return lines


@pytest.mark.parametrize("at_once", [1, 5_000])
def test_a_replay_of_lines_finds_the_same_cut_offs_in_any_number_of_partitions(at_once, monkeypatch):
    monkeypatch.setattr(agents.replay, "LINES_AT_ONCE", at_once)
    lines, found = bare_lines(3, 25), []
    for partitions in (1, 3):
        catalogue = Catalogue(partitions=partitions)
        outputs = Replay(RFM_BOOK, catalogue).outputs(read_lines(lines, catalogue))
        effects = [json.loads(line) for line in effect_lines(outputs, catalogue)]
        found.append([each["data"] for each in effects if each["type"] == "rfm.cutoffs"])
    one, three = found
    assert len(one) > 15
    assert [each | {"partitions": 1} for each in three] == one
