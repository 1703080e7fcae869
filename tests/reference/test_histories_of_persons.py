"""Random histories: birthdays, anniversaries and referrals from both sides, as the slow model has them."""

import pytest

from tests.reference.judge import blocks, judge


@pytest.mark.parametrize(("name", "first", "end"), [*blocks("friends", "lasting_friends")])
def test_the_engine_decides_as_the_model_does(name: str, first: int, end: int) -> None:
    judge(name, first, end)
