"""Every shipped programme with a story does what its story says, to the letter."""

import pytest

from tests.programs.story import LIVES, PROGRAMS, programme_of, retold, story_file

FOLDER = story_file("any").parent
NAMES = sorted(str(path.relative_to(FOLDER).with_suffix("")) for path in FOLDER.rglob("*.story"))


@pytest.mark.parametrize("name", NAMES)
def test_a_programme_does_what_its_story_says(name):
    assert retold(name) == story_file(name).read_text(), f"python -m tests.programs.story {name}"


def test_every_story_is_of_a_shipped_programme():
    assert {programme_of(name) for name in NAMES} <= {path.stem for path in PROGRAMS.glob("*.yaml")}


def test_the_typical_lives_are_told():
    told = {name.removeprefix(LIVES) for name in NAMES if name.startswith(LIVES)}
    assert told == {"newcomer", "won_back", "complaint", "one_time_buyer", "leap_day"}


def test_a_story_that_says_something_else_is_found(monkeypatch, tmp_path):
    altered = tmp_path / "growth_values.story"
    text = story_file("growth_values").read_text()
    altered.write_text(text.replace("points.earned 399", "points.earned 400"))
    assert altered.read_text() != text
    monkeypatch.setattr("tests.programs.story.story_file", lambda name: altered)
    assert retold("growth_values") == text
