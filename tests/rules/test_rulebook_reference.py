"""What is said about rulebooks (reference, schema, summary, command) agrees with the code."""

import json
import re
from argparse import ArgumentParser
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from agents import rules_command
from rules.book import schema
from rules.complaints import NOT_YET
from rules.facts import CHURN_LEVELS, ENGAGEMENT_KINDS, Metric, Period
from rules.keys import Keys
from rules.load import load_rulebook, parse_rulebook
from rules.summary import summarise
from tests.rules.samples import SHOP, changed, gold

ROOT = Path(__file__).parents[2]
REFERENCE = (ROOT / "docs" / "rulebook.md").read_text()
EXAMPLES = re.findall(r"```yaml\n(.*?)```", REFERENCE, re.DOTALL)
MODELS = sorted(
    {*Keys.__subclasses__(), *(below for model in Keys.__subclasses__() for below in model.__subclasses__())},
    key=lambda model: model.__name__,
)
WHEN = "      when: {category: [vinyl]}\n"
SHIPPED = sorted((ROOT / "rules" / "programs").glob("*.yaml"))


def completed(example: str) -> str:
    """An example of the reference as a whole rulebook: the smallest one with the example's sections in it."""
    if example.startswith("programme:"):
        return example
    rest = EXAMPLES[0]
    for section in re.findall("^([a-z]+):", example, re.MULTILINE):
        rest = re.sub(rf"^{section}:\n(^ .*\n)*", "", rest, flags=re.MULTILINE)
    return rest + example


def ran(*words: str) -> int:
    """The exit status of `tierline rules WORDS`."""
    parser = ArgumentParser()
    rules_command.configure(parser)
    return rules_command.main(parser.parse_args(words))


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_of_the_reference_is_a_good_rulebook(example):
    assert parse_rulebook(completed(example), "docs/rulebook.md").programme == "corner-shop"


def test_the_reference_has_an_example_of_every_section():
    assert {example.split(":", 1)[0] for example in EXAMPLES} == {
        "programme",
        "earn",
        "tiers",
        "engagement",
        "churn",
        "points",
        "wallets",
        "cycle",
        "strategy",
        "notifications",
        "consents",
        "care",
        "referral",
        "activity",
        "lifecycle",
        "tags",
        "rfm",
    }


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_key_is_in_the_reference(model):
    told = set(re.findall(r"`([^`\n]+)`", REFERENCE.replace("```", "")))
    assert set(model.names()) <= told


def test_every_choice_is_in_the_reference():
    told = set(re.findall(r"`([^`\n]+)`", REFERENCE.replace("```", "")))
    assert {
        *ENGAGEMENT_KINDS,
        *CHURN_LEVELS,
        *Metric,
        *(set(Period) - {Period.ROLLING}),
        "rolling N days",
        "floor",
        "half_up",
        "half_even",
        "ceil",
    } <= told


def test_no_key_is_both_obeyed_and_called_unavailable():
    assert not NOT_YET & {key for model in MODELS for key in model.names()}


def test_the_published_schema_is_current():
    assert json.loads((ROOT / "docs" / "rulebook.schema.json").read_text()) == schema()


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_the_schema_accepts_every_shipped_programme(file):
    jsonschema.validate(YAML(typ="safe", pure=True).load(file.read_text()), schema())


@pytest.mark.parametrize(
    "model", [{"file": "model.json"}, {"version": "v", "r": 1, "alpha_weeks": 6, "a": 2, "b": 3}]
)
def test_the_schema_accepts_a_model_in_a_file_and_one_written_out_and_nothing_between(model):
    value = YAML(typ="safe", pure=True).load(SHOP)
    value["churn"]["model"] = model
    jsonschema.validate(value, schema())
    value["churn"]["model"] = model | {"file": "model.json", "r": 1}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value, schema())


@pytest.mark.parametrize(
    "text",
    [
        changed("version: 1", "version: 0"),
        changed("version: 1", "version: null"),
        changed("rounding: floor", "rounding: down"),
        changed("times: 1.15", "times: 0.5"),
        changed("{category: [vinyl]}", "{categories: [vinyl]}"),
        changed("{count: 1, per: day}", "[]"),
        gold("- {metric: orders, window: birthday, at_least: 2}"),
        changed("kind: checkin", "kind: birthday"),
    ],
)
def test_the_schema_refuses_what_an_editor_can_see(text):
    value = YAML(typ="safe", pure=True).load(text)
    jsonschema.validate(YAML(typ="safe", pure=True).load(SHOP), schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(value, schema())


def test_a_summary_says_the_programme_in_words():
    text = gold(
        "- {metric: spend_net, window: rolling 365 days, at_least: 5000}\n"
        "        - {metric: purchase_days, window: calendar half, at_least: 6}"
    )
    text = text.replace("count: 1, per: day", "count: 3, points: 10, per: day").replace(
        "points: 5\n", "points: 5\n    qualifying: true\n"
    )
    assert (
        summarise(parse_rulebook(text, "shop.yaml"))
        == """\
Programme shop, version 1.
Money is in EUR; days and months are those of Europe/Paris.
A customer joins with the first purchase or engagement.

1 point for every 1.00 EUR spent (base).
1.15 times the points where category vinyl (vinyl).
Of multipliers of one group the best counts; different groups add up.
The points of an order are rounded once, down.
A refund or a cancellation takes back what the returned part had earned.

Points can be spent at once and never lapse.
When a refund asks for points already spent, the customer owes them and the next points repay them.

Everybody begins as Member. Member earns 1 point per 1.00 EUR.
A customer becomes Silver as soon as purchases of the last 365 days, less refunds, reach 1,000.00 EUR. \
Silver earns 1.1 points per 1.00 EUR.
A customer becomes Gold as soon as purchases of the last 365 days, less refunds, reach 5,000.00 EUR, \
and days with a purchase of the current calendar half-year reach 6. Gold earns 1 point per 1.00 EUR.
The order that lifts a customer still earns at the old level.
A level is lost at once when refunds undo what it was given for.

5 points for each checkin, at most 3 times and 10 points a day; they count as qualifying points (checkin).

A customer's usual interval is learned from the purchases, beginning from 30 days.
An alert is raised when a customer stays away longer than that: watch at 1.5 times, at_risk at 2 times.
No alert comes before 14 days without a purchase.
The next purchase ends the alert.
No model is given: alerts go by the interval alone (`tierline model fit` finds one)."""
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            SHOP.replace("first_event", "signup"),
            "A customer joins by signing up; what was bought before earns nothing.",
        ),
        (changed("per: 1.00", "per: 1.00\n      when: {store: [a, b]}"), "Gold earns 1 times the points."),
        (
            changed("per: 1.00", "per: 1.00\n    - {id: more, points: 2, per: 3}"),
            "2 points for every 3.00 EUR spent (more).",
        ),
        (
            changed("times: 1.15", "times: 1.15\n      group: campaign"),
            "where category vinyl (vinyl, group campaign).",
        ),
        (
            gold("- {metric: tenure_days, window: lifetime, at_least: 1500}"),
            "as soon as 1,500 days have passed since joining.",
        ),
        (
            gold("- {metric: orders, window: rolling 1 day, at_least: 3}"),
            "as soon as orders of today reach 3.",
        ),
        (
            gold("- {metric: orders, window: lifetime, at_least: 3}"),
            "as soon as orders since the beginning reach 3.",
        ),
        (
            gold("- {metric: orders, window: calendar month, at_least: 3}"),
            "orders of the current calendar month reach 3.",
        ),
        (changed("rounding: floor", "rounding: half_up"), "rounded once, to the nearest, halves up."),
        (
            changed("points: 5\n", "points: 5\n    min_text_len: 10\n"),
            "for each checkin of at least 10 characters, at most once a day",
        ),
        (
            changed(WHEN, WHEN + "  bonuses: [{id: big, points: 20, min_spend: 100, qualifying: true}]\n"),
            "20 points for an order of at least 100.00 EUR; they count as qualifying points (big).",
        ),
        (
            changed(
                WHEN,
                WHEN + "  bonuses: [{id: any, group: g, points: 1, cap: {count: 1, per: rolling 30 days}}]\n",
            ),
            "1 point for an order, at most once in any 30 days (any, group g).",
        ),
        (
            changed(WHEN, WHEN + "  refund: proportional\n"),
            "takes back the order's points in proportion to the money.",
        ),
        (
            changed(WHEN, WHEN + "  multiplier_tier: after\n"),
            "The order that lifts a customer already earns at the new level.",
        ),
        (
            changed(WHEN, WHEN + "      group: g\n  groups: [{id: g, cap: {points: 9, per: week}}]\n"),
            "The group g gives at most 9 points a week.",
        ),
        (
            changed("earn:\n", "cap: {points: 1000, per: month}\nearn:\n"),
            "All rules together, engagement too, give at most 1,000 points a month.",
        ),
        (
            changed(
                "    - id: base\n",
                "    - {id: a, points: 2, per: 1, group: g, stop: true}\n    - id: base\n      group: g\n",
            ),
            "Where it applies, a keeps out its group's rules of lower priority.",
        ),
        (
            changed("points: 5\n", "points: 5\n    streak: {days: 7, points: 30}\n"),
            "at most once a day, and 30 points more for every 7 days in a row (checkin).",
        ),
        (
            changed("per: day", "per: order_line"),
            "5 points for each checkin, at most once for each line of an order (checkin).",
        ),
        (
            changed("days: 30", "days: 30\n  minimum_days: 0"),
            "There is no least number of days before an alert.",
        ),
        (SHOP[: SHOP.index("churn:")], "No alert is raised when a customer stays away."),
        (SHOP[: SHOP.index("engagement:")], "Only purchases earn points."),
    ],
)
def test_a_summary_has_a_sentence_for_every_choice(text, sentence):
    assert sentence in summarise(parse_rulebook(text, "shop.yaml"))
    assert sentence not in summarise(parse_rulebook(SHOP, "shop.yaml"))


def test_check_prints_the_summary_of_a_good_file(tmp_path, capsys):
    file = tmp_path / "shop.yaml"
    file.write_text(SHOP)
    assert ran("check", str(file)) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("Programme shop, version 1.\n")
    assert printed.endswith(f"{file}: good, digest {load_rulebook(file).digest}\n")


def test_check_prints_every_mistake_and_fails_when_one_of_the_files_is_bad(tmp_path, capsys):
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(SHOP)
    bad.write_text(changed("version: 1", "version: 0").replace("times: 1.15", "times: 0"))
    assert ran("check", str(good), str(bad)) == 1
    assert capsys.readouterr().out.endswith(
        f"{bad}:2: version: 0 is too small; write at least 1\n"
        f"{bad}:14: earn.multipliers[vinyl].times: 0 is too small; write at least 1\n"
    )


def test_the_schema_is_printed_as_json(capsys):
    assert ran("schema") == 0
    assert json.loads(capsys.readouterr().out) == schema()
