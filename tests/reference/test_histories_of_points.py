"""Random histories: points that wait, lapse, are spent, owed and handed on, as the slow model has them."""

import pytest

from tests.reference.judge import blocks, judge


@pytest.mark.parametrize(
    ("name", "first", "end"),
    [*blocks("short", "delivery", "idle", "kept", "quarter", "later", "arrived", "several", "beside")],
)
def test_the_engine_decides_as_the_model_does(name: str, first: int, end: int) -> None:
    judge(name, first, end)
