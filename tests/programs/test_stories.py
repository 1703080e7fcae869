"""Every shipped programme with a story does what its story says, to the letter."""

import pytest

from tests.programs.story import PROGRAMS, retold, story_file

NAMES = sorted(path.stem for path in story_file("any").parent.glob("*.story"))


@pytest.mark.parametrize("name", NAMES)
def test_a_programme_does_what_its_story_says(name):
    assert retold(name) == story_file(name).read_text(), f"python -m tests.programs.story {name}"


def test_every_story_is_of_a_shipped_programme():
    assert set(NAMES) <= {path.stem for path in PROGRAMS.glob("*.yaml")}


def test_a_story_that_says_something_else_is_found(monkeypatch, tmp_path):
    altered = tmp_path / "growth_values.story"
    text = story_file("growth_values").read_text()
    altered.write_text(text.replace("points.earned 399", "points.earned 400"))
    assert altered.read_text() != text
    monkeypatch.setattr("tests.programs.story.story_file", lambda name: altered)
    assert retold("growth_values") == text
