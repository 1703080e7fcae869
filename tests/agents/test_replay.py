"""`tierline replay`: the same lines give the same bytes, and what cannot be replayed is said plainly."""

import json
import random
import subprocess
import sys
from collections import Counter

import pytest

from agents.cli import main
from agents.lines import LineRecord, read_lines, record_line
from engine.cutoffs import Counted, Cutoffs
from tests.agents.support_events import DAY_MS, RULEBOOK, Shop
from tests.agents.support_fold import END_MS
from topics.catalogue import INPUTS, Catalogue
from topics.decode import Undecodable, decode
from topics.examples import EXAMPLES
from topics.instants import format_ms

TICK = {"type": "time.reached", "time": format_ms(END_MS + 400 * DAY_MS).decode()}


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "book.yaml"
    path.write_text(RULEBOOK)
    return path


@pytest.fixture
def events(tmp_path):
    """A shop's events with repeats and poison, one per line, and time that passes at the end."""
    sent = Shop(random.Random(7), 2_000, END_MS, 4).records()
    lines = [each.value for each in sent if each.value is not None and b"\n" not in each.value]
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join([*lines, json.dumps(TICK).encode()]) + b"\n")
    return path


def replay(events, book, out, *more):
    assert main(["replay", str(events), "--rules", str(book), "--out", str(out), *more]) == 0
    return out.read_bytes()


def effects(raw):
    return [json.loads(line) for line in raw.splitlines()]


def order(number, customer="c1", amount=1_000, day=0, **other):
    """The line of an order."""
    event = {
        "type": "purchase.completed", "source": "test", "id": f"e{number}", "subject": customer,
        "time": format_ms(END_MS + day * DAY_MS).decode(),
        "data": {"order_id": f"o{number}", "currency": "USD", "amount": amount},
    }  # fmt: skip
    return json.dumps(event | other)


def command(number, kind, customer="c1", **data):
    """The line of a command."""
    return json.dumps({
        "type": f"command.{kind}", "source": "test", "id": f"k{number}", "subject": customer,
        "time": format_ms(END_MS).decode(), "data": {"actor": "li.na"} | data,
    })  # fmt: skip


def test_a_command_in_a_file_is_answered(tmp_path, book):
    line = command(1, "tier.release", tier_set="main")
    (answer,) = replayed(tmp_path, book, [line])
    assert (answer["type"], answer["causationid"]) == ("command.rejected", "test|k1")


def replayed(tmp_path, book, lines, *more):
    (tmp_path / "lines.jsonl").write_text("\n".join(lines) + "\n")
    return effects(replay(tmp_path / "lines.jsonl", book, tmp_path / "out.jsonl", *more))


def test_two_runs_give_equal_bytes_and_something_of_every_kind(events, book, tmp_path):
    first = replay(events, book, tmp_path / "1.jsonl")
    assert replay(events, book, tmp_path / "2.jsonl") == first
    kinds = Counter(each["type"] for each in effects(first))
    assert {
        "points.earned",
        "points.clawed_back",
        "tier.enrolled",
        "churn.alert",
        "dead_letter",
    } <= kinds.keys()


def test_the_lines_may_come_through_a_pipe_and_the_effects_leave_through_one(events, book, tmp_path):
    command = [sys.executable, "-m", "agents.cli", "replay", "-", "--rules", str(book), "--out", "-"]
    with events.open("rb") as source:
        piped = subprocess.run(command, stdin=source, capture_output=True, check=True)
    assert piped.stderr == b""
    assert piped.stdout == replay(events, book, tmp_path / "out.jsonl")


def test_an_effect_is_one_line_of_sorted_keys_in_utf_8(tmp_path, book):
    (tmp_path / "lines.jsonl").write_text(order(1, "顾客一") + "\n")
    raw = replay(tmp_path / "lines.jsonl", book, tmp_path / "out.jsonl")
    assert "顾客一".encode() in raw
    for line in raw.splitlines():
        value = json.loads(line)
        assert list(value) == sorted(value)


@pytest.mark.parametrize(
    ("line", "reason", "topic"),
    [
        ("not json", "bad_json", "loyalty.purchases"),
        ("[1, 2]", "schema", "loyalty.purchases"),
        ('{"type": "purchase.completed"', "bad_json", "loyalty.purchases"),
        ('{"type": 5}', "schema", "loyalty.purchases"),
        (order(9, subject=None), "no_customer", "loyalty.purchases"),
        ('{"a": ' + "[" * 100_000, "bad_json", "loyalty.purchases"),
        ("{}", "schema", "loyalty.purchases"),
        ('{"type": "purchase.teleported", "subject": "c1"}', "unknown_type", "loyalty.purchases"),
        (order(9, type="engagement.dance", data={}), "unknown_type", "loyalty.engagements"),
        (order(9, time="yesterday"), "schema", "loyalty.purchases"),
        (order(9, amount="12"), "schema", "loyalty.purchases"),
        ('{"type": "time.reached", "time": "soon"}', "schema", "loyalty.commands"),
        ('{"type": "time.reached"}', "schema", "loyalty.commands"),
    ],
)
def test_a_line_that_cannot_be_applied_becomes_a_dead_letter_and_the_next_is_applied(
    tmp_path, book, line, reason, topic
):
    found = replayed(tmp_path, book, [order(1), line, "", order(2)])
    (letter,) = [each for each in found if each["type"] == "dead_letter"]
    assert (letter["topic"], letter["value"]) == (topic, line)
    assert letter["reason"] == reason, letter
    assert [each["causationid"] for each in found if each["type"] == "points.earned"] == [
        "test|e1",
        "test|e2",
    ]


def test_a_line_that_is_not_utf_8_becomes_a_dead_letter_with_its_bytes(tmp_path, book):
    (tmp_path / "lines.jsonl").write_bytes(b'{"type":"\xff"}\n')
    (letter,) = effects(replay(tmp_path / "lines.jsonl", book, tmp_path / "out.jsonl"))
    assert letter["value"] == {"base64": "eyJ0eXBlIjoi/yJ9"}


def test_the_order_of_the_lines_is_the_order_applied(tmp_path, book):
    refund = order(2, type="purchase.refunded", data={"refund_id": "r", "order_id": "o1", "amount": 300})
    after = replayed(tmp_path, book, [order(1), refund])
    assert [each["data"]["qty"] for each in after if each["type"].startswith("points")] == [10, 3]
    before = replayed(tmp_path, book, [refund, order(1)])
    assert [each["type"] for each in before] == [
        "points.earned",
        "tier.enrolled",
        "points.clawed_back",
    ]  # It waited for its order.
    alone = replayed(tmp_path, book, [refund, json.dumps(TICK)])
    assert [(each["type"], each["reason"], each["value"]) for each in alone] == [
        ("dead_letter", "unknown_order", refund)
    ]


@pytest.mark.parametrize("count", [1, 2, 7])
def test_effects_do_not_depend_on_the_number_of_partitions(events, book, tmp_path, count):
    wanted = replay(events, book, tmp_path / "4.jsonl")
    found = replay(events, book, tmp_path / "n.jsonl", "--partitions", str(count))

    def applied(raw):  # What stands too far from its partition's time may differ.
        return Counter(json.dumps(each) for each in effects(raw) if each.get("reason") != "from_future")

    assert applied(found) == applied(wanted)


def test_each_partition_has_a_time_of_its_own(tmp_path, book):
    """A year ahead in one partition makes nobody late in the others."""
    names = [f"c{number}" for number in range(20)]
    lines = [order(0, names[0], day=300), *(order(1 + at, name) for at, name in enumerate(names))]
    alone = replayed(tmp_path, book, lines, "--partitions", "1")
    apart = replayed(tmp_path, book, lines, "--partitions", "4")
    late = [sum(each.get("reason") == "too_late" for each in found) for found in (alone, apart)]
    assert late[0] == 20
    assert 0 < late[1] < 20


def test_time_reached_fires_timers_in_its_partition_only(tmp_path, book):
    names = [f"c{number}" for number in range(20)]
    lines = [order(at, name) for at, name in enumerate(names)]
    everywhere = replayed(tmp_path, book, [*lines, json.dumps(TICK)])
    alerts = Counter(each["subject"] for each in everywhere if each["type"] == "churn.alert")
    assert set(alerts) == set(names)
    one = replayed(tmp_path, book, [*lines, json.dumps(TICK | {"partition": 2})])
    some = Counter(each["subject"] for each in one if each["type"] == "churn.alert")
    assert 0 < len(some) < 20
    assert some == {name: alerts[name] for name in some}


def test_a_record_survives_its_line_whatever_it_holds():
    catalogue = Catalogue()
    topics = [catalogue.name(role) for role in INPUTS]
    records = [
        LineRecord(topics[0], 3, 2**40, 1, None, None, []),
        LineRecord(topics[1], 0, 0, 0, b"", b"", [("", b""), ("h", None), ("h", b"\xff")]),
        LineRecord(topics[2], 1, 5, END_MS, bytes(range(256)), b"\n\xff\x00", [("ce_type", b"\n")]),
    ]
    assert list(read_lines(map(record_line, records), catalogue)) == records


RECORD = {
    "topic": "loyalty.purchases",
    "partition": 0,
    "offset": 0,
    "timestamp": 1,
    "key": None,
    "value": None,
}


@pytest.mark.parametrize(
    ("lines", "more", "says"),
    [
        ([{"record": {"topic": "x"}}], [], "line 1 is not a record as `tierline topics dump` writes it"),
        ([TICK, {"record": {**RECORD, "headers": [], "key": {"base64": "!"}}}], [], "line 2 is not a record"),
        ([{"record": {**RECORD, "headers": [], "topic": "x.purchases"}}], [], "give the --prefix"),
        (
            [{"record": {**RECORD, "headers": [], "partition": 4}}],
            [],
            "line 1 names partition 4, but there are 4",
        ),
        ([TICK | {"partition": -1}], [], "line 1 names partition -1, but there are 4"),
        ([{"rulebook": "abc", "partition": 0}], [], "the dump obeys rulebook abc, which is not beside it"),
        ([], ["--rules", "nowhere.yaml"], "nowhere.yaml: the file cannot be read"),
        ([], ["--rules", "pyproject.toml"], "pyproject.toml:"),
        ([], ["--out", "/proc/nowhere/x"], "cannot open /proc/nowhere/x: No such file"),
        ([], ["--out", "lines.jsonl"], "--out would overwrite the events in lines.jsonl"),
    ],
)
def test_what_cannot_be_replayed_is_one_sentence_and_not_success(
    tmp_path, book, capsys, monkeypatch, lines, more, says
):
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "lines.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    monkeypatch.chdir(tmp_path)
    before = (tmp_path / "lines.jsonl").read_bytes()
    assert main(["replay", "lines.jsonl", "--rules", str(book), "--out", "out.jsonl", *more]) == 1
    said = capsys.readouterr().err
    assert said.startswith("tierline: ")
    assert says in said
    assert said.count("\n") == 1
    assert (tmp_path / "lines.jsonl").read_bytes() == before


def test_a_file_of_events_that_is_not_there_is_named(book, tmp_path, capsys):
    missing = tmp_path / "nowhere.jsonl"
    assert main(["replay", str(missing), "--rules", str(book), "--out", "-"]) == 1
    assert capsys.readouterr().err == f"tierline: cannot open {missing}: No such file or directory\n"


@pytest.mark.parametrize("kind", [kind for kind in EXAMPLES if kind != "time.reached"])
def test_a_bare_line_of_every_type_goes_to_the_input_that_carries_it(kind):
    catalogue = Catalogue(partitions=4)
    (line,) = read_lines([json.dumps(EXAMPLES[kind]).encode()], catalogue)
    assert isinstance(line, LineRecord)
    read = decode(catalogue.role(line.topic), line.key, line.value)
    assert not isinstance(read, Undecodable)
    told = {Counted: "population.counted", Cutoffs: "population.cutoffs"}  # Of no customer.
    assert (told.get(type(read)) or read.type) == kind
