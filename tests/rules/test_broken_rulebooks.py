"""Every mistake in a rulebook is refused with its line, its place and what would be right."""

import pytest

from rules import checks
from rules.book import Book
from rules.load import RuleError, parse_rulebook
from rules.source import read_source
from tests.rules.samples import SHOP, broken, changed

UNPRINTABLE = [
    ("a: \x00", "1: the character U+0000 is not allowed; save the file as plain UTF-8 text"),
    ("a:\nb: \udfff", "2: the character U+DFFF is not allowed; save the file as plain UTF-8 text"),
]
LONE = broken("text", "values", "contradictions")
ALL = [*LONE, *broken("keys"), *UNPRINTABLE]


def refused(text: str) -> RuleError:
    """What is said about a rulebook that must not be accepted."""
    with pytest.raises(RuleError) as raised:
        parse_rulebook(text, "shop.yaml")
    return raised.value


def read(text: str) -> Book:
    """The models of a text, not yet compared with each other."""
    return Book.model_validate(read_source(text, "shop.yaml").value)


def test_the_rulebook_that_the_broken_ones_are_made_from_is_good():
    assert parse_rulebook(SHOP, "shop.yaml").ruleversion == "shop@1"


@pytest.mark.parametrize(("text", "message"), ALL, ids=[message for _, message in ALL])
def test_a_mistake_is_refused_with_its_line_its_place_and_what_would_be_right(text, message):
    assert str(refused(text)) == f"shop.yaml:{message}"


@pytest.mark.parametrize(("text", "message"), LONE, ids=[message for _, message in LONE])
def test_one_mistake_is_told_once(text, message):
    assert [str(error) for error in refused(text).all()] == [f"shop.yaml:{message}"]


@pytest.mark.parametrize("check", checks._CHECKS, ids=lambda check: check.__name__)
def test_every_check_is_seen_to_refuse_something(check):
    assert any(list(check(read(text))) for text, _ in broken("contradictions"))
    assert not list(check(read(SHOP)))


def test_all_mistakes_of_a_file_are_told_in_the_order_of_their_lines():
    error = refused(changed("version: 1", "version: 0").replace("1.15", "x").replace("days: 30", "days: -2"))
    assert [mistake.line for mistake in error.all()] == [2, 14, 37]


def test_a_key_nobody_knows_is_told_before_the_one_that_it_leaves_missing():
    error = refused(changed("times: 1.15", "factor: 1.15"))
    assert {mistake.place.rpartition(".")[2]: mistake.remedy for mistake in error.all()} == {
        "factor": "did you mean times?",
        "times": "add it, for example `times: 2`",
    }


def test_a_file_too_large_to_be_a_rulebook_is_refused():
    error = refused("x: " + "a" * 300_000)
    assert str(error) == "shop.yaml: the file is larger than 256 KiB; make it shorter"
