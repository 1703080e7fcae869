"""At every instant the stage, the segment and the tags kept are those that a fresh look would give."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.asking import Look
from engine.ids import digest_of_event
from engine.lifecycle import _place, places_of
from engine.plan import plan_of
from engine.tagging import tagger_of
from engine.turn import Turn
from tests.engine.programmes import CHURN, GOLD, MEMBER, SILVER, programme
from tests.engine.shop import DAY_MS, Shop


def spend(window: str, **bound: Any) -> dict[str, Any]:
    """A condition on spending."""
    return {"metric": "spend_net", "window": window, **bound}


MOVING = [
    spend("rolling 7 days", at_least=150),
    spend("rolling 30 days", below=300),
    spend("calendar month", at_least=200),
    spend("rolling 10 days", grown_by="50 %"),
    {"fact": "days_since_purchase", "at_least": 9},
    {"fact": "days_since_interaction", "at_most": 12},
    {"fact": "gap_ratio", "at_least": 1.2, "below": 2.7},
    {"fact": "activity", "at_least": 2.5},
    {"fact": "activity_ratio", "below": 0.9},
    {"metric": "tenure_days", "window": "lifetime", "at_least": 20},
    {"not": {"fact": "days_since_engagement", "below": 15}},
    {"at_least": {"k": 2, "of": [spend("rolling 5 days", at_least=1), {"fact": "activity", "below": 1}]}},
]
PLAIN_TAGS = [
    {"tag": f"t{at}", "dimension": "test", "when": condition} for at, condition in enumerate(MOVING)
]
GROUPED = [tag | {"group": f"g{at % 3}"} for at, tag in enumerate(PLAIN_TAGS)]
STAGES = [{"code": f"s{at}", "entry": [MOVING[at], MOVING[at - 3]]} for at in (0, 3, 4, 6, 7, 8, 11)]
OWN = {"stages": [*STAGES, {"code": "rest"}], "value": [{"code": "v", "entry": MOVING[1]}, {"code": "low"}]}
BOOKS = [
    programme(MEMBER, SILVER, GOLD, churn=CHURN, sections={"lifecycle": {}, "tags": PLAIN_TAGS}),
    programme(churn=CHURN, sections={"lifecycle": OWN, "tags": GROUPED}),
]
GROWING = {"stages": [{"code": "growing", "entry": MOVING[3]}, {"code": "rest"}], "value": [{"code": "low"}]}
GROWTH = programme(sections={"lifecycle": GROWING})
DEEDS = st.lists(
    st.tuples(st.sampled_from(["buy", "buy", "login", "review", "refund", "late"]), st.integers(0, 20 * 24)),
    min_size=1,
    max_size=12,
)


def mistake(shop: Shop) -> str:
    """What differs from a fresh look now, "" for nothing."""
    turn = Turn(
        shop.account,
        shop.book,
        plan_of(shop.book),
        shop.now_ms,
        shop.now_ms,
        digest_of_event("", ""),
        "",
        False,
    )
    customer, places = shop.customer, places_of(shop.book)
    life = customer.life
    assert life is not None
    kept, life.growth = life.growth, []
    stage = _place(Look(turn), places.stages, life.stage, life.doubt_ms)[0].code
    value = _place(Look(turn), places.segments, life.value, life.value_doubt_ms)[0].code
    life.growth = kept
    if (stage, value) != (life.stage, life.value):
        return f"{life.stage}, {life.value} should be {stage}, {value}"
    tagger, due, groups = tagger_of(shop.book), set(), set()
    for rule, ask in zip(tagger.rules, tagger.asks, strict=True):
        if rule.group not in groups and ask.holds(Look(turn)):
            due.add(rule.tag)
            groups |= {rule.group} - {""}
    return f"{set(customer.tags)} should be {due}" if due != set(customer.tags) else ""


@pytest.mark.parametrize("book", BOOKS)
@given(DEEDS, st.lists(st.integers(1, 60 * 24), min_size=1, max_size=8), st.booleans())
@settings(max_examples=60, deadline=None)
def test_no_instant_is_missed_at_which_time_alone_changes_an_answer(
    book: Any, deeds: list[tuple[str, int]], looks: list[int], forgetful: bool
) -> None:
    shop = Shop(book, "2026-01-10 10:00", forgetful=forgetful)
    shop.buy(10000, order="first")
    for deed, hours in deeds:
        then = shop.now_ms + hours * DAY_MS // 24
        if deed == "buy":
            shop.buy(7000 + hours * 100, then)
        elif deed == "refund":
            shop.refund("first", 100, then)
        elif deed == "late":
            shop.buy(9000, max(then - 6 * DAY_MS, shop.at("2026-01-10 10:00")), recorded=then)
        else:
            shop.engage(deed, then)
        assert mistake(shop) == ""
    for hours in looks:
        shop.tick(shop.now_ms + hours * DAY_MS // 24)
        assert mistake(shop) == ""


@given(
    st.lists(
        st.tuples(st.sampled_from(["today", "days", "refund", "late", "tick"]), st.integers(1, 40)),
        max_size=12,
    ),
    st.booleans(),
)
@settings(max_examples=80, deadline=None)
def test_what_is_kept_of_growth_is_what_the_days_say(deeds: list[tuple[str, int]], forgetful: bool) -> None:
    shop = Shop(GROWTH, "2026-01-10 10:00", forgetful=forgetful)
    for day in range(30):  # More days than the row holds.
        shop.buy(5000 + day * 300, shop.now_ms + DAY_MS, order=f"o{day}")
    for number, (deed, size) in enumerate(deeds):
        if deed == "today":
            shop.buy(size * 2000, shop.now_ms + 60_000)
        elif deed == "days":
            shop.buy(size * 700, shop.now_ms + size * DAY_MS // 8)
        elif deed == "refund":
            shop.refund(f"o{29 - size % 30}", 200 * size, shop.now_ms + 60_000)
        elif deed == "late":
            shop.buy(9000, shop.now_ms - size * DAY_MS // 2, recorded=shop.now_ms)
        else:
            shop.tick(shop.now_ms + size * DAY_MS // 8)
        assert mistake(shop) == "", number
