"""`tierline verify`: what a killed worker left is equal, and what was tampered with is found where it was."""

import json
from base64 import b64decode, b64encode
from random import Random

import pytest

from agents.cli import main
from agents.dump import CHANGELOG, EVENTS, JOURNAL, OUTPUTS, RULEBOOKS
from agents.journal import applied_of, encode
from tests.agents.support_verify import (
    PARTITIONS,
    differs,
    in_cluster,
    lines_of,
    name_of,
    tamper,
    verify,
    write,
)
from topics.partitioner import home


def events_by_commit(dumped):
    """[(partition, commit, line number, record)] of the inputs."""
    found, seq = [], 0
    for number, line in enumerate(lines_of(dumped / EVENTS)):
        seq = line.get("commit", seq)
        if "record" in line:
            found.append((line["record"]["partition"], seq, number, line["record"]))
    return found


def counted_first(dumped):
    """Event -> (partition, commit, customer) where it was applied first at home."""
    found = {}
    for partition, seq, _, record in events_by_commit(dumped):
        if name_of(record) and home(record["key"].encode(), PARTITIONS) == partition:
            found.setdefault(name_of(record), (partition, seq, record["key"]))
    return found


def points_of_an_event(dumped):
    """(line number in the outputs, event) of the points of a purchase, somewhere in the middle."""
    found = [
        (number, dict(line["record"]["headers"])["ce_causationid"])
        for number, line in enumerate(lines_of(dumped / OUTPUTS))
        if dict(line["record"]["headers"]).get("ce_type") == "points.earned"
        and json.loads(line["record"]["value"])["rules"][0]["rule"] == "base"
    ]
    return found[len(found) // 2]


def purchase_that_earned(dumped):
    """(line number in the inputs, partition, commit, record) of a purchase that earned, in the middle."""
    counted = counted_first(dumped)
    earned = {
        dict(line["record"]["headers"]).get("ce_causationid")
        for line in lines_of(dumped / OUTPUTS)
        if dict(line["record"]["headers"]).get("ce_type") == "points.earned"
        and json.loads(line["record"]["value"])["qty"] > 10
    }
    lines = [*lines_of(dumped / EVENTS), {}]
    seen, found = set(), []
    for partition, seq, number, record in events_by_commit(dumped):
        name, after = name_of(record), lines[number + 1]
        first = name not in seen and counted.get(name) == (partition, seq, record["key"])
        if first and name in earned and '"amount": ' in record["value"] and "record" in after:
            found.append((number, partition, seq, record))
        seen.add(name)
    return found[len(found) // 2]


def test_all_that_a_killed_worker_left_is_verified_in_the_cluster_and_from_its_dump(installed, capsys):
    settings, folder = installed
    code, said = verify(capsys, *in_cluster(settings))
    assert (code, verify(capsys, "--dir", folder)) == (0, (0, said))
    effects = [each for each in lines_of(folder / OUTPUTS) if "ce_id" in dict(each["record"]["headers"])]
    letters = len(lines_of(folder / OUTPUTS)) - len(effects)
    events = events_by_commit(folder)
    strays = sum(home((each["key"] or "").encode(), PARTITIONS) != at for at, _, _, each in events)
    first, last = said.splitlines()
    assert last == f"verified {len(events):,} events, {len(effects):,} effects, 0 differences"
    assert first == (
        f"{len(lines_of(folder / JOURNAL))} commits in {PARTITIONS} partitions, {letters} dead letters, "
        f"{strays} records sent on to their partition"
    )
    assert letters > 50
    assert strays


@pytest.mark.parametrize("how", ["change", "drop", "swap"])
def test_an_output_tampered_with_is_named_with_its_commit_customer_event_and_rule(dumped, capsys, how):
    def change(record):
        data = json.loads(record["value"])
        record["value"] = json.dumps(data | {"qty": data["qty"] + 1}, separators=(",", ":"))

    at, event = points_of_an_event(dumped)
    partition, seq, customer = counted_first(dumped)[event]
    lines = lines_of(dumped / OUTPUTS)
    tamper(lines, at, how, change)
    write(dumped / OUTPUTS, lines)
    what = f"customer {customer}, event {event}: points.earned by rule base of proof@1"
    said = differs(verify(capsys, "--dir", dumped), partition, seq, what)
    assert how != "change" or "data.qty should be " in said


@pytest.mark.parametrize("how", ["change", "drop", "swap"])
def test_an_input_tampered_with_is_named_with_its_commit_customer_and_event(dumped, capsys, how):
    def change(record):
        record["value"] = record["value"].replace('"amount": ', '"amount": 7')

    at, partition, seq, record = purchase_that_earned(dumped)
    lines = lines_of(dumped / EVENTS)
    named = [record, lines[at + 1]["record"]] if how == "swap" else [record]
    tamper(lines, at, how, change)
    write(dumped / EVENTS, lines)
    said = differs(verify(capsys, "--dir", dumped), partition, seq)
    assert any(f"customer {each['key']}, event {name_of(each)}: " in said for each in named), said


def test_an_input_out_of_its_place_is_named_although_the_outputs_are_the_same(dumped, capsys):
    at, partition, seq, record = purchase_that_earned(dumped)
    lines = lines_of(dumped / EVENTS)
    lines[at]["record"]["offset"] -= 1
    write(dumped / EVENTS, lines)
    whose = f"customer {record['key']}, event {name_of(record)}: the record at offset {record['offset'] - 1} "
    differs(verify(capsys, "--dir", dumped), partition, seq, whose, "is not in its place in the order")


@pytest.mark.parametrize("how", ["change", "drop", "swap"])
def test_a_journal_record_tampered_with_is_named_with_its_commit(dumped, capsys, how):
    def change(record):
        commit = json.loads(record["value"])
        record["value"] = json.dumps(commit | {"chain": commit["chain"][::-1]})

    lines = lines_of(dumped / JOURNAL)
    at = next(at for at, each in enumerate(lines) if json.loads(each["record"]["value"])["seq"] == 3)
    partition = lines[at]["record"]["partition"]
    tamper(lines, at, how, change)
    write(dumped / JOURNAL, lines)
    differs(verify(capsys, "--dir", dumped), partition, 3)


@pytest.mark.parametrize(
    ("field", "changed"),
    [
        ("seq", lambda seq: seq + 1),
        ("topics", lambda topics: topics[::-1]),
        ("start", lambda start: [each + 1 for each in start]),
        ("end", lambda end: [each + 1 for each in end]),
        ("order", lambda order: [*order[:-1], [order[-1][0], order[-1][1] + 1]]),
        ("order", lambda order: order[:-1]),
        ("now_ms", lambda now_ms: now_ms + 1),
        ("cursor", lambda cursor: [cursor[0] + 1, *cursor[1:]]),
        ("digest", lambda digest: digest[::-1]),
        ("partitions", lambda partitions: partitions + 1),
        ("format", lambda state_format: state_format + 1),
    ],
)
def test_no_field_of_a_journal_record_can_be_changed_unseen(dumped, capsys, field, changed):
    lines = lines_of(dumped / JOURNAL)
    at = next(at for at, each in enumerate(lines) if json.loads(each["record"]["value"])["seq"] == 2)
    record = lines[at]["record"]
    commit = json.loads(record["value"])
    record["value"] = json.dumps(commit | {field: changed(commit[field])})
    write(dumped / JOURNAL, lines)
    differs(verify(capsys, "--dir", dumped), record["partition"], 2)


def test_a_changelog_is_verified_whatever_compaction_has_taken_of_it(dumped, capsys):
    chance, kept, later = Random(4), [], set()
    for line in reversed(lines_of(dumped / CHANGELOG)):
        key = (line["record"]["partition"], str(line["record"]["key"]))
        if key not in later or chance.random() < 0.3:
            kept.append(line)
        later.add(key)
    assert len(kept) < len(lines_of(dumped / CHANGELOG)) - 200
    write(dumped / CHANGELOG, kept[::-1])
    code, said = verify(capsys, "--dir", dumped)
    assert (code, said[-14:]) == (0, "0 differences\n"), said
    newest = next(at for at, line in enumerate(kept) if str(line["record"]["key"]).startswith("sc"))
    customer = kept.pop(newest)["record"]["key"][1:]
    write(dumped / CHANGELOG, kept[::-1])
    code, said = verify(capsys, "--dir", dumped)
    assert code == 1
    assert f"customer {customer}" in said
    assert "the row of the customer as of then or later is missing in the changelog" in said


def test_bookkeeping_may_be_repeated_at_once_and_not_later(dumped, capsys):
    lines = lines_of(dumped / CHANGELOG)
    ends = [at for at, each in enumerate(lines) if each["record"]["key"] == "\0applied"]
    again = {"record": lines[ends[1]]["record"] | {"offset": lines[ends[1]]["record"]["offset"] + 1}}
    lines.insert(ends[1] + 1, again)
    write(dumped / CHANGELOG, lines)
    assert verify(capsys, "--dir", dumped)[0] == 0
    lines.insert(ends[2] + 2, again)
    write(dumped / CHANGELOG, lines)
    differs(verify(capsys, "--dir", dumped), 0, 4, "the bookkeeping record in the changelog")


def test_a_row_that_is_not_what_follows_from_the_inputs_is_named_with_its_commit(dumped, capsys):
    lines = lines_of(dumped / CHANGELOG)
    ends = [at for at, each in enumerate(lines) if each["record"]["key"] == "\0applied"]
    at = next(at for at in range(ends[1] + 1, ends[2]) if lines[at]["record"]["key"].startswith("sc"))
    row = bytearray(b64decode(lines[at]["record"]["value"]["base64"]))
    row[20] ^= 1
    lines[at]["record"]["value"] = {"base64": b64encode(row).decode()}
    write(dumped / CHANGELOG, lines)
    customer = lines[at]["record"]["key"][1:]
    differs(verify(capsys, "--dir", dumped), 0, 3, f"customer {customer}, ", "the row of the customer")


def test_commits_of_another_engine_are_named_and_verified(dumped, capsys):
    journal, changelog = lines_of(dumped / JOURNAL), lines_of(dumped / CHANGELOG)
    for line in journal:
        commit = json.loads(line["record"]["value"])
        line["record"]["value"] = json.dumps(commit | {"engine": "0.0.9"})
    for record in (line["record"] for line in changelog if line["record"]["key"] == "\0applied"):
        applied = applied_of(b64decode(record["value"]["base64"]))
        applied.engine = "0.0.9"
        record["value"]["base64"] = b64encode(encode(applied)).decode()
    write(dumped / JOURNAL, journal)
    write(dumped / CHANGELOG, changelog)
    code, said = verify(capsys, "--dir", dumped)
    assert code == 0, said
    assert "note: partition 1, commit 1: from here on by engine 0.0.9, this is " in said


def test_a_rulebook_that_was_changed_or_is_gone_is_a_difference(dumped, capsys):
    (book,) = (dumped / RULEBOOKS).iterdir()
    book.write_text(book.read_text() + "# One more line.\n")
    says = f"the text of rulebook {book.stem[:12]} is another one than the digest says"
    differs(verify(capsys, "--dir", dumped), 0, 1, says)
    book.unlink()
    differs(
        verify(capsys, "--dir", dumped), 0, 1, f"rulebook {book.stem[:12]}, which it obeyed, is not among"
    )


@pytest.mark.parametrize("part", ["key", "headers", "timestamp"])
def test_nothing_about_a_journal_record_can_be_changed_unseen(dumped, capsys, part):
    lines = lines_of(dumped / JOURNAL)
    lines[1]["record"][part] = {"key": "k", "headers": [["h", "v"]], "timestamp": 1}[part]
    write(dumped / JOURNAL, lines)
    differs(verify(capsys, "--dir", dumped), 0, 2, f"in the journal {part} should be ")


@pytest.mark.parametrize("name", [EVENTS, OUTPUTS, JOURNAL])
def test_a_line_among_those_of_another_partition_is_a_difference(dumped, capsys, name):
    lines = lines_of(dumped / name)
    places = [(each.get("record") or each)["partition"] for each in lines]
    at = places.index(1)
    assert places[at - 1] == 0
    lines[at - 1], lines[at] = lines[at], lines[at - 1]
    write(dumped / name, lines)
    code, said = verify(capsys, "--dir", dumped)
    assert code == 1, said
    assert f"{name} line {at + 1} stands apart from the others of its partition" in said


@pytest.mark.parametrize(
    ("name", "line", "says"),
    [
        (EVENTS, b"not json\n", "events.jsonl line 4 is not as `tierline topics dump` writes it"),
        (
            OUTPUTS,
            b'{"record":{"topic":"x","partition":0}}\n',
            "outputs.jsonl line 4 is of x partition 0, which",
        ),
        (JOURNAL, b'{"record":{}}\n', "journal.jsonl line 4 is not as `tierline topics dump` writes it"),
    ],
)
def test_a_line_that_no_dump_holds_is_named(dumped, capsys, name, line, says):
    lines = (dumped / name).read_bytes().splitlines(keepends=True)
    (dumped / name).write_bytes(b"".join([*lines[:3], line, *lines[3:]]))
    assert main(["verify", "--dir", str(dumped)]) == 1
    assert says in capsys.readouterr().err
