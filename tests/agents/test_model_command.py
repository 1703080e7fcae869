"""`tierline model`: on the purchases of CDNOW it finds the published numbers, and how well they foretell."""

import json
import re
import sys
import warnings
from argparse import ArgumentParser
from collections import defaultdict
from datetime import date
from functools import cache
from itertools import product
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest

from agents import model_command, replay
from agents.errors import UserError
from agents.model_check import area, judge, risk_of
from agents.model_fit import fit, fit_bg, fit_mbg, snippet
from agents.model_past import Days, Seen, purchase_days, usual_interval_days
from demo.cdnow import Row, midnight_ms, read_rows, to_text
from engine.calendar import DAY_MS, LocalDays, day_of
from engine.risk import Fitted, History, purchases, spend_minor, worth_minor
from rules.load import parse_rulebook
from topics.catalogue import Catalogue

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import lifetimes

BOOK = Path(__file__).parents[2] / "rules" / "programs" / "record_shop.yaml"
UNTIL = day_of(date(1997, 9, 30))
NOON_MS = 43_200_000
MODEL = """\
  horizon_days: 270
  model: {version: cdnow, r: 0.637, alpha_weeks: 7.31, a: 0.807, b: 1.228, spend: {p: 6.25, q: 3.74, v: 15}}
"""


@cache
def sample() -> list[Row]:
    """The purchases of the published tenth of the customers."""
    listed = (Path(lifetimes.__file__).parent / "datasets" / "CDNOW_sample.txt").read_text()
    chosen = {f"c{line.split()[0]}" for line in listed.splitlines()}
    return [row for row in read_rows() if row.customer in chosen]


def past_of(rows: list[Row]) -> dict[str, Days]:
    """Purchase days of rows, without the engine."""
    past: dict[str, Days] = defaultdict(dict)
    for row in rows:
        day = day_of(row.day)
        past[row.customer][day] = past[row.customer].get(day, 0) + row.cents
    return dict(past)


def seen_of(past: dict[str, Days]) -> list[Seen]:
    return [Seen(days, UNTIL) for days in past.values() if min(days) <= UNTIL]


def events(rows: list[Row], path: Path) -> str:
    """A file of the rows as events, each at noon."""
    lines = [
        {
            "type": "purchase.completed", "source": "cdnow", "id": f"l{row.line}", "subject": row.customer,
            "time": to_text(midnight_ms(row.day) + NOON_MS),
            "data": {"order_id": f"o{row.line}", "currency": "USD", "amount": row.cents},
        }
        for row in sorted(rows, key=lambda row: (row.day, row.line))
    ]  # fmt: skip
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(path)


def ran(*words: str) -> int:
    """The exit status of `tierline model WORDS`."""
    parser = ArgumentParser()
    model_command.configure(parser)
    return model_command.main(parser.parse_args(words))


def with_model(path: Path) -> str:
    """A rulebook with a model, as a file."""
    path.write_text(BOOK.read_text() + MODEL)
    return str(path)


def test_fit_finds_the_published_numbers_in_the_events_of_the_published_sample(tmp_path, capsys):
    source, out = events(sample(), tmp_path / "events.jsonl"), tmp_path / "model.json"
    assert ran("fit", source, "--rules", str(BOOK), "--until", "1997-09-30", "--out", str(out)) == 0
    found = json.loads(out.read_text())
    assert found["version"] == "1997-09-30"
    assert [round(found[key], 3) for key in ("r", "alpha_weeks", "a", "b")] == [0.525, 6.183, 0.891, 1.614]
    assert [round(found["spend"][key], 2) for key in ("p", "q", "v")] == [6.25, 3.74, 15.44]
    told = capsys.readouterr().out
    assert "2,357 customers until 1997-09-30, 946 came back" in told
    assert "population_interval_days: 27" in told
    seen = seen_of(past_of(sample()))
    numbers = {key: found[key] for key in ("version", "r", "alpha_weeks", "a", "b", "spend")}
    book = parse_rulebook(BOOK.read_text() + f"  model: {json.dumps(numbers)}\n", "book")
    assert book.churn is not None
    assert book.churn.model is not None
    fitted = Fitted(book.churn.model)
    below = sum(risk_of(one, fitted, 180) < found["risk_median"] for one in seen)
    assert abs(below - len(seen) / 2) < 60  # Of one-time buyers of one day all have one risk.
    assert f"half of them have a risk below {found['risk_median']:.1%} within 180 days" in told
    least = found["spend"]["top_fifth"]
    rich = [one for one in seen if worth_of(one, fitted) >= least * 100]
    assert abs(len(rich) - len(seen) / 5) <= 1
    assert f"a fifth of them are worth {least:,} or more" in told


def worth_of(one: Seen, fitted: Fitted) -> int:
    """What a customer is worth at the end of the day."""
    spend = fitted.spend
    assert spend is not None
    history = History(fitted, one.x + 1, one.span_days)
    expected = purchases(fitted, history, (one.age_days - one.span_days) * DAY_MS, spend.horizon_days)
    return worth_minor(spend, expected, spend_minor(spend, one.x, one.repeat_minor))


def test_from_fit_to_a_running_programme_by_the_commands_of_the_documentation(tmp_path, capsys):
    source, out = events(sample(), tmp_path / "events.jsonl"), tmp_path / "model.json"
    rules = tmp_path / "shop.yaml"
    rules.write_text(BOOK.read_text())
    words = ("fit", source, "--rules", str(rules), "--until", "1997-09-30", "--out", str(out))
    assert ran(*words, "--margin", "0.3") == 0
    told = capsys.readouterr().out
    (line,) = re.findall(r"below `churn:` write `(model: \{file: .+\})`", told)
    rules.write_text(BOOK.read_text() + f"  {line}\n")
    assert ran("check", source, "--rules", str(rules), "--until", "1997-12-31") == 0
    assert "Model 1997-09-30, 180 days from 1998-01-01: 2,357 customers" in capsys.readouterr().out
    alerts = [each["data"] for each in replayed(source, rules) if each["type"] == "churn.alert"]
    assert {alert["model_version"] for alert in alerts} == {"1997-09-30"}
    assert min(alert["risk_ppm"] for alert in alerts) > 0
    assert all("clv_minor" in alert for alert in alerts)
    assert ran(*words) == 0  # Fitted anew, the margin stays.
    assert json.loads(out.read_text())["spend"]["margin"] == 0.3


def replayed(source: str, rules: Path) -> list[dict]:
    """What `tierline replay` says of the events."""
    parser = ArgumentParser()
    replay.configure(parser)
    out = rules.parent / "out.jsonl"
    assert replay.main(parser.parse_args([source, "--rules", str(rules), "--out", str(out)])) == 0
    return [json.loads(line) for line in out.read_text().splitlines()]


def test_what_fit_writes_is_a_model_of_a_rulebook(tmp_path):
    numbers = json.dumps(snippet(fit(seen_of(past_of(sample()))), "v1", 2))
    churn = parse_rulebook(BOOK.read_text() + f"  model: {numbers}\n", "book").churn
    assert churn is not None
    assert churn.model is not None
    assert churn.model.version == "v1"


def test_both_models_have_the_published_numbers():
    seen = seen_of(past_of(sample()))
    assert [round(number, 3) for number in fit_mbg(seen)] == [0.525, 6.183, 0.891, 1.614]
    assert [round(number, 3) for number in fit_bg(seen)] == [0.243, 4.414, 0.793, 2.426]


def test_the_past_through_the_engine_is_the_past_of_the_rows(tmp_path):
    rows = sample()[:400]
    source = events(rows, tmp_path / "events.jsonl")
    _, past = model_command.the_past(source, str(BOOK), Catalogue())
    assert past == past_of(rows)


def test_what_came_back_is_no_money_and_the_day_stays():
    def effect(kind: str, at: str, **data: object) -> bytes:
        ref = {"order_id": "o1"} | data.pop("ref", {})
        return json.dumps(
            {"type": kind, "subject": "c", "time": at, "data": {"ref": ref, "wallet": "points"} | data}
        ).encode()

    lines = [
        effect("points.earned", "2026-01-10T20:00:00Z", eligible_minor=1000),
        effect("points.earned", "2026-01-12T20:00:00Z", eligible_minor=1500, ref={"order_version": 2}),
        effect("points.clawed_back", "2026-02-01T00:00:00Z", refunded_minor=400),
        effect("points.earned", "2026-01-10T20:00:00Z", eligible_minor=1, wallet="stars"),
    ]
    zone = parse_rulebook(BOOK.read_text().replace("America/New_York", "Asia/Shanghai"), "book").zone
    assert purchase_days(lines, LocalDays(zone)) == {"c": {day_of(date(2026, 1, 11)): 600}}


def test_check_on_all_of_cdnow_has_the_figures_of_the_semantics():
    churn = parse_rulebook(BOOK.read_text() + MODEL, "book").churn
    assert churn is not None
    assert churn.model is not None
    verdict = judge(past_of(read_rows()), churn, Fitted(churn.model), UNTIL)
    assert (verdict.customers, round(verdict.auc, 3), round(verdict.brier, 3)) == (23_570, 0.755, 0.166)
    assert round(verdict.base * (1 - verdict.base), 3) == 0.21
    assert sum(tenth.customers for tenth in verdict.tenths) == 23_570
    foretold = [tenth.foretold for tenth in verdict.tenths]
    assert foretold == sorted(foretold)
    assert all(abs(tenth.foretold - tenth.came_true) < 0.16 for tenth in verdict.tenths)


def test_check_prints_tenths_and_levels_and_draws_them(tmp_path, capsys):
    source, picture = events(sample(), tmp_path / "events.jsonl"), tmp_path / "p.svg"
    rules = with_model(tmp_path / "book.yaml")
    assert ran("check", source, "--rules", rules, "--until", "1997-09-30", "--picture", str(picture)) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("Model cdnow, 270 days from 1997-10-01: 2,357 customers, ")
    assert told[1].startswith("AUC 0.7")
    assert [line.split()[0] for line in told[4:14]] == [str(number) for number in range(1, 11)]
    assert [line.split()[0] for line in told[16:20]] == ["watch", "at_risk", "high", "lost"]
    drawn = ElementTree.fromstring(picture.read_text())
    assert len(drawn.findall("{http://www.w3.org/2000/svg}circle")) == 10


def test_check_takes_the_last_day_that_leaves_room_for_the_horizon(tmp_path, capsys):
    source = events(sample(), tmp_path / "events.jsonl")
    assert ran("check", source, "--rules", with_model(tmp_path / "book.yaml")) == 0
    assert "270 days from 1997-10-04" in capsys.readouterr().out


def test_the_area_counts_every_pair_and_half_of_the_ties():
    chance = Random(3)
    for _ in range(200):
        scored = sorted(
            (chance.randrange(5) / 5, chance.random() < 0.5) for _ in range(chance.randrange(1, 12))
        )
        lost, kept = ([said for said, gone in scored if gone is which] for which in (True, False))
        pairs = [(said > other) + (said == other) / 2 for said, other in product(lost, kept)]
        assert area(scored) == pytest.approx(sum(pairs) / len(pairs) if pairs else 0.5)


def test_the_usual_interval_is_the_median_and_nothing_without_a_second_day():
    assert usual_interval_days({"a": {1: 5, 11: 5, 51: 5}, "b": {3: 1, 23: 1, 99: 1}}, 60) == 20
    assert usual_interval_days({"a": {1: 5}}, 60) is None


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("fit {few} --rules {plain} --out {out}", "bought on more than one day, which is too few"),
        (
            "fit {few} --rules {plain} --out {out} --partitions 0",
            "--partitions .*from the command line: .*greater",
        ),
        ("fit {none} --rules {plain} --out {out}", "holds no purchase that the programme takes"),
        ("fit {missing} --rules {plain} --out {out}", "cannot open"),
        ("fit {few} --rules {missing} --out {out}", "the file cannot be read"),
        ("check {few} --rules {plain}", "has no model to check"),
        ("check {few} --rules {model} --until 1998-06-01", "the purchases end on"),
        ("check {few} --rules {model} --until 1996-06-01", "nobody had bought by 1996-06-01"),
        ("check {few} --rules {model} --picture {folder}/no/p.svg", "cannot write"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(tmp_path, words, sentence):
    (tmp_path / "none.jsonl").write_text('{"type":"engagement.login"}\n')
    places = {
        "few": events(sample()[:60], tmp_path / "few.jsonl"),
        "none": str(tmp_path / "none.jsonl"),
        "missing": str(tmp_path / "missing"),
        "plain": str(BOOK),
        "model": with_model(tmp_path / "book.yaml"),
        "out": str(tmp_path / "out.json"),
        "folder": str(tmp_path),
    }
    with pytest.raises(UserError, match=sentence):
        ran(*(word.format(**places) for word in words.split()))


def test_without_scipy_fit_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(
        UserError, match=r"needs scipy, which is not installed: pip install 'tierline\[model\]'"
    ):
        fit(seen_of(past_of(sample())))


def test_purchases_that_no_model_fits_are_refused():
    seen = [Seen({0: 1, 100: 1}, 100) for _ in range(200)]  # All alike: nothing tells them apart.
    with pytest.raises(UserError, match="no model fits these purchases"):
        fit(seen)
