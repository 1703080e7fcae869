"""Tags: given and taken at the instant, one of a group, kept for a while, by hand above all rules."""

from typing import Any

import pytest

from engine.effects import Effect
from engine.events import TagAdd, TagRelease, TagRemove
from engine.life_effects import TagChanged
from engine.outcome import Outcome
from engine.tags_by_hand import BY_HAND_MAX
from tests.engine.programmes import CHURN, GOLD, MEMBER, SILVER, Keys, programme
from tests.engine.shop import BY, DAY_MS, Shop, only, types

SILENT = {
    "tag": "silent-90",
    "dimension": "behaviour",
    "when": {"fact": "days_since_interaction", "at_least": 90},
}
DECLINE = {
    "tag": "quiet",
    "dimension": "behaviour",
    "when": [{"fact": "activity_ratio", "below": 0.4}, {"fact": "gap_ratio", "below": 1.5}],
}
ONCE = {
    "tag": "never-came-back",
    "dimension": "behaviour",
    "when": [
        {"metric": "purchase_days", "window": "lifetime", "at_least": 1, "at_most": 1},
        {"fact": "days_since_purchase", "at_least": 60},
    ],
}
SPENDER = {
    "tag": "big-spender",
    "dimension": "value",
    "ttl": "30 days",
    "when": {"metric": "spend_net", "window": "rolling 10 days", "at_least": 1000},
}
COMPLAINS = {
    "tag": "complains",
    "dimension": "service",
    "when": {"fact": "open_complaints", "at_least": 1},
}
CHANNELS = [
    {"tag": name, "dimension": "channel", "group": "channel", "when": {"fact": "usual_channel", "is": name}}
    for name in ("web", "shop")
]
ALL = [SILENT, DECLINE, ONCE, SPENDER, COMPLAINS, *CHANNELS]


def tagging(*tags: Keys, **more: Any) -> Shop:
    """A customer of a programme with these tags."""
    book = programme(MEMBER, SILVER, GOLD, churn=CHURN, sections={"tags": list(tags or ALL)}, **more)
    return Shop(book, "2026-01-10 12:00")


def told(effects: list[Effect]) -> list[tuple[str, str, str]]:
    """What was said of tags: the type's last word, the tag, and why."""
    return [
        (effect.type.removeprefix("tag."), effect.data.tag, effect.data.why)
        for effect in effects
        if isinstance(effect.data, TagChanged)
    ]


def has(shop: Shop) -> set[str]:
    """The tags the customer has."""
    return {name for name, tag in shop.customer.tags.items() if tag.by != 2}


def test_ninety_days_without_interaction_are_told_once_at_their_instant_with_no_new_input() -> None:
    shop = tagging(SILENT)
    shop.buy(10000)
    shop.engage("login", "2026-02-01 12:00")
    last = shop.now_ms
    assert told(shop.tick(last + 90 * DAY_MS)) == []
    (said,) = shop.tick(last + 90 * DAY_MS + 1)
    assert (said.type, said.data.tag, said.time_ms) == ("tag.added", "silent-90", last + 90 * DAY_MS + 1)
    assert [(c.says, c.value, c.holds) for c in said.data.criteria] == [
        ("days_since_interaction >= 90", 90, True)
    ]
    assert told(shop.tick("2028-01-01 00:00")) == []
    assert told(shop.engage("login", "2028-01-01 12:00")) == [("removed", "silent-90", "rule")]  # type: ignore[arg-type]


def test_engagement_that_declines_while_purchases_do_not_is_told() -> None:
    shop = tagging(DECLINE)
    for week in range(80):
        shop.buy(1000, shop.at("2026-01-10 12:00") + week * 7 * DAY_MS)
        if week < 60:
            shop.engage("login")
    (said,) = shop.said("tag.added")
    assert said.causationid.startswith("timer|")
    silence = (said.time_ms - shop.at("2026-01-10 12:00")) / DAY_MS - 59 * 7
    assert silence == pytest.approx(65.5, abs=0.1)  # 45 * log2(1.097 / 0.4), for logins came in weeks.
    assert [c.says for c in said.data.criteria] == ["activity_ratio < 0.4", "gap_ratio < 1.5"]
    assert said.data.criteria[0].value == pytest.approx(400_000, abs=5)
    shop.tick("2028-06-01 00:00")  # Now purchases have declined too.
    assert told(shop.effects)[1:] == [("removed", "quiet", "rule")]


def test_who_never_came_back_after_the_first_order_is_told_once() -> None:
    shop = tagging(ONCE)
    shop.buy(10000)
    bought = shop.now_ms
    shop.tick("2027-01-01 00:00")
    (said,) = shop.said("tag.added")
    assert said.time_ms == bought + 60 * DAY_MS + 1
    back = tagging(ONCE)
    back.buy(10000)
    back.buy(10000, "2026-02-10 12:00")
    back.tick("2027-01-01 00:00")
    assert told(back.effects) == []


def test_a_tag_with_a_time_to_live_stays_that_much_longer_than_it_holds() -> None:
    shop = tagging(SPENDER)
    shop.buy(100000)
    assert told(shop.effects) == [("added", "big-spender", "rule")]
    shop.tick("2026-06-01 00:00")
    (gone,) = shop.said("tag.removed")
    assert (gone.data.why, gone.time_ms) == ("expired", shop.at("2026-01-20 00:00") + 30 * DAY_MS)
    again = tagging(SPENDER)
    again.buy(100000)
    again.buy(100000, "2026-02-10 12:00")  # It holds once more before its time is over.
    again.tick("2026-06-01 00:00")
    (gone,) = again.said("tag.removed")
    assert gone.time_ms == again.at("2026-02-20 00:00") + 30 * DAY_MS


def test_a_group_holds_one_tag_and_the_usual_channel_moves_it() -> None:
    shop = tagging(*CHANNELS)
    for channel in ("web", "web", "shop"):
        shop.buy(1000, channel=channel)
    assert told(shop.effects) == [("added", "web", "rule")]
    outcome = shop.buy(1000, channel="shop")  # As common, and used last.
    assert told(outcome) == [("removed", "web", "replaced"), ("added", "shop", "rule")]  # type: ignore[arg-type]
    assert has(shop) == {"shop"}


def test_of_a_group_the_first_that_holds_is_given() -> None:
    def spend(name: str, at_least: int) -> Keys:
        when = {"metric": "spend_net", "window": "lifetime", "at_least": at_least}
        return {"tag": name, "dimension": "value", "group": "spend", "when": when}

    shop = tagging(spend("much", 1000), spend("some", 100))
    shop.buy(20000)
    shop.buy(100000, order="big")
    assert told(shop.effects) == [
        ("added", "some", "rule"),
        ("removed", "some", "replaced"),
        ("added", "much", "rule"),
    ]
    assert told(shop.refund("big", 100000)) == [("removed", "much", "replaced"), ("added", "some", "rule")]  # type: ignore[arg-type]


def test_an_open_complaint_is_a_tag_until_its_ticket_is_resolved() -> None:
    shop = tagging(COMPLAINS)
    shop.engage("complaint", ref_id="t1")
    shop.engage("ticket_resolved", "2026-01-12 12:00", ref_id="t1")
    assert told(shop.effects) == [("added", "complains", "rule"), ("removed", "complains", "rule")]


def add(shop: Shop, tag: str, **more: Any) -> Outcome:
    """A tag by hand."""
    return shop.send(TagAdd(BY, tag, **more))


def why(outcome: Outcome) -> str:
    """Why a command was rejected."""
    return str(only(outcome, "command.rejected").data.why)


def test_a_tag_given_by_hand_stays_whatever_the_rules_say_until_it_is_released() -> None:
    shop = tagging(COMPLAINS)
    shop.buy(1000)
    outcome = add(shop, "complains")
    given = only(outcome, "tag.added").data
    assert (given.why, given.by.actor, given.dimension) == ("command", "anna", "service")
    shop.engage("complaint", ref_id="t1")
    shop.engage("ticket_resolved", ref_id="t1")
    assert has(shop) == {"complains"}
    assert told(shop.send(TagRelease(BY, "complains"))) == [  # type: ignore[arg-type]
        ("released", "complains", "given"),
        ("removed", "complains", "rule"),
    ]


def test_a_released_tag_that_the_rules_give_stays() -> None:
    shop = tagging(COMPLAINS)
    shop.engage("complaint", ref_id="t1")
    add(shop, "complains")
    assert types(shop.send(TagRelease(BY, "complains"))) == ["tag.released"]
    assert told(shop.engage("ticket_resolved", ref_id="t1")) == [("removed", "complains", "rule")]  # type: ignore[arg-type]


def test_a_tag_taken_by_hand_is_not_given_by_rules_until_it_is_released() -> None:
    shop = tagging(COMPLAINS)
    shop.engage("complaint", ref_id="t1")
    assert told(shop.send(TagRemove(BY, "complains"))) == [("removed", "complains", "command")]  # type: ignore[arg-type]
    shop.engage("complaint", ref_id="t2")
    assert has(shop) == set()
    assert told(shop.send(TagRelease(BY, "complains"))) == [  # type: ignore[arg-type]
        ("released", "complains", "barred"),
        ("added", "complains", "rule"),
    ]


def test_what_was_done_by_hand_until_an_instant_ends_there_by_itself() -> None:
    shop = tagging(COMPLAINS)
    shop.engage("complaint", ref_id="t1")
    until = shop.now_ms + 5 * DAY_MS
    shop.send(TagRemove(BY, "complains", until_ms=until))
    add(shop, "vip", until_ms=until + DAY_MS)
    effects = shop.tick("2026-03-01 00:00")
    assert told(effects) == [("added", "complains", "rule"), ("removed", "vip", "expired")]
    assert [effect.time_ms for effect in effects] == [until, until + DAY_MS]


def test_a_tag_by_hand_takes_the_place_of_its_group() -> None:
    shop = tagging(*CHANNELS)
    shop.buy(1000, channel="web")
    assert told(add(shop, "phone", dimension="channel", group="channel")) == [  # type: ignore[arg-type]
        ("added", "phone", "command"),
        ("removed", "web", "replaced"),
    ]
    assert told(add(shop, "shop")) == [("removed", "phone", "replaced"), ("added", "shop", "command")]  # type: ignore[arg-type]
    shop.buy(1000, channel="web")
    assert has(shop) == {"shop"}


def test_commands_about_tags_that_may_not_be_done_say_why() -> None:
    shop = tagging(COMPLAINS)
    assert why(add(shop, "vip")) == "not_enrolled"
    shop.buy(1000)
    assert why(add(shop, "vip", until_ms=shop.now_ms)) == "until_passed"
    assert why(shop.send(TagRemove(BY, "vip"))) == "unknown_tag"
    assert why(shop.send(TagRelease(BY, "complains"))) == "not_by_hand"
    for number in range(BY_HAND_MAX):
        add(shop, f"t{number}")
    assert why(add(shop, "vip")) == "too_many_tags"
    plain = Shop(programme(sections={"activity": {}}))
    plain.buy(1000)
    assert why(add(plain, "vip")) == "no_tags"


def test_a_tag_that_a_new_rulebook_does_not_know_goes_with_the_next_event() -> None:
    shop = tagging(COMPLAINS, SILENT)
    shop.engage("complaint", ref_id="t1")
    shop.book = tagging(SILENT).book
    assert told(shop.engage("login")) == [("removed", "complains", "gone")]  # type: ignore[arg-type]


@pytest.mark.parametrize("forgetful", [False, True])
def test_a_stored_customer_keeps_the_tags(forgetful: bool) -> None:
    shop = tagging()
    shop.forgetful = forgetful
    shop.buy(100000, channel="web")
    add(shop, "vip")
    shop.tick("2026-05-01 00:00")
    assert has(shop) == {"silent-90", "never-came-back", "web", "vip"}
    assert (shop.customer.tags["vip"].by, shop.customer.tags["vip"].actor) == (1, "anna")
