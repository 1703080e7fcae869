"""Random histories: levels, their conditions and how long they last, as the slow model has them."""

import pytest

from tests.reference.books_of_levels import LEVELS
from tests.reference.judge import blocks, judge


@pytest.mark.parametrize(("name", "first", "end"), [*blocks("trees", "signup", "ceiling", *LEVELS)])
def test_the_engine_decides_as_the_model_does(name: str, first: int, end: int) -> None:
    judge(name, first, end)
