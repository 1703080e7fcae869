"""Referrals: both get their points when the friend's first purchase has stood; else nobody does."""

from typing import Any

import pytest

from engine.events import Cancel, Engagement, Line, Profile, Purchase, Refund
from tests.engine.programmes import MEMBER, asks, level, programme
from tests.engine.shop import Shop
from tests.engine.town import Town

REFERRAL = {"points": 200, "after_days": 14, "cap": {"count": 20, "per": "year"}}
BOOK = programme(referral=REFERRAL)
BOUGHT, LAST, PAID = "2026-01-12 10:00", "2026-01-26 23:59:59.999", "2026-01-27 00:00"


def invited(friend: str) -> Engagement:
    return Engagement("referral_signup", referee_id=friend)


def order(name: str, amount: int = 10000) -> Purchase:
    return Purchase(name, "CNY", (Line("1", amount),))


def town(book: Any = BOOK, at: str = "2026-01-11 10:00") -> Town:
    """Anna has referred Ben."""
    made = Town(book)
    made.send("anna", invited("ben"), at)
    return made


def rewards(shop: Shop) -> list[tuple[str, int, str, int]]:
    """What referrals gave: whom they were with, points, why fewer, when."""
    return [
        (e.data.ref.ref_id, e.data.qty, e.data.why, e.time_ms)
        for e in shop.said("points.earned")
        if e.data.ref.engagement == "referral"
    ]


def refusals(shop: Shop) -> list[tuple[str, str]]:
    return [(effect.data.referee, effect.data.why) for effect in shop.said("referral.refused")]


def test_both_get_their_points_when_the_return_window_of_the_first_purchase_is_over() -> None:
    here = town()
    here.send("ben", order("o-1"), BOUGHT)
    here.tick(LAST)
    assert rewards(here["anna"]) == rewards(here["ben"]) == []
    here.tick(PAID)
    due_ms = here["ben"].at(PAID)
    assert rewards(here["anna"]) == [("ben", 200, "", due_ms)]
    assert rewards(here["ben"]) == [("anna", 200, "", due_ms)]
    assert (here["anna"].points, here["ben"].points) == (200, 300)
    here.send("ben", order("o-2"))
    here.tick("2027-12-31 00:00")
    assert (here["anna"].points, here["ben"].points) == (200, 400)
    assert here["anna"].customer.totals.referrals == 1


@pytest.mark.parametrize(
    "back", [Cancel("o-1"), Refund("r-1", "o-1", amount=10000), Refund("r-1", "o-1", amount=20000)]
)
def test_a_first_purchase_that_comes_back_pays_nobody_and_says_why(back: Any) -> None:
    here = town()
    here.send("ben", order("o-1"), BOUGHT)
    here.send("ben", back, LAST)
    here.send("ben", order("o-2"), LAST)
    here.tick("2026-12-31 00:00")
    assert rewards(here["anna"]) == rewards(here["ben"]) == []
    assert refusals(here["anna"]) == [("ben", "returned")]


def test_a_return_after_the_window_takes_nothing_of_the_referral_back() -> None:
    here = town()
    here.send("ben", order("o-1"), BOUGHT)
    here.tick(PAID)
    here.send("ben", Cancel("o-1"), "2026-01-27 08:00")
    assert (here["anna"].points, here["ben"].points) == (200, 200)


@pytest.mark.parametrize(("back", "why"), [(5000, ""), (5001, "too_little")])
def test_so_much_of_the_first_purchase_must_be_left(back: int, why: str) -> None:
    here = town(programme(referral=REFERRAL | {"min_spend": 50}))
    here.send("ben", order("o-1"), BOUGHT)
    here.send("ben", Refund("r-1", "o-1", amount=back), "2026-01-13 10:00")
    here.tick(PAID)
    assert [len(rewards(here[name])) for name in ("anna", "ben")] == [not why] * 2
    assert refusals(here["anna"]) == ([("ben", why)] if why else [])


def test_a_newer_version_of_the_first_purchase_counts_as_it_is_then() -> None:
    here = town(programme(referral=REFERRAL | {"min_spend": 50}))
    here.send("ben", order("o-1", 1000), BOUGHT)
    more = Purchase("o-1", "CNY", (Line("1", 5000),), order_version=2)
    here.send("ben", more, "2026-01-13 10:00")
    here.tick(PAID)
    assert len(rewards(here["ben"])) == 1


def test_nobody_refers_themselves() -> None:
    here = Town(BOOK)
    here.send("anna", invited("anna"), "2026-01-11 10:00")
    here.send("anna", invited(""))
    assert refusals(here["anna"]) == [("anna", "self"), ("", "no_referee")]
    assert here["anna"].customer.enrolled_ms > 0


SAME = {"phone": "same_phone", "device": "same_device", "card": "same_card"}


@pytest.mark.parametrize("kind", SAME)
@pytest.mark.parametrize("when", ["before", "while it waits"])
def test_who_shares_a_phone_a_device_or_a_card_is_one_person(kind: str, when: str) -> None:
    mine, theirs = (("aa", "bb"), ("bb", "cc")) if when == "before" else (("aa",), ("aa",))
    here = Town(BOOK)
    here.send("anna", Profile(((kind, mine),)), "2026-01-10 11:00")
    if when == "before":
        here.send("ben", Profile(((kind, theirs),)), "2026-01-10 11:00")
    here.send("anna", invited("ben"), "2026-01-11 10:00")
    if when != "before":
        here.send("ben", Profile(((kind, theirs),)), "2026-01-11 11:00")
    here.send("ben", order("o-1"), BOUGHT)
    here.tick(PAID)
    assert refusals(here["anna"]) == [("ben", SAME[kind])]
    assert rewards(here["anna"]) == rewards(here["ben"]) == []


def test_what_the_referrer_tells_only_later_costs_them_their_own_points() -> None:
    here = town()
    here.send("ben", Profile((("phone", ("aa",)),)), "2026-01-11 11:00")
    here.send("ben", order("o-1"), BOUGHT)
    here.send("anna", Profile((("phone", ("aa",)),)), "2026-01-13 11:00")
    here.tick(PAID)
    assert refusals(here["anna"]) == [("ben", "same_phone")]
    assert (len(rewards(here["anna"])), len(rewards(here["ben"]))) == (0, 1)


def test_the_same_digits_of_different_kinds_are_two_persons() -> None:
    here = Town(BOOK)
    here.send("anna", Profile((("phone", ("aa",)),)), "2026-01-10 11:00")
    here.send("ben", Profile((("card", ("aa",)),)), "2026-01-10 11:00")
    here.send("anna", invited("ben"), "2026-01-11 10:00")
    here.send("ben", order("o-1"), BOUGHT)
    here.tick(PAID)
    assert len(rewards(here["anna"])) == len(rewards(here["ben"])) == 1


def test_a_circle_of_referrals_is_refused_where_it_would_close() -> None:
    here = town()
    here.send("ben", invited("carl"), "2026-01-11 11:00")
    here.send("ben", invited("anna"))
    here.send("carl", invited("anna"))
    here.send("carl", invited("dora"))
    assert (refusals(here["ben"]), refusals(here["carl"])) == ([("anna", "circular")], [("anna", "circular")])
    for name in ("anna", "ben", "carl", "dora"):
        here.send(name, order("o-1"), BOUGHT)
    here.tick(PAID)
    assert [len(rewards(here[name])) for name in ("anna", "ben", "carl", "dora")] == [1, 2, 2, 1]


def test_two_who_refer_each_other_at_one_time_get_nothing() -> None:
    here = Town(BOOK)
    here["anna"].send(invited("ben"), "2026-01-11 10:00")
    here["ben"].send(invited("anna"), "2026-01-11 10:00")
    here.deliver()
    for name in ("anna", "ben"):
        here.send(name, order("o-1"), BOUGHT)
    here.tick(PAID)
    assert (refusals(here["anna"]), refusals(here["ben"])) == ([("ben", "circular")], [("anna", "circular")])
    assert rewards(here["anna"]) == rewards(here["ben"]) == []


def test_a_customer_is_referred_once_and_only_before_the_first_purchase() -> None:
    here = town()
    here.send("carl", invited("ben"), "2026-01-11 11:00")
    here.send("anna", invited("ben"))
    here.send("dora", order("o-1"), "2026-01-11 12:00")
    here.send("anna", invited("dora"), "2026-01-11 12:01")
    assert refusals(here["carl"]) == [("ben", "already_referred")]
    assert refusals(here["anna"]) == [("ben", "already_referred"), ("dora", "already_customer")]
    here.send("ben", order("o-1"), BOUGHT)
    here.tick(PAID)
    assert [len(rewards(here[name])) for name in ("anna", "ben", "carl", "dora")] == [1, 1, 0, 0]


def test_the_21st_friend_of_a_year_earns_the_referrer_nothing_and_the_friend_all_the_same() -> None:
    here = Town(BOOK)
    friends = [f"friend-{at}" for at in range(21)]
    for at, friend in enumerate(friends):
        here.send("anna", invited(friend), f"2026-02-01 10:{at:02}")
        here.send(friend, order("o-1"), f"2026-02-02 10:{at:02}")
    here.tick("2026-03-31 00:00")
    assert [qty for _, qty, *_ in rewards(here["anna"])] == [200] * 20 + [0]
    assert rewards(here["anna"])[-1][2] == "capped"
    assert {len(rewards(here[friend])) for friend in friends} == {1}
    here.send("anna", invited("late"), "2027-01-01 10:00")
    here.send("late", order("o-1"), "2027-01-02 10:00")
    here.tick("2027-02-28 00:00")
    assert rewards(here["anna"])[-1][:3] == ("late", 200, "")


def test_each_message_counts_once_however_often_it_comes() -> None:
    here = town()
    here.send("ben", order("o-1"), BOUGHT)
    here["ben"].tick(PAID)
    here.collect()
    (closed,) = here.post
    for _ in range(3):
        here.post.append(closed)
        here.deliver()
    assert here["anna"].points == 200


def test_who_has_not_joined_gets_nothing_and_gives_nothing() -> None:
    here = Town(programme(referral=REFERRAL, enrolment="signup"))
    here.send("anna", invited("ben"), "2026-01-11 10:00")
    here.send("carl", Engagement("signup"))
    here.send("carl", invited("ben"))
    here.send("ben", order("o-1"), BOUGHT)
    here.tick(PAID)
    assert refusals(here["anna"]) == [("ben", "not_enrolled")]
    assert refusals(here["carl"]) == [("ben", "not_enrolled")]
    assert rewards(here["ben"]) == []


def test_points_of_referrals_lift_where_they_qualify_and_referrals_count_for_levels() -> None:
    silver = level("silver", asks("referrals", 1))
    gold = level("gold", asks("qualifying_points", 200))
    book = programme(MEMBER, silver, referral=REFERRAL | {"referee_points": 0, "qualifying": True}, sets=[
        {"id": "other", "levels": [MEMBER, gold]}
    ])  # fmt: skip
    here = town(book)
    here.send("ben", order("o-1"), BOUGHT)
    here.tick(PAID)
    assert (here["anna"].tier, rewards(here["ben"])) == ("silver", [])
    assert here["anna"].customer.standings["other"].rank == 1
    here.send("anna", Engagement("referral_purchase"))
    assert (
        here["anna"].customer.totals.referrals == 1
    )  # Found by the engine: told by the shop it is no second.


def test_a_programme_that_gives_referrals_up_pays_none_that_wait() -> None:
    here = town()
    here.send("ben", order("o-1"), BOUGHT)
    for shop in here.shops.values():
        shop.book = programme()
    here.tick("2026-12-31 00:00")
    assert refusals(here["anna"]) == [("ben", "no_programme")]
    assert (here["anna"].points, here["ben"].points) == (0, 100)


def test_a_customer_nobody_referred_keeps_nothing_of_it_after_90_days() -> None:
    here = Town(BOOK)
    here.send("ben", order("secret-order"), BOUGHT)
    here.send("ben", order("o-2"), "2026-04-20 10:00")
    assert here["ben"].customer.member is None
    assert b"secret" not in b"".join(row for key, row in here["ben"].stored().items() if key[:1] == b"s")
    here.send("anna", invited("ben"), "2026-04-20 11:00")
    assert refusals(here["anna"]) == [("ben", "already_customer")]
