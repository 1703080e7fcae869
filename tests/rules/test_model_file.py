"""A model in a file of its own: its numbers are the rulebook's, in its hash and in its record."""

import json
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest

from rules.compiled import Rulebook
from rules.load import RuleError, load_rulebook, parse_rulebook
from tests.rules.samples import SHOP

LEVELS = "  levels: {watch: 1.5, at_risk: 2}\n"
NUMBERS = {"version": "2026-07", "r": 0.525, "alpha_weeks": 6.183, "a": 0.891, "b": 1.614}
FORMS = {
    "in braces": "  model: {file: model.json}\n",
    "in quotes": "  model: { file : 'model.json' } # As it is today.\n",
    "on a line of its own": "  model:\n    file: model.json\n",
    "before more": "  model:\n    file: model.json   # fitted weekly\n  repeat_days: 30\n",
}


def shop(folder: Path, form: str, model: str | None = None) -> Path:
    """A rulebook whose model is named in one of the forms, and the file beside it."""
    (folder / "model.json").write_text(json.dumps(NUMBERS, indent=2) if model is None else model)
    path = folder / "shop.yaml"
    path.write_text(SHOP.replace(LEVELS, LEVELS + form))
    return path


def numbers(book: Rulebook) -> object:
    assert book.churn is not None
    return book.churn.model


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("begins", ["", "\ufeff"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_a_model_in_a_file_is_the_model_that_is_written_out(tmp_path, form, begins, ends):
    path = shop(tmp_path, form)
    path.write_bytes((begins + path.read_text().replace("\n", ends)).encode())
    book = load_rulebook(path)
    written = SHOP.replace(LEVELS, f"{LEVELS}  model: {json.dumps(NUMBERS)}\n")
    assert numbers(book) == numbers(parse_rulebook(written, "shop.yaml"))
    assert numbers(book) is not None


def test_the_text_that_a_commit_records_holds_the_numbers_and_is_read_without_the_file(tmp_path):
    book = load_rulebook(shop(tmp_path, FORMS["before more"]))
    assert book.digest == sha256(book.text.encode()).hexdigest()
    (tmp_path / "model.json").unlink()
    again = parse_rulebook(book.text, "recorded")
    assert (again.digest, numbers(again)) == (book.digest, numbers(book))
    assert again.churn is not None
    assert again.churn.repeat_days == 30
    assert book.text.count("\n") == (tmp_path / "shop.yaml").read_text().count("\n")


def test_another_model_in_the_file_is_another_rulebook(tmp_path):
    path = shop(tmp_path, FORMS["in braces"])
    before = load_rulebook(path)
    shop(tmp_path, FORMS["in braces"], json.dumps(NUMBERS | {"r": 0.526}))
    after = load_rulebook(path)
    assert before.digest != after.digest
    assert numbers(before) != numbers(after)


def test_numbers_of_the_file_are_exact_and_a_name_may_hold_anything(tmp_path):
    text = json.dumps(NUMBERS | {"version": '会员 "七月"\'#: {x}'}, ensure_ascii=False)
    path = shop(tmp_path, FORMS["in braces"], text.replace("0.525", "0.525000001"))
    model = load_rulebook(path).churn.model
    assert Decimal(model.r[0]) / model.r[1] == Decimal("0.525000001")
    assert model.version == '会员 "七月"\'#: {x}'


@pytest.mark.parametrize(
    ("form", "model", "sentence"),
    [
        (
            "  model: {file: gone.json}\n",
            None,
            "shop.yaml:39: churn.model.file: gone.json cannot be read (no such file or directory); "
            "write it with `tierline model fit EVENTS --out gone.json`, or correct `file`",
        ),
        (
            "  model: {file: ../model.json}\n",
            None,
            "shop.yaml:39: churn.model.file: ../model.json is not beside the rulebook; "
            "put the file beside the rulebook, and write its name alone",
        ),
        (
            "  model: {file: /etc/hostname}\n",
            None,
            "shop.yaml:39: churn.model.file: /etc/hostname is not beside the rulebook; "
            "put the file beside the rulebook, and write its name alone",
        ),
        (
            "  model: {file: model.json, r: 1}\n",
            None,
            "shop.yaml:39: churn.model: `file` stands beside numbers; keep the file, or the numbers",
        ),
        (
            FORMS["in braces"],
            '{"version": "v",\n "r": 0.5,,}',
            "model.json:2: this is not JSON (expecting property name enclosed in double quotes); "
            "write it with `tierline model fit EVENTS --out model.json`, or correct `file`",
        ),
        (
            FORMS["in braces"],
            "[1]",
            "model.json:1: this is no model; "
            "write it with `tierline model fit EVENTS --out model.json`, or correct `file`",
        ),
        (
            FORMS["in braces"],
            json.dumps(NUMBERS | {"r": -1}, indent=1),
            "model.json:3: r: -1 is too small; write more than 0",
        ),
        (
            FORMS["in braces"],
            json.dumps({key: NUMBERS[key] for key in ("version", "r", "a", "b")}, indent=1),
            "model.json:1: alpha_weeks: this key is missing; add it, for example `alpha_weeks: 6.183`",
        ),
        (
            FORMS["in braces"],
            json.dumps(NUMBERS | {"alpha": 6}, indent=1),
            "model.json:7: alpha: this key is not known here; did you mean alpha_weeks?",
        ),
        (
            FORMS["in braces"],
            json.dumps(NUMBERS | {"a": 1}),
            "shop.yaml:39: churn.model.a: 1 is too near to 1, where expected purchases have no closed form; "
            "write 0.999 or 1.001",
        ),
    ],
)
def test_a_file_that_is_missing_or_no_model_is_refused_with_place_and_remedy(tmp_path, form, model, sentence):
    with pytest.raises(RuleError) as refused:
        load_rulebook(shop(tmp_path, form, model))
    assert str(refused.value) == f"{tmp_path}/{sentence}"


def test_text_alone_has_no_files(tmp_path):
    with pytest.raises(RuleError, match=r"churn.model: no file can be read here; write the numbers"):
        parse_rulebook(shop(tmp_path, FORMS["in braces"]).read_text(), "shop.yaml")
