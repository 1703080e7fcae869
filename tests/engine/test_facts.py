"""Facts from the profile and the churn model in conditions, told at their instants."""

from typing import Any

import pytest

from engine.events import Profile
from engine.fixed import ppm
from engine.plan import plan_of
from engine.risk import History, risk
from tests.engine.programmes import CHURN, programme
from tests.engine.shop import DAY_MS, Shop
from tests.engine.test_tags import told

MODEL = {
    "version": "v1",
    "r": 0.777,
    "alpha_weeks": 10.18,
    "a": 0.1025,
    "b": 1.4364,
    "spend": {"p": 6.25, "q": 3.74, "v": 15.45, "margin": 0.3},
}


def tagged(when: Any, **churn: Any) -> Shop:
    """A customer of a programme with one tag."""
    tag = {"tag": "t", "dimension": "test", "when": when}
    return Shop(programme(churn=CHURN | churn, sections={"tags": [tag]}), "2026-01-10 12:00")


def test_a_risk_is_a_tag_from_the_very_millisecond_on_at_which_the_model_reaches_it() -> None:
    shop = tagged({"fact": "risk", "at_least": 0.25}, model=MODEL)
    shop.buy(10000)
    shop.buy(10000, "2026-02-10 12:00")
    last = shop.now_ms
    shop.tick("2028-01-01 00:00")
    said = shop.said("tag.added")[-1]
    fitted = plan_of(shop.book).fitted
    assert fitted is not None
    assert shop.book.churn is not None
    horizon, gap_ms = shop.book.churn.horizon_days, said.time_ms - 1 - last
    history = History(fitted, 2, 31)
    assert risk(fitted, history, gap_ms - 1, horizon) < risk(fitted, history, gap_ms, horizon)
    assert ppm(risk(fitted, history, gap_ms, horizon)) == 250_000
    assert gap_ms > DAY_MS
    assert [(c.says, c.value) for c in said.data.criteria] == [("risk >= 0.25", 250_000)]


def test_a_probability_of_being_alive_is_a_tag_until_it_falls_below() -> None:
    shop = tagged({"fact": "p_alive", "at_least": 0.9}, model=MODEL)
    shop.buy(10000)
    shop.buy(10000, "2026-02-10 12:00")
    shop.tick("2030-01-01 00:00")
    (lost,) = shop.said("tag.removed")
    assert lost.data.criteria[0].value == pytest.approx(900_000, abs=1)


def test_worth_by_the_model_is_read_with_every_look() -> None:
    shop = tagged({"fact": "clv", "at_least": 10}, model=MODEL)
    shop.buy(100)
    assert told(shop.effects) in ([], [("added", "t", "rule")])
    for day in range(1, 9):
        shop.buy(50000, shop.at("2026-01-10 12:00") + day * 3 * DAY_MS)
    assert told(shop.effects)[-1] == ("added", "t", "rule")
    assert shop.said("tag.added")[-1].data.criteria[0].value >= 1000


@pytest.mark.parametrize(
    ("when", "value", "has"),
    [
        ({"fact": "attribute.region", "is": "华东"}, "华东", True),
        ({"fact": "attribute.region", "one_of": ["north", "east"]}, "south", False),
        ({"fact": "attribute.region", "is": "5"}, 5, False),
        ({"fact": "attribute.region", "at_least": 5}, 5, True),
        ({"fact": "attribute.region", "at_least": 5}, "5", False),
        ({"not": {"fact": "attribute.region", "is": "north"}}, None, True),
    ],
)
def test_attributes_of_the_profile_make_static_tags(when: Any, value: Any, has: bool) -> None:
    shop = tagged(when)
    shop.buy(1000)
    if value is not None:
        shop.send(Profile((("attribute.region", value),)))
    assert ("t" in shop.customer.tags) is has
