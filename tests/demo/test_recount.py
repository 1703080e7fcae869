"""The recount agrees with the engine on real customers, and sees one altered record."""

import ast
import copy
from collections import Counter
from pathlib import Path

import pytest

import demo.recount
from demo.recount import recount

DAY_MS = 86_400_000
LEVELS = {"watch", "at_risk", "high", "lost"}


def pairs(records):
    return [(r.key, r.value) for r in records]


def test_the_engine_and_the_recount_agree_on_every_tenth_customer(book, some_records, some_told):
    said = []
    assert recount(book, pairs(some_records), some_told, said.append)
    assert said[-1] == "recount: 2,357 customers agree"


def test_the_demo_shows_every_kind_of_decision(some_told):
    kinds = Counter(out["type"] for out in some_told)
    assert min(kinds[f"tier.{what}"] for what in ("enrolled", "upgraded", "downgraded")) > 10
    assert kinds["churn.recovered"] > 1_000
    assert {out["data"]["level"] for out in some_told if out["type"] == "churn.alert"} == LEVELS
    final = {out["subject"]: out["data"]["to"] for out in some_told if out["type"].startswith("tier.")}
    assert min(Counter(final.values())[code] for code in ("member", "silver", "gold", "platinum")) > 10


def first(outputs, kind):
    return next(out for out in outputs if out["type"] == kind)


def alter_points(outputs):
    first(outputs, "points.earned")["data"]["qty"] += 1


def alter_claw(outputs):
    first(outputs, "points.clawed_back")["data"]["qty"] -= 1


def alter_tier(outputs):
    last = {out["subject"]: out for out in outputs if out["type"] == "tier.upgraded"}
    next(iter(last.values()))["data"]["to"] = "member"


def alter_level(outputs):
    first(outputs, "churn.alert")["data"]["level"] = "lost"


def alter_due(outputs):
    first(outputs, "churn.alert")["data"]["crossed_ms"] += DAY_MS


def lose_alert(outputs):
    outputs.remove(first(outputs, "churn.alert"))


def repeat_alert(outputs):
    outputs.append(first(outputs, "churn.alert"))


def repeat_points(outputs):
    outputs.append(next(out for out in outputs if out["type"] == "points.earned" and out["data"]["qty"]))


def lose_dead_letter(outputs):
    outputs.remove(first(outputs, "dead_letter"))


def alter_reason(outputs):
    first(outputs, "dead_letter")["reason"] = "unknown_type"


ALTERATIONS = (
    *(alter_points, alter_claw, alter_tier, alter_level, alter_due, lose_alert, repeat_alert, repeat_points),
    *(lose_dead_letter, alter_reason),
)


@pytest.mark.parametrize("alter", ALTERATIONS, ids=lambda alter: alter.__name__.replace("_", " "))
def test_one_altered_output_is_seen_and_named(book, few, alter):
    records, told = few
    assert recount(book, pairs(records), told)
    outputs, said = copy.deepcopy(told), []
    alter(outputs)
    assert not recount(book, pairs(records), outputs, said.append)
    assert said[-1].startswith(("recount: c", "recount: dead letters"))
    assert "told" in said[-1]


def test_one_altered_amount_in_the_input_is_seen(book, few):
    records, told = pairs(few[0]), few[1]
    at = next(n for n, (_, value) in enumerate(records) if b'"amount":' in value)
    key, value = records[at]
    dearer = value.replace(b'"amount":', b'"amount":9')
    said = []
    assert not recount(book, [*records[:at], (key, dearer), *records[at + 1 :]], told, said.append)
    assert said[-1].startswith(f"recount: {key.decode()}: told ")


def test_the_recount_shares_no_code_with_the_engine_and_is_at_most_150_lines():
    text = Path(demo.recount.__file__).read_text()
    imported = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            imported.add(node.module.partition(".")[0])
        elif isinstance(node, ast.Import):
            imported |= {name.name.partition(".")[0] for name in node.names}
    allowed = {"collections", "datetime", "fractions", "functools", "math", "orjson", "types", "zoneinfo"}
    assert imported <= allowed
    assert len(text.splitlines()) <= 150
