"""The default segments where customers have scores: by money and frequency, by worth, by risk."""

import re
from typing import Any

import pytest

from engine.calendar import DAY_MS
from rules.load import parse_rulebook
from rules.summary import summarise
from tests.engine.programmes import CHURN, MEMBER, SILVER, programme
from tests.engine.shop import Shop
from tests.engine.test_lifecycle import changes
from tests.engine.test_rfm import FIRST, Scored
from tests.engine.test_risk_facts import now
from tests.rules.test_rulebook_reference import EXAMPLES, completed

Keys = dict[str, Any]
SPEND: Keys = {"p": 6.25, "q": 3.74, "v": 15.44, "top_fifth": 100.00}
MODEL: Keys = {
    "version": "m1", "r": 0.525, "alpha_weeks": 6.183, "a": 0.891, "b": 1.614, "risk_median": 0.57
}  # fmt: skip
DAY: Keys = {"lifecycle": {}, "rfm": {}}


def scored(model: Keys | None = None, cutoffs: Any = ((0, FIRST),), **sections: Any) -> Scored:
    """A shop whose levels nobody reaches, so that only scores, worth and risk make the segment."""
    churn = CHURN | ({"model": model} if model else {})
    nobody = SILVER | {"entry": [{"metric": "spend_net", "window": "lifetime", "at_least": 10**9}]}
    book = programme(MEMBER, nobody, churn=churn, sections=DAY | sections)
    return Scored(book=book, cutoffs=cutoffs)


def segments(shop: Shop) -> list[str]:
    """The segments the customer came to, one after the other."""
    return [to for _, to in changes(shop.effects, "value")]


def test_much_money_often_is_of_high_value_and_much_money_seldom_has_potential() -> None:
    shop = scored()
    for day in range(10, 15):  # The fifth purchase day is a frequency of 4; 20,000 are a score of money of 4.
        shop.buy(5_000, f"2026-01-{day} 12:00")
        assert (shop.customer.life.value, shop.cell) == {
            10: ("potential", 513), 11: ("potential", 523), 12: ("potential", 533),
            13: ("potential", 533), 14: ("high", 544),
        }[day]  # fmt: skip


def test_little_money_is_of_low_value_however_often() -> None:
    shop = scored()
    for day in range(10, 15):
        shop.buy(100, f"2026-01-{day} 12:00")
    assert shop.cell == 541
    assert segments(shop) == ["low"]


def test_before_the_first_cut_offs_no_score_makes_a_segment_and_with_them_the_next_event_does() -> None:
    at_ms = Shop(programme(), "2026-01-20 00:00").now_ms
    shop = scored(cutoffs=((at_ms, FIRST),))
    for day in range(10, 15):
        shop.buy(5_000, f"2026-01-{day} 12:00")
    assert (shop.cell, segments(shop)) == (0, ["low"])
    shop.engage("login", "2026-01-20 12:00")
    assert (shop.cell, segments(shop)) == (544, ["low", "high"])


def test_high_by_scores_is_left_seven_days_after_they_fall_with_no_event() -> None:
    shop = scored(rfm={"window_days": 30})
    shop.account.cutoffs = shop.cutoffs = tuple(
        type(each)(each.from_ms, type(FIRST)(1, 20_000, 30, FIRST.recency, FIRST.money, 50, 1))
        for each in shop.cutoffs
    )
    for day in range(10, 15):
        shop.buy(5_000, f"2026-01-{day} 12:00")
    shop.tick("2026-04-01")
    moved = [e for e in shop.said("lifecycle.changed") if e.data.axis == "value"]
    (fell,) = [e.time_ms for e in moved if e.data.to == "low"]
    assert fell == shop.at("2026-02-09 00:00") + 7 * DAY_MS  # The first of the five days left the window.


def test_worth_of_the_highest_fifth_is_of_high_value_until_it_falls_below_at_its_millisecond() -> None:
    shop = scored(MODEL | {"spend": SPEND})
    shop.buy(3_000, "2026-01-10 12:00")
    shop.buy(3_000, "2026-01-12 12:00")
    assert (segments(shop)[-1], shop.cell) == ("high", 523)
    shop.tick("2026-12-01")
    moved = [e for e in shop.said("lifecycle.changed") if e.data.axis == "value" and e.data.from_ == "high"]
    assert [e.data.to for e in moved] == ["potential"]
    worth = {each.says: each.value for each in moved[0].data.criteria}
    assert worth["clv >= 100.00 CNY"] < 10_000
    held_ms = moved[0].time_ms - 7 * DAY_MS
    assert shop.customer.life.value_doubt_ms == 0
    assert shop.at("2026-01-12 12:00") < held_ms


def test_below_the_median_risk_and_spending_more_has_potential_until_the_risk_reaches_it() -> None:
    shop = scored(MODEL)
    shop.buy(100, "2026-01-10 12:00")
    shop.buy(200, "2026-06-10 12:00")
    assert (segments(shop)[-1], shop.cell) == ("potential", 521)
    shop.tick("2026-12-01")
    (left,) = [e for e in shop.said("lifecycle.changed") if e.data.from_ == "potential"]
    assert left.data.to == "low"
    assert ("risk < 0.57", False) in [(each.says, each.holds) for each in left.data.criteria]
    risks = []
    for shop.now_ms in (left.time_ms - 1, left.time_ms):
        risks.append(now(shop, "risk_ppm"))
    assert risks == [569_999, 570_000]


def test_without_the_models_numbers_the_own_interval_stands_for_the_risk_and_nobody_is_high_by_worth() -> (
    None
):
    said = summarise(scored({key: MODEL[key] for key in MODEL if key != "risk_median"}).book)
    assert "clv" not in said
    assert "risk <" not in said
    assert "gap_ratio < 1.5" in said.split("segment of value")[1]


def test_without_scores_and_with_a_list_of_ones_own_the_segments_are_as_before() -> None:
    plain = programme(
        MEMBER, SILVER, churn=CHURN | {"model": MODEL | {"spend": SPEND}}, sections={"lifecycle": {}}
    )
    own = {"value": [{"code": "all"}]}
    assert "rfm" not in summarise(plain)
    assert "clv" not in summarise(plain)
    assert [one.code for one in scored(MODEL, lifecycle=own).book.segments] == ["all"]


@pytest.mark.parametrize("example", [each for each in EXAMPLES if each.startswith("lifecycle:")])
def test_the_stages_and_segments_of_the_reference_are_those_by_default(example: str) -> None:
    without = re.sub(r"^lifecycle:\n(^ .*\n)*", "lifecycle: {}\n", example, flags=re.MULTILINE)
    written, default = (parse_rulebook(completed(each), "the reference") for each in (example, without))
    assert (written.stages, written.segments) == (default.stages, default.segments)
