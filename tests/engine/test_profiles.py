"""Profiles and consents: partial updates in any order, removed for good, kept apart from levels."""

import pytest

from engine.effects import CommandRejected, ConsentRecorded
from engine.events import Actor, Profile, SetConsent
from engine.insight import fact
from engine.member import allows, field
from engine.personal import ATTRIBUTES_MAX, SCOPES_MAX
from engine.plan import plan_of
from engine.turn import Turn
from tests.engine.programmes import GOLD, MEMBER, SILVER, programme
from tests.engine.shop import Shop, only, reason, types

BY = Actor("anna", "service", "asked at the till")
BOOK = programme(MEMBER, SILVER, GOLD, consents={"assumed": ["program", "marketing.sms"]})


def told(shop: Shop, at: str, *fields: tuple, **event: object):
    return shop.send(Profile(tuple(fields)), at, **event)


def known(shop: Shop, name: str):
    return field(shop.customer.member, name)


def test_a_field_left_out_stays_and_none_removes():
    shop = Shop(BOOK, forgetful=True)
    told(shop, "2026-01-10 10:00", ("zone", "Europe/Paris"), ("language", "fr"), ("attribute.size", 42))
    told(shop, "2026-01-10 11:00", ("language", None), ("attribute.colour", "red"))
    assert [known(shop, name) for name in ("zone", "language")] == ["Europe/Paris", None]
    assert [known(shop, f"attribute.{name}") for name in ("size", "colour")] == [42, "red"]
    told(shop, "2026-01-10 12:00", ("attributes", None))
    assert [known(shop, f"attribute.{name}") for name in ("size", "colour")] == [None, None]
    assert known(shop, "zone") == "Europe/Paris"


def test_what_was_told_later_holds_in_whatever_order_it_comes():
    updates = [
        ("2026-01-10 10:00", ("language", "fr"), ("attribute.size", 1), ("attribute.gone", 1)),
        ("2026-01-10 11:00", ("attributes", None)),
        ("2026-01-10 12:00", ("language", None), ("attribute.size", 2)),
        ("2026-01-10 13:00", ("birthday", "02-29")),
    ]
    for first in range(len(updates)):
        shop = Shop(BOOK, forgetful=True)
        for at, *fields in [*updates[first:], *updates[:first]]:
            told(shop, at, *fields, recorded="2026-01-10 13:00")
        found = [known(shop, name) for name in ("language", "attribute.size", "attribute.gone", "birthday")]
        assert found == [None, 2, None, "02-29"], first


def test_a_removed_field_leaves_nothing_behind_once_nothing_late_may_come():
    shop = Shop(BOOK, forgetful=True)
    told(shop, "2026-01-10 10:00", ("attribute.secret", "abc"))
    told(shop, "2026-01-10 11:00", ("attribute.secret", None))
    told(shop, "2026-04-20 10:00", ("language", "en"))
    assert list(shop.customer.member.fields) == ["language"]
    assert b"secret" not in b"".join(shop.stored().values())


def test_a_profile_makes_nobody_a_member_and_counts_once():
    shop = Shop(BOOK)
    assert told(shop, "2026-01-10 10:00", ("language", "en"), event="p-1") == []
    assert (shop.customer.enrolled_ms, shop.customer.rev, shop.tier) == (-1, 1, "")
    assert reason(told(shop, "2026-01-10 10:00", ("language", "en"), event="p-1")) == "event"
    assert reason(told(shop, "2026-01-10 10:00", ("language", "fr"), event="p-1")) == "id_conflict"


def test_more_attributes_than_a_profile_holds_are_refused_and_change_nothing():
    shop = Shop(BOOK)
    told(shop, "2026-01-10 10:00", *[(f"attribute.a{at}", at) for at in range(ATTRIBUTES_MAX)])
    before = shop.stored()
    refused = told(shop, "2026-01-10 11:00", ("attribute.one_more", 1), ("language", "en"))
    assert reason(refused) == "profile_full"
    shop.store()
    assert (shop.stored(), known(shop, "language")) == (before, None)
    told(shop, "2026-01-10 12:00", ("attribute.a0", 7))
    assert known(shop, "attribute.a0") == 7


@pytest.mark.parametrize(
    "edit", [("attribute.vip", "yes"), ("zone", "America/New_York"), ("birthday", "01-11")]
)
def test_editing_a_profile_moves_and_pins_no_level(edit):
    plain, edited = (Shop(programme(MEMBER, SILVER, GOLD, real_time_downgrade=True)) for _ in range(2))
    for shop in (plain, edited):
        shop.buy(100_000, "2026-01-10 10:00")
        if shop is edited:
            assert told(shop, "2026-01-10 11:00", edit) == []
        assert shop.tier == "silver"
        shop.buy(400_000, "2026-02-10 10:00")
        assert shop.tier == "gold"
        shop.tick("2027-01-10 00:00")
        assert shop.tier == "silver"
        shop.tick("2027-02-10 00:00")
        assert shop.tier == "member"
    levels = [
        [effect.data.to_tier for effect in shop.effects if effect.type.startswith("tier.")]
        for shop in (plain, edited)
    ]
    assert levels[0] == levels[1] == ["silver", "gold", "silver", "member"]


def test_consent_is_recorded_with_who_says_so_and_what_was_said_before():
    shop = Shop(BOOK, forgetful=True)
    scope = "marketing.email"
    said = [
        only(shop.send(SetConsent(BY, scope, granted), f"2026-01-1{at} 10:00"), "consent.recorded").data
        for at, granted in enumerate((True, True, False, True))
    ]
    assert said == [
        ConsentRecorded(scope, True, BY, 1),
        ConsentRecorded(scope, True, BY, 2, "granted"),
        ConsentRecorded(scope, False, BY, 3, "granted"),
        ConsentRecorded(scope, True, BY, 4, "withdrawn"),
    ]
    assert shop.customer.enrolled_ms == -1


def test_without_a_word_a_customer_agrees_to_what_the_programme_assumes_and_to_nothing_else():
    shop = Shop(BOOK)
    scopes = ("program", "marketing.sms", "marketing.email", "profiling", "third_party")
    assert [allows(BOOK, shop.customer.member, scope) for scope in scopes] == [
        True,
        True,
        False,
        False,
        False,
    ]
    shop.send(SetConsent(BY, "marketing.sms", False))
    shop.send(SetConsent(BY, "profiling", True))
    assert [allows(BOOK, shop.customer.member, scope) for scope in scopes] == [
        True,
        False,
        False,
        True,
        False,
    ]
    assert not any(allows(programme(), None, scope) for scope in scopes)


def test_a_late_consent_does_not_undo_a_later_withdrawal():
    shop = Shop(BOOK)
    shop.send(SetConsent(BY, "profiling", False), "2026-01-10 12:00")
    refused = only(shop.send(SetConsent(BY, "profiling", True), "2026-01-10 11:00"), "command.rejected").data
    assert isinstance(refused, CommandRejected)
    assert (refused.command, refused.why) == ("command.consent.set", "outdated")
    assert not allows(BOOK, shop.customer.member, "profiling")


def test_scopes_of_one_customer_are_bounded():
    shop = Shop(BOOK)
    for at in range(SCOPES_MAX):
        shop.send(SetConsent(BY, f"marketing.c{at}", True))
    refused = shop.send(SetConsent(BY, "profiling", True))
    assert types(refused) == ["command.rejected"]
    assert types(shop.send(SetConsent(BY, "marketing.c0", False))) == ["consent.recorded"]


def test_attributes_language_and_consents_are_facts():
    shop = Shop(BOOK)
    told(shop, "2026-01-10 10:00", ("language", "en"), ("attribute.size", 42), ("attribute.colour", "red"))
    shop.send(SetConsent(BY, "profiling", True))
    turn = Turn(shop.account, BOOK, plan_of(BOOK), shop.now_ms, shop.now_ms, bytes(20), "test", False)
    names = ("language", "attribute.size", "attribute.colour", "attribute.none")
    assert [fact(turn, name) for name in names] == ["en", 42, "red", None]
    scopes = ("profiling", "program", "third_party", "marketing.sms", "marketing.push")
    assert [fact(turn, f"consent.{scope}") for scope in scopes] == [1, 1, 0, 1, 0]
