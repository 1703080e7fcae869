"""Random histories: orders, refunds, newer versions, campaigns and caps, as the slow model has them."""

import pytest

from tests.reference.books_of_earning import EARNING
from tests.reference.judge import blocks, judge


@pytest.mark.parametrize(("name", "first", "end"), [*blocks("plain", "coins", *EARNING)])
def test_the_engine_decides_as_the_model_does(name: str, first: int, end: int) -> None:
    judge(name, first, end)
